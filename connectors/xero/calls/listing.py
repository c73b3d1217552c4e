"""The reads of a whole small resource, which give all its rows at once.

PURE. Accounts, tax rates, tracking categories and the organisation are not paged (fact sheet 6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.xero.outcomes import rows_of, whole_answer
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response

Json = Any


def listing(name: str, path: str, collection: str, fact: Callable[[Mapping[str, Json]], Json]) -> Call:
    """A call whose result is `{"rows": [...]}`."""

    def outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
        if (whole := whole_answer(response, writes=False)) is not None:
            return (whole,) * len(elements)
        try:
            rows = [fact(row) for row in rows_of(response, collection)]
        except (ValueError, KeyError):
            return (Rejected("INVALID", "Xero's list cannot be read.", "Report this call."),) * len(elements)
        return (Done({"rows": rows}),) * len(elements)

    return Call(name, lambda elements: Request("GET", path), outcomes)
