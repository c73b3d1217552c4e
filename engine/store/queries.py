"""Reads the named queries of `queries.sql`: `-- name: what it is for`, then one statement.

Knows no database.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEADER = re.compile(r"^-- ([a-z_]+): (.+)$")


@cache
def queries() -> dict[str, str]:
    """Statement by name."""
    text = files("engine.store").joinpath("queries.sql").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if header := _HEADER.match(line):
            name = header.group(1)
            found[name] = []
        elif name and not line.startswith("--"):
            found[name].append(line)
    return {name: "\n".join(lines).strip().rstrip(";") for name, lines in found.items()}
