"""Where a command's workspace is: the option --workspace, DAYBOOK_WORKSPACE, this folder or the nearest parent.

Opens it for work or for looking; what is in it is for others.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.config.model import FILE, Config
from engine.errors import UserError
from engine.ports import Store

if TYPE_CHECKING:
    from engine.compose.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])
VARIABLE = "DAYBOOK_WORKSPACE"


def in_workspace(command: Command) -> Command:
    """Adds the option --workspace; the command gets it as `folder`."""
    return click.option(
        "--workspace",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        envvar=VARIABLE,
        metavar="DIR",
        help="The workspace; by default this folder or the nearest parent with daybook.yaml.",
    )(command)


def as_json_too(command: Command) -> Command:
    """Adds the flag --json; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def found(folder: Path | None) -> Path:
    """The workspace's folder.

    Raises:
        UserError: There is none.
    """
    if folder is not None:
        if not (folder / FILE).is_file():
            raise UserError(f"There is no {FILE} in {folder}.", 'Make one with "daybook init".', "no-workspace")
        return folder.resolve()
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if (candidate / FILE).is_file():
            return candidate
    what = f"There is no {FILE} in {here} or above it."
    raise UserError(
        what, f'Go to a workspace, name it with --workspace or {VARIABLE}, or run "daybook init".', "no-workspace"
    )


def found_or_none(folder: Path | None) -> Path | None:
    """The workspace's folder, for commands that also work outside of one.

    Raises:
        UserError: One was named, and it is none.
    """
    if folder is not None:
        return found(folder)
    try:
        return found(None)
    except UserError:
        return None


def opened(folder: Path | None) -> Workspace:
    """The workspace, open for work."""
    from engine.compose.workspace import Workspace

    return Workspace(found(folder), os.environ)


def looked_at(folder: Path | None) -> AbstractContextManager[tuple[Config, Store]]:
    """Its configuration and its store, for commands that only look."""
    from engine.compose.reading import looking_at

    return looking_at(found(folder), os.environ)
