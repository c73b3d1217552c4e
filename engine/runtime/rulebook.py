"""The rules in force: current ones by event type, and the exact version that an older run began with.

Reads rule text from the store, never from files; whoever loads the files hands them in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.core.rule import Do, Place, Rule, Step
from engine.errors import Bug
from engine.lang.parser import read_rule
from engine.lang.templates import compile_value
from engine.ports import Store

Json = Any
_TELL = "{{ rule.title }} stopped at {{ error.step }}: {{ error.what }} {{ error.mend }}"


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule with the text it was read from."""

    rule: Rule
    file: str
    text: str


class Rulebook:
    """See `engine.runtime.parts.RulesInForce`.

    Args:
        names: Gives `settings`, `ruleset` and `maps` for a rule id.
        tells: Whether failures can be told by `notifications.send`.
    """

    def __init__(
        self, store: Store, rules: Sequence[LoadedRule], names: Callable[[str], Mapping[str, Json]], tells: bool
    ) -> None:
        self._store, self._names, self._tells = store, names, tells
        self._loaded = {loaded.rule.id: loaded for loaded in rules}
        self._plans = {(loaded.rule.id, loaded.rule.version): complete(loaded.rule, tells) for loaded in rules}

    def active(self) -> tuple[Rule, ...]:
        """The rules that are switched on; a person's switch wins over the file's default."""
        return self._switched(on=True)

    def switched_off(self) -> tuple[Rule, ...]:
        """The others: they keep their events until a person decides about them."""
        return self._switched(on=False)

    def current(self) -> tuple[Rule, ...]:
        """All rules as their files say, on or off."""
        return tuple(self._plans[loaded.rule.id, loaded.rule.version] for loaded in self._loaded.values())

    def plan(self, rule: str, version: str) -> Rule:
        """The rule as it was when a run began; raises Bug when its text is not stored."""
        known = self._plans.get((rule, version))
        if known is not None:
            return known
        rows = self._store.rows("rule_version", rule=rule, version=version)
        if not rows:
            raise Bug(f"The text of {rule} that a run began with is not stored.")
        read, _ = read_rule(rule, rows[0]["file"], rows[0]["body"])
        if read is None:
            raise Bug(f"The stored text of {rule} can no longer be read.")
        self._plans[rule, version] = complete(read, self._tells)
        return self._plans[rule, version]

    def names(self, rule: str) -> Mapping[str, Json]:
        """The filled-in forms and the maps that a rule sees."""
        return self._names(rule)

    def text_of(self, rule: str) -> tuple[str, str]:
        """File and text of a current rule."""
        loaded = self._loaded[rule]
        return loaded.file, loaded.text

    def _switched(self, on: bool) -> tuple[Rule, ...]:
        switched = {row["rule"]: bool(row["enabled"]) for row in self._store.rows("rule_switches")}
        return tuple(rule for rule in self.current() if switched.get(rule.id, rule.enabled) == on)


def complete(rule: Rule, tells: bool) -> Rule:
    """A rule without `on error` tells its owner, where anybody can be told."""
    if rule.on_error or not tells:
        return rule
    to = compile_value(rule.owner or "practice manager")
    tell = Do("notifications.send", (("to", to), ("message", compile_value(_TELL))))
    step = Step("tell the owner", tell, Place(rule.place.file, rule.place.line, rule.place.col), on_error="continue")
    return replace(rule, on_error=(step,))
