"""Everything that a workspace and the installed Daybook say in files: rules, rulesets, forms, maps, manifests.

Read at once and then frozen; a change of a file is seen by reading again. Knows no store and opens no connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.core.rule import Rule, Setting
from engine.errors import Problem
from engine.lang.catalogue import ActionSchema, Catalogue
from engine.lang.checker import check, check_rings, check_torso
from engine.lang.checking.rehearsals import SampleFiles, check_tests
from engine.lang.checking.shapes import of_setting, or_empty
from engine.lang.faults import did_you_mean, shown
from engine.lang.forms import Ruleset, read_map, read_ruleset, read_settings
from engine.lang.maps import Map
from engine.lang.parser import read_rule_file
from engine.lang.rule_tests import RuleTest
from engine.lang.template_files.nodes import Shelf, Template
from engine.library.files import (
    RULESET,
    Source,
    packaged_connectors,
    packaged_rulesets,
    read,
    yaml_files,
)
from engine.library.manifest import Manifest, read_manifest
from engine.library.samples import sample_files
from engine.library.template_shelves import TEMPLATES, read_shelf

Json = Any


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule with the text that it was read from, its tests and their samples; `packaged` ones follow upgrades."""

    rule: Rule
    file: str
    text: str
    packaged: bool
    tests: tuple[RuleTest, ...] = ()
    samples: SampleFiles | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """What was read, and everything that is wrong with it.

    Attributes:
        rules: Those that could be read, by id, in the order of their ids.
        rulesets: By folder name; a folder without `ruleset.yaml` has none.
        filled: Filled-in forms by the id of their rule or ruleset, defaults included.
        maps: Mapping tables by name.
        manifests: By connector.
        templates: By folder of rules, those that come with it; the key "" holds the workspace's own.
        torsos: What could be read of rules with errors, in the order of their ids.
        connections: The connectors of `daybook.yaml`'s connections by their names; None leaves them unchecked.
        problems: Errors and warnings of all files.
        texts: The text of each file by its name in problems, for showing lines.
    """

    rules: Mapping[str, RuleFile] = field(default_factory=dict)
    rulesets: Mapping[str, Ruleset] = field(default_factory=dict)
    filled: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    maps: Mapping[str, Map] = field(default_factory=dict)
    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, Shelf] = field(default_factory=dict)
    torsos: tuple[Rule, ...] = ()
    connections: Mapping[str, str] | None = None

    def shelf(self, rule: str) -> Shelf:
        """The templates that a rule, or the rules of a folder, may use; the workspace's own come first."""
        return {**self.templates.get(rule.partition("/")[0], {}), **self.templates.get("", {})}

    def names(self, rule: str) -> Mapping[str, Json]:
        """What a rule sees as `settings`, `ruleset` and `maps`."""
        folder = rule.partition("/")[0]
        return {
            "settings": self.filled.get(rule, {}),
            "ruleset": {"settings": self.filled.get(folder, {})},
            "maps": dict(self.maps),
        }

    def catalogue(self, folder: str, people: frozenset[str] | None = None) -> Catalogue:
        """All that the rules of a folder may name.

        Args:
            folder: The first part of their ids.
            people: Names and roles of the practice's people; None leaves them unchecked.
        """
        triggers = {
            kind: trigger for manifest in self.manifests.values() for kind, trigger in manifest.triggers.items()
        }
        actions = {
            f"{manifest.connector}.{name}": ActionSchema(action.inputs, action.outputs, action.kind, action.emits)
            for manifest in self.manifests.values()
            for name, action in manifest.actions.items()
        }
        form = self.rulesets[folder].settings if folder in self.rulesets else ()
        return Catalogue(
            {kind: _objects(trigger.schema) for kind, trigger in triggers.items()},
            actions,
            {setting.name: of_setting(setting) for setting in form},
            {name: _map_schema(table) for name, table in self.maps.items()},
            people,
            self.shelf(folder),
            self.connections,
        )

    def check(self, people: frozenset[str] | None = None, going_live: bool = False) -> tuple[Problem, ...]:
        """What is wrong with the files, and with what the rules name; in the order of files and lines.

        Args:
            people: Names and roles of the practice's people; None leaves them unchecked.
            going_live: What a rule cannot run without, such as a setting's value, is an error and no warning.
        """
        found = [_for_live(problem) for problem in self.problems] if going_live else list(self.problems)
        for folder in sorted({id.partition("/")[0] for id in self.rules}):
            files = [file for id, file in self.rules.items() if id.startswith(f"{folder}/")]
            catalogue = self.catalogue(folder, people)
            found += check([file.rule for file in files], catalogue)
            for file in files:
                found += check_tests(file.rule, file.tests, catalogue, file.samples)
        for torso in self.torsos:
            told = [problem for problem in self.problems if problem.rule == torso.id]
            found += check_torso(torso, told, self.catalogue(torso.id.partition("/")[0], people))
        found += check_rings([file.rule for file in self.rules.values()], self.catalogue(""))
        return tuple(sorted(found))


