"""`daybook test`: plays the tests that stand in rules; nothing is sent, no connection and no store is needed.

What a test comes to is found by `engine.runtime.rehearsal_tests`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.main import WRONG
from engine.cli.opening import as_json_too, found, in_workspace
from engine.cli.output import print_json, say
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.compose.rehearsing import Rules
    from engine.runtime.rehearsal_tests import Judgement

Json = Any


@click.command()
@click.argument("rules", nargs=-1, metavar="[RULE...]")
@as_json_too
@in_workspace
def test(folder: Path | None, rules: tuple[str, ...], as_json: bool) -> None:
    """Play the tests of RULEs (ids, folders or files), or of all rules; outside of a workspace the packaged ones."""
    from engine.runtime.rehearsal_tests import run_test

    chosen = _rules(folder).chosen(rules)
    tested: list[Judgement] = []
    for one in chosen:
        for each in one.tests:
            tested.append(run_test(one.rule, each, one.bench))
            if not as_json:
                _print(tested[-1])
    if as_json:
        print_json(_as_json(tested))
    else:
        _sum_up(tested, [one.rule.id for one in chosen if not one.tests])
    if any(not each.passed for each in tested):
        raise click.exceptions.Exit(WRONG)


def _rules(folder: Path | None) -> Rules:
    from engine.compose.rehearsing import of_workspace, packaged

    if folder is not None:
        return of_workspace(found(folder), os.environ)
    try:
        here = found(None)
    except UserError:
        return packaged()
    return of_workspace(here, os.environ)


def _print(tested: Judgement) -> None:
    """One line a test; below a failed one, what differs."""
    if tested.passed:
        say(f"passed  {tested.rule}: {tested.name}", "green")
        return
    say(f"FAILED  {tested.rule}: {tested.name} ({tested.place.file}:{tested.place.line})", "red")
    for finding in tested.findings:
        for line in finding.splitlines():
            say(f"        {line}")


def _sum_up(tested: list[Judgement], untested: list[str]) -> None:
    failed = sum(not each.passed for each in tested)
    if untested:
        say(f"Without tests: {', '.join(untested)}", "yellow")
    say(f"{len(tested) - failed} passed, {failed} failed", "red" if failed else "green")


def _as_json(tested: list[Judgement]) -> dict[str, Json]:
    failed = sum(not each.passed for each in tested)
    tests = [
        {
            "rule": each.rule,
            "test": each.name,
            "file": each.place.file,
            "line": each.place.line,
            "passed": each.passed,
            "findings": list(each.findings),
        }
        for each in tested
    ]
    return {"passed": len(tested) - failed, "failed": failed, "tests": tests}
