r"""Values that become part of Markdown: shown as they are, whatever signs they hold.

A name such as `[click](https://...)` or `*x*` must not turn into a link or into emphasis. What a reader of Markdown
takes for plain text anyway is left alone, so that addresses and sums stay readable in the text of a mail.
"""

from __future__ import annotations

import re
from itertools import pairwise

_ANYWHERE = re.compile(r"[*`\[\]<|]|\\(?=[!-/:-@\[-`{-~])|~~|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?[A-Za-z0-9]+;)")
_LINE_START = re.compile(
    r"^[ \t]*(?:(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=]+[ \t]*$)|([0-9]{1,9})([.)])(?=\s|$))", re.MULTILINE
)

_INDENTED = re.compile(r"^(?: {4,}| *\t)[ \t]*")


def markdown_safe(text: str) -> str:
    """The text so that Markdown shows exactly it; blanks that would indent its lines go."""
    marked = _ANYWHERE.sub(lambda found: "".join(f"\\{sign}" for sign in found.group()), text)
    marked = _INDENTED.sub(" ", re.sub(r"(?<=\n)[ \t]+", "", marked))
    return _LINE_START.sub(_at_line_start, marked)


def _at_line_start(found: re.Match[str]) -> str:
    if found.group(1) is not None:
        return f"\\{found.group(1)}"
    return f"{found.group(2)}\\{found.group(3)}"


def as_markdown(text: str) -> str:
    """Plain text as Markdown that shows exactly it, line by line; two blanks at its end keep a line apart."""
    lines = markdown_safe(text).split("\n")
    kept = [f"{line}  " if line.strip() and after.strip() else line for line, after in pairwise([*lines, ""])]
    return "\n".join(kept)


def one_line(text: str) -> str:
    """The text with every run of blanks and line ends as one blank, as a subject is."""
    return " ".join(text.split())
