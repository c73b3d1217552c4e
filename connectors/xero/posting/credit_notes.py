"""Writing a credit note of a sale: its number, its lines, its sums and the reason that later rounds go by.

PURE. Why one is written, and what becomes of its money, stands in the files that ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.fees import Row
from connectors.xero.posting.identity import next_part, payer_key
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.situation import Situation, Write
from engine.core.money import total
from engine.sdk.contract import Ask, Hold, Link

Json = Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credit note to be written.

    Attributes:
        reason: One of `fees.OF_FEES`, or `discount`, `write-off`, `rounding`.
        on: The document that it belongs to, whose contact and tax form it takes.
        rows: Its lines as fee rows; signs do not matter.
        text: Put around each description, as in `Bad debt: {}`.
        prefix: Of its number: CN, WO or RND.
        more: Further notes for the link.
    """

    reason: str
    on: Link
    rows: Sequence[Row]
    day: date
    reference: str
    text: str = "{}"
    prefix: str = "CN"
    more: Mapping[str, Json] | None = None


def credit_note(now: Situation, wanted: Wanted) -> Ask | Hold:
    """The call that writes it, or what is in the way."""
    part = next_part(now.links(), wanted.prefix)
    number = f"HX-{now.sale.id}-{part}"
    about = f"credit note {number}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    day = open_date(now, wanted.day, about)
    if isinstance(day, Hold):
        return day
    lines = fees.document_rows(now, wanted.rows, wanted.text)
    payload: dict[str, Json] = {
        "number": number,
        "contact_id": wanted.on.written["contact_id"],
        "date": day,
        "reference": wanted.reference,
        "status": "AUTHORISED",
        "amounts": wanted.on.written.get("amounts") or ("Inclusive" if now.registered else "NoTax"),
        "lines": lines,
        "wanted_total": total(tuple(line["amount"] for line in lines)),
        "wanted_tax": total(tuple(line["tax"] for line in lines)),
        "reason": wanted.reason,
        "payer": wanted.on.written.get("payer", payer_key(now.sale.payer, now.location, now.policy)),
        "fees": fees.fees_of({**row, "amount": abs(row["amount"]), "tax": abs(row["tax"])} for row in wanted.rows),
        **(wanted.more or {}),
    }
    return now.ask("create_credit_note", number, payload, Write(part, part))
