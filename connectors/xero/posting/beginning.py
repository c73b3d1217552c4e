"""How the posting of a deposit, a payout or an expense begins, and how its chapters are asked in turn.

PURE. Sales have a beginning of their own, in `sale`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from connectors.xero.posting.policy import Policy, read_policy
from connectors.xero.posting.situation import Ground
from engine.sdk.contract import Calls, Decision, Finished, Hold, Link, Refused

Json = Any
G = TypeVar("G", bound=Ground)
Said = Decision | tuple[Link, ...] | None
SKIP = "skip"


def policy_of(inputs: Mapping[str, Json]) -> Policy | Refused:
    """The practice's policy, or what is wrong with its settings."""
    try:
        return read_policy(inputs)
    except ValueError as problem:
        return Refused("POLICY_INVALID", str(problem), "Mend the settings of the ruleset.")


def ask_in_turn(now: G, version: int, chapters: Sequence[Callable[[G], Said]]) -> Decision:
    """What the first chapter says that has something to say; links that it only notes are kept, and all asked again.

    Nothing is decided of a snapshot older than one that was posted, nor without the organisation's facts. The last
    chapter always has something to say.
    """
    if any(link.version > version for link in now.links()):
        return Finished({"superseded": True})
    if not now.organisation or not now.known.facts.get("account"):
        return now.hold("FACTS_MISSING", now.record, "the organisation was not read yet", "facts")
    if (foreign := now.native_sync(now.record)) is not None:
        return foreign
    if any(choice.choice == SKIP for choice in now.known.choices.values()):
        return Finished({"skipped": "a person said to leave it alone"})
    noted: dict[tuple[str, str], Link] = {}
    while True:
        said = next(each for chapter in chapters if (each := chapter(now)))
        if not isinstance(said, tuple):
            return _with_links(said, noted)
        now = now.adopting(*said)
        noted |= {(link.source, link.part): link for link in said}


def raised(now: Ground, version: int) -> tuple[Link, ...]:
    """The record's live links at this version, where that is news."""
    return tuple(replace(link, version=version) for link in now.links() if not link.gone and link.version < version)


def _with_links(decision: Decision, noted: Mapping[tuple[str, str], Link]) -> Decision:
    if not noted or not isinstance(decision, Calls | Finished | Hold):
        return decision
    own = {(link.source, link.part): link for link in decision.links}
    return replace(decision, links=tuple({**noted, **own}.values()))
