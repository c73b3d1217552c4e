"""Rewrites the reference tables of docs/language.md: `make docs`.

What stands in them is made in `engine.compose.manual`.
"""

from __future__ import annotations

from pathlib import Path

from engine.compose.manual import rewritten

PAGE = Path(__file__).parent.parent / "docs" / "language.md"

if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote {PAGE}")
