"""R3 and R24: in which organisation a sale is posted, and whether by itself or in the summary of its day.

PURE. A patient's sale with nothing but fees, payments, refunds and discounts fits into a sum; organisations want their
own invoices, and deposits, dishonours, write-offs and money from before the invoice date need one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from connectors.xero.posting.identity import source_key
from connectors.xero.posting.policy import Policy
from connectors.xero.posting.situation import Situation
from engine.core.money import ZERO
from engine.sdk.contract import Finished, Known, Later, Link
from engine.sdk.records import Sale

Json = Any
DAILY = "daily_summary"
_PLAIN = ("payment", "refund", "failed", "discount")
_LOOK_AGAIN = timedelta(minutes=10)


def in_daily_mode(policy: Policy) -> Policy:
    """The policy of a practice that posts by the day: patients share a contact, and no document tells of them."""
    return replace(policy, contact_mode="summary") if policy.mode == DAILY else policy


def in_another_organisation(inputs: Mapping[str, Json]) -> bool:
    """Whether the rule says that a sale belongs to another connection; by default it belongs here (R3)."""
    return str(inputs.get("here", True)).lower() in ("false", "no")


def elsewhere(sale: Sale) -> Sale:
    """The sale as an organisation has it that it was moved out of: gone, with all its money (R3)."""
    return replace(sale, deleted=True, payments=())


def day_key(location: str | None, on: date) -> str:
    """The key under which the documents of a location's day are linked."""
    return f"halaxy day {location or 'all'} {on:%Y%m%d}"


def belongs_to_day(sale: Sale, policy: Policy, known: Known) -> bool:
    """Whether a sale is part of its day's sums; one that stands as a document of its own stays one."""
    key = source_key(sale)
    own = any(link.kind == "invoice" and not link.gone for (source, _), link in known.links.items() if source == key)
    return not own and summarised(sale, policy)


def summarised(sale: Sale, policy: Policy) -> bool:
    """Whether a sum can tell all of a sale."""
    if policy.mode != DAILY or sale.kind != "invoice" or sale.payer.kind != "patient":
        return False
    if policy.start_date is not None and sale.date < policy.start_date:
        return False
    if sale.status == "write-off" or any(line.status == "write-off" for line in sale.lines):
        return False
    if sale.totals.gross < ZERO:
        return False
    return all(item.kind in _PLAIN and item.date >= sale.date for item in sale.payments)


def left_to_the_day(now: Situation) -> Finished | Later | None:
    """In a practice that posts by the day, what its posting does with a sale; None where the sale stands by itself."""
    if belongs_to_day(now.sale, now.policy, now.known):
        return Finished({"skipped": "it is part of the summary of its day"})
    key = day_key(now.sale.location, now.sale.date)
    rows = (row for (source, _), link in now.known.links.items() if source == key for row in charged_rows(link))
    standing = sum((row["amount"] for row in rows if sale_of(row) == now.sale.id), ZERO)
    if standing != ZERO and now.policy.mode == DAILY:
        return Later(now.today.now + _LOOK_AGAIN, "the summary of its day still holds the invoice")
    return None


def charged_rows(link: Link) -> tuple[Mapping[str, Json], ...]:
    """The fee rows of a day's document, those of its credit notes negative; refunds leave the fees charged."""
    rows = () if link.gone else tuple(link.written.get("fees") or ())
    if link.kind == "invoice":
        return rows
    if link.kind != "credit note" or link.written.get("reason") == "refund":
        return ()
    return tuple({**row, "amount": -row["amount"], "tax": -row["tax"]} for row in rows)


def sale_of(row: Mapping[str, Json]) -> str:
    """The id of the sale that a fee row of a day belongs to."""
    return str(row.get("line", "")).partition("/")[0]
