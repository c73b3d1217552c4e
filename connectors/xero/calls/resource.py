"""A resource that is created, changed and looked up in the plain way: its names, and calls made of them.

PURE. For resources that only rules use; those that postings write have their own rules of what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.xero.calls.examples import example_id
from connectors.xero.calls.shape import Body, Fits, Seen, done, found_in, judged, read_each, written_list
from connectors.xero.outcomes import whole_answer
from engine.sdk.contract import Call, Element, Outcome, Rejected, Request, Response, write_json

Json = Any
Standing = Mapping[str, Mapping[str, Json]]
GONE = ("VOIDED", "DELETED")


@dataclass(frozen=True, slots=True)
class Resource:
    """A list of Xero's: `plural` is its address and the name of its rows.

    Attributes:
        kind: What its documents are called here.
        marker: The field of a row that repeats an element's marker; "" where no field does.
        key: The input beside `id` by which one can be looked up, such as `number`.
    """

    kind: str
    plural: str
    id_field: str
    marker: str
    key: str
    body: Body
    seen: Seen


def creating(name: str, of: Resource, find: Callable[[Sequence[Element]], Request], stands: Fits) -> Call:
    """PUT, which creates only (fact sheet 1, rule 1)."""
    return Call(
        name,
        written_list("PUT", f"/{of.plural}", of.plural, of.body),
        judged(of.kind, of.plural, of.seen, of.marker),
        find,
        found_in(of.kind, of.plural, of.seen, stands),
        example=rehearsed(of),
    )


def changing(name: str, of: Resource, fields: Sequence[str]) -> Call:
    """POST by id; it stands when Xero shows every one of `fields` as it was sent."""

    def stands(element: Element, row: Mapping[str, Json]) -> bool:
        wanted = element.payload
        return row["id"] == wanted["id"] and all(row[field] == wanted[field] for field in fields if field in wanted)

    return Call(
        name,
        written_list("POST", f"/{of.plural}", of.plural, of.body),
        judged(of.kind, of.plural, of.seen, of.marker),
        by_key(of),
        found_in(of.kind, of.plural, of.seen, stands),
        example=rehearsed(of),
    )


def finding(name: str, of: Resource, request: Callable[[Sequence[Element]], Request] | None = None) -> Call:
    """GET by id or by the resource's own key."""
    return Call(
        name,
        request or by_key(of),
        read_each(of.plural, of.seen, lambda element, row: asked_for(of, element, row)),
        example=looked_up(of),
    )


def by_key(of: Resource) -> Callable[[Sequence[Element]], Request]:
    """A request of one document by id, else by its key in the address."""

    def request(elements: Sequence[Element]) -> Request:
        payload = elements[0].payload
        wanted = payload.get("id") or payload[of.key]
        return Request("GET", f"/{of.plural}/{quote(str(wanted), safe='')}")

    return request


def asked_for(of: Resource, element: Element, row: Mapping[str, Json]) -> bool:
    """Whether a row is the one that the element names by id or key."""
    wanted = element.payload
    return bool(row["id"] == wanted["id"] if wanted.get("id") else row[of.key] == wanted[of.key])


def ended(kind: str, element: Element, response: Response, result: Mapping[str, Json]) -> Outcome:
    """The outcome of a request that is answered without a body; a 404 says that it was gone before, as was wanted."""
    whole = whole_answer(response, writes=True)
    if whole is None or (isinstance(whole, Rejected) and whole.code == "GONE"):
        return done(kind, element, result)
    return whole


# --- for rehearsals --------------------------------------------------------------------------------------


def rehearsed(of: Resource) -> Callable[[Element, Standing], Response]:
    """Xero's plausible answer to a write: what stands, as the element changes it."""

    def example(element: Element, standing: Standing) -> Response:
        id = str(element.payload.get("id") or example_id(of.kind, element.marker))
        return _answer(of, {**standing.get(id, {}), **element.payload}, id)

    return example


def looked_up(of: Resource) -> Callable[[Element, Standing], Response]:
    """Xero's plausible answer to a look-up; 404 when nothing of the kind stands."""

    def example(element: Element, standing: Standing) -> Response:
        wanted = element.payload
        for id, document in standing.items():
            same = id == wanted["id"] if wanted.get("id") else document.get(of.key) == wanted.get(of.key)
            if document.get("kind") == of.kind and same:
                return _answer(of, document, id)
        return Response(404)

    return example


def _answer(of: Resource, document: Mapping[str, Json], id: str) -> Response:
    known = {name: value for name, value in document.items() if value not in (None, "")}
    return Response(200, {}, write_json({of.plural: [{**of.body(known), of.id_field: id}]}))
