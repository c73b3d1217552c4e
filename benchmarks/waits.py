"""What an arriving event costs with no waiting runs and with very many, measured in one run of this script.

Run from the checkout: `python benchmarks/waits.py [--runs 100000] [--events 200]`. Events reach nobody, or one of the
waiting runs; both are measured to the end of what the event sets off inside. Needs the tests' world of the waits.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests" / "waits")]

from office import Office  # noqa: E402

from engine.core.times import text_of  # noqa: E402
from engine.ports import Insert  # noqa: E402

RULE = """rule: Waits for money
when: shop.asked
steps:
  - the money:
      wait for: shop.paid with same invoice.id
      at most: 90 days
  - done:
      stop: paid
"""
_AT_ONCE = 5_000


def main() -> None:
    """Measure and print one line each, and the ratios."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--runs", type=int, default=100_000)
    options.add_argument("--events", type=int, default=200)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), {"bench/rule": RULE})
        first = measured(office, chosen.events, 0)
        begun = perf_counter()
        wait(office, chosen.runs)
        print(f"{chosen.runs} waiting runs made in {perf_counter() - begun:.1f} s")
        second = measured(office, chosen.events, chosen.runs)
    for name in first:
        print(f"{name}: {second[name] / first[name]:.2f} times the cost with no other run waiting")


def wait(office: Office, count: int) -> None:
    """So many runs of the rule that wait, each for an invoice of its own: copies of one that came there by itself."""
    office.happen("shop.asked", invoice={"id": "model"})
    office.work()
    model = office.store.rows("run", run=office.runs()[-1]["id"])[0]
    subscription = office.store.rows("subscribers", type="shop.paid", path="invoice.id", values='["\\"model\\""]')[0]
    due = text_of(office.clock.now().replace(year=office.clock.now().year + 1))
    for start in range(0, count, _AT_ONCE):
        changes = []
        for number in range(start, min(start + _AT_ONCE, count)):
            run = {**model, "id": f"run_w{number}", "once": f"w{number}", "wake_at": None}
            del run["seq"]
            key = f'"w{number}"'
            same = subscription["same"].replace('\\"model\\"', f'\\"w{number}\\"')
            changes += [
                Insert("runs", run),
                Insert("timers", {"run": run["id"], "path": subscription["path"], "due_at": due}),
                Insert("subscriptions", {**subscription, "run": run["id"], "index_value": key, "same": same}),
            ]
        office.store.write(tuple(changes))


def measured(office: Office, events: int, waiting: int) -> dict[str, float]:
    """Median milliseconds of an event that reaches nobody, and of one that a run waits for."""
    found: dict[str, list[float]] = {"an event for nobody": [], "an event for one run": []}
    for number in range(events):
        id = f"{waiting}-{number}"
        found["an event for nobody"].append(arrives(office, f"nobody {id}"))
        office.happen("shop.asked", invoice={"id": id})
        office.work()
        found["an event for one run"].append(arrives(office, id))
    medians = {name: statistics.median(times) * 1000 for name, times in found.items()}
    for name, milliseconds in medians.items():
        print(f"{waiting:>7} runs waiting, {name}: {milliseconds:.3f} ms")
    return medians


def arrives(office: Office, invoice: str) -> float:
    """Seconds from an event's arrival until nothing is left to do."""
    office.happen("shop.paid", invoice={"id": invoice})
    begun = perf_counter()
    office.work()
    return perf_counter() - begun


if __name__ == "__main__":
    main()