_NEEDED_LIVE = ("setting-missing", "map-missing")


def _for_live(problem: Problem) -> Problem:
    return replace(problem, severity="error") if problem.code in _NEEDED_LIVE else problem


def _objects(schema: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    """The objects of an event; those that it does not promise may be empty."""
    promised = schema.get("required") or ()
    found = schema.get("properties") or {}
    return {name: each if "required" not in schema or name in promised else or_empty(each)
            for name, each in found.items()}  # fmt: skip


def _map_schema(table: Map) -> Mapping[str, Json]:
    flat = bool(table) and all(isinstance(row, str) for row in table.values())
    return {"type": "object", "additionalProperties": {"type": "string"} if flat else True}


def read_library(
    workspace: Path,
    rulesets: tuple[str, ...],
    connectors: Iterable[str],
    packaged: Path | None = None,
    installed: Path | None = None,
) -> Library:
    """Read all files of a workspace and the packaged ones that it uses; never raises for what stands in them.

    Args:
        workspace: The folder of `daybook.yaml`.
        rulesets: Packaged rulesets in use.
        connectors: Whose manifests are needed.
        packaged: Where packaged rulesets stand; by default those that come with Daybook.
        installed: Where connectors stand; by default those that come with Daybook.
    """
    reader = _Reader(workspace)
    reader.take_packaged(packaged or packaged_rulesets(), rulesets)
    reader.take_rules(yaml_files(workspace / "rules", "rules", (2,), reader.problems), workspace / "rules")
    reader.take_templates(packaged or packaged_rulesets(), rulesets)
    reader.take_maps()
    reader.take_settings()
    reader.take_manifests(installed or packaged_connectors(), connectors)
    return reader.library()


class _Reader:
    """Collects what is read, file by file; a workspace's rule stands in for a packaged one of the same id."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.problems: list[Problem] = []
        self._rules: dict[str, RuleFile | None] = {}
        self._rulesets: dict[str, Ruleset] = {}
        self._filled: dict[str, Mapping[str, Json]] = {}
        self._maps: dict[str, Map] = {}
        self._manifests: dict[str, Manifest] = {}
        self._texts: dict[str, str] = {}
        self._torsos: dict[str, Rule | None] = {}
        self._templates: dict[str, dict[str, Template]] = {}

    def take_packaged(self, root: Path, rulesets: tuple[str, ...]) -> None:
        """The packaged rulesets in use."""
        known = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
        for name in rulesets:
            if name not in known:
                what, mend = f'There is no ruleset "{shown(name)}".', did_you_mean(name, known)
                self.problems.append(Problem("daybook.yaml", 1, 1, "unknown-ruleset", what, mend))
        used = tuple(f"rules/{name}/" for name in rulesets)
        problems: list[Problem] = []
        found = yaml_files(root, "rules", (2,), problems)
        self.problems += [problem for problem in problems if problem.file.startswith(used)]
        self.take_rules(tuple(source for source in found if source.file.startswith(used)), root, packaged=True)

    def take_rules(self, sources: tuple[Source, ...], root: Path, packaged: bool = False) -> None:
        """Rules and the heads of their folders; `root` is the folder of all of them."""
        for source in sources:
            self._texts[source.file] = source.text
            folder, _, name = source.id.partition("/")
            if name == RULESET:
                ruleset, problems = read_ruleset(source.file, source.text)
                if ruleset is not None:
                    self._rulesets[folder] = ruleset
            else:
                found = read_rule_file(source.id, source.file, source.text)
                rule, tests, problems = found.rule, found.tests, found.problems
                samples = sample_files(root, root / folder, tests) if tests else None
                self._rules[source.id] = (
                    RuleFile(rule, source.file, source.text, packaged, tests, samples) if rule else None
                )
                self._torsos[source.id] = found.torso
            self.problems += problems

    def take_templates(self, root: Path, rulesets: tuple[str, ...]) -> None:
        """The templates beside rules, and those of the workspace."""
        places = [(name, root / name / TEMPLATES, f"rules/{name}/{TEMPLATES}") for name in rulesets]
        for folder in sorted({id.partition("/")[0] for id in self._rules}):
            places.append((folder, self.workspace / "rules" / folder / TEMPLATES, f"rules/{folder}/{TEMPLATES}"))
        places.append(("", self.workspace / TEMPLATES, TEMPLATES))
        for name, path, shown_as in places:
            self._templates.setdefault(name, {}).update(read_shelf(path, shown_as, self.problems, self._texts))

    def take_maps(self) -> None:
        """The workspace's mapping tables, and the rules and tables that rulesets name and miss."""
        for source in yaml_files(self.workspace / "maps", "maps", (1,), self.problems):
            self._texts[source.file] = source.text
            self._maps[source.id], problems = read_map(source.file, source.text)
            self.problems += problems
        for folder, ruleset in self._rulesets.items():
            for name in ruleset.rules:
                if f"{folder}/{name}" not in self._rules:
                    what = f'The ruleset {folder} lists the rule "{shown(name)}", which has no file.'
                    self._warn(f"rules/{folder}/{RULESET}.yaml", "rule-missing", what, "Take it off the list.")
            for need in ruleset.maps:
                if need.name not in self._maps:
                    what = f'The ruleset {folder} needs the map "{need.name}".'
                    self._warn(f"maps/{need.name}.yaml", "map-missing", what, need.about or "Add the file.")

    def take_settings(self) -> None:
        """Filled-in forms, for each ruleset and rule that has one; a file for neither is told."""
        forms: dict[str, tuple[Setting, ...]] = {id: ruleset.settings for id, ruleset in self._rulesets.items()}
        forms |= {id: file.rule.settings for id, file in self._rules.items() if file is not None}
        found = yaml_files(self.workspace / "settings", "settings", (1, 2), self.problems)
        sources = {source.id: source for source in found}
        for id, source in sources.items():
            self._texts[source.file] = source.text
            if id not in forms and id not in self._rules:
                mend = did_you_mean(id, forms) or "Remove the file."
                self._warn(source.file, "settings-unused", "These settings belong to no rule or ruleset in use.", mend)
        for id, form in forms.items():
            file = sources[id].file if id in sources else f"settings/{id}.yaml"
            text = sources[id].text if id in sources else ""
            self._filled[id], problems = read_settings(file, text, form)
            self.problems += problems

    def take_manifests(self, root: Path, connectors: Iterable[str]) -> None:
        """The manifests of connectors in use."""
        known = sorted(path.parent.name for path in root.glob("*/manifest.yaml"))
        for name in dict.fromkeys(connectors):
            if name not in known:
                what, mend = f'There is no connector "{shown(name)}".', did_you_mean(name, known)
                self.problems.append(Problem("daybook.yaml", 1, 1, "unknown-connector", what, mend))
                continue
            file = f"connectors/{name}/manifest.yaml"
            text = read(root, root / name / "manifest.yaml", file, self.problems)
            if text is None:
                continue
            manifest, problems = read_manifest(name, file, text)
            self.problems += problems
            if manifest is not None:
                self._manifests[name] = manifest

    def library(self) -> Library:
        """All of it, frozen."""
        rules = {id: file for id, file in sorted(self._rules.items()) if file is not None}
        problems = tuple(sorted(dict.fromkeys(self.problems)))
        return Library(
            rules, self._rulesets, self._filled, self._maps, self._manifests, problems, self._texts, self._templates,
            tuple(torso for _, torso in sorted(self._torsos.items()) if torso is not None),
        )  # fmt: skip

    def _warn(self, file: str, code: str, what: str, mend: str) -> None:
        self.problems.append(Problem(file, 1, 1, code, what, mend, severity="warning"))
