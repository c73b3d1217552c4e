"""The fault of one text: what the readers of expressions and phrases raise, before it has a file and a line.

Not for evaluation: a run that cannot tell raises `engine.errors.CannotTell`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from engine.errors import DaybookError


class LangError(DaybookError):
    """A text is not what it should be; `col` counts from one within that text (0: the whole of it)."""

    def __init__(self, code: str, message: str, mend: str = "", col: int = 0) -> None:
        super().__init__(message, mend, code)
        self.message = message
        self.col = col

    def shifted(self, columns: int) -> LangError:
        """The same fault in a longer text in which this one begins so many columns later."""
        return LangError(self.code, self.message, self.mend, (self.col or 1) + columns)


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The known word that is spelt most like this one; empty when none is near."""
    lowered = {name.lower().replace("_", " "): name for name in sorted(known)}
    flat = word[:80].lower().replace("_", " ")
    near = get_close_matches(flat, list(lowered), n=3, cutoff=likeness)
    # The first letter is seldom mistyped.
    return lowered[min(near, key=lambda name: name[:1] != flat[:1])] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or the known words unless there are many."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return f'Did you mean "{near}"?'
    if 0 < len(words) <= 40:
        return f"Known here: {', '.join(words)}."
    return ""


def shown(text: str, most: int = 60) -> str:
    """A text of the file, short enough for a message and on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
