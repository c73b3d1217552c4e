"""What an answer of the books' door means for each element: one table.

PURE. A comparison that found differences is done; so is one that could not read a side, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.core import values
from engine.sdk.contract import Done, Element, NewEvent, Outcome, Rejected, Response, Retry, Unknown

Json = Any


def outcomes_of(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """One outcome an element; an answer that cannot be read leaves all of them unknown."""
    unreadable = (Unknown("The answer of the books cannot be read."),) * len(elements)
    try:
        results = values.loads(response.body)
    except ValueError:
        return unreadable
    if not isinstance(results, list) or len(results) != len(elements):
        return unreadable
    return tuple(_outcome(result) for result in results)


def _found(result: Mapping[str, Json], at: datetime) -> tuple[NewEvent, ...]:
    """The event that both sides differ, or that one could not be read; once for each finding and day."""
    if "agrees" not in result or result["agrees"]:
        return ()
    difference = {name: result[name] for name in ("difference", "first", "last", "items")}
    key = f"difference {result['first']} {result['last']} {result['difference']} {at.date().isoformat()}"
    return (NewEvent("books.difference_found", key, at, "Both sides differ", {"difference": difference}),)


def _outcome(result: Json) -> Outcome:
    match result:
        case {"state": "done", "result": dict(plain), "at": datetime() as at}:
            return Done(plain, events=_found(plain, at))
        case {"state": "refused", "code": str(code), "what": str(what), "mend": str(mend)}:
            return Rejected(code, what, mend)
        case {"state": "busy", "what": str(what)}:
            return Retry(what)
    return Unknown("The books gave an answer of no known form.")
