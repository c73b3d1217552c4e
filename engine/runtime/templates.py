"""Template files in the inputs of actions: filled in with the run's names before the call is written.

What is sent stands in the call's own inputs; the template's name is gone from them. The filling itself is done by a
child process (`template_worker`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.core.values import dumps, loads
from engine.errors import CannotTell
from engine.lang.faults import did_you_mean, shown
from engine.lang.maps import Map, Unmapped
from engine.lang.template_files.escaping import as_markdown
from engine.lang.template_files.filling import UNKNOWN
from engine.lang.template_files.nodes import Letter, Shelf, Template
from engine.runtime.template_worker import Worker

Json = Any
# What filters and dates read beside the names of the template itself.
_ALWAYS = ("practice", "today")
_TYPE = "template"


class Templates(Protocol):
    """Whoever fills templates in."""

    def letter(self, rule: str, name: str, names: Mapping[str, Json]) -> Letter:
        """What a template comes to for a rule; raises CannotTell with a code of TEMPLATE_ or UNMAPPED."""
        ...


class NoTemplates:
    """Where there are no template files."""

    def letter(self, rule: str, name: str, names: Mapping[str, Json]) -> Letter:
        """Always raises CannotTell."""
        raise _unknown(name, {})


class TemplateFiles:
    """The template files that rules may use, filled in by a child process.

    Args:
        shelf: Gives the templates of a rule by their names.
        worker: Keeps the child process; one of its own when not given.
    """

    def __init__(self, shelf: Callable[[str], Shelf], worker: Worker | None = None) -> None:
        self._shelf = shelf
        self._worker = worker or Worker()

    def letter(self, rule: str, name: str, names: Mapping[str, Json]) -> Letter:
        """See Templates."""
        shelf = self._shelf(rule)
        if name not in shelf:
            raise _unknown(name, shelf)
        used = _used(shelf[name], shelf)
        roots = {*_ALWAYS, *(root for template in used for root in template.roots)}
        maps = names.get("maps") if "maps" in roots else None
        request = {
            "name": name,
            "templates": {one.name: [one.file, one.kind, one.text] for one in used},
            "names": {root: names[root] for root in sorted(roots) if root in names and root != "maps"},
            "maps": {key: table.plain() for key, table in maps.items() if isinstance(table, Map)} if maps else maps,
        }
        answer = loads(self._worker.ask(dumps(request).encode("utf-8", "replace")))
        if "code" not in answer:
            return Letter(answer["body"], answer["subject"], shelf[name].kind)
        if answer.get("table"):
            raise Unmapped(answer["table"], answer["what"], answer["mend"])
        raise CannotTell(answer["what"], answer["mend"], answer["code"])

    def close(self) -> None:
        """End the child process; using it again starts another."""
        self._worker.close()


def template_field(schema: Mapping[str, Json]) -> str | None:
    """The input of an action that names a template; None when it has none."""
    fields = schema.get("properties") or {}
    return next((name for name, each in fields.items() if each.get("x-type") == _TYPE), None)


def filled_in(
    inputs: Mapping[str, Json], schema: Mapping[str, Json], templates: Templates, rule: str, names: Mapping[str, Json]
) -> dict[str, Json]:
    """The inputs with `subject` and `body` in place of the template that they name; a subject of their own stays.

    Raises:
        CannotTell: The template cannot be filled in.
    """
    field = template_field(schema)
    rest = {name: value for name, value in inputs.items() if name != field}
    if field is None or inputs.get(field) is None:
        return rest
    letter = templates.letter(rule, str(inputs[field]), names)
    if rest.get("subject") is None and letter.subject is not None:
        rest["subject"] = letter.subject
    return {**rest, "body": letter.body if letter.kind == "md" else as_markdown(letter.body)}


def _used(template: Template, shelf: Shelf) -> list[Template]:
    """A template and all that it includes, each once."""
    found, waiting = {template.name: template}, [template]
    while waiting:
        for include in waiting.pop().includes:
            inner = shelf.get(include.name)
            if inner is not None and inner.name not in found:
                found[inner.name] = inner
                waiting.append(inner)
    return list(found.values())


def _unknown(name: str, known: Mapping[str, Json]) -> CannotTell:
    mend = did_you_mean(name, known) or f"Add templates/{shown(name)}.md."
    return CannotTell(f'There is no template "{shown(name)}".', mend, UNKNOWN)
