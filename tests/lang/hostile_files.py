"""Files that nobody writes by chance: the worst sixty of a campaign of some seven hundred, made anew each time.

Each is at most 256 KiB, since larger ones are refused by their size alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

LARGEST = 256 * 1024
HEAD = "rule: x\nwhen: halaxy.invoice.paid\n"
STEPS = "steps:\n  - a:\n      stop: x\n"


def filled(unit: str, before: str = "", after: str = "", most: int = LARGEST) -> str:
    """One unit again and again, up to the largest size that a file may have."""
    size = most - len((before + after).encode())
    return before + unit * (size // len(unit.encode())) + after


def lines_of(unit: str) -> str:
    """As many short lines as a file may have."""
    return f"{unit}\n" * min(9_900, LARGEST // (len(unit.encode()) + 1))


def conditions(*expressions: str) -> str:
    """A rule with these conditions, each in single quotes."""
    quoted = (expression.replace("'", "''") for expression in expressions)
    return HEAD + "if:\n" + "".join(f"  - '{text}'\n" for text in quoted) + STEPS


def setting(kind: str, value: str) -> str:
    """A rule with a form of one field."""
    return HEAD + f"settings:\n  s:\n    type: {kind}\n    default: '{value}'\n    ask: x\n" + STEPS


def random_text(seed: int, words: tuple[str, ...], count: int) -> str:
    """Words by chance, the same for the same seed."""
    chance = random.Random(seed)
    return "".join(chance.choice(words) for _ in range(count))[:LARGEST]


SIGNS = tuple("ab:- \n[]{}#'\"|>&*!%@`?,=\\.")
WORDS = ("rule", "when", "steps", "if", ": ", "\n", "  ", "- ", "{{ ", "}}", "invoice", ".", " and ", '"', "'")

FILES: Mapping[str, str] = {
    **{f"one line of {unit!r}": filled(unit) for unit in ("[", "{", "- ", "? ", "&a ", "*a ", "!! ", "'\"", "{{ a }}")},
    **{f"one value of {unit!r}": filled(unit, "rule: ") for unit in ('"', " 'x", "'': ", '"\\\\', " #", ": ", "\\", "é")},
    **{f"lines of {unit!r}": lines_of(unit) for unit in ("&a ", "*a", "!", "@", "{{ x }}", "a: {{ x }}", "- 'a' b", "a: b: c")},
    **{f"entries of {unit!r}": HEAD + "if:\n" + lines_of(f"  - {unit}")[:250_000] for unit in ("? ", "*a ", "]", "`", "x # y")},
    **{f"{depth} brackets deep": "a: " + "[{a: " * depth + "}]" * depth for depth in (16, 33, 5_000)},
    "600 levels": "".join(" " * level + "a:\n" for level in range(600)),
    "a quote before each of many lines": 'rule: "x\n' + "  y: 'z\n" * 9_000,
    "a text that goes on": "rule: x\n" + "  y: z\n" * 9_000,
    "an open list": "a: [\n" + "b,\n" * 9_900,
    "a long text in lines": "rule: |\n" + "  x {{ y }} # z\n" * 9_000,
    "byte order marks": "\ufeff" * 80_000,
    "NUL": "\0" * LARGEST,
    "half characters": "\ud800" * 80_000,
    "CR alone": "a: b\r" * 50_000,
    "mixed line ends": "a: b\r\nc: d\n\r" * 5_000,
    "no-break spaces": "a:\u00a0b\n" * 9_000,
    "directives": "%YAML 1.1\n" * 5_000,
    "documents": "---\na: b\n" * 4_500,
    "signs by chance": random_text(1, SIGNS, 200_000),
    "words by chance": random_text(2, WORDS, 50_000),
    "traps of 4,000 characters": "".join(f"k{number}: {{{{ {'x ' * 2_000}}}}}\n" for number in range(60)),
    "900 traps": "".join(f"k{number}: x # y\n" for number in range(900)),
    "999 words like one that is known": "".join(f"one at a time pe{number}: 1\n" for number in range(999)),
    "999 long words": "".join(f"{'k' * 240}{number}: 1\n" for number in range(999)),
    "300 unknown actions": HEAD
    + "steps:\n"
    + "".join(f"  - s{number}:\n      do: xero.{'post_sale' * 20}{number}\n" for number in range(300)),
    "480 unknown fields": conditions(*(f"invoice.totals.gros{number} > 0" for number in range(480))),
    "names of 3,500 letters": conditions(*("invoice" * 500 + f"{number} > 0" for number in range(5))),
    "nested brackets": conditions(*("(" * 19 + "invoice.totals.gross" + ")" * 19 + " > 0" for _ in range(400))),
    "brackets 20 deep": conditions(*("(" * 20 + "1" + "+1)" * 20 + " > 0" for _ in range(1_000))),
    "expressions of 4,000 characters": conditions(*(("(((invoice.totals.gross + 1) * 2) > 0) and " * 99)[:3_900] + "yes",) * 60),
    "a chain of comparisons": conditions("1 < " * 900 + "1"),
    "90 filters": conditions(*("invoice.totals.gross" + " | abs" * 90 + " > 0" for _ in range(25))),
    "many alternatives": conditions(*(" or ".join(f"invoice.kind == 'a{number}'" for number in range(90)),) * 8),
    "blanks in an expression": conditions("a" + " " * 3_900 + "b", "=" + " " * 3_900 + "b", "1" + " " * 3_900 + "%x"),
    "numbers in a row": conditions("1." * 1_900, "1_" * 1_900 + "1", "1e" + "1" * 3_800, "9" * 3_900),
    "quotes in a row": conditions(*('"' * 3_900,) * 60),
    "blanks in a phrase": HEAD + "try again: '5 times over" + " " * 3_900 + "x'\n" + STEPS,
    "times of day": "rule: x\nwhen: every day at " + "09:00, " * 500 + "09:00\n" + STEPS,
    "a type of types": HEAD + "settings:\n  s:\n    type: " + "list of " * 30_000 + "text\n    ask: x\n" + STEPS,
    "1,500 long choices": HEAD
    + "settings:\n  s:\n    type: choice\n    choices: ["
    + ",".join("c" * 120 + str(number) for number in range(1_500))
    + "]\n    default: zz\n    ask: x\n"
    + STEPS,
    "an address of dots": setting("email", "a@" + "b." * 90_000 + "c"),
    "a number of digits": setting("money", "9" * 200_000),
    "a telephone number of groups": setting("phone", "+61 " * 50_000),
}  # fmt: skip
