"""What is wrong with files, all at once: those of a workspace, the packaged rulesets, or single files anywhere.

Reads and judges only; nothing is opened, started or written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.compose.calendar import missing_holidays
from engine.compose.offered import CONNECTORS
from engine.config.model import FILE, Config
from engine.config.read import read_config
from engine.core.rule import Rule
from engine.errors import Problem, Problems
from engine.lang.checker import check
from engine.lang.forms import read_map, read_ruleset, read_settings
from engine.lang.maps import Map
from engine.lang.parser import read_rule
from engine.library.connection_settings import connection_settings
from engine.library.files import RULESET, packaged_rulesets, read
from engine.library.reading import Library, read_library


@dataclass(frozen=True, slots=True)
class Checked:
    """Problems in the order of files and lines, and the texts of the files by the names that problems carry."""

    problems: tuple[Problem, ...]
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        """How many are errors; the others are warnings."""
        return sum(problem.severity == "error" for problem in self.problems)


def check_workspace(folder: Path, environment: Mapping[str, str]) -> Checked:
    """Everything that is wrong with a workspace and the packaged rulesets that it uses.

    Raises:
        UserError: There is no `daybook.yaml`.
    """
    found: list[Problem] = []
    config: Config | None = None
    try:
        config = read_config(folder, environment)
    except Problems as problems:
        found += problems.problems
    rulesets = config.rulesets if config else _packaged_names()
    used = sorted({one.connector for one in config.connections.values()}) if config else CONNECTORS
    library = read_library(folder, rulesets, used)
    found += library.check(_people(config) if config else None)
    if config is not None:
        found += _of_connections(config, library)
        found += _of_calendar(config, library)
    file = folder / FILE
    texts = {**library.texts, FILE: file.read_text(encoding="utf-8", errors="replace")}
    return Checked(tuple(sorted(dict.fromkeys(found))), texts)


def check_packaged() -> Checked:
    """Everything that is wrong with the rulesets that come with Daybook; what only a workspace has is not missed."""
    library = _packaged()
    own = ("map-missing", "setting-missing")
    return Checked(tuple(one for one in library.check() if one.code not in own), library.texts)


def check_files(files: Sequence[Path]) -> Checked:
    """Everything that is wrong with single files: rules, rulesets, maps by their folder, settings beside a ruleset.

    Args:
        files: Files, or folders of them; names in problems are as given.
    """
    library = _packaged()
    found: list[Problem] = []
    texts: dict[str, str] = {}
    rules: dict[str, list[Rule]] = {}
    for file in _expanded(files):
        text = read(file.parent, file, str(file), found)
        if text is None:
            continue
        texts[str(file)] = text
        problems, rule = _check_file(file, text, library)
        found += problems
        if rule is not None:
            rules.setdefault(file.parent.name, []).append(rule)
    for folder, some in rules.items():
        found += check(some, library.catalogue(folder))
    return Checked(tuple(sorted(dict.fromkeys(found))), texts)


def _packaged() -> Library:
    """The packaged rulesets with the maps that they need, as if they were there and empty."""
    library = read_library(packaged_rulesets() / "no workspace", _packaged_names(), CONNECTORS)
    needed = {need.name: Map(need.name, {}) for ruleset in library.rulesets.values() for need in ruleset.maps}
    return replace(library, maps=needed)


def _check_file(file: Path, text: str, library: Library) -> tuple[tuple[Problem, ...], Rule | None]:
    name = str(file)
    if file.stem == RULESET:
        return read_ruleset(name, text)[1], None
    if file.parent.name == "maps":
        return read_map(name, text)[1], None
    if file.parent.name == "settings":
        form = library.rulesets[file.stem].settings if file.stem in library.rulesets else ()
        return read_settings(name, text, form)[1], None
    rule, problems = read_rule(f"{file.parent.name}/{file.stem}", name, text)
    return problems, rule


def _expanded(paths: Sequence[Path]) -> list[Path]:
    """Files as they are, folders as the YAML files below them, samples left out."""
    files: list[Path] = []
    for path in paths:
        below = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        files += [file for file in below if "samples" not in file.parts]
    return files


def _of_connections(config: Config, library: Library) -> list[Problem]:
    found: list[Problem] = []
    for connection in config.connections.values():
        if connection.connector in library.manifests:
            manifest = library.manifests[connection.connector]
            found += connection_settings(manifest, connection.settings, connection.place)[1]
    return found


def _of_calendar(config: Config, library: Library) -> list[Problem]:
    """Business days are only right where the public holidays are known."""
    missing = missing_holidays(config.practice)
    counts = any("business day" in file.text or "quiet hours: keep" in file.text for file in library.rules.values())
    if not missing or not counts:
        return []
    what, _, mend = missing.partition(": ")
    return [Problem(FILE, 1, 1, "holidays-unknown", f"{what}.", f"{mend[:1].upper()}{mend[1:]}", severity="warning")]


def _people(config: Config) -> frozenset[str]:
    return frozenset(name for person in config.people for name in (person.name, person.email, *person.roles))


def _packaged_names() -> tuple[str, ...]:
    root = packaged_rulesets()
    return tuple(sorted(path.name for path in root.iterdir() if (path / f"{RULESET}.yaml").is_file()))
