"""Problems as text with the source line and a caret, and as JSON for editors and pipelines.

No colours: the command line adds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import Problem

_WIDEST = 160


def as_text(problems: Sequence[Problem], sources: Mapping[str, str]) -> str:
    """All problems, each with its line and a caret below it; empty for none.

    Args:
        problems: What was found.
        sources: The text of each file by the name that its problems carry; one that is missing shows no line.
    """
    lines: dict[str, list[str]] = {}
    parts = []
    for problem in problems:
        if problem.file not in lines:
            lines[problem.file] = sources.get(problem.file, "").split("\n")
        parts.append(_one(problem, lines[problem.file]))
    return "\n\n".join(parts)


def as_json(problems: Sequence[Problem]) -> list[dict[str, str | int]]:
    """All problems as plain data; lines and columns count from one, `end_col` is the column after the last."""
    return [
        {
            "file": problem.file,
            "line": problem.line,
            "col": problem.col,
            "end_col": problem.end_col or problem.col + 1,
            "code": problem.code,
            "severity": problem.severity,
            "message": problem.message,
            "mend": problem.mend,
            "rule": problem.rule,
        }
        for problem in problems
    ]


def _one(problem: Problem, lines: Sequence[str]) -> str:
    if not 1 <= problem.line <= len(lines):
        return str(problem)
    start = 0 if problem.col <= _WIDEST // 2 else problem.col - _WIDEST // 2
    source = lines[problem.line - 1].rstrip("\r")[start : start + _WIDEST]
    shown = "".join(sign if sign.isprintable() else " " for sign in source)
    begin = max(problem.col - 1 - start, 0)
    width = max(1, min(problem.end_col - problem.col, len(shown) - begin))
    margin = f"{problem.line} | "
    return f"{problem}\n{margin}{shown}\n{' ' * (len(margin) + begin)}{'^' * width}"
