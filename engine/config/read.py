"""Reads `daybook.yaml`: every word and value checked, all problems reported at once.

Whether a connector, ruleset or channel kind of that name exists is for others to say. Secrets are refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from engine.config.model import (
    DEFAULT_STORE,
    FILE,
    IN_PROCESS,
    Channel,
    Config,
    Connection,
    Limits,
    Person,
    Practice,
    Timing,
)
from engine.config.opening_hours import read_opening_hours
from engine.config.webhooks import read_webhooks
from engine.errors import Problem, Problems, UserError
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.fields import Fields
from engine.lang.reading import Reading, plain_tree
from engine.lang.tree import Spot, Text, read_tree
from engine.lang.types import cast

QUEUE_VARIABLE = "DAYBOOK_QUEUE"
STATES = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")

_WORDS = ("practice", "people", "channels", "connections", "store", "queue", "rulesets", "webhooks")
_PRACTICE = ("name", "timezone", "country", "state", "currency", "locations", "opening hours")
_PERSON = ("email", "roles", "channels")
_CONNECTION = ("connector", "poll", "settings", "timing", "limits")
_TIMING = ("send within seconds", "time limit seconds", "settles after seconds")
_LIMITS = ("minute", "day")

_NAME = re.compile(r"[a-z0-9_]{1,64}")
_INTERVAL = re.compile(r"every (?:(\d{1,4}) )?(minute|hour)s?")
_SECONDS = {"minute": 60, "hour": 3600}
_SECRET = re.compile(r"(^|_)(password|secret|token|api_?key)$", re.IGNORECASE)


def read_config(workspace: Path, environment: Mapping[str, str]) -> Config:
    """Read `daybook.yaml`.

    Args:
        workspace: The folder that holds it.
        environment: The process's variables; DAYBOOK_QUEUE wins over the file's queue, since its address may
            hold a password.

    Raises:
        Problems: Everything that is wrong with the file.
        UserError: There is no such file.
    """
    file = workspace / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Problems(
            (Problem(FILE, 1, 1, "not-utf-8", "The file is not UTF-8 text.", "Save it as UTF-8."),)
        ) from None
    except OSError:
        raise UserError(
            f"There is no {FILE} in {workspace}.",
            'Go to the workspace, or make one with "daybook init".',
            "no-workspace",
        ) from None
    return config_of(workspace, text, environment)


def config_of(workspace: Path, text: str, environment: Mapping[str, str]) -> Config:
    """As `read_config`, from the text of the file."""
    tree, found = read_tree(FILE, text)
    if tree is None:
        mend = "Write `practice:` with a name and a timezone."
        raise Problems(found or (Problem(FILE, 1, 1, "file-empty", "The file is empty.", mend),))
    reading = Reading(FILE, problems=list(found))
    top = Fields(reading, tree, _WORDS, "the workspace")
    channels = _channels(top)
    config = Config(
        workspace,
        _practice(top),
        _people(top, channels),
        channels,
        _connections(top),
        top.text("store", DEFAULT_STORE),
        environment.get(QUEUE_VARIABLE) or _queue(top),
        _rulesets(top),
        read_webhooks(top),
    )
    if reading.problems:
        raise Problems(tuple(sorted(reading.problems)))
    return config


def _is_zone(name: str) -> bool:
    try:
        return ZoneInfo(name).key == name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _practice(top: Fields) -> Practice:
    fields = top.inner("practice", _PRACTICE, "the practice")
    timezone = fields.text("timezone", needed=True)
    if timezone and not _is_zone(timezone):
        mend = did_you_mean(timezone, available_timezones()) or "Write it as Australia/Sydney."
        fields.note(fields.spot_of("timezone"), "unknown-timezone", f'There is no timezone "{shown(timezone)}".', mend)
    country = fields.text("country", "AU")
    currency = fields.text("currency", "AUD")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        fields.note(fields.spot_of("currency"), "not-a-currency", "A currency is three capitals.", "Write AUD.")
    state = fields.choice("state", STATES, "") if country == "AU" else fields.text("state")
    locations = fields.inner("locations", None, "the locations")
    return Practice(
        fields.text("name", needed=True),
        timezone,
        country,
        state or None,
        currency,
        {id: locations.text(id, needed=True) for id, _, _ in locations.names()},
        read_opening_hours(fields),
    )


def _people(top: Fields, channels: Mapping[str, Channel]) -> tuple[Person, ...]:
    people = []
    for name, fields in top.each("people", _PERSON, "the person"):
        email = _email(fields)
        told = fields.texts("channels")
        for channel, spot in told:
            if channel not in channels:
                mend = did_you_mean(channel, channels) or "Add it below `channels:`."
                fields.note(spot, "unknown-channel", f'There is no channel "{shown(channel)}".', mend)
        roles = tuple(role for role, _ in fields.texts("roles"))
        people.append(Person(name, email, roles, tuple(channel for channel, _ in told)))
    return tuple(people)


def _email(fields: Fields) -> str:
    text = fields.text("email", needed=True)
    try:
        return str(cast(text, "email")) if text else ""
    except LangError as error:
        fields.note(fields.spot_of("email"), error.code, error.message, error.mend)
        return text


def _channels(top: Fields) -> dict[str, Channel]:
    channels = {}
    for name, fields in top.each("channels", None, "the channel"):
        settings = {word: plain_tree(value) for word, value, _ in fields.names() if word != "kind"}
        _refuse_secrets(fields)
        channels[name] = Channel(name, fields.text("kind", needed=True), settings)
    return channels


def _connections(top: Fields) -> dict[str, Connection]:
    connections = {}
    for name, fields in top.each("connections", _CONNECTION, "the connection"):
        what = fields.what
        _check_name(top, name, fields.at, "connection")
        settings = fields.inner("settings", None, f"the settings of {what}")
        _refuse_secrets(settings)
        timing = fields.inner("timing", _TIMING, f"the timing of {what}")
        limits = fields.inner("limits", _LIMITS, f"the limits of {what}")
        connections[name] = Connection(
            name,
            fields.text("connector", name),
            {word: plain_tree(value) for word, value, _ in settings.names()},
            Timing(*(timing.whole_number(word) for word in _TIMING)),
            Limits(*(limits.whole_number(word) for word in _LIMITS)),
            _poll_seconds(fields),
            top.reading.place(settings.at),
        )
    return connections


def _poll_seconds(fields: Fields) -> int | None:
    """How often the connection's polls run, from `every 10 minutes`."""
    text = fields.text("poll")
    if not text:
        return None
    match = _INTERVAL.fullmatch(text)
    seconds = int(match[1] or 1) * _SECONDS[match[2]] if match else 0
    if seconds:
        return seconds
    mend = "Write every 10 minutes, or every 2 hours."
    fields.note(fields.spot_of("poll"), "not-an-interval", f'"{shown(text)}" is no interval between polls.', mend)
    return None


