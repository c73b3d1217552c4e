"""Signs and words of other languages in an expression that cannot be read, and what to write instead.

Only for messages: nothing here is ever accepted, and an expression that can be read is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.lang.faults import LangError

_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_GIVEN = "To ask whether there is a value write `x is given` or `x is missing`."

# Tried in this order; the column of the first that is found is told.
_SIGNS = (
    (r"===", "There is no ===.", "Write `==`."),
    (r"!==", "There is no !==.", "Write `!=`."),
    (r"<>", "There is no <>.", "Write `!=` for unequal."),
    (r"=>", "There is no =>.", "Write `>=`."),
    (r"=<", "There is no =<.", "Write `<=`."),
    (r"->", "There is no ->.", "Write a point between a name and its field, as in `invoice.number`."),
    (r"\|\|", "There is no ||.", "Write `or`."),
    (r"&&?", "A single or double & is not a word here.", "Write `and`."),
    (r"\{%", "{% begins nothing in an expression.", "Write `x if condition else y`, or put the condition under `if`."),
    (r"\$\{|(?<!\{)\{(?!\{)", "Braces stand around nothing in an expression.", "Write the name without them."),
    (r"≥", "The sign ≥ is not known.", "Write `>=`."),
    (r"≤", "The sign ≤ is not known.", "Write `<=`."),
    (r"≠", "The sign ≠ is not known.", "Write `!=`."),
    (r"[–—−]", "A long dash is no minus here.", "Write `-`."),
    (r"×", "The sign × is not known.", "Write `*`."),
    (r"÷", "The sign ÷ is not known.", "Write `/`."),
    (r"\d,\d{3}(?!\d)", "A comma stands in a number.", "Write numbers without commas, such as 1250.50."),
    (r"\d{4}-0\d(-\d\d)?|\d{4}-1[0-2]-0\d", "A date stands without quotes.", 'Write `"2026-01-31" | date`.'),
    (r"(?<![\w.])0\d", "A number begins with 0.", "Write it without, or in quotes if it is a code."),
    (r"(?<![\w.])\d+ +\d", "A space stands in a number.", "Write numbers without spaces, such as 1250.50."),
    (r"\d\s*%", "The sign % is not known.", "Write a share as a number: 0.1 for 10%."),
    (r"(?<![\w.)\]])\.\d", "A number begins with a point.", "Write a digit before it, such as 0.5."),
    (r"\d\.(?!\d)", "A number ends with a point.", "Write a digit after it, or leave the point out."),
    (r"\.\.", "Two points stand in a row.", "Write one between a name and its field."),
    (r";", "A ; ends nothing here.", "Remove it."),
    (r"\?", "The sign ? is not known.", "Write `x if condition else y`."),
    (r"\bAND\b", 'The word "AND" is written in small letters.', "Write `and`."),
    (r"\bOR\b", 'The word "OR" is written in small letters.', "Write `or`."),
    (r"\bNOT\b", 'The word "NOT" is written in small letters.', "Write `not`."),
    (r"\bxor\b", "There is no xor.", "Write `(a and not b) or (b and not a)`."),
    (r"\b(?:does not |not )?contains?\b", "There is no contains.", "Write it the other way round: `part in whole`."),
    (r"\b(?:not )?(?:like|matches)\b", "There are no patterns.", 'Look for a part of a text: `"part" in text`.'),
    (r"\b(?:starts|begins|ends)[ _]?with\b", "There is no such word.", 'Look for a part of a text: `"part" in text`.'),
    (r"\bbetween\b", "There is no between.", "Write `1 <= x <= 5`."),
    (r"\b(?:is )?(?:greater|more|bigger|larger|higher) than\b", "Compare by signs.", "Write `>`."),
    (r"\b(?:is )?(?:less|smaller|lower|fewer) than\b", "Compare by signs.", "Write `<`."),
    (r"\b(?:is )?at least\b", "Compare by signs.", "Write `>=`."),
    (r"\b(?:is )?at most\b", "Compare by signs.", "Write `<=`."),
    (r"\b(?:is )?(?:not equal to|unequal)\b", "Compare by signs.", "Write `!=`."),
    (r"\b(?:is )?(?:equals?(?: to)?|eq)\b", "Compare by signs.", "Write `==`."),
    (r"\bis one of\b", "This test is written as one word.", 'Write `is one_of("a", "b")`, or `in ["a", "b"]`.'),
    (r"\bis not (?=[\"'\d])", "`is` asks for a test, such as `given`.", "Write `!=` to compare."),
    (r"\bis (?=[\"'\d])", "`is` asks for a test, such as `given`.", "Write `==` to compare."),
    (r"\b(?:exists|is set|is defined|is present|is known)\b", "There is no such test.", _GIVEN),
    (r"\bunless\b", "There is no unless.", "Write `not`."),
    (r"\bthen\b", "There is no then.", "Write `x if condition else y`."),
    (r"^\s*(?:if|when|where)\b", "The expression begins with a word too many.", "Write the condition alone."),
    (r"\b(?:and|or)\s+(?=[<>]|==|!=)", "A comparison has no left side.", "Repeat it: `x > 1 and x < 5`."),
    (r"\b(?:and|or)\s*$", "Nothing follows the last word.", "Write another condition after it, or remove it."),
    (r"^\s*(?:and|or)\b", "Nothing stands before the first word.", "Remove it."),
    (r"[+\-*/~<>=]\s*$", "Nothing follows the last sign.", "Write a value after it, or remove it."),
    (r"^\s*\.", "A name is missing before the point.", "Write the object too, such as `invoice.number`."),
    (r"\bin\s+[\"'][^\"']*[\"']\s*,", "The choices stand without brackets.", 'Write `in ["a", "b"]`.'),
)  # fmt: skip
_TABLE = tuple((re.compile(pattern), message, mend) for pattern, message, mend in _SIGNS)

# By the name of a function or method elsewhere, how it is said here.
_CALLS: Mapping[str, str] = {
    "len": "x | count", "length": "x | count", "size": "x | count", "count": "x | count",
    "today": "today", "now": "now", "date": "x | date", "sum": "x | sum(field)", "min": "x | min", "max": "x | max",
    "round": "x | round(2)", "abs": "x | abs", "lower": "x | lower", "toLowerCase": "x | lower",
    "upper": "x | upper", "toUpperCase": "x | upper", "strip": "x | trim", "trim": "x | trim",
    "filter": "x | where(field, value)", "map": "x | map(field)", "join": 'x | join(", ")', "sort": "x | sort(field)",
    "includes": "part in x", "contains": "part in x", "indexOf": "part in x", "any": "x | any(field)",
    "isset": "x is given", "empty": "x is empty", "isEmpty": "x is empty", "exists": "x is given",
    "get": "x.field | default(...)", "format": "x | date(...)", "strftime": "x | date(...)", "str": 'x ~ ""',
    "toString": 'x ~ ""', "concat": "a ~ b", "first": "x | first", "last": "x | last", "items": "x.field",
    "days": 'x | add("7 days")', "add": 'x | add("7 days")',
    "coalesce": "x | default(...)", "ifnull": "x | default(...)",
}  # fmt: skip
_FILTERS: Mapping[str, str] = {
    "length": "count", "size": "count", "len": "count", "lowercase": "lower", "downcase": "lower",
    "uppercase": "upper", "upcase": "upper", "strip": "trim", "truncate": "shorten", "strftime": "date",
    "format": "date", "date_format": "date", "filter": "where", "select": "where", "selectattr": "where",
    "pluck": "map", "concat": "join", "currency": "money", "dollars": "money", "distinct": "unique", "uniq": "unique",
    "groupby": "group", "group_by": "group", "sort_by": "sort", "plus_days": "add", "total": "sum", "d": "default",
}  # fmt: skip
_EMPTY = frozenset(("none", "null", "nil", "undefined", "nothing", "blank"))
_PRESENT = frozenset(("set", "defined", "present", "exists", "existing", "known", "filled"))


def said_otherwise(text: str, fault: LangError) -> LangError:
    """The fault of a text that cannot be read, named by what was surely meant; else the fault as it is."""
    shade = _QUOTED.sub(lambda found: found.group()[0] + "x" * (len(found.group()) - 2) + found.group()[0], text)
    for pattern, message, mend in _TABLE:
        found = pattern.search(shade)
        if found:
            return LangError(fault.code, message, mend, found.start() + 1)
    return fault


def instead_of_call(name: str) -> str:
    """What to write in place of a function or method of another language."""
    other = _CALLS.get(name)
    return f"Write `{other}`." if other else "Use a filter, as in `x | round(2)`."


def instead_of_filter(name: str) -> str:
    """What to write in place of a filter of another language; empty for none that is known."""
    other = _FILTERS.get(name.lower())
    return f'Did you mean "{other}"?' if other else ""


def instead_of_test(name: str) -> str:
    """What to write in place of a test of another language; empty for none that is known."""
    word = name.lower()
    if word in _EMPTY:
        return "Write `is missing`, or `is given` for the opposite."
    if word in _PRESENT:
        return "Write `is given`."
    if word in ("true", "yes", "false", "no"):
        return "Write the condition alone, or `not` before it."
    return 'Write `is one_of("a", "b")`.' if word == "one" else ""
