"""The forms that Xero's requests share: a list written at once, one change by id, a list read.

PURE. What a row means stands in the file of its resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.xero.outcomes import by_element, rows_of, same, whole_answer
from engine.sdk.contract import Done, Element, LinkFacts, Outcome, Rejected, Request, Response, write_json

Json = Any
Body = Callable[[Mapping[str, Json]], Mapping[str, Json]]
Seen = Callable[[Mapping[str, Json]], Mapping[str, Json]]
Fits = Callable[[Element, Mapping[str, Json]], bool]

# Without it a batch with one bad element answers 400 although the good ones were saved (fact sheet 1.4).
EACH = (("summarizeErrors", "false"),)
# What a posting lays down beside the document, to know later from which facts it was written.
NOTES = (
    *("basis", "wanted_total", "wanted_tax", "reason", "fees", "instead_of", "apart", "receipt", "netted", "payer"),
    "covers",
)


def written_list(method: str, path: str, collection: str, body: Body) -> Callable[[Sequence[Element]], Request]:
    """A request that writes all elements in order."""

    def request(elements: Sequence[Element]) -> Request:
        rows = [dict(body(element.payload)) for element in elements]
        return Request(method, path, EACH, body=write_json({collection: rows}))

    return request


def done(kind: str, element: Element, seen: Mapping[str, Json]) -> Done:
    """The effect of a write, with the posting's notes kept in what the link row remembers."""
    notes = {name: element.payload[name] for name in NOTES if name in element.payload}
    return Done(seen, LinkFacts(kind, str(seen["id"]), element.marker, {**seen, **notes}))


def judged(
    kind: str, collection: str, seen: Seen, marker: str
) -> Callable[[Sequence[Element], Response], tuple[Outcome, ...]]:
    """Outcomes of a written list; `marker` is the field of the row that repeats the element's marker."""

    def outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
        return by_element(
            elements,
            response,
            collection,
            lambda element, row: same(row.get(marker), element, lambda: done(kind, element, seen(row))),
        )

    return outcomes


def found_in(
    kind: str, collection: str, seen: Seen, fits: Fits
) -> Callable[[Sequence[Element], Response], tuple[Done | None, ...]]:
    """Which elements' effects stand in a list answer; raises ValueError when it is no list, for then nobody can tell.

    A row serves one element only. An answer of 404 to the read of one thing says that it does not stand.
    """

    def found(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
        if response.status == 404 and len(elements) == 1:
            return (None,)
        rest = [seen(row) for row in rows_of(response, collection)]
        answers: list[Done | None] = []
        for element in elements:
            match = next((row for row in rest if fits(element, row)), None)
            if match is not None:
                rest.remove(match)
            answers.append(None if match is None else done(kind, element, match))
        return tuple(answers)

    return found


def read_each(
    collection: str, seen: Seen, asked: Fits, covered: Callable[[Sequence[Element]], Sequence[bool]] | None = None
) -> Callable[[Sequence[Element], Response], tuple[Outcome, ...]]:
    """Outcomes of a look-up: Done with `found` yes or no, and the row's fields when it is found.

    `covered` tells which elements the request could ask for; the others are told to come back in smaller company.
    """

    def outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
        if response.status == 404 and len(elements) == 1:
            return (Done({"found": False}),)
        if (whole := whole_answer(response, writes=False)) is not None:
            return (whole,) * len(elements)
        try:
            rows = [seen(row) for row in rows_of(response, collection)]
        except (ValueError, KeyError):
            return (Rejected("INVALID", "Xero's list cannot be read.", "Report this call."),) * len(elements)
        there = covered(elements) if covered else (True,) * len(elements)
        return tuple(
            _read(element, rows, asked) if ok else _COME_BACK for element, ok in zip(elements, there, strict=True)
        )

    return outcomes


_COME_BACK = Rejected("WHOLE_CALL", "One request cannot ask by id and by number.", "")


def _read(element: Element, rows: Sequence[Mapping[str, Json]], asked: Fits) -> Outcome:
    row = next((row for row in rows if asked(element, row)), None)
    return Done({"found": False}) if row is None else Done({"found": True, **row})


def guid(name: str, id: str) -> str:
    """A term of a where-clause; anything but a plain id is refused, for it would change the clause.

    Raises:
        ValueError: The id holds other characters than hexadecimal digits and dashes.
    """
    if not id or not all(char in "0123456789abcdefABCDEF-" for char in id):
        raise ValueError("not an id")
    return f'{name}==guid("{id}")'


def on_day(day: date) -> str:
    """A term of a where-clause for a calendar day."""
    return f"Date==DateTime({day.year},{day.month:02},{day.day:02})"


def text(value: str) -> str:
    """A text inside a where-clause; quotes and backslashes cannot be part of one.

    Raises:
        ValueError: The text would end the literal.
    """
    if '"' in value or "\\" in value:
        raise ValueError("not a plain text")
    return f'"{value}"'
