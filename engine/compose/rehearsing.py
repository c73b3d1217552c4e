"""Finds rules with their tests, and what the tests run with: of a workspace, of the packaged rulesets, of single files.

What a test comes to is for `engine.runtime.rehearsal_tests`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.compose.calendar import calendar_of_names
from engine.compose.connectors import connector
from engine.compose.offered import CONNECTORS
from engine.config.read import read_config
from engine.core.rule import Rule
from engine.errors import Problem, Problems, UserError
from engine.lang.faults import did_you_mean, shown
from engine.lang.forms import Ruleset, read_ruleset
from engine.lang.parser import read_rule
from engine.lang.rule_tests import RuleTest, rule_tests
from engine.lang.template_files.nodes import Shelf
from engine.library.files import RULESET, loose_files, packaged_rulesets, read
from engine.library.manifest import Manifest
from engine.library.reading import Library, read_library
from engine.library.template_shelves import shelf_beside
from engine.runtime.rehearsal_actions import Skill
from engine.runtime.rehearsal_tests import PRACTICE, Bench
from engine.runtime.rulebook import complete
from engine.runtime.template_worker import Worker
from engine.runtime.templates import TemplateFiles

Json = Any
# Folders whose files are no rules.
_NO_RULES = ("maps", "settings")


@dataclass(frozen=True, slots=True)
class Rehearsable:
    """A rule with its tests and what they are run with."""

    rule: Rule
    tests: tuple[RuleTest, ...]
    bench: Bench


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules that can be rehearsed: those of a library, and where their sample files stand.

    Attributes:
        folder: The workspace; None outside of one.
        practice: What the workspace's own rules see as `practice`.
        worker: Fills template files in.
    """

    library: Library
    folder: Path | None = None
    practice: Mapping[str, Json] = field(default_factory=lambda: PRACTICE)
    worker: Worker = field(default_factory=Worker)

    @property
    def skills(self) -> dict[str, Skill]:
        """Every action of the installed connectors."""
        return skills_of(self.library.manifests)

    def chosen(self, wanted: Sequence[str]) -> tuple[Rehearsable, ...]:
        """The rules that are asked for, in that order; all when none is.

        Args:
            wanted: Rule ids, folders of rules, or rule files anywhere.

        Raises:
            Problems: One of them has errors.
            UserError: Nothing is called so.
        """
        ids = [id for name in wanted or sorted(self.library.rules) for id in self._named(name)]
        broken = {problem.rule for problem in self.library.problems if problem.severity == "error"}
        if not wanted and broken:
            raise Problems(tuple(one for one in self.library.problems if one.severity == "error"))
        found = [self._of_library(id) if isinstance(id, str) else self._of_file(id) for id in dict.fromkeys(ids)]
        return tuple(found)

    def _named(self, name: str) -> Iterator[str | Path]:
        known = self.library.rules
        flat = name.rstrip("/")
        below = [id for id in known if id.startswith(f"{flat.removeprefix('rules/')}/")]
        id = flat.removeprefix("rules/").removesuffix(".yaml")
        if id in known:
            yield id
        elif below:
            yield from below
        elif Path(name).is_file():
            yield Path(name)
        elif Path(name).is_dir():
            yield from _rules_below(Path(name))
        else:
            errors = tuple(one for one in self.library.problems if one.rule == id and one.severity == "error")
            if errors:
                raise Problems(errors)
            raise UserError(f'There is no rule "{shown(name)}".', did_you_mean(name, known), "no-such-rule")

    def _of_library(self, id: str) -> Rehearsable:
        file = self.library.rules[id]
        root = packaged_rulesets() if file.packaged or self.folder is None else self.folder / "rules"
        practice = PRACTICE if file.packaged else self.practice
        ruleset = self.library.rulesets.get(id.partition("/")[0])
        return self._rehearsable(file.rule, file.file, file.text, ruleset, root, practice, self.library.shelf(id))

    def _of_file(self, path: Path) -> Rehearsable:
        problems: list[Problem] = []
        text = read(path.parent, path, str(path), problems) or ""
        rule, found = read_rule(f"{path.resolve().parent.name}/{path.stem}", str(path), text)
        shelf = shelf_beside(path.resolve().parent, problems, {})
        errors = tuple(one for one in (*problems, *found) if one.severity == "error")
        if rule is None or errors:
            raise Problems(errors)
        head = path.parent / f"{RULESET}.yaml"
        head_text = read(path.parent, head, str(head), problems) if head.is_file() else None
        ruleset = read_ruleset(str(head), head_text)[0] if head_text is not None else None
        return self._rehearsable(rule, str(path), text, ruleset, path.resolve().parent.parent, self.practice, shelf)

    def _rehearsable(
        self,
        rule: Rule,
        file: str,
        text: str,
        ruleset: Ruleset | None,
        root: Path,
        practice: Mapping[str, Json],
        shelf: Shelf,
    ) -> Rehearsable:
        folder = rule.id.partition("/")[0]
        skills = self.skills
        forms = {"rule": rule.settings, "ruleset": ruleset.settings if ruleset else ()}
        needs = [need.name for need in ruleset.maps] if ruleset else []
        maps = tuple(dict.fromkeys((*needs, *self.library.maps)))
        catalogue = self.library.catalogue(folder)
        samples = _sample_reader(root, root / folder)
        templates = TemplateFiles(lambda _: shelf, self.worker)
        bench = Bench(catalogue, skills, forms, maps, samples, practice, templates, calendar_of_names)
        return Rehearsable(complete(rule, "notifications.send" in skills), rule_tests(rule.id, file, text)[0], bench)


