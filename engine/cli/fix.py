"""Writes a mended file back in the place of the old one, whole or not at all.

What is mended stands in `engine.lang.fixing`.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.lang.fixing import Change, mended


def fix_file(file: Path) -> tuple[Change, ...]:
    """Mend one file and give the changes; one that is no UTF-8 text, or needs no mending, stays untouched."""
    before = file.read_bytes()
    try:
        text = before.decode("utf-8")
    except UnicodeDecodeError:
        return ()
    after, changes = mended(text)
    if changes:
        beside = file.with_name(f".{file.name}.mended")
        beside.write_bytes(after.encode("utf-8"))
        os.chmod(beside, file.stat().st_mode)
        os.replace(beside, file)
    return changes
