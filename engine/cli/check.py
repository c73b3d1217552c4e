"""`daybook check`: every problem of rules, forms, maps and daybook.yaml, with its place and how to mend it.

What is checked stands in `engine.compose.checking`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.main import WRONG
from engine.cli.opening import found_or_none, in_workspace
from engine.cli.output import print_json, say
from engine.errors import Problem
from engine.lang.problems import as_json as problems_as_json
from engine.lang.problems import as_text

if TYPE_CHECKING:
    from engine.compose.checking import Checked


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
              help="How problems are printed.")  # fmt: skip
@click.option("--fix", is_flag=True, help="Mend what YAML would garble, where that is surely safe, then check.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@in_workspace
def check(folder: Path | None, paths: tuple[Path, ...], form: str, as_json: bool, fix: bool) -> None:
    """Check the workspace's files, or PATHS of it; outside of a workspace PATHS, or the packaged rulesets."""
    checked, problems = _checked(folder, paths)
    in_json = as_json or form == "json"
    if fix and _fix(checked, problems, found_or_none(folder), quiet=in_json):
        checked, problems = _checked(folder, paths)
    if in_json:
        print_json(problems_as_json(problems))
    else:
        _print(problems, checked)
    if any(problem.severity == "error" for problem in problems):
        raise click.exceptions.Exit(WRONG)


def _checked(folder: Path | None, paths: tuple[Path, ...]) -> tuple[Checked, tuple[Problem, ...]]:
    from engine.compose.checking import check_files, check_packaged, check_workspace

    workspace = found_or_none(folder)
    if workspace is None:
        checked = check_files(paths) if paths else check_packaged()
        return checked, checked.problems
    checked = check_workspace(workspace, os.environ)
    inside, outside = _split(workspace, paths)
    if not paths:
        return checked, checked.problems
    chosen = tuple(one for one in checked.problems if any(_within(one.file, name) for name in inside))
    if outside:
        loose = check_files(outside)
        return type(checked)((*chosen, *loose.problems), {**checked.texts, **loose.texts}), (*chosen, *loose.problems)
    return checked, chosen


def _fix(checked: Checked, problems: tuple[Problem, ...], workspace: Path | None, quiet: bool) -> bool:
    """Mend the files that have problems; whether any was changed. Packaged files are left as they are."""
    from engine.cli.fix import fix_file

    changed = False
    for name in sorted({problem.file for problem in problems} & set(checked.texts)):
        inside = workspace / name if workspace is not None else Path(name)
        file = inside if inside.is_file() or not Path(name).is_absolute() else Path(name)
        for change in fix_file(file) if file.is_file() else ():
            changed = True
            if not quiet:
                say(f"{name}:{change.line}: mended", "green")
                say(f"  - {change.before.strip()}\n  + {change.after.strip()}")
    return changed


def _split(workspace: Path, paths: tuple[Path, ...]) -> tuple[list[str], list[Path]]:
    """Paths as the workspace names its files, and those that are none of its own."""
    inside, outside = [], []
    for path in paths:
        full = path.resolve()
        if full.is_relative_to(workspace.resolve()):
            inside.append(full.relative_to(workspace.resolve()).as_posix())
        else:
            outside.append(path)
    return inside, outside


def _within(file: str, name: str) -> bool:
    return name in (".", file) or file.startswith(f"{name}/")


def _print(problems: tuple[Problem, ...], checked: Checked) -> None:
    if problems:
        say(as_text(problems, checked.texts))
        say("")
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    files = len(checked.texts)
    style = "red" if errors else "yellow" if warnings else "green"
    say(f"{files} files: {_count(errors, 'error')}, {_count(warnings, 'warning')}", style)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
