"""Splitting a phrase at its keywords and commas, outside quotes and brackets.

Knows no keyword of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a phrase: the keyword before it (empty for the first), its text, and where that begins (from 0)."""

    keyword: str
    text: str
    start: int


def outside(text: str) -> Iterator[int]:
    """The places of a text that stand outside quotes and brackets."""
    depth, quote = 0, ""
    skip = False
    for at, sign in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth <= 0:
            yield at


def split_at(text: str, keywords: Sequence[str]) -> list[Part]:
    """Split at the first coming of each keyword, in the order of the keywords."""
    places = set(outside(text))
    parts: list[Part] = []
    keyword, start = "", 0
    for word in keywords:
        for found in re.finditer(rf"(?<!\S){word.replace(' ', ' +')}(?!\S)", text[start:]):
            if found.start() + start in places:
                parts.append(_part(keyword, text, start, start + found.start()))
                keyword, start = word, start + found.end()
                break
    parts.append(_part(keyword, text, start, len(text)))
    return parts


def split_commas(text: str) -> list[Part]:
    """Split at the commas of the top level."""
    cuts = [at for at in outside(text) if text[at] == ","]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [_part("", text, start, end) for start, end in zip(starts, [*cuts, len(text)], strict=True)]


def _part(keyword: str, text: str, start: int, end: int) -> Part:
    piece = text[start:end]
    return Part(keyword, piece.strip(), start + len(piece) - len(piece.lstrip()))
