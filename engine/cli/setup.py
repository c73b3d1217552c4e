"""`daybook setup`: the guide from two sign-ins to a live practice; each step also by itself, and by script.

What the steps look at and do stands in `engine.compose.setup`.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.main import WRONG
from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.compose.setup.step import Answer, Finding, Looked, Step

Json = Any
_STYLES = {"ok": "green", "note": "yellow", "gap": "red"}
_SIGNS = {"ok": "+", "note": "!", "gap": "x"}


@click.command()
@click.argument("step", required=False)
@click.option("--yes", is_flag=True, help="Take what is proposed, and do not ask.")
@click.option("--answer", help='The word that answers the step\'s question, such as "off".')
@click.option("--create", is_flag=True, help="Make accounts and tracking options that are missing in Xero.")
@click.option("--set", "rows", multiple=True, metavar="MAP:NAME=VALUE", help="A row of a map; may be repeated.")
@as_json_too
@in_workspace
def setup(
    folder: Path | None, step: str | None, yes: bool, answer: str | None, create: bool, rows: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Set the practice up, step by step; with STEP only that one. It may be stopped and begun again at any time."""
    from engine.compose.setup.steps import STEPS, step_named

    given = _rows(rows)
    chosen = (step_named(step),) if step else STEPS
    alone = step is not None
    shown = [_take(folder, one, _Wish(yes, answer, create, given, as_json, alone)) for one in chosen]
    if as_json:
        print_json([one.plain() for one in shown if one is not None])
    if any(one is None or one.state != "done" for one in shown):
        raise click.exceptions.Exit(WRONG)


class _Wish:
    """What the command line says about asking and answering."""

    def __init__(
        self, yes: bool, word: str | None, create: bool, rows: Mapping[tuple[str, str], str], silent: bool, alone: bool
    ) -> None:
        self.yes, self.word, self.create, self.rows, self.silent, self.alone = yes, word, create, rows, silent, alone

    def answer(self, looked: Looked) -> Answer | None:
        """The answer for a step, asked for where it is not given; None to leave it open."""
        from engine.compose.setup.step import Answer

        by = getpass.getuser()
        if self.word is not None and self.alone:
            return Answer(self.word, self.create, self.rows, by)
        if self.yes or (self.rows and self.alone):
            if looked.question is not None and looked.step == "native-link":
                return None  # whether another program posts is a fact that nobody can assume
            return Answer("yes" if self.yes else "no", self.create, self.rows, by)
        if self.silent:
            return None
        if looked.question is not None and looked.question.choices == ("yes", "no"):
            said = click.confirm(looked.question.text, default=None, err=True)
            return Answer("yes" if said else "no", self.create, self.rows, by)
        if looked.question is not None:
            word = click.prompt(looked.question.text, type=click.Choice(looked.question.choices), err=True)
            return Answer(str(word), self.create, self.rows, by)
        if not click.confirm("Take these proposals?", default=True, err=True):
            return None
        new = sum(one.new is not None for one in looked.proposals)
        make = self.create or (new > 0 and click.confirm(f"Make {new} accounts in Xero?", default=False, err=True))
        return Answer("yes", make, self.rows, by)


def _take(folder: Path | None, step: Step, wish: _Wish) -> Looked | None:
    """Look at one step, and answer it where that is asked for; each has the files as they are by then."""
    with opened(folder) as workspace:
        try:
            looked = step.look(workspace)
        except UserError as fault:
            if wish.alone:
                raise
            _say(wish, [f"{step.title}: {fault.what} {fault.mend}".strip()], "red")
            return None
        _show(step, looked, wish)
        if step.answer is None or not (looked.state == "ask" or (wish.alone and (wish.word or wish.rows))):
            return looked
        answer = wish.answer(looked)
        if answer is None or (looked.question and answer.word not in looked.question.choices):
            _refuse(looked, answer, wish)
            return looked
        done = step.answer(workspace, answer)
    _findings(done, wish)
    with opened(folder) as workspace:
        return step.look(workspace)


def _refuse(looked: Looked, answer: Answer | None, wish: _Wish) -> None:
    if looked.question is None or not wish.alone:
        return
    words = " or ".join(looked.question.choices)
    if answer is not None:
        raise UserError(f'"{answer.word}" is no answer here.', f"Answer {words} with --answer.", "no-such-answer")
    if not wish.silent:
        raise UserError(looked.question.text, f"Answer {words} with --answer.", "no-answer")


def _show(step: Step, looked: Looked, wish: _Wish) -> None:
    if wish.silent:
        return
    say("")
    say(step.title, "bold")
    say(f"  {step.why}")
    _findings(looked.findings, wish)
    if looked.proposals:
        columns = ("map", "name", "leads to", "sure", "because")
        table(columns, [(one.map, one.key, f"{one.value} (new: {one.new['name']})" if one.new else one.value,
                         f"{one.score}%", one.reason) for one in looked.proposals])  # fmt: skip


def _findings(found: Iterable[Finding], wish: _Wish) -> None:
    for one in found:
        _say(
            wish, [f"  {_SIGNS[one.level]} {one.text}", *([f"    {one.mend}"] if one.mend else [])], _STYLES[one.level]
        )


def _say(wish: _Wish, lines: Iterable[str], style: str) -> None:
    for line in () if wish.silent else lines:
        say(line, style)


def _rows(texts: Iterable[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for text in texts:
        name, colon, row = text.partition(":")
        key, equals, value = row.rpartition("=")
        if not (colon and equals and key.strip() and value.strip()):
            raise UserError(
                f'"{text}" is no row of a map.', 'Write it as --set "payment_accounts:EFTPOS=612".', "not-a-row"
            )
        found[name.strip(), key.strip()] = value.strip()
    return found
