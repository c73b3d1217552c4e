"""`daybook rules`: which rules there are, whether they are on, and how their runs went; `rules on, off, apply`.

A person's switch stands in the store and wins over the rule file's own default. What becomes of kept events and of
runs of an older text is asked, or said by an option where nobody can be asked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table
from engine.cli.words import local
from engine.core.rule import Rule
from engine.core.times import text_of
from engine.errors import UserError
from engine.lang.faults import did_you_mean
from engine.ports import Put

if TYPE_CHECKING:
    from engine.compose.workspace import Workspace
    from engine.runtime.apply_rule import Choice

Json = Any
_BECOME = {
    "keep": "end with the text that they began with",
    "move": "have the present text now",
    "stop": "are being ended",
}
_STATUSES = ("queued", "running", "waiting", "succeeded", "failed", "cancelled")


@click.group(invoke_without_command=True)
@as_json_too
@in_workspace
@click.pass_context
def rules(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """List the rules; "rules on ID" and "rules off ID" switch them."""
    context.obj = folder
    if context.invoked_subcommand is not None:
        return
    with opened(folder) as workspace:
        found = _gather(workspace)
        zone = workspace.config.practice.timezone
    if as_json:
        print_json(found)
        return
    table(
        ("rule", "title", "on", "starts", *_STATUSES, "last run"),
        [
            (row["id"], row["title"], "on" if row["on"] else "off", ", ".join(row["when"]),
             *(row["runs"].get(status, "") for status in _STATUSES), local(row["last_run"], zone))
            for row in found
        ],
    )  # fmt: skip


@rules.command(name="on")
@click.argument("rule")
@click.option("--missed", type=click.Choice(("run", "skip")), help="What to do about events that came meanwhile.")
@in_workspace
@click.pass_obj
def switch_on(above: Path | None, rule: str, missed: str | None, folder: Path | None) -> None:
    """Switch a rule on; asks whether to run it for the events that came while it was off."""
    from engine.runtime.missed import missed as count_missed
    from engine.runtime.missed import run_missed, skip_missed

    with opened(folder or above) as workspace:
        known = _known(workspace, rule)
        count, parts, now = count_missed(workspace.parts, known), workspace.parts, workspace.clock.now()
        if count and missed is None:
            missed = _ask(f"{count} events came while {rule} was off. Run it for them?", "--missed", ("run", "skip"))
        if missed == "skip":
            skip_missed(parts, known, now)
        _set(workspace, rule, on=True)
        started = run_missed(parts, known, now) if missed == "run" else 0
    say(f"{rule} is on." + (f" It starts {started} runs for {count} events that came meanwhile." if started else ""))


@rules.command(name="off")
@click.argument("rule")
@in_workspace
@click.pass_obj
def switch_off(above: Path | None, rule: str, folder: Path | None) -> None:
    """Switch a rule off: nothing starts it, its events are kept; runs that have begun go on."""
    with opened(folder or above) as workspace:
        _known(workspace, rule)
        _set(workspace, rule, on=False)
    say(f"{rule} is off. Its events are kept until it is switched on again.")


@rules.command(name="apply")
@click.option("--waiting", type=click.Choice(("keep", "move", "stop")), help="What to do about runs of older texts.")
@click.option("--rule", "only", help="Only this rule.")
@in_workspace
@click.pass_obj
def apply(above: Path | None, waiting: str | None, only: str | None, folder: Path | None) -> None:
    """Decide about open runs that began before their rule was changed; asks once for each text of a rule."""
    from engine.runtime.apply_rule import older_runs

    with opened(folder or above) as workspace:
        chosen = [_known(workspace, only)] if only else list(workspace.rules.current())
        older = older_runs(workspace.parts, chosen)
        if not older or (waiting is None and all(run.kept for run in older)):
            kept = f" But for {len(older)} that keep their own, as you chose." if older else ""
            say(f"Every open run has the rule's present text.{kept}")
            return
        table(
            ("run", "rule", "status", "about", "stands at"),
            [(run.id, run.rule, run.status, run.subject, run.step) for run in older],
        )
        choice = waiting or _ask("What becomes of them?", "--waiting", tuple(_BECOME))
        changed = {run.rule for run in older}
        _apply(workspace, [rule for rule in chosen if rule.id in changed], cast("Choice", choice))


def _apply(workspace: Workspace, changed: list[Rule], choice: Choice) -> None:
    from engine.runtime.apply_rule import apply_rule

    results = [apply_rule(workspace.parts, rule, choice, workspace.clock.now()) for rule in changed]
    done, left = sum(result.done for result in results), [run for result in results for run in result.left]
    say(f"{done} runs {_BECOME[choice]}.")
    if left:
        say(f"Left as they were, because they are at work or their step is gone: {', '.join(left)}.")


def _ask(question: str, option: str, choices: tuple[str, ...]) -> str:
    """A person's choice; where nobody can be asked, the option is needed."""
    if not sys.stdin.isatty():
        raise UserError(question, f"Say it with {option} {'|'.join(choices)}.", "choice-needed")
    return str(click.prompt(question, type=click.Choice(choices), err=True))


def _known(workspace: Workspace, rule: str) -> Rule:
    known = {found.id: found for found in workspace.rules.current()}
    if rule not in known:
        raise UserError(f'There is no rule "{rule}".', did_you_mean(rule, known), "no-such-rule")
    return known[rule]


def _set(workspace: Workspace, rule: str, on: bool) -> None:
    row = {"enabled": int(on), "changed_at": text_of(workspace.clock.now())}
    workspace.store.write((Put("rule_switches", {"rule": rule}, row),))


def _gather(workspace: Workspace) -> list[dict[str, Json]]:
    active = {rule.id for rule in workspace.rules.active()}
    counts: dict[str, dict[str, int]] = {}
    last: dict[str, str] = {}
    for row in workspace.store.rows("runs_of_rules"):
        counts.setdefault(row["rule"], {})[row["status"]] = row["n"]
        last[row["rule"]] = max(row["last_at"], last.get(row["rule"], ""))
    return [
        {
            "id": rule.id,
            "title": rule.title,
            "on": rule.id in active,
            "when": list(rule.events) or [rule.schedule.text if rule.schedule else ""],
            "runs": counts.get(rule.id, {}),
            "last_run": last.get(rule.id),
        }
        for rule in _rules(workspace)
    ]


def _rules(workspace: Workspace) -> list[Rule]:
    return [file.rule for file in workspace.library.rules.values()]
