"""`daybook connectors`: what each connector can set off and do, from its manifest; `connectors show NAME` in full.

Needs no workspace and opens no connection: the table is that of the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from engine.cli.opening import as_json_too
from engine.cli.output import print_json, say, table
from engine.errors import Problems, UserError
from engine.lang.faults import did_you_mean
from engine.library.files import packaged_connectors
from engine.library.manifest import Action, Manifest, PollTerms, Trigger, read_manifest

Json = Any
_FILE = "manifest.yaml"


@click.group(invoke_without_command=True)
@as_json_too
@click.pass_context
def connectors(context: click.Context, as_json: bool) -> None:
    """List the connectors; "connectors show NAME" lists what one can set off and do."""
    if context.invoked_subcommand is not None:
        return
    rows = [
        {"name": one.connector, "title": one.title, "triggers": len(one.triggers), "actions": len(one.actions),
         "about": one.about}
        for one in (_read(name) for name in _names())
    ]  # fmt: skip
    if as_json:
        print_json(rows)
    else:
        table(("connector", "title", "triggers", "actions", "about"), [tuple(row.values()) for row in rows])


@connectors.command(name="show")
@click.argument("name")
@as_json_too
def show(name: str, as_json: bool) -> None:
    """Show a connector's triggers and actions: what each needs, how it is undone, what it costs."""
    if name not in _names():
        mend = did_you_mean(name, _names()) or f"There are: {', '.join(_names())}."
        raise UserError(f'There is no connector "{name}".', mend, "no-connector")
    manifest = _read(name)
    triggers = [_trigger(one, manifest.polls) for one in manifest.triggers.values()]
    actions = [_action(name, one) for one in manifest.actions.values()]
    if as_json:
        told = {"name": name, "title": manifest.title, "about": manifest.about}
        print_json({**told, "triggers": triggers, "actions": actions})
    else:
        _print(manifest, triggers, actions)


def _names() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in packaged_connectors().glob(f"*/{_FILE}")))


def _read(name: str) -> Manifest:
    text = (packaged_connectors() / name / _FILE).read_text(encoding="utf-8")
    manifest, problems = read_manifest(name, f"connectors/{name}/{_FILE}", text)
    if manifest is None or problems:
        raise Problems(problems)
    return manifest


def _trigger(trigger: Trigger, polls: Mapping[str, PollTerms]) -> dict[str, Json]:
    poll = polls.get(trigger.poll)
    return {
        "event": trigger.type,
        "title": trigger.title,
        "brings": list(trigger.schema.get("properties", {})),
        "looked for": poll.every if poll else "",
        "only when a rule awaits it": poll.when_awaited if poll else False,
        "cost": poll.cost if poll else "",
        "about": trigger.about,
    }


def _action(connector: str, action: Action) -> dict[str, Json]:
    """An action as a person asks of it; needs with a question mark may be left out."""
    fields, needed = action.inputs.get("properties", {}), action.inputs.get("required", ())
    return {
        "action": f"{connector}.{action.name}",
        "title": action.title,
        "kind": action.kind,
        "writes": action.writes,
        "needs": [*needed, *(f"{name}?" for name in fields if name not in needed)],
        "gives": list(action.outputs.get("properties", {})),
        "known again by": action.marker,
        "when the answer is lost": list(action.unknown),
        "undo": action.undo or ("" if action.writes else "nothing to undo"),
        "cost": action.cost,
        "together": action.batch,
        "clearance": list(action.clearance),
        "about": action.about,
    }


def _print(manifest: Manifest, triggers: list[dict[str, Json]], actions: list[dict[str, Json]]) -> None:
    say(f"{manifest.title}: {manifest.about}", "bold")
    if triggers:
        told = [
            (row["event"], row["title"], ", ".join(row["brings"]), row["looked for"], row["cost"]) for row in triggers
        ]
        table(("event", "title", "brings", "looked for", "calls"), told, "Triggers")
    if actions:
        rows = [
            (row["action"], row["title"], ", ".join(row["needs"]), row["undo"], row["cost"],
             ", ".join(row["clearance"]))
            for row in actions
        ]  # fmt: skip
        table(("action", "title", "needs", "undo", "calls", "clearance"), rows, "Actions")
