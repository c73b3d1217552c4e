"""A connector's manifest as frozen data: its form, limits, polls, events and actions with their schemas.

Reads no file and runs nothing. Every scalar of the file is text; what a field declares as a number or a yes or no
is cast here, schemas included, and `$ref` within the file is resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.core.rule import Setting
from engine.errors import Problem
from engine.lang.faults import LangError
from engine.lang.fields import Fields, word_of
from engine.lang.reading import Reading
from engine.lang.tree import read_tree
from engine.lang.types import cast
from engine.library.schema import read_schema

Json = Any
MOST_NODES = 20_000

_TOP = (
    "connector", "name", "title", "about", "sandbox", "cleared for", "auth", "settings", "limits", "polls", "triggers",
    "actions", "services", "capabilities", "channels", "$schema", "$defs",
)  # fmt: skip
_AUTH = ("kind", "about", "modes", "secrets", "asked for", "kept", "scopes")
_LIMITS = ("minute", "per minute", "day", "per day", "at once", "about")
_POLL = ("title", "every", "about", "cost", "runs")
_TRIGGER = ("event", "title", "about", "poll", "schema", "data")
_SETTING = ("type", "ask", "about", "default", "choices", "optional", "class")
_ACTION = (
    "kind", "title", "about", "writes", "record", "keys", "uses", "marker", "batch", "unknown", "settles after seconds",
    "send within seconds", "time limit seconds", "lane order", "undo", "cost", "clearance", "inputs", "outputs",
    "emits",
)  # fmt: skip
_BATCH = ("max", "find")
_UNKNOWN = ("repeat", "look up", "ask")


@dataclass(frozen=True, slots=True)
class PollTerms:
    """A poll: its default schedule phrase and what it costs, in words.

    One with `when_awaited` runs only while a rule awaits an event of a trigger that names it.
    """

    name: str
    every: str
    cost: str = ""
    when_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a connector can set off; `type` is the event's (`halaxy.invoice.paid`), `schema` that of its objects."""

    type: str
    title: str
    schema: Mapping[str, Json]
    poll: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A connector's verb: what it takes and gives, how it travels, how an unknown outcome is settled.

    `emits` are the types of events that doing it can set off.
    """

    name: str
    kind: str
    title: str
    inputs: Mapping[str, Json]
    outputs: Mapping[str, Json]
    about: str = ""
    writes: bool = True
    batch: int = 1
    find: int = 1
    unknown: tuple[str, ...] = ()
    settles_after_seconds: int = 120
    send_within_seconds: int = 30
    time_limit_seconds: int = 30
    lane_order: int = 0
    marker: str = ""
    record: str = ""
    uses: tuple[str, ...] = ()
    clearance: tuple[str, ...] = ()
    undo: str = ""
    cost: str = ""
    emits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Requests that the vendor allows; None where it names no limit."""

    minute: int | None = None
    day: int | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a manifest.

    Attributes:
        secrets: Names of what `connect` asks for.
        settings: The form of a connection; an optional setting has none as its default.
        triggers: By event type (`halaxy.invoice.paid`).
        actions: By bare name (`create_invoice`).
        services: What compose hands to its door.
        capabilities: What it does for other connectors.
    """

    connector: str
    title: str
    about: str = ""
    secrets: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    limits: CallLimits = CallLimits()
    polls: Mapping[str, PollTerms] = field(default_factory=dict)
    triggers: Mapping[str, Trigger] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


@lru_cache(maxsize=16)  # the largest files of all, read again by every workspace that a process opens
def read_manifest(connector: str, file: str, text: str) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """The manifest of a connector and everything that is wrong with it.

    Args:
        connector: The name of its folder.
        file: How the file is called in problems.
        text: What stands in it.

    Returns:
        The manifest (None when the file cannot be read at all) and the problems, in order.
    """
    tree, found = read_tree(file, text, MOST_NODES)
    if tree is None:
        return None, found or (Problem(file, 1, 1, "file-empty", "The file is empty.", "Fill it in."),)
    reading = Reading(file, problems=list(found))
    top = Fields(reading, tree, _TOP, f"the manifest of {connector}")
    if (top.text("connector") or top.text("name")) != connector:
        top.note(
            top.spot, "wrong-name", f'The manifest does not name "{connector}".', f"Write `connector: {connector}`."
        )
    shared = top.plain("$defs") or {}
    manifest = Manifest(
        connector,
        top.text("title", connector, needed=True),
        top.text("about"),
        _secrets(top),
        tuple(_setting(name, fields) for name, fields in top.each("settings", _SETTING, "the setting")),
        _limits(top),
        {name: _poll(name, fields)
         for name, fields in top.each("polls", _POLL, "the poll")},
        {f"{connector}.{name}": _trigger(f"{connector}.{name}", fields, shared)
         for name, fields in top.each("triggers", _TRIGGER, "the trigger")},
        {name: _action(name, fields, shared) for name, fields in top.each("actions", _ACTION, "the action")},
        tuple(text for text, _ in top.texts("services")),
        tuple(text for text, _ in top.texts("capabilities")),
    )  # fmt: skip
    return manifest, tuple(sorted(reading.problems))


def _secrets(top: Fields) -> tuple[str, ...]:
    auth = top.inner("auth", _AUTH, "auth")
    if auth.node("asked for") is not None:
        return tuple(name for name, _ in auth.texts("asked for"))
    return tuple(name for name, _, _ in auth.inner("secrets", None, "the secrets").names())


def _setting(name: str, fields: Fields) -> Setting:
    """A setting of the connection; an optional one has none as its default."""
    kind = fields.text("type", "text", needed=True)
    choices = tuple(text for text, _ in fields.texts("choices"))
    has_default = fields.node("default") is not None
    default = None
    if has_default:
        try:
            default = cast(fields.plain("default"), kind, choices)
        except LangError as error:
            fields.note(fields.spot_of("default"), error.code, error.message, error.mend)
    optional = fields.choice("optional", ("yes", "no"), "no") == "yes"
    ask = fields.text("ask", needed=True)
    return Setting(name, kind, ask, default, has_default or optional, choices, fields.text("about"))


def _limits(top: Fields) -> CallLimits:
    limits = top.inner("limits", _LIMITS, "the limits")
    minute = limits.whole_number("minute") or limits.whole_number("per minute")
    day = limits.whole_number("day") or limits.whole_number("per day")
    return CallLimits(minute, day, limits.whole_number("at once"))


def _poll(name: str, fields: Fields) -> PollTerms:
    runs = fields.choice("runs", ("always", "when awaited"), "always")
    return PollTerms(name, fields.text("every", needed=True), fields.text("cost"), runs == "when awaited")


def _trigger(kind: str, fields: Fields, shared: Mapping[str, Json]) -> Trigger:
    word = "schema" if fields.node("schema") is not None else "data"
    title = fields.text("title", needed=True)
    return Trigger(kind, title, _schema(fields, word, shared), fields.text("poll"), fields.text("about"))


def _action(name: str, fields: Fields, shared: Mapping[str, Json]) -> Action:
    batch = fields.inner("batch", _BATCH, f"the batch of {name}")
    most = batch.whole_number("max") or 1
    return Action(
        name,
        fields.choice("kind", ("call", "posting"), "call"),
        fields.text("title", needed=True),
        _schema(fields, "inputs", shared),
        _schema(fields, "outputs", shared),
        fields.text("about"),
        fields.choice("writes", ("yes", "no"), "yes") == "yes",
        most,
        batch.whole_number("find") or most,
        tuple(_unknown(fields)),
        _count(fields, "settles after seconds", 120),
        _count(fields, "send within seconds", 30),
        _count(fields, "time limit seconds", 30),
        _count(fields, "lane order", 0),
        fields.text("marker"),
        fields.text("record"),
        tuple(text for text, _ in fields.texts("uses")),
        tuple(text for text, _ in fields.texts("clearance")),
        fields.text("undo"),
        fields.text("cost"),
        tuple(text for text, _ in fields.texts("emits")),
    )


def _unknown(fields: Fields) -> list[str]:
    """What may be done about an unknown outcome, in order."""
    ways = []
    for text, spot in fields.texts("unknown"):
        way = word_of(text)
        if way not in _UNKNOWN:
            fields.note(spot, "unknown-word", f'"{text}" settles nothing.', f"Write one of: {', '.join(_UNKNOWN)}.")
        ways.append(way)
    return ways


def _count(fields: Fields, word: str, default: int) -> int:
    found = fields.whole_number(word, least=0)
    return default if found is None else found


def _schema(fields: Fields, word: str, shared: Mapping[str, Json]) -> dict[str, Json]:
    schema, fault = read_schema(fields.plain(word) or {"type": "object"}, shared)
    if fault:
        fields.note(fields.spot_of(word), "bad-schema", f'"{word}" of {fields.what}: {fault}', "Mend the schema.")
    return schema
