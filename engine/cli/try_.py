"""`daybook try RULE`: what a rule would do now, with real reads and no writes.

Payloads are shown masked by the classes of their fields. How it is found out stands in `engine.compose.trying`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import logs
from engine.cli.opening import as_json_too, found, in_workspace, opened
from engine.cli.output import print_json, say
from engine.cli.words import flat, plain
from engine.core.values import encode
from engine.errors import UserError
from engine.runtime.rehearsal_actions import Act
from engine.sdk.contract import Done

if TYPE_CHECKING:
    from engine.compose.trying import Tried
    from engine.runtime.rehearsal_story import Line

Json = Any
_HIDDEN = ("contact", "sensitive", "secret")


@click.command(name="try")
@click.argument("rule")
@click.option("--event", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A JSON or YAML file with the event.")  # fmt: skip
@click.option("--invoice", help="An invoice by its id or number, read again now.")
@as_json_too
@in_workspace
def try_(folder: Path | None, rule: str, file: Path | None, invoice: str | None, as_json: bool) -> None:
    """Show what RULE would do for an event or an invoice: reads are made, nothing is written or sent."""
    from engine.compose.trying import Trial

    found(folder)
    if (file is None) == (invoice is None):
        raise UserError("What should the rule be tried with?", "Give --event FILE or --invoice ID.", "no-event")
    with opened(folder) as workspace:
        trial = Trial(workspace, rule)
        event = trial.of_file(file) if file is not None else trial.of_invoice(invoice or "")
        tried = trial.play(event)
    if as_json:
        print_json(_as_json(tried))
    else:
        _print(tried)


def _print(tried: Tried) -> None:
    say(f"{tried.rule.id}: {tried.rule.title}", "bold")
    say(f"{tried.event.type}: {tried.event.title}")
    if tried.notice:
        say(tried.notice, "yellow")
    say("")
    for line in tried.story:
        say(f"{line.step}: {line.text}" if line.step else line.text)
        if line.act is not None and (shown := _payload(line.act, tried)):
            say(f"    {_how(line.act, tried)}: {flat(shown)}")
    reads, writes = _counts(tried)
    say("")
    say(f"Nothing was sent. Reads made: {reads}; writes shown only: {writes}.", "green")


def _payload(act: Act, tried: Tried) -> Json:
    """What the act carries, masked; of a posting what it came to, since its calls say what it carries."""
    skill = tried.skills.get(act.action)
    if skill is None:
        return None
    if skill.posting is None:
        return plain(encode(by_class(act.inputs, skill.schema.inputs)))
    result = act.outcome.result if isinstance(act.outcome, Done) else {}
    return plain(encode(by_class(result, skill.schema.outputs)))


def _how(act: Act, tried: Tried) -> str:
    if tried.skills[act.action].posting is not None:
        return "comes to"
    if act.how == "read":
        return "read"
    return "would be sent" if act.writes else "would be read"


def _counts(tried: Tried) -> tuple[int, int]:
    acts = [line.act for line in tried.story if line.act is not None]
    reads = sum(act.how == "read" for act in acts)
    return reads, sum(act.writes and act.how != "read" for act in acts)


def _as_json(tried: Tried) -> dict[str, Json]:
    reads, writes = _counts(tried)
    return {
        "rule": tried.rule.id,
        "event": {"type": tried.event.type, "title": tried.event.title, "subject": tried.event.subject},
        "notice": tried.notice,
        "story": [_line(line, tried) for line in tried.story],
        "reads": reads,
        "writes": writes,
        "sent": 0,
    }


def _line(line: Line, tried: Tried) -> dict[str, Json]:
    shown: dict[str, Json] = {"kind": line.kind, "step": line.step, "text": line.text}
    if line.act is not None:
        act = line.act
        shown |= {"action": act.action, "marker": act.marker, "how": _how(act, tried), "payload": _payload(act, tried)}
    return shown


def by_class(value: Json, schema: Mapping[str, Json]) -> Json:
    """A value with its personal fields masked: by the class that the schema declares, else by the field's name."""
    if value is not None and schema.get("x-class") in _HIDDEN:
        return logs.MASK
    fields = schema.get("properties") or {}
    if isinstance(value, Mapping):
        return {name: by_class(item, fields[name]) if name in fields else _by_name(name, item)
                for name, item in value.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        items = schema.get("items") or {}
        return [by_class(item, items) for item in value]
    return _by_name("value", value)


def _by_name(name: str, value: Json) -> Json:
    return logs.redact(None, "", {name: value})[name]
