"""Writes a connection's settings into the text of `daybook.yaml`, leaving everything else as it was typed.

Text in, text out. The new text counts only when it reads as meant; otherwise the file is left to the person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from engine.config.read import config_of
from engine.errors import Problems

_STEP = "  "


def with_settings(text: str, connection: str, values: Mapping[str, str]) -> str | None:
    """The text of the file with these settings of a connection added; None when they cannot be put in safely.

    Args:
        text: `daybook.yaml` as it stands.
        connection: A connection that it names.
        values: Settings that it does not have yet.
    """
    lines = text.splitlines()
    top = _line(lines, 0, len(lines), "", "connections")
    if top is None:
        return None
    end = _end(lines, top)
    indent = _indent(lines[top + 1]) if top + 1 < end else _STEP
    at = _line(lines, top + 1, end, indent, connection)
    if at is None:
        return None
    lines[at] = re.sub(r":\s*(\{\s*\})?\s*$", ":", lines[at])
    inner = indent + _STEP
    settings = _line(lines, at + 1, _end(lines, at), inner, "settings")
    if settings is None:
        lines.insert(at + 1, f"{inner}settings:")
        settings = at + 1
    else:
        lines[settings] = re.sub(r":\s*(\{\s*\})?\s*$", ":", lines[settings])
    lines[settings + 1 : settings + 1] = [f"{inner}{_STEP}{name}: {_quoted(value)}" for name, value in values.items()]
    changed = "\n".join(lines) + "\n"
    return changed if _reads_as_meant(text, changed, connection, values) else None


def _reads_as_meant(before: str, after: str, connection: str, values: Mapping[str, str]) -> bool:
    """Nothing has changed but these settings."""
    try:
        old, new = config_of(Path(), before, {}), config_of(Path(), after, {})
    except Problems:
        return False
    wanted = {**old.connections[connection].settings, **values}
    others = [name for name in old.connections if name != connection]
    return (
        dict(new.connections[connection].settings) == wanted
        and list(new.connections) == list(old.connections)
        and all(new.connections[name].settings == old.connections[name].settings for name in others)
        and (new.practice, new.people, new.channels) == (old.practice, old.people, old.channels)
    )


def _line(lines: list[str], start: int, end: int, indent: str, word: str) -> int | None:
    wanted = re.compile(rf"{indent}{re.escape(word)}\s*:(\s|$)")
    return next((number for number in range(start, end) if wanted.match(lines[number])), None)


def _end(lines: list[str], at: int) -> int:
    """The line after the block that begins at a line; blank lines and comments belong to what is around them."""
    depth = len(_indent(lines[at]))
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if line.strip() and not line.lstrip().startswith("#") and len(_indent(line)) <= depth:
            return number
    return len(lines)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
