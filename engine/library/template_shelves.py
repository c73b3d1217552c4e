"""The template files of a folder `templates/`: Markdown and plain text, each known by its name without the ending.

Reads only; what a template may say is for `engine.lang.template_files`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from engine.errors import Problem
from engine.lang.faults import shown
from engine.lang.template_files.nodes import Template
from engine.lang.template_files.reading import read_template
from engine.library.files import WORKSPACE, read

TEMPLATES = "templates"
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_KINDS: Mapping[str, Literal["md", "txt"]] = {".md": "md", ".txt": "txt"}


def read_shelf(folder: Path, shown_as: str, problems: list[Problem], texts: dict[str, str]) -> dict[str, Template]:
    """The templates of a folder by name; one that cannot be used is left out.

    Args:
        folder: One that does not exist is empty.
        shown_as: How it is called in problems.
        problems: Gets what is wrong with the files.
        texts: Gets the text of each file, by its name in problems.
    """
    found: dict[str, Template] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        file = f"{shown_as}/{path.name}"
        if path.name.startswith(".") or path.is_dir():
            continue
        if path.suffix not in _KINDS or not _NAME.fullmatch(path.stem):
            what = f'"{shown(path.name)}" cannot be the name of a template.'
            mend = "Use a-z, 0-9 and _, and let it end with .md or .txt; mails get their HTML from Markdown."
            problems.append(Problem(file, 1, 1, "not-a-name", what, mend))
        elif path.stem in found:
            what = f'There is another template "{path.stem}", {found[path.stem].file}.'
            problems.append(Problem(file, 1, 1, "not-a-name", what, "Rename one of them."))
        elif (text := read(folder, path, file, problems)) is not None:
            texts[file] = text
            template, faults = read_template(path.stem, file, text, _KINDS[path.suffix])
            problems += faults
            if template is not None:
                found[path.stem] = template
    return found


def shelf_beside(folder: Path, problems: list[Problem], texts: dict[str, str]) -> dict[str, Template]:
    """The templates of rules that stand in a folder anywhere: beside them, and of the workspace that they are in."""
    found = read_shelf(folder / TEMPLATES, str(folder / TEMPLATES), problems, texts)
    workspace = folder.parent.parent
    if (workspace / WORKSPACE).is_file():
        found |= read_shelf(workspace / TEMPLATES, str(workspace / TEMPLATES), problems, texts)
    return found
