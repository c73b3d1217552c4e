"""The text of a template file: where everything in it stands, and its head with the subject.

What stands in the body is for `reading`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engine.core.rule import Place
from engine.lang.characters import bad_character
from engine.lang.expressions import Compiled, compiled
from engine.lang.faults import LangError, shown

LONGEST = 64 * 1024
_HEAD = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, and where each offset stands in it."""

    file: str
    text: str

    def place(self, offset: int) -> Place:
        """Where an offset stands."""
        before = self.text[:offset]
        return Place(self.file, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)

    def expression(self, text: str, at: int) -> Compiled:
        """The expression that begins at an offset, with its place; a fault's column is an offset of the file."""
        lead = at + len(text) - len(text.lstrip())
        flat = text.strip()
        try:
            found = compiled(flat)
        except LangError as fault:
            raise fault.shifted(lead) from None
        place = self.place(lead)
        rows = [(end.end(), place.line + number, 1) for number, end in enumerate(re.finditer("\n", flat), 1)]
        return replace(found, place=place, rows=tuple(rows))


def check_text(text: str) -> None:
    """Raises LangError for a text that is too long or holds signs that cannot be seen."""
    if len(text) > LONGEST:
        raise LangError("file-too-large", "The template has more than 64 KiB.", "Split it with `{% include %}`.", 1)
    at = 0
    for line in text.split("\n"):
        if bad_character(line.replace("\t", " ")):
            raise LangError("control-character", "An invisible character stands in this line.", "Delete it.", at + 1)
        at += len(line) + 1


def head_of(source: Source) -> tuple[int, tuple[int, int] | None]:
    """Where the body begins, and from where to where the subject stands; None without one."""
    text = source.text
    if not text.startswith("---"):
        return 0, None
    found = _HEAD.match(text)
    if found is None:
        what = "The head of this template is opened by --- and never closed."
        raise LangError("template-head", what, "Close it with a line of ---.", 1)
    subject, at = None, text.index("\n") + 1
    for line in (found.group(1) or "").split("\n"):
        word, colon, value = line.partition(":")
        if line.strip() and word.strip() not in ("subject", "about"):
            what = f'The head of a template has no word "{shown(word.strip())}".'
            raise LangError("template-head", what, "It has `subject:` and `about:`, each on one line.", at + 1)
        if line.strip() and (not colon or not value.strip()):
            raise LangError("template-head", f"{word.strip()} is empty.", f"Write `{word.strip()}: ...`.", at + 1)
        if word.strip() == "subject":
            subject = _unquoted(value, at + len(word) + 1)
        at += len(line) + 1
    return found.end(), subject


def _unquoted(value: str, at: int) -> tuple[int, int]:
    start, end = at + len(value) - len(value.lstrip()), at + len(value.rstrip())
    flat = value.strip()
    if len(flat) > 1 and flat[0] in "\"'" and flat[0] == flat[-1] and flat[0] not in flat[1:-1]:
        return start + 1, end - 1
    return start, end
