"""From what became of a notice on each channel to the outcome of its step: one table.

PURE. Nothing is sent twice: where it cannot be known whether a channel has it, a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.core import values
from engine.sdk.contract import Done, Element, Outcome, Rejected, Response, Retry, Unknown

Json = Any


def outcomes_of(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """One outcome an element; an answer that cannot be read leaves all of them unknown."""
    unreadable = (Unknown("The answer of the notifications connector cannot be read."),) * len(elements)
    try:
        results = values.loads(response.body)
    except ValueError:
        return unreadable
    if not isinstance(results, list) or len(results) != len(elements):
        return unreadable
    return tuple(_outcome(result) for result in results)


def found_of(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    """What the notebook tells of notices whose sending was interrupted: done, or surely not begun on some channel.

    Raises:
        ValueError: A channel was being written to when it happened, so nobody can tell.
    """
    return tuple(_stands(result["deliveries"]) for result in values.loads(response.body))


def _stands(deliveries: Sequence[Mapping[str, Json]]) -> Done | None:
    if any(delivery["state"] == "unknown" for delivery in deliveries):
        raise ValueError("a delivery was under way")
    if not deliveries or any(delivery["state"] != "sent" for delivery in deliveries):
        return None
    return Done({"delivered": [_place(each) for each in deliveries], "failed": []})


def _outcome(result: Json) -> Outcome:
    match result:
        case {"state": "refused", "code": str(code), "what": str(what), "mend": str(mend)}:
            return Rejected(code, what, mend)
        case {"state": "delivered", "deliveries": [_, *_] as deliveries}:
            return _together(deliveries)
    return Unknown("The notifications connector gave an answer of no known form.")


def _together(deliveries: Sequence[Mapping[str, Json]]) -> Outcome:
    """The worst that still needs doing decides: unknown before busy before refused."""
    by_state: dict[str, list[Mapping[str, Json]]] = {}
    for delivery in deliveries:
        by_state.setdefault(delivery["state"], []).append(delivery)
    if unknown := by_state.get("unknown"):
        return Unknown(f"Nobody can tell whether these channels have the notice: {_names(unknown)}.")
    if busy := by_state.get("busy"):
        waits = [delivery["after_seconds"] for delivery in busy if delivery.get("after_seconds") is not None]
        return Retry(f"These channels did not take the notice for now: {_names(busy)}.", max(waits, default=None))
    sent, refused = by_state.get("sent", []), by_state.get("refused", [])
    if not sent:
        return Rejected(refused[0]["code"], refused[0]["what"], refused[0]["mend"])
    return Done({"delivered": [_place(each) for each in sent], "failed": [_failure(each) for each in refused]})


def _names(deliveries: Sequence[Mapping[str, Json]]) -> str:
    return ", ".join(dict.fromkeys(str(delivery["channel"]) for delivery in deliveries))


def _place(delivery: Mapping[str, Json]) -> dict[str, Json]:
    return {"to": delivery["to"], "channel": delivery["channel"]}


def _failure(delivery: Mapping[str, Json]) -> dict[str, Json]:
    return {**_place(delivery), "what": delivery["what"], "mend": delivery["mend"]}
