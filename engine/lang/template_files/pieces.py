"""The text of a template file cut into plain text, `{{ holes }}` and `{% tags %}`, each with its place.

Comments go here, and so does every line that holds nothing but tags. What a tag means is for `reading`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.lang.faults import LangError, shown

_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_OPENING = re.compile(r"\{[{%#]")
_STRAY = re.compile(r"[%}]\}")
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
# A run of blanks, tags and comments: one way only to match each sign, so that it stays linear.
_ONLY_TAGS = re.compile(r"(?:[ \t]|\{%[^%\n]*%\}|\{#[^#\n]*#\})*")
_BLANKS_AND_END = re.compile(r"[ \t]*(?:\n|$)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece; `at` is the offset at which `text` begins in the file. Raw text may hold anything."""

    kind: Literal["text", "raw", "hole", "tag"]
    text: str
    at: int


def pieces_of(text: str, start: int = 0) -> Iterator[Piece]:
    """The pieces of a template from an offset on, in order.

    Raises:
        LangError: Something is opened and never closed; `col` is its offset in the file, from one.
    """
    at, trims = start, False
    while (found := _OPENING.search(text, at)) is not None:
        opened = found.start()
        end = _end(text, opened)
        before, after = text[at:opened], end
        inner, left, right = _inside(text[opened + 2 : end - 2])
        is_hole = found.group() == "{{"
        alone = not is_hole and _stands_alone(text, opened, end, start)
        shift = len(before) - len(before.lstrip()) if trims else 0
        yield from _plain(_cut(before[shift:], left == "-", alone and left != "+"), at + shift)
        begins = opened + 2 + len(left) + len(inner) - len(inner.lstrip())
        if is_hole or (found.group() == "{%" and inner.strip() != "raw"):
            yield Piece("hole" if is_hole else "tag", inner.strip(), begins)
        elif found.group() == "{%":
            ending = _END_RAW.search(text, end)
            if ending is None:
                raise _never_closed("{% raw %}", "{% endraw %}", opened)
            yield Piece("raw", text[end : ending.start()], end)
            after, right = ending.end(), ""
        if alone and right != "+" and (rest := _BLANKS_AND_END.match(text, after)) is not None:
            after = rest.end()
        at, trims = after, right == "-"
    yield from _plain(text[at:].lstrip() if trims else text[at:], at)


def _plain(text: str, at: int) -> Iterator[Piece]:
    stray = _STRAY.search(text)
    if stray is not None:
        what = f"{stray.group()} closes a hole or tag that was never opened."
        raise LangError(
            "template-unreadable",
            what,
            "Open it, or put the text between {% raw %} and {% endraw %}.",
            at + stray.start() + 1,
        )
    if text:
        yield Piece("text", text, at)


def _inside(inner: str) -> tuple[str, str, str]:
    """What stands in a tag, with the signs that take away blanks around it."""
    left = inner[:1] if inner[:1] in ("-", "+") else ""
    inner = inner[len(left) :]
    right = inner[-1:] if inner[-1:] in ("-", "+") else ""
    return inner[: len(inner) - len(right)], left, right


def _cut(text: str, trims_end: bool, blanks_end: bool) -> str:
    if trims_end:
        return text.rstrip()
    return text.rstrip(" \t") if blanks_end else text


def _stands_alone(text: str, opened: int, end: int, start: int) -> bool:
    """Whether the lines of a tag hold nothing but tags, so that they leave no empty line behind."""
    begin = max(text.rfind("\n", 0, opened) + 1, start)
    close = text.find("\n", end)
    rest = text[end : close if close >= 0 else len(text)]
    return _ONLY_TAGS.fullmatch(text[begin:opened]) is not None and _ONLY_TAGS.fullmatch(rest) is not None


def _end(text: str, opened: int) -> int:
    """The offset after the closing signs."""
    opening = text[opened : opened + 2]
    closing = _CLOSING[opening]
    if opening == "{#":
        end = text.find("#}", opened + 2)
        if end < 0:
            raise _never_closed("{#", "#}", opened)
        return end + 2
    quote, skip = "", False
    for at in range(opened + 2, len(text)):
        sign = text[at]
        if skip:
            skip = False
        elif quote:
            skip = sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif text.startswith(closing, at):
            return at + 2
        elif _OPENING.match(text, at):
            break
    raise _never_closed(opening, closing, opened)


def _never_closed(opening: str, closing: str, opened: int) -> LangError:
    what = f"{shown(opening)} is opened and never closed."
    return LangError("template-unreadable", what, f"Close it with {closing}.", opened + 1)
