"""R20 and R21: documents that stand already are adopted or left alone; people win.

PURE. A person's change is a difference between what we last wrote and what Xero shows, never a newer time stamp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.xero.posting.fees import fees_of
from connectors.xero.posting.identity import next_part, payer_key
from connectors.xero.posting.lines import Lines, basis
from connectors.xero.posting.situation import GONE, Situation, Write
from connectors.xero.posting.status import APPROVED
from engine.sdk.contract import Calls, Hold, Link
from engine.sdk.records import Receipt, Sale

Json = Any
FIND = "find invoice"
OVERWRITE = "overwrite in Xero"
UNLINKED, TAKEN_BACK = "UNLINKED", "TAKEN-BACK"
_ADOPT_WITHIN_DAYS = 7
_HEAD = ("contact_id", "date", "due_date", "reference", "number", "total", "tax")


def number_taken(now: Situation, part: str, number: str, contact: str, lines: Lines) -> Link | Calls | Hold:
    """A document with our number stands: ours if contact and total are the same, else a person decides."""
    about = f"invoice {now.sale.id}"
    found = now.read(FIND)
    if found is None:
        if (refusal := now.refusal(FIND)) is not None:
            return now.refused(refusal, about)
        return Calls((now.ask("find_invoice", "", {"number": number}, Write(FIND)),))
    alive = found["found"] and found["status"] not in GONE
    if alive and found["contact_id"] == contact and found["total"] == lines.total:
        seen = {name: value for name, value in found.items() if name != "found"}
        notes = {"basis": basis(now.sale), "wanted_total": lines.total, "wanted_tax": lines.tax}
        notes |= {"fees": fees_of(lines.rows), "payer": payer_key(now.sale.payer, now.location, now.policy)}
        version = now.sale.version
        return Link(now.key, part, "invoice", str(seen["id"]), number, version, {**seen, **notes}, seen, "adopted")
    release = (f"document invoice {found['id']}",) if found["found"] else ()
    xero_total = found.get("total") if found["found"] else None
    return now.hold(
        "NUMBER_TAKEN", about, f"{number} is taken", *release, "person", xero_total=xero_total, halaxy_total=lines.total
    )


def changed_by_person(written: Mapping[str, Json], shown: Mapping[str, Json]) -> tuple[str, ...]:
    """The fields in which a document differs from what we last wrote; approving a draft is no change of it."""
    changed = [name for name in _HEAD if name in written and shown.get(name) != written[name]]
    if _status(written) != _status(shown) and _status(shown) != "approved":
        changed.append("status")
    if _texts(written) != _texts(shown):
        changed.append("lines")
    return tuple(changed)


def may_overwrite(now: Situation) -> bool:
    """Whether a person said that the practice system's version wins."""
    return now.chosen("XERO_CHANGED", f"invoice {now.sale.id}") == OVERWRITE


def stopped_by_person(now: Situation) -> bool:
    """Whether a person said that this sale is left alone from now on, or has unlinked it."""
    about = f"invoice {now.sale.id}"
    choice = now.chosen("XERO_CHANGED", about)
    return now.chosen(UNLINKED, about) is not None or choice == f"accept and stop syncing {now.sale.id}"


def wanted_by_person(now: Situation, sale: Sale) -> Sale:
    """The sale; one that a person had taken back out of the books is as if it were gone, with its money."""
    if now.chosen(TAKEN_BACK, f"invoice {sale.id}") is None:
        return sale
    return replace(sale, deleted=True, payments=())


def held_for_person(now: Situation, link: Link, changed: Sequence[str]) -> Hold:
    """The hold of a document that a person changed or voided."""
    gone = "status" in changed
    choices = (reissue_choice(now),) if gone else (OVERWRITE,)
    return Hold(
        "XERO_CHANGED",
        f"invoice {now.sale.id}",
        f"{link.marker} was changed in Xero",
        (f"document invoice {link.id}", "person", f"record sale {now.sale.id}"),
        (*choices, f"accept and stop syncing {now.sale.id}"),
        detail={"fields": list(changed)},
    )


def reissue_choice(now: Situation) -> str:
    """The choice that asks for a gone document's fees again, under the next free number (R18)."""
    return f"re-issue as HX-{now.sale.id}-{next_part(now.links(), 'R')}"


def payment_of_person(
    now: Situation, receipt: Receipt, wanted_reference: str, reads: Sequence[Mapping[str, Json]], taken: set[str]
) -> Link | None:
    """A payment that stands without our link: ours by its reference, or a person's by amount and day (R21)."""
    for read, payment in ((document, row) for document in reads for row in document["payments"]):
        if payment["id"] in taken or payment["amount"] != receipt.amount:
            continue
        ours = payment["reference"] == wanted_reference
        if ours or abs((payment["date"] - receipt.date).days) <= _ADOPT_WITHIN_DAYS:
            written = {**payment, "basis": receipt_basis(receipt), "invoice_id": read["id"]}
            link = Link(now.key, f"payment {receipt.id}", "payment", str(payment["id"]), str(payment["reference"]), 0)
            version = now.sale.version
            return replace(
                link, version=version, written=written, seen=written, made_by="adopted" if ours else "person"
            )
    return None


def receipt_basis(receipt: Receipt) -> str:
    """What of a receipt makes its payment; a difference is an edit (R9)."""
    return f"{receipt.date.isoformat()} {receipt.method} {receipt.amount}"


def _status(document: Mapping[str, Json]) -> str:
    status = str(document.get("status", ""))
    return "approved" if status in APPROVED else "gone" if status in GONE else status


def _texts(document: Mapping[str, Json]) -> list[tuple[Json, ...]]:
    names = ("description", "amount", "account", "tax_type")
    return [tuple(line.get(name) for name in names) for line in document.get("lines", ())]
