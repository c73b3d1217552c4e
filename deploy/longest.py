"""Prints the longest files and functions of the product.

A long one is a question, not a fault: this never fails a check.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHOWN = 5


def functions(file: Path) -> Iterator[tuple[int, str]]:
    """Every function of a file: its length in lines, docstring included, and its place."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield length, f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"


def main() -> None:
    """Print both lists, longest first."""
    files = [file for folder in ("engine", "connectors") for file in (ROOT / folder).rglob("*.py")]
    lengths = [(len(file.read_text(encoding="utf-8").splitlines()), str(file.relative_to(ROOT))) for file in files]
    for title, rows in (("files", lengths), ("functions", [row for file in files for row in functions(file)])):
        print(f"Longest {title}:")
        for length, name in sorted(rows, reverse=True)[:SHOWN]:
            print(f"  {length:5} {name}")


if __name__ == "__main__":
    main()
