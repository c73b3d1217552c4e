"""What is wrong with files, all at once: those of a workspace, the packaged rulesets, or single files anywhere.

Reads and judges only; nothing is opened, started or written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from engine.compose.calendar import missing_holidays
from engine.compose.offered import CONNECTORS
from engine.config.model import FILE, Config
from engine.config.read import read_config
from engine.core.rule import Rule
from engine.errors import Problem, Problems
from engine.lang.catalogue import Catalogue
from engine.lang.checker import check, check_rings, check_torso
from engine.lang.checking.rehearsals import check_tests
from engine.lang.forms import read_map, read_ruleset, read_settings
from engine.lang.maps import Map
from engine.lang.parser import ReadRule, read_rule_file
from engine.library.connection_settings import connection_settings
from engine.library.files import RULESET, loose_files, packaged_rulesets, read
from engine.library.reading import Library, read_library
from engine.library.samples import sample_files
from engine.library.template_shelves import shelf_beside


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
    if config is not None:
        library = replace(library, connections={name: one.connector for name, one in config.connections.items()})
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
    expanded = _expanded(files)
    found: list[Problem] = []
    texts: dict[str, str] = {}
    library = _with_own(_packaged(), expanded, found, texts)
    rules: dict[str, list[Rule]] = {}
    catalogue = cache(lambda folder: _catalogue(library, folder))
    for file in expanded:
        text = read(file.parent, file, str(file), found)
        if text is None:
            continue
        texts[str(file)] = text
        problems, read_file = _check_file(file, text, library)
        found += problems
        if read_file is not None and read_file.torso is not None:
            found += check_torso(read_file.torso, problems, catalogue(file.resolve().parent.name))
        if read_file is not None and read_file.rule is not None:
            folder = file.resolve().parent
            rules.setdefault(folder.name, []).append(read_file.rule)
            samples = sample_files(folder.parent, folder, read_file.tests)
            found += check_tests(read_file.rule, read_file.tests, catalogue(folder.name), samples)
    for name, some in rules.items():
        found += check(some, catalogue(name))
    found += check_rings([rule for some in rules.values() for rule in some], library.catalogue(""))
    return Checked(tuple(sorted(dict.fromkeys(found))), texts)


def _packaged() -> Library:
    """The packaged rulesets with the maps that they need, as if they were there and empty."""
    library = read_library(packaged_rulesets() / "no workspace", _packaged_names(), CONNECTORS)
    needed = {need.name: Map(need.name, {}) for ruleset in library.rulesets.values() for need in ruleset.maps}
    return replace(library, maps=needed)


def _with_own(library: Library, files: Sequence[Path], found: list[Problem], texts: dict[str, str]) -> Library:
    """The library with what stands beside single files: rulesets, the maps that they need, as if empty, templates."""
    rulesets, maps, templates = dict(library.rulesets), dict(library.maps), dict(library.templates)
    for folder in dict.fromkeys(file.parent for file in files):
        head = folder / f"{RULESET}.yaml"
        text = read(folder, head, str(head), []) if head.is_file() else None
        ruleset = read_ruleset(str(head), text)[0] if text is not None else None
        if ruleset is not None:
            rulesets[folder.resolve().name] = ruleset
            maps |= {need.name: Map(need.name, {}) for need in ruleset.maps}
        templates[folder.resolve().name] = shelf_beside(folder, found, texts)
    return replace(library, rulesets=rulesets, maps=maps, templates=templates)


def _catalogue(library: Library, folder: str) -> Catalogue:
    """What the rules of a folder may name; where it is no ruleset, the forms of all packaged ones count as its own."""
    catalogue = library.catalogue(folder)
    if folder in library.rulesets:
        return catalogue
    forms = [library.catalogue(name).ruleset_settings or {} for name in library.rulesets]
    return replace(catalogue, ruleset_settings={name: schema for form in forms for name, schema in form.items()})


def _check_file(file: Path, text: str, library: Library) -> tuple[tuple[Problem, ...], ReadRule | None]:
    name = str(file)
    if file.stem == RULESET:
        return read_ruleset(name, text)[1], None
    if file.parent.name == "maps":
        return read_map(name, text)[1], None
    if file.parent.name == "settings":
        form = library.rulesets[file.stem].settings if file.stem in library.rulesets else ()
        return read_settings(name, text, form)[1], None
    found = read_rule_file(f"{file.resolve().parent.name}/{file.stem}", name, text)
    return found.problems, found


def _expanded(paths: Sequence[Path]) -> list[Path]:
    """Files as they are, folders as the YAML files below them, without samples and workspaces of their own."""
    return [file for path in paths for file in (loose_files(path) if path.is_dir() else (path,))]


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
