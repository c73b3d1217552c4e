"""Names of events and actions against what the connectors offer, and the phrases that await events.

Part of `flow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.expression import Literal
from engine.core.rule import Do, EventPhrase, Place
from engine.lang.catalogue import ActionSchema, Catalogue
from engine.lang.checking.conditions import Conditions
from engine.lang.checking.notes import Notes
from engine.lang.checking.scope import Scope
from engine.lang.checking.shapes import ANY, NoField, Schema, Shape, field_of, group, kind_of, said
from engine.lang.expressions import Compiled
from engine.lang.faults import did_you_mean, nearest
from engine.lang.schemas import parts_of


def _nearest_event(connector: str, kind: str, known: Sequence[str]) -> str:
    """The event that is spelt most like it; where its object is none of the connector's, what those are."""
    objects = sorted({name.split(".")[1] for name in known})
    wanted = kind.partition(".")[2].partition(".")[0]
    if wanted not in objects and not nearest(wanted, objects, 0.75):
        return f"{connector} tells of {', '.join(objects)}." if objects else f"{connector} tells of nothing."
    return did_you_mean(kind, known)


@dataclass(frozen=True, slots=True)
class Events:
    """Checks what a rule names of the connectors."""

    catalogue: Catalogue
    notes: Notes
    conditions: Conditions

    def event(self, kind: str, place: Place) -> None:
        """The type of an event."""
        if kind in self.catalogue.events or not self._connector(kind, place):
            return
        connector = kind.split(".", 1)[0]
        known = [name for name in self.catalogue.events if name.startswith(f"{connector}.")]
        what = f'The connector {connector} has no event "{kind}".'
        self.notes.note(place, "unknown-event", what, _nearest_event(connector, kind, known), len(kind))

    def action(self, name: str, place: Place) -> ActionSchema | None:
        """The action of that name; None when there is none."""
        action = self.catalogue.actions.get(name)
        if action is not None or not self._connector(name, place):
            return action
        connector, _, verb = name.partition(".")
        verbs = [known.partition(".")[2] for known in self.catalogue.actions if known.startswith(f"{connector}.")]
        what = f'The connector {connector} has no action "{verb}".'
        mend = f'{did_you_mean(verb, verbs)} See them all with "daybook connectors show {connector}".'.strip()
        self.notes.note(place, "unknown-action", what, mend, len(name))
        return None

    def connection(self, do: Do, place: Place) -> None:
        """The connection that an action is done over, where it is written out."""
        known, named = self.catalogue.connections, do.connection
        if known is None or not isinstance(named, Literal) or not isinstance(named.literal, str):
            return
        connector = do.action.partition(".")[0]
        if known.get(named.literal) == connector:
            return
        fitting = [name for name, of in known.items() if of == connector]
        what = f'There is no connection "{named.literal}" to {connector}.'
        self.notes.note(place, "unknown-connection", what, did_you_mean(named.literal, fitting), len(named.literal))

    def result(self, kind: str) -> Schema:
        """What an awaited event leaves behind: its objects by name."""
        objects = self.catalogue.events.get(kind)
        return group(objects) if objects else ANY

    def phrase(self, phrase: EventPhrase, scope: Scope, place: Place) -> None:
        """An awaited event: its type, what ties it to the run, and its further condition."""
        self.event(phrase.type, place)
        objects = self.catalogue.events.get(phrase.type)
        of_where = phrase.where.paths if phrase.where is not None else ()
        for path, own in phrase.same:
            # Equalities out of `where` are looked at there, with both sides in place.
            if f"new.{path}" not in of_where:
                self._same(path, own, objects, phrase.type, scope, place)
        if phrase.where is not None:
            # An equality finds the run, so what it names of the event is there whenever the rest is looked at.
            inside = scope.without_demands().with_names({"new": self.result(phrase.type)})
            inside = inside.with_given(f"new.{path}" for path, _ in phrase.same)
            self.conditions.check((phrase.where,), inside, place)

    def _same(self, path: str, own: object, objects: object, kind: str, scope: Scope, place: Place) -> None:
        if not isinstance(own, Compiled):
            return
        before = len(self.notes.problems)
        self.conditions.key(own, scope, place)
        if not objects or len(self.notes.problems) > before:
            return
        shape: Shape | NoField = Shape(self.result(kind))
        at = own.place_of((own.offsets or (0,))[0] + 1) or place
        for part in parts_of(path):
            known = shape if isinstance(shape, Shape) else Shape()
            shape = field_of(known.schema, part)
            if isinstance(shape, NoField):
                what = f"{kind} has no {path}: there is no {part} there."
                self.notes.note(at, "unknown-path", what, did_you_mean(part, filter(None, shape.known)), len(path))
                return
        if isinstance(shape, Shape) and kind_of(shape.schema) in ("group", "list"):
            what = f"{path} is {said(shape.schema)}, which cannot be looked up."
            self.notes.note(at, "unlike-types", what, f"Name its id, as in `{path}.id`.", len(path))

    def _connector(self, name: str, place: Place) -> bool:
        connector = name.split(".", 1)[0]
        if connector in self.catalogue.connectors:
            return True
        mend = did_you_mean(connector, self.catalogue.connectors)
        self.notes.note(place, "unknown-connector", f'There is no connector "{connector}".', mend, len(connector))
        return False
