"""The names that an expression may read at its place in a rule, and what is known of them there.

Built up as the steps are followed; a scope never changes, it is extended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.core.expression import Expression
from engine.core.rule import Rule
from engine.lang.catalogue import Catalogue
from engine.lang.checking.shapes import (
    ANY,
    DATE,
    MOMENT,
    MONEY,
    TEXT,
    Schema,
    Shape,
    group,
    list_of,
    may_be_empty,
    of_setting,
    or_empty,
)

EVENT_FIELDS = {
    "id": TEXT,
    "type": TEXT,
    "title": TEXT,
    "amount": or_empty(MONEY),
    "source": TEXT,
    "connection": TEXT,
    "time": MOMENT,
}
PRACTICE = group(
    {
        "name": TEXT,
        "timezone": TEXT,
        "currency": TEXT,
        "country": TEXT,
        "state": TEXT,
        "locations": ANY,
        "opening_hours": ANY,
        "holidays": list_of(DATE),
    }
)
ERROR = group({"step": TEXT, "what": TEXT, "mend": TEXT, "code": TEXT})


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known at a place.

    Attributes:
        names: Schemas of the language's own names and of those that steps have made.
        events: The objects of each event that can have started the run here, by type and name.
        given: Paths that are surely not empty here, as `unparse` writes them.
        holds: Conditions above this place, as written.
        made_if: By name, the conditions under which a step made it.
        is_open: A starting event is not known, so further names may be there.
        waited: The run may have waited since it began.
        fresh: Objects that are read again after each wait.
        demands: Conditions above this place that still hold; what they ask may have changed after a wait.
    """

    names: Mapping[str, Schema]
    events: Mapping[str, Mapping[str, Schema]] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    made_if: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_open: bool = False
    waited: bool = False
    fresh: frozenset[str] = frozenset()
    demands: tuple[Expression, ...] = ()

    @property
    def objects(self) -> frozenset[str]:
        """Names of the starting events' objects."""
        return frozenset(name for event in self.events.values() for name in event)

    def all_names(self) -> tuple[str, ...]:
        """Everything that may be named here."""
        return tuple(sorted({*self.names, *self.objects}))

    def is_partial(self, name: str) -> bool:
        """Whether only some of the events that can have started the run have this object."""
        if name in self.names or self.is_open or name in self.given:
            return False
        return name in self.objects and any(name not in event for event in self.events.values())

    def lookup(self, name: str) -> Shape | None:
        """What a name stands for; None when it is not known."""
        if name in self.names:
            schema = self.names[name]
        else:
            found = [event[name] for event in self.events.values() if name in event]
            if not found:
                return None
            schema = found[0] if all(one == found[0] for one in found) else {"anyOf": found}
        return Shape(schema, may_be_empty(schema) and not self.is_given(name))

    def is_given(self, path: str) -> bool:
        """Whether a path is surely not empty here."""
        if path in self.given:
            return True
        made = self.made_if.get(path)
        return made is not None and bool(made) and made <= self.holds

    def with_names(self, names: Mapping[str, Schema]) -> Scope:
        """The scope with further names."""
        return replace(self, names={**self.names, **names}) if names else self

    def with_given(self, paths: Iterable[str]) -> Scope:
        """The scope where these paths are not empty."""
        return replace(self, given=self.given | frozenset(paths))

    def only(self, types: frozenset[str]) -> Scope:
        """The scope where one of these events started the run."""
        events = {kind: event for kind, event in self.events.items() if kind in types}
        # Where no event is left nothing runs; that is told of the condition, not of what stands behind it.
        return replace(self, events=events, is_open=self.is_open or (bool(self.events) and not events))

    def after_wait(self) -> Scope:
        """The scope after a wait."""
        return replace(self, waited=True, demands=())

    def common_demands(self, other: Scope) -> tuple[Expression, ...]:
        """The conditions that hold in both, which began as one scope."""
        there = {id(one) for one in other.demands}
        return tuple(one for one in self.demands if id(one) in there)

    def without_demands(self) -> Scope:
        """The scope for conditions that are looked at later, when what holds now may no longer hold."""
        return replace(self, demands=())

    def joined(self, other: Scope) -> Scope:
        """The scope where either way was taken, both begun from the same one."""
        return replace(
            self,
            events={**self.events, **other.events},
            given=self.given & other.given,
            holds=self.holds & other.holds,
            demands=self.common_demands(other),
            is_open=self.is_open and other.is_open,
            waited=self.waited or other.waited,
        )


def scope_of(rule: Rule, catalogue: Catalogue) -> Scope:
    """What a rule's conditions and steps see from the start."""
    known = {kind: catalogue.events[kind] for kind in rule.events if kind in catalogue.events}
    # An unknown event is told once; what its objects would be cannot be told besides.
    is_open = len(known) < len(rule.events)
    return Scope(_standing(rule, catalogue), known, is_open=is_open, fresh=frozenset(rule.keep_fresh))


def _standing(rule: Rule, catalogue: Catalogue) -> dict[str, Schema]:
    ruleset, maps = catalogue.ruleset_settings, catalogue.maps
    return {
        "event": group(
            {**EVENT_FIELDS, "type": {**TEXT, "x-choices": list(rule.events)}} if rule.events else EVENT_FIELDS
        ),
        "settings": group({setting.name: of_setting(setting) for setting in rule.settings}),
        "ruleset": group({"settings": ANY if ruleset is None else group(ruleset)}),
        "maps": ANY if maps is None else group(maps),
        "practice": PRACTICE,
        "now": MOMENT,
        "today": DATE,
        "rule": group({"title": TEXT, "id": TEXT, "owner": or_empty(TEXT)}),
        "run": group({"id": TEXT, "started": MOMENT}),
    }
