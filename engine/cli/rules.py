"""`daybook rules`: which rules there are, whether they are on, and how their runs went; `rules on` and `rules off`.

A person's switch stands in the store and wins over the rule file's own default.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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

Json = Any
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
@in_workspace
@click.pass_obj
def switch_on(above: Path | None, rule: str, folder: Path | None) -> None:
    """Switch a rule on: events from now on start it."""
    _switch(folder or above, rule, on=True)


@rules.command(name="off")
@click.argument("rule")
@in_workspace
@click.pass_obj
def switch_off(above: Path | None, rule: str, folder: Path | None) -> None:
    """Switch a rule off: nothing starts it; runs that have begun go on."""
    _switch(folder or above, rule, on=False)


def _switch(folder: Path | None, rule: str, on: bool) -> None:
    with opened(folder) as workspace:
        known = [found.id for found in _rules(workspace)]
        if rule not in known:
            raise UserError(f'There is no rule "{rule}".', did_you_mean(rule, known), "no-such-rule")
        row = {"enabled": int(on), "changed_at": text_of(workspace.clock.now())}
        workspace.store.write((Put("rule_switches", {"rule": rule}, row),))
    say(f"{rule} is {'on' if on else 'off'}.")


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
