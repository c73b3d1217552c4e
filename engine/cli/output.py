"""How commands speak: tables on a terminal, plain lines elsewhere, JSON when asked, complaints on standard error.

The only place that prints.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from engine.errors import Bug, DaybookError, Problems

if TYPE_CHECKING:
    from rich.console import Console

Json = Any


def console(stderr: bool = False) -> Console:
    """Standard output or error as rich sees it; loaded only here, since a pipeline seldom needs it."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def print_json(value: Json) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Json]], title: str | None = None) -> None:
    """A table; on anything but a terminal, tab-separated lines with a heading."""
    if not _is_terminal():
        for row in (columns, *rows):
            sys.stdout.write("\t".join("" if cell is None else str(cell) for cell in row) + "\n")
        return
    from rich.table import Table

    shown = Table(title=title, header_style="bold", title_justify="left")
    for column in columns:
        shown.add_column(column)
    for row in rows:
        shown.add_row(*["" if cell is None else str(cell) for cell in row])
    console().print(shown)


def say(text: str, style: str | None = None) -> None:
    """A line of text; markup in it means nothing."""
    if _is_terminal():
        console().print(text, style=style, markup=False)
    else:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()  # whoever reads a pipe waits for this line, such as an address to open


def _is_terminal() -> bool:
    # What rich looks at besides: people ask for colours in a pipeline with FORCE_COLOR.
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ


def complain(error: DaybookError) -> None:
    """What is wrong and how to mend it; never a traceback."""
    if isinstance(error, Problems):
        for problem in error.problems:
            console(stderr=True).print(str(problem), markup=False)
        return
    console(stderr=True).print(f"error[{error.code}]: {error.what}", style="red", markup=False)
    if error.mend:
        console(stderr=True).print(f"  {error.mend}", markup=False)


def complain_of_bug(bug: Bug) -> None:
    """A fault of the program, with its traceback for the report."""
    traceback.print_exception(bug, file=sys.stderr)
    console(stderr=True).print(
        "This is a fault of Daybook, not yours. Nothing was lost; please report it.", style="red", markup=False
    )
