"""Rows written into the text of a map, leaving comments, order and everything else as it was typed.

PURE: text in, text out. The new text counts only when it reads as meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from engine.errors import UserError
from engine.lang.forms import read_map

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ._/()-]*")
_EMPTY_ROWS = re.compile(r"^rows:\s*(\{\s*\})?\s*$")


def with_rows(name: str, text: str, rows: Mapping[str, str]) -> str:
    """The text of a map with these rows added, or changed where it has them at its top level.

    Raises:
        UserError: They cannot be put in safely, such as into a map nested by location; nothing is changed.
    """
    lines = text.splitlines()
    top = next((number for number, line in enumerate(lines) if line.startswith("rows:")), None)
    if top is None:
        raise _by_hand(name, rows)
    if _EMPTY_ROWS.match(lines[top]):
        lines[top] = "rows:"
    left = dict(rows)
    end = _end(lines, top)
    for number in range(top + 1, end):
        key = _key_of(lines[number])
        if key in left:
            lines[number] = _row(key, left.pop(key), _comment(lines[number]))
    last = _last_row(lines, top, end)
    lines[last + 1 : last + 1] = [_row(key, value, "") for key, value in left.items()]
    changed = "\n".join(lines) + "\n"
    if not _reads_as_meant(name, text, changed, rows):
        raise _by_hand(name, rows)
    return changed


def _reads_as_meant(name: str, before: str, after: str, rows: Mapping[str, str]) -> bool:
    file = f"maps/{name}.yaml"
    old, _ = read_map(file, before)
    new, problems = read_map(file, after)
    return not problems and new.plain() == {**old.plain(), **rows}


def _end(lines: list[str], top: int) -> int:
    for number in range(top + 1, len(lines)):
        if lines[number].strip() and not lines[number].startswith((" ", "#")):
            return number
    return len(lines)


def _last_row(lines: list[str], top: int, end: int) -> int:
    """The last line of the rows; comments below them belong to them."""
    return max((number for number in range(top, end) if lines[number].strip()), default=top)


def _key_of(line: str) -> str | None:
    if not re.match(r"^ {1,4}[^ #]", line):
        return None
    name = re.match(r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'|([^:#]+?))\s*:(\s|$)", line)
    if name is None:
        return None
    quoted, single, plain = name.group(1), name.group(2), name.group(3)
    if quoted is not None:
        return str(json.loads(f'"{quoted}"'))
    return single.replace("''", "'") if single is not None else plain


def _comment(line: str) -> str:
    found = re.search(r"\s+#.*$", line)
    return found.group(0) if found else ""


def _row(key: str, value: str, comment: str) -> str:
    return f"  {_text(key)}: {_text(value) if not value.isalnum() else value}{comment}"


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)


def _by_hand(name: str, rows: Mapping[str, str]) -> UserError:
    shown = ", ".join(f"{key}: {value}" for key, value in rows.items())
    return UserError(f"maps/{name}.yaml could not be written safely.", f"Add by hand: {shown}.", "map-not-written")