def _rules_below(folder: Path) -> tuple[Path, ...]:
    """The rule files below any folder.

    Raises:
        UserError: There are none.
    """
    found = tuple(path for path in loose_files(folder) if path.stem != RULESET and path.parent.name not in _NO_RULES)
    if not found:
        raise UserError(f'There is no rule in "{shown(str(folder))}".', "Name a folder of rule files.", "no-such-rule")
    return found


def of_workspace(folder: Path, environment: Mapping[str, str]) -> Rules:
    """The rules of a workspace, the packaged ones that it uses included.

    Raises:
        Problems: `daybook.yaml` has faults.
    """
    config = read_config(folder, environment)
    library = read_library(folder, config.rulesets, CONNECTORS)
    return Rules(library, folder, config.practice.names())


def packaged() -> Rules:
    """The rules of the packaged rulesets."""
    root = packaged_rulesets()
    names = tuple(sorted(path.name for path in root.iterdir() if (path / f"{RULESET}.yaml").is_file()))
    return Rules(read_library(root / "no workspace", names, CONNECTORS))


def skills_of(manifests: Mapping[str, Manifest]) -> dict[str, Skill]:
    """The actions of connectors, by their full names."""
    catalogue = Library(manifests=manifests).catalogue("").actions
    return {
        f"{name}.{action.name}": Skill(connector(name), action.name, catalogue[f"{name}.{action.name}"], action.writes)
        for name, manifest in manifests.items()
        for action in manifest.actions.values()
    }


def _sample_reader(root: Path, folder: Path) -> Callable[[str], str]:
    """Reads files beside a rule; nothing outside of the folder that holds all rules."""

    def text(name: str) -> str:
        problems: list[Problem] = []
        path = folder / name
        if not path.is_file():
            near = sorted(str(one.relative_to(folder)) for one in folder.glob("samples/*"))
            raise UserError(f"There is no file {shown(name)} beside the rule.", did_you_mean(name, near), "no-sample")
        found = read(root, path, name, problems)
        if found is None:
            raise UserError(f"{problems[0].message}", problems[0].mend, "no-sample")
        return found

    return text