def _queue(top: Fields) -> str:
    text = top.text("queue", IN_PROCESS)
    if text == IN_PROCESS:
        return text
    address = urlsplit(text)
    if address.scheme not in ("redis", "rediss") or not address.hostname:
        message, mend = f'"{shown(text)}" is no queue.', f'Write "{IN_PROCESS}" or redis://host:6379/0.'
        top.note(top.spot_of("queue"), "not-a-queue", message, mend)
    elif address.password:
        message, mend = "A password stands in the file.", f"Put the whole address into the variable {QUEUE_VARIABLE}."
        top.note(top.spot_of("queue"), "secret-in-file", message, mend)
    return text


def _rulesets(top: Fields) -> tuple[str, ...]:
    used = top.texts("rulesets")
    for name, spot in used:
        _check_name(top, name, spot, "ruleset")
    return tuple(dict.fromkeys(name for name, _ in used))


def _check_name(top: Fields, name: str, spot: Spot, what: str) -> None:
    if not _NAME.fullmatch(name):
        top.note(spot, "not-a-name", f'"{shown(name)}" cannot be the name of a {what}.', "Use a-z, 0-9 and _ only.")


def _refuse_secrets(fields: Fields) -> None:
    for word, value, spot in fields.names():
        if _SECRET.search(word) and isinstance(value, Text) and value.text:
            message, mend = (
                f'"{word}" is a secret and must not stand in a file.',
                'Remove it and run "daybook connect".',
            )
            fields.note(spot, "secret-in-file", message, mend)
