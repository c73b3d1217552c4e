"""The patient read: `find_patient` by id, e-mail, phone or name; names and contact fields only.

PURE. Halaxy was seen to ignore some patient filters without a word (fact sheet 3.6), so every row is
held against the question again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.halaxy import payloads
from connectors.halaxy.outcomes import refusal
from connectors.halaxy.payloads import Party
from connectors.halaxy.reading import PAGE_SIZE, bundle
from engine.sdk.contract import Call, Done, Element, Outcome, Request, Response
from engine.sdk.records import to_plain

Json = Any

_FILTERS = {"id": "_id", "email": "email", "phone": "phone", "given": "given", "family": "family"}


def _request(elements: Sequence[Element]) -> Request:
    asked = _asked(elements[0].payload)
    filters = tuple((_FILTERS[name], value) for name, value in asked.items())
    return Request("GET", "/Patient", (*filters, ("_count", str(PAGE_SIZE)), ("page", "1")))


def _outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """The one patient that fits, and how many do; several or none give no patient."""
    refused = refusal(response)
    if refused is not None:
        return (refused,)
    asked = _asked(elements[0].payload)
    rows = [payloads.party(row) for row in bundle(response, "Patient").resources]
    fitting = [party for party in rows if asked and all(_fits(party, name, value) for name, value in asked.items())]
    found = to_plain(fitting[0]) if len(fitting) == 1 else None
    return (Done({"patient": found, "matches": len(fitting)}),)


def _asked(payload: Mapping[str, Json]) -> dict[str, str]:
    return {name: str(payload[name]).strip() for name in _FILTERS if payload.get(name)}


def _fits(party: Party, name: str, value: str) -> bool:
    match name:
        case "id":
            return party.id == value
        case "phone":
            return _digits(value) in {_digits(party.mobile or ""), _digits(party.phone or "")}
        case "email":
            return (party.email or "").lower() == value.lower()
        case _:
            return str(getattr(party, name) or "").lower().startswith(value.lower())


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())


FIND_PATIENT = Call("find_patient", _request, _outcomes)
