"""`daybook cases`: plays accounting cases through the real rules between both sandboxes; no workspace is needed.

The form of a case: docs/accounting_cases.md. What is played and compared stands in `engine.compose.cases`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.main import WRONG
from engine.cli.output import print_json, say

if TYPE_CHECKING:
    from engine.compose.cases.play import Result

Json = Any


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--only", multiple=True, metavar="CASE", help="Play this case only, such as AC-24; may be repeated.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def cases(paths: tuple[Path, ...], only: tuple[str, ...], form: str) -> None:
    """Play the accounting cases of files and folders; ends with how many passed and failed."""
    from engine import logs
    from engine.compose.cases.form import read_cases
    from engine.compose.cases.play import play
    from engine.compose.cases.show import as_json

    logs.set_up("console", "error")
    told: list[Json] = []
    failed = 0
    chosen = read_cases(paths, only)
    for case in chosen:
        began = time.perf_counter()
        result = play(case)
        seconds = time.perf_counter() - began
        failed += not result.passed
        if form == "json":
            told.append(as_json(result, seconds))
        else:
            _print(result, seconds)
    if form == "json":
        print_json({"passed": len(chosen) - failed, "failed": failed, "cases": told})
    else:
        say(f"{len(chosen) - failed} passed, {failed} failed", "red" if failed else "green")
    if failed:
        raise click.exceptions.Exit(WRONG)


def _print(result: Result, seconds: float) -> None:
    from engine.compose.cases.show import lines_of

    title = f"{result.case.id}  {result.case.title}".rstrip()
    if result.passed:
        say(f"passed  {title} ({seconds:.1f} s)", "green")
        return
    say(f"FAILED  {title} ({seconds:.1f} s)", "red")
    for line in lines_of(result):
        say(f"        {line}")
