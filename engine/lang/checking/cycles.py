"""Rules that set each other off: an action whose event starts a rule that does an action whose event ...

Knows only what manifests say under `emits`; looks at all rules of a workspace together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.core.rule import Do, Place, Rule
from engine.errors import Problem
from engine.lang.catalogue import Catalogue
from engine.lang.checking.flow import all_steps

# By rule, the rules that it sets off: the action that does, the event, and where the action stands.
_Link = tuple[str, str, str, Place]


def check_cycles(rules: Sequence[Rule], catalogue: Catalogue) -> tuple[Problem, ...]:
    """One problem for each ring of rules, at the action that begins it; a warning where conditions may end it."""
    links = _links(rules, catalogue)
    by_id = {rule.id: rule for rule in rules}
    found: list[Problem] = []
    told: set[frozenset[str]] = set()
    for rule in rules:
        ring = _ring(rule.id, links)
        # A rule that rests between its runs ends every round by itself.
        if any(by_id[link[0]].again_after is not None for link in ring):
            continue
        if not ring or frozenset(link[0] for link in ring) in told:
            continue
        told.add(frozenset(link[0] for link in ring))
        found.append(_problem(by_id[rule.id], ring, by_id))
    return tuple(sorted(found))


def _links(rules: Sequence[Rule], catalogue: Catalogue) -> Mapping[str, list[_Link]]:
    starts: dict[str, list[str]] = {}
    for rule in rules:
        for kind in rule.events:
            starts.setdefault(kind, []).append(rule.id)
    links: dict[str, list[_Link]] = {}
    for rule in rules:
        for step in all_steps((*rule.steps, *rule.on_error)):
            if not isinstance(step.verb, Do) or step.verb.action not in catalogue.actions:
                continue
            at = dict(step.verb.places).get("do", step.place)
            for kind in catalogue.actions[step.verb.action].emits:
                links.setdefault(rule.id, []).extend(
                    (other, step.verb.action, kind, at) for other in starts.get(kind, ())
                )
    return links


def _ring(start: str, links: Mapping[str, list[_Link]]) -> tuple[_Link, ...]:
    """The shortest way from a rule back to itself; empty when there is none."""
    ways: list[tuple[_Link, ...]] = [(link,) for link in links.get(start, ())]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        last = way[-1][0]
        if last == start:
            return way
        if last not in seen:
            seen.add(last)
            ways += [(*way, link) for link in links.get(last, ())]
    return ()


def _problem(rule: Rule, ring: Sequence[_Link], rules: Mapping[str, Rule]) -> Problem:
    place = ring[0][3]
    way = ", ".join(f"{action} sets off {other} by {kind}" for other, action, kind, _ in ring)
    what = "This rule sets itself off" if len(ring) == 1 else "These rules set each other off"
    guarded = any(rules[link[0]].conditions or rules[link[0]].any_conditions for link in ring)
    mend = "Add a condition under `if` that ends the round, or start one of them by a schedule."
    return Problem(
        place.file, place.line, place.col, "rules-in-a-ring", f"{what}: {way}.", mend, place.col + len(ring[0][1]),
        "warning" if guarded else "error", rule.id,
    )  # fmt: skip
