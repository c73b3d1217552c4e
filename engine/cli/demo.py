"""`daybook demo`: the main job from start to finish against the sandboxes, with a live progress bar.

The course itself is `engine.compose.demo`.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine import logs
from engine.cli.output import console, print_json, say, table
from engine.compose.demo import Outcome, Wish, run_demo
from engine.compose.demo import Progress as Stand

Json = Any


@click.command()
@click.option("--invoices", type=click.IntRange(1, 5000), default=320, show_default=True, help="Live invoices to make.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another month.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the outcome to a JSON file.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep workspace and sandboxes there.")
@click.option("--queue", metavar="redis://...", help="Carry hints through dramatiq and Redis.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def demo(invoices: int, seed: int, report: Path | None, keep: Path | None, queue: str | None, as_json: bool) -> None:
    """Make a practice with a month of invoices, sync it to Xero, compare both sides."""
    logs.set_up("console", "error")
    wish = Wish(invoices, seed, keep, queue)
    place = nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="daybook-")
    with place as folder, _bar() as bar:
        task = bar.add_task("starting", total=None, calls=0)
        outcome = run_demo(Path(folder), wish, os.environ, lambda stand: _show(bar, task, stand), Event().wait)
    found = outcome.report()
    if report is not None:
        report.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json(found)
    else:
        _print(outcome, found)
    if not outcome.agrees:
        raise click.exceptions.Exit(1)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs, {task.fields[calls]} Xero calls"),
        TimeElapsedColumn(),
        console=console(),
        transient=True,
        disable=not console().is_terminal,
    )


def _show(bar: Progress, task: Any, stand: Stand) -> None:
    words = f"{stand.stage} (waiting for Xero's minute limit)" if stand.waits else stand.stage
    bar.update(task, description=words, completed=stand.done, total=stand.of or None, calls=stand.calls)


def _print(outcome: Outcome, found: dict[str, Json]) -> None:
    rows = [
        (name, found["halaxy"][key], found["xero"][key])
        for name, key in (
            ("invoices", "invoices"),
            ("invoiced", "invoiced"),
            ("payments", "payments"),
            ("paid", "paid"),
        )
    ]
    table(("", "Halaxy", "Xero"), rows, "A month of Harbour Allied Health")
    runs, calls = found["runs"], found["calls"]
    say(f"runs: {runs['succeeded']} succeeded, {runs['failed']} failed, {runs['waiting']} waiting")
    say(
        f"calls: {calls['xero']} to Xero, {calls['halaxy']} to Halaxy; {outcome.notices} notices, {outcome.mails} mails"
    )
    for code, count in found["holds"].items():
        say(f"held: {count} with {code}", "yellow")
    for item in outcome.comparison.items[:20]:
        say(f"differs: {item.about} {item.field}: Halaxy {item.sales}, Xero {item.ledger}", "red")
    outside = outcome.comparison.outside
    if outside:
        say(f"not posted, as it should be: {len(outside)} (quotes, zero sums, deleted, future)")
    verdict = "both sides agree to the cent" if outcome.agrees else "both sides do NOT agree"
    say(
        f"difference: {found['difference']} - {verdict}, in {found['seconds']} seconds",
        "green" if outcome.agrees else "red",
    )
