"""Files: documents as PDF, and files attached to documents and contacts (fact sheet 4.2 and 8.16).

PURE. A file is a plain value of name, kind, size, digest and its bytes as base64, so it is kept with its run: at most
two megabytes. An attachment is known by its name and size; one of the same name replaces the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.xero.calls.places import PLACES, place_of
from connectors.xero.calls.shape import done
from connectors.xero.outcomes import by_element, rows_of, whole_answer
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response, write_json

Json = Any
LARGEST = 2_000_000
_NOTHING_LIKE_IT = "Choose an invoice, a bill, a credit note, a quote or a purchase order."


def file_value(name: str, kind: str, content: bytes) -> dict[str, Json]:
    """A file as a value that rules hand on."""
    return {
        "name": name,
        "kind": kind,
        "size": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def content_of(file: Mapping[str, Json]) -> bytes:
    """The bytes of a file value.

    Raises:
        ValueError: It is no file, it was changed on the way, or it is too large.
    """
    try:
        content = base64.b64decode(str(file["content"]), validate=True)
    except (KeyError, binascii.Error) as fault:
        raise ValueError("not a file") from fault
    if not content or len(content) > LARGEST or hashlib.sha256(content).hexdigest() != file.get("digest"):
        raise ValueError("not a whole file of at most two megabytes")
    return content


def _print(elements: Sequence[Element]) -> Request:
    return Request("GET", f"{place_of(elements[0])}/pdf")


def _printed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if (whole := whole_answer(response, writes=False)) is not None:
        return (whole,)
    if not response.body.startswith(b"%PDF") or len(response.body) > LARGEST:
        return (Rejected("INVALID", "Xero gave no PDF of at most two megabytes.", _NOTHING_LIKE_IT),)
    payload = elements[0].payload
    name = str(payload.get("name") or f"{payload['on']} {payload['id']}.pdf")
    return (Done({"id": payload["id"], "file": file_value(name, "application/pdf", response.body)}),)


def _attach(elements: Sequence[Element]) -> Request:
    payload = elements[0].payload
    name = quote(_name(elements[0]), safe="")
    online = (("IncludeOnline", "true"),) if payload.get("online") is True and payload["on"] == "invoice" else ()
    # POST replaces a file of the same name, so that a repeat leaves one (fact sheet 5.2).
    return Request("POST", f"{place_of(elements[0])}/Attachments/{name}", online, body=content_of(payload["file"]))


def _attached(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "Attachments", _done)


def _done(element: Element, row: Mapping[str, Json]) -> Done:
    seen = {"id": row["AttachmentID"], "name": row["FileName"], "size": int(row.get("ContentLength") or 0)}
    return done("attachment", element, seen)


def _list(elements: Sequence[Element]) -> Request:
    return Request("GET", f"{place_of(elements[0])}/Attachments")


def _found(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    element = elements[0]
    wanted = (_name(element), int(element.payload["file"]["size"]))
    rows = rows_of(response, "Attachments")
    same = (row for row in rows if (row.get("FileName"), int(row.get("ContentLength") or 0)) == wanted)
    return (next((_done(element, row) for row in same), None),)


def _listed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if (whole := whole_answer(response, writes=False)) is not None:
        return (whole,)
    try:
        rows = [
            {"id": row["AttachmentID"], "name": row["FileName"], "kind": row.get("MimeType") or "",
             "size": int(row.get("ContentLength") or 0)}
            for row in rows_of(response, "Attachments")
        ]  # fmt: skip
    except (ValueError, KeyError):
        return (Rejected("INVALID", "Xero's list cannot be read.", "Report this call."),)
    return (Done({"rows": rows, "count": len(rows)}),)


def _name(element: Element) -> str:
    return str(element.payload.get("name") or element.payload["file"]["name"])


def _example_pdf(element: Element, standing: Any) -> Response:
    kind = PLACES[str(element.payload["on"])]
    return Response(200, {}, f"%PDF-1.4 {kind} {element.payload['id']}".encode())


def _example_attachment(element: Element, standing: Any) -> Response:
    row = {"AttachmentID": "00000000-0000-4000-8000-000000000000", "FileName": _name(element)}
    return Response(200, {}, write_json({"Attachments": [row]}))


CALLS = {
    "document_pdf": Call("document_pdf", _print, _printed, example=_example_pdf),
    "attach_file": Call("attach_file", _attach, _attached, _list, _found, example=_example_attachment),
    "list_attachments": Call("list_attachments", _list, _listed),
}
