"""Finds and reads YAML files of rules, settings, maps and manifests; follows nothing out of their folder.

Text only: what it means is for `engine.lang`. Also knows where the files that come with Daybook stand.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Problem
from engine.lang.faults import shown
from engine.lang.tree import LARGEST_BYTES

_ENGINE = Path(__file__).parent.parent
_NAME = re.compile(r"[a-z0-9_]{1,64}")
# Beside the rules of a ruleset: its form, and what its rules' tests start from.
RULESET = "ruleset"
SAMPLES = "samples"
# What makes a folder a workspace.
WORKSPACE = "daybook.yaml"


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its id (`financial_sync/sales`), its name in problems, its text."""

    id: str
    file: str
    text: str


def packaged_rulesets() -> Path:
    """The folder of the rulesets that come with Daybook: in the installed package, or at the top of the checkout."""
    installed = _ENGINE / "rulesets"
    return installed if installed.is_dir() else _ENGINE.parent / "rules"


def packaged_examples() -> Path:
    """The folder of the example workspaces."""
    installed = _ENGINE / "examples"
    return installed if installed.is_dir() else _ENGINE.parent / "examples"


def packaged_connectors() -> Path:
    """The folder of the connectors that come with Daybook, for their manifests."""
    return _ENGINE.parent / "connectors"


def yaml_files(folder: Path, shown_as: str, levels: tuple[int, ...], problems: list[Problem]) -> tuple[Source, ...]:
    """The YAML files of a folder, in the order of their ids.

    Args:
        folder: Such as a workspace's `rules/`; one that does not exist is empty.
        shown_as: How it is called in problems.
        levels: How deep files may stand: 1 is directly in the folder, 2 one folder below.
        problems: Gets one for each file that is not where and what such a file may be.
    """
    found = []
    # The second pattern goes into linked folders, which the first passes over in silence.
    for path in sorted({*folder.glob("**/*.y*ml"), *folder.glob("*/*.y*ml")}):
        parts = path.relative_to(folder).parts
        file = "/".join((shown_as, *parts))
        if SAMPLES in parts[:-1] or path.name.startswith("."):
            continue
        fault = _misplaced(parts, levels, shown_as) or _misnamed(path, parts)
        if fault:
            problems.append(Problem(file, 1, 1, *fault))
        elif (text := read(folder, path, file, problems)) is not None:
            found.append(Source("/".join((*parts[:-1], path.stem)), file, text))
    return tuple(found)


def loose_files(folder: Path) -> tuple[Path, ...]:
    """The YAML files below any folder, in their order; samples are left out, and workspaces of their own."""
    files = (path for path in sorted(folder.rglob("*.yaml")) if SAMPLES not in path.relative_to(folder).parts)
    return tuple(path for path in files if not any((up / WORKSPACE).is_file() for up in _between(folder, path)))


def _between(folder: Path, path: Path) -> tuple[Path, ...]:
    """The folders that a file stands in, below another."""
    return tuple(up for up in path.parents if up != folder and up.is_relative_to(folder))


def read(root: Path, path: Path, file: str, problems: list[Problem]) -> str | None:
    """The text of a file below a root; None with a problem when it leads out, is too large or no UTF-8 text."""
    fault = _unreadable(root, path)
    if fault:
        problems.append(Problem(file, 1, 1, *fault))
        return None
    try:
        # Line ends are kept: the first look at a file tells CR alone from CRLF.
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        problems.append(Problem(file, 1, 1, "not-utf-8", "The file is not UTF-8 text.", "Save it as UTF-8."))
    except OSError:
        problems.append(
            Problem(file, 1, 1, "unreadable", "The file cannot be read.", "Check that it is there, and its rights.")
        )
    return None


def _unreadable(root: Path, path: Path) -> tuple[str, str, str] | None:
    # realpath, because Path.resolve() raises on a link that leads to itself.
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        return "link-out", "The file is a link that leads out of its folder.", "Copy the file here instead."
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        what = f"The file has {path.stat().st_size // 1024} KiB; {LARGEST_BYTES // 1024} are allowed."
        return "file-too-large", what, "Split it."
    return None


def _misplaced(parts: tuple[str, ...], levels: tuple[int, ...], shown_as: str) -> tuple[str, str, str] | None:
    if len(parts) in levels:
        return None
    if 1 in levels:
        return "misplaced", f"Nothing is read so deep below {shown_as}/.", f"Move it up, into {shown_as}/."
    mend = f"Move it to {shown_as}/FOLDER/NAME.yaml; the folder groups what belongs together."
    return "misplaced", f"These files stand exactly one folder below {shown_as}/.", mend


def _misnamed(path: Path, parts: tuple[str, ...]) -> tuple[str, str, str] | None:
    wrong = next(_wrong_names(path, parts), None)
    if wrong is not None:
        mend = "Use a-z, 0-9 and _ only, 64 at most, since ids are made of names."
        return "not-a-name", f'"{shown(wrong)}" cannot be the name of a file or folder here.', mend
    if path.suffix != ".yaml":
        return "not-a-name", f'The file ends with "{shown(path.suffix)}".', "Let it end with .yaml."
    return None


def _wrong_names(path: Path, parts: tuple[str, ...]) -> Iterator[str]:
    for name in (*parts[:-1], path.stem):
        if not _NAME.fullmatch(name):
            yield name
