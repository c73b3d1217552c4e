"""The examples of `docs/problems.md` put into whole files and read, for the tests of that page.

A section of the page says what its examples are a part of; `⏎` ends a line, and signs that cannot be seen have a
picture of their own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from engine.compose.checking import check_workspace
from engine.errors import Problem
from engine.lang.catalogue import Catalogue
from engine.lang.checker import check
from engine.lang.parser import read_rule
from engine.lang.tree import read_tree
from engine.library.manifest import read_manifest
from engine.library.reading import read_library

ROOT = Path(__file__).parents[2]
SECTIONS = {
    "Files": "What YAML would hide, cut or garble; the examples are whole files.",
    "Rules": "The words of a rule; the examples are whole files.",
    "Steps": "The examples stand below `steps:`.",
    "Conditions": "Expressions; the examples stand after `if:`.",
    "The workspace": "What stands in several files; the examples change the example practice: `file: old → new`, or `file + text`.",
    "Connectors": "Manifests, for whoever writes a connector; the examples are whole manifests of the connector x.",
}
_SIGNS = {
    "⏎": "\n", "⇥": "\t", "␇": "\x07", "␀": "\x00", "␍": "\r", "⇆": "\u202e", "BOM ": "\ufeff",
    "(an empty file)": "",
}  # fmt: skip
_HEAD = "rule: x\nwhen: halaxy.invoice.paid\n"
_LONG = {
    "60,000 lines of text": "a\n" * 60_000,
    "a file of 40 nested lists": "[" * 40 + "]" * 40,
    "a file of 2,500 values": "".join(f"k{number}: 1\n" for number in range(2_500)),
    "600 conditions": _HEAD + "if:\n" + "  - invoice.totals.gross + invoice.totals.net > 0\n" * 600 + "steps: []\n",
    "60 lines with a quote too many": "".join(f'k{number}: "a" b\n' for number in range(60)),
    "300 holes in one text": "- a: {stop: '" + "{{ invoice.number }}" * 300 + "'}",
    "a step name of 120 characters": "- " + "x" * 120 + ": {stop: x}",
    "4,100 characters": "invoice.deleted or " * 216 + "invoice.deleted",
    "60 dots": "invoice.deleted" + ".a" * 160,
}


def problems_of(section: str, example: str) -> tuple[Problem, ...]:
    """Every problem of an example, put where its section says."""
    if section == "The workspace":
        with TemporaryDirectory() as folder:
            return _of_workspace(Path(folder) / "practice", example)
    text = _LONG.get(example, example)
    for picture, sign in _SIGNS.items():
        text = text.replace(picture, sign)
    if section == "Files":
        return read_tree("f.yaml", text)[1]
    if section == "Connectors":
        return read_manifest("x", "f.yaml", text)[1]
    if section == "Steps":
        text = f"{_HEAD}steps:\n  " + text.replace("\n", "\n  ")
    elif section == "Conditions":
        quoted = text.replace("'", "''")
        text = f"{_HEAD}if: '{quoted}'\nsteps:\n  - a: {{stop: x}}\n"
    rule, problems = read_rule("financial_sync/x", "f.yaml", text)
    return problems if rule is None else (*problems, *check([rule], catalogue()))


def _of_workspace(folder: Path, example: str) -> tuple[Problem, ...]:
    copytree(ROOT / "examples" / "harbour", folder)
    for change in example.split("; "):
        name, _, text = change.partition(" + ")
        if text:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"\xff" if text == "(no text)" else text.replace("⏎", "\n").encode())
            continue
        name, _, swap = change.partition(": ")
        old, _, new = swap.partition(" → ")
        file = folder / name
        before = file.read_text()
        assert old in before, change
        file.write_text(before.replace(old, new.replace("⏎", "\n"), 1) if new != "(link)" else before)
        if new == "(link)":
            file.unlink()
            file.symlink_to(ROOT / "examples" / "harbour" / name)
    return check_workspace(folder, {}).problems


@cache
def catalogue() -> Catalogue:
    """What rules of the financial sync may name in the example practice."""
    connectors = ("halaxy", "xero", "email", "notifications", "books")
    library = read_library(
        ROOT / "examples" / "harbour", ("financial_sync",), connectors, ROOT / "rules", ROOT / "connectors"
    )
    return library.catalogue("financial_sync", frozenset({"bookkeeper", "practice manager"}))
