"""The traps of YAML by name: what is said of each and what to type instead.

Sentences and the signs that give a line away; where a trap can stand is decided in `lines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.lang.characters import BLANKS
from engine.lang.faults import shown

Sentence = tuple[str, str, str]  # code, message, mend
Found = tuple[int, str, str, str]  # column from one, code, message, mend

_FIRST = {
    "&": ("anchor", "A value begins with &, which YAML takes for an anchor.", "Put the value in quotes."),
    "*": ("alias", "A value begins with *, which YAML takes for an alias.", "Put the value in quotes."),
    "!": ("tag", "A value begins with !, which YAML takes for a tag.", "Put the value in quotes."),
}
RESERVED = "&*!@%`|>?]},"
_BULLET = re.compile(r"[–—−•‣◦·] *|\* |-(?=[A-Za-z_{\"'(\[])")
_COMMENT = re.compile(r"//|-- |/\*")
_CLOSE_COLON = re.compile(r"([\"']?[^\W\d][\w ]*[\"']?):(\S.*)")
_OTHER_SIGN = re.compile(r"([^\W\d][\w ]*?) *(?:=>|->|:=|=) *(.*)")

CUT = (
    "comment-in-value",
    "YAML would cut the value at this #.",
    "Put the value in quotes; or put the comment on its own line, or after two spaces.",
)
HOLE = (
    "unquoted-hole",
    "A value that begins with {{ is a map for YAML.",
    'Put the value in quotes: "{{ ... }}", or write `= ...` for the value itself.',
)
HOLE_INSIDE = (
    "hole-in-brackets",
    "A {{ between brackets is a map for YAML.",
    'Put each entry that has a hole in quotes, as in ["{{ a }}", b].',
)
COLON = (
    "colon-in-value",
    "A colon and a space inside a value begin a new key for YAML.",
    "Put the whole value in quotes.",
)
COLON_QUOTED = (*COLON[:2], "Put the whole value in single quotes: '...'.")
BELOW_VALUE = (
    "colon-in-value",
    "This line is indented below a value, so it belongs to that value, colon and all.",
    "Line it up with the key above if it is a key of its own; otherwise put the whole value in quotes.",
)
BELOW_ITEM = (
    "colon-in-value",
    "This line is indented below a text that has no colon, so it belongs to that text.",
    "End the line above with a colon if this stands below it; otherwise put the whole text in quotes.",
)
BLANK = (
    "no-break-space",
    "This space is a no-break space, which is none for YAML.",
    "Type a plain space in its place.",
)
QUESTION = ("question-key", "A line begins with ?, which YAML takes for a complex key.", "Write `name: value`.")
MERGE = ("merge-key", "<< would copy the fields of another map.", "Write the fields out.")
SECOND = ("two-documents", "A line of dots or dashes begins another document.", "One file, one document.")
DIRECTIVE = ("reserved-first-sign", "A line that begins with % changes how YAML is read.", "Remove it.")


def strange_start(line: str, at: int) -> Found | None:
    """What is wrong with the first signs of a line: other signs for a list, a comment or a space than YAML's."""
    if re.match(f"[{BLANKS}]", line[at:]):
        return at + 1, *BLANK
    if _COMMENT.match(line, at):
        sign = line[at : at + 2]
        return at + 1, "comment-sign", f"A comment begins with #, not with {sign}.", "Write # in its place."
    if line.startswith("```", at):
        return at + 1, "reserved-first-sign", "A line of back-ticks belongs to a page, not to a file.", "Remove it."
    found = _BULLET.match(line, at)
    if found is None:
        return None
    sign = found.group().strip()
    if sign == "-":
        return at + 1, "list-sign", "The dash of a list has no space after it.", "Write `- ` before the entry."
    return at + 1, "list-sign", f"The sign {sign} begins no entry of a list.", "Write `- ` in its place."


def first_sign(line: str, at: int, what: str) -> Iterator[Found]:
    """A key or value that begins with a sign of YAML's own."""
    sign = line[at]
    code, message, mend = _FIRST.get(
        sign,
        ("reserved-first-sign", f"A {what} begins with {sign}, which has a meaning of its own in YAML.", "Quote it."),
    )
    yield at + 1, code, message.replace("A value", f"A {what}"), mend


def without_colon(line: str, at: int) -> Found:
    """A line among keys that is none itself."""
    text = line[at : at + 200].rstrip()
    close = _CLOSE_COLON.fullmatch(text)
    if close:
        key, value = close.groups()
        what = f'There is no space after the colon of "{shown(key)}".'
        return at + len(key) + 1, "space-after-colon", what, f"Write `{shown(key)}: {shown(value)}`."
    other = _OTHER_SIGN.fullmatch(text)
    mend = "Write `name: value`, or indent a text that goes on below its key."
    if other:
        mend = f"Write `{shown(other.group(1))}: {shown(other.group(2))}`."
    return at + 1, "line-without-colon", "This line has no colon and stands among keys.", mend


def misaligned(at: int, nearest: int) -> Found:
    """A line that begins where nothing above begins."""
    spaces = f"{nearest} space{'' if nearest == 1 else 's'}" if nearest else "no space"
    what = f"This line is indented by {at}, and no line above it that it could belong to is."
    return at + 1, "uneven-indentation", what, f"Put {spaces} before it, if it belongs to the lines that have as many."


def quote_inside(whole: str, quote: str, at: int) -> Found:
    """A value whose first quote ends before the value does."""
    other = "'" if quote == '"' else '"'
    if whole.endswith(quote) and whole.count(quote) % 2 and len(whole) > 2:
        whole = whole[1:-1]
    mend = f"Put it all into the other quotes: {other}{whole}{other}." if other not in whole and len(whole) < 80 else ""
    return (
        at + 1,
        "quote-inside-value",
        "The value begins with a quote that ends before the value does.",
        mend or "Put the whole value in quotes, doubling each quote inside.",
    )


def never_closed(col: int, quote: str) -> Found:
    """A quote that is open at the end of the file."""
    return col, "quote-open", f"The quote {quote} is opened here and never closed.", "Close it at the end of the value."


def closed_later(col: int, quote: str, line: int) -> Found:
    """A quote that ends in the middle of a later line."""
    what = f"The quote {quote} is opened here, and the next one closes it only in the middle of line {line}."
    return col, "quote-open", what, "Close it at the end of the value."
