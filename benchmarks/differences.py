"""How long a month takes to compare, and that every planted difference is found: run it by hand, it prints figures.

`python benchmarks/differences.py [INVOICES]` fills the sandboxes with a month, posts it through the engine, reads both
sides again and compares them; then it plants 500 differences of all kinds in it and compares once more.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
for folder in (ROOT, ROOT / "tests" / "cli", ROOT / "tests" / "books"):
    sys.path.insert(0, str(folder))

from beside_sandboxes import ANSWERS, connected, daybook, lead_to  # noqa: E402
from books_by_hand import TERMS  # noqa: E402
from planting import KINDS, Planted, month  # noqa: E402

from connectors.books.compare import compare  # noqa: E402
from connectors.books.period import Period, Sides  # noqa: E402
from connectors.books.reading import Sources, read_sides  # noqa: E402
from connectors.books.report import report_of  # noqa: E402
from connectors.books.report_files import csv_of, html_of  # noqa: E402
from engine import logs  # noqa: E402
from engine.clock import SystemClock  # noqa: E402
from engine.compose.agreement import terms_of  # noqa: E402
from engine.compose.sandboxes import Sandboxes  # noqa: E402
from engine.compose.service import work_until_quiet  # noqa: E402
from engine.compose.workspace import Workspace  # noqa: E402
from engine.core.money import total  # noqa: E402
from engine.core.times import local_day  # noqa: E402
from engine.library.files import packaged_examples  # noqa: E402
from engine.sdk.contract import write_json  # noqa: E402

DIFFERENCES = 500


def main(invoices: int) -> None:
    """The month through the engine, then the planted one."""
    logs.set_up("console", "error")
    today = local_day(SystemClock().now(), "Australia/Sydney")
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    # Posting is not what is measured: it is let run free; the calls of the comparison are counted.
    with Sandboxes(calls_a_minute=60_000) as sandboxes, tempfile.TemporaryDirectory() as made:
        seed = {"month": {"first": first.isoformat(), "invoices": invoices, "seed": 1}}
        sandboxes.tell("halaxy", "/_sandbox/seed", write_json(seed))
        folder = Path(made) / "practice"
        daybook("init", str(folder), *ANSWERS, "--start-date", first.isoformat())
        shutil.copytree(packaged_examples() / "harbour" / "maps", folder / "maps", dirs_exist_ok=True)
        lead_to(folder, sandboxes)
        file = folder / "daybook.yaml"
        file.write_text(file.read_text().replace("  xero:\n", "  xero:\n    limits:\n      minute: 60000\n", 1))
        connected(folder)
        with Workspace(folder, os.environ) as workspace:
            workspace.activate("xero")
            began = time.perf_counter()
            work_until_quiet(workspace.loop, workspace.clock, threading.Event())
            print(f"posted {invoices} invoices in {time.perf_counter() - began:.1f} s")
            # Halaxy's own limit of the minute was used up by the posting.
            threading.Event().wait(61)
            _compare(workspace, Period(first, today, today))


def _compare(workspace: Workspace, period: Period) -> None:
    before, terms, reader = _calls(workspace), terms_of(workspace), workspace.reader.patient(180)
    began = time.perf_counter()
    sides = read_sides(Sources(reader, reader, reader), terms, period)
    read = time.perf_counter() - began
    if not isinstance(sides, Sides):
        sys.exit(f"unknown: {sides}")
    found = compare(sides, terms, period)
    whole = time.perf_counter() - began
    report = report_of(found)
    sizes = {name: len(write(report)) for name, write in (("csv", csv_of), ("html", html_of))}
    after = _calls(workspace)
    calls = {name: after[name] - before[name] for name in ("halaxy", "xero")}
    print(f"read in {read:.2f} s, read and compared in {whole:.2f} s, {calls} calls, {sizes} characters")
    print(f"untouched: difference {found.difference}, {len(found.items)} items")
    _planted(sides)


def _planted(sides: Sides) -> None:
    chance = random.Random(1)
    where = month(sides, 64, 500, chance)
    names = [name for _ in range(-(-DIFFERENCES // len(KINDS))) for name in KINDS][:DIFFERENCES]
    planted: list[Planted] = [KINDS[name](where, chance) for name in names]
    last = max(each.date for each in where.sales.values())
    began = time.perf_counter()
    found = compare(where.whole(), TERMS, Period(TERMS.start, last, last))
    seconds = time.perf_counter() - began
    said = Counter((item.code, item.about, item.money) for item in found.items)
    wanted = Counter((each.code, each.about, each.money) for each in planted)
    print(
        f"{DIFFERENCES} planted of {len(KINDS)} kinds among {len(where.sales)} invoices, compared in {seconds:.2f} s:"
    )
    print(f"missed {(wanted - said).total()}, invented {(said - wanted).total()}, "
          f"heading {found.difference}, planted {total([each.money for each in planted])}")  # fmt: skip


def _calls(workspace: Workspace) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in workspace.store.rows("sends_total"):
        counted[row["connection"]] += row["n"]
    return counted


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
