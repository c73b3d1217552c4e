"""Puts the reference tables into the manual, between its marks: `<!-- begin: types -->` and `<!-- end: types -->`.

`make docs` runs it; a test holds the page to it.
"""

from __future__ import annotations

import re

from engine.compose.offers import manifests
from engine.core.holds import SENTENCES
from engine.errors import UserError
from engine.lang.vocabulary.tables import code, table, tables
from engine.library.reference import reference

_MARKED = re.compile(r"<!-- begin: (?P<name>[^>]+) -->\n.*?<!-- end: (?P=name) -->", re.DOTALL)


def all_tables() -> dict[str, str]:
    """Every table of the manual by its name; those of connectors for the built-in ones."""
    holds = table(("Code", "Means"), ((code(name), means) for name, means in sorted(SENTENCES.items())))
    return {**tables(), "codes of holds": holds, **reference(manifests(None, {}))}


def rewritten(page: str) -> str:
    """The page with all its tables made anew.

    Raises:
        UserError: A mark names no table, or a table has no mark.
    """
    known = all_tables()
    marks = [found["name"] for found in _MARKED.finditer(page)]
    if sorted(marks) != sorted(known):
        what = f"The manual and its tables differ: {', '.join(sorted(set(marks) ^ set(known)))}."
        raise UserError(what, "Give each table one pair of marks in docs/language.md.", "manual-marks")

    def one(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- begin: {name} -->\n{known[name]}\n<!-- end: {name} -->"

    return _MARKED.sub(one, page)
