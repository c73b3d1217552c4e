"""Money received or spent on a bank account, as a call: what the files of R9, R10, R12, R28 and R30 have in common.

PURE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from connectors.xero.posting.locks import open_date
from connectors.xero.posting.situation import Account, Ground, Write
from engine.core.money import total
from engine.sdk.contract import Ask, Hold

Json = Any
_WITHOUT_REFERENCE = ("RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT")


def bank_transaction(
    now: Ground,
    part: str,
    marker: str,
    account: Account,
    day: date,
    head: Mapping[str, Json],
    rows: Sequence[Mapping[str, Json]],
    basis: str,
    **notes: Json,
) -> Ask | Hold:
    """The call that writes it.

    Args:
        marker: Its Reference; over- and prepayments have none, there it is the text of their line (fact sheet 8.9).
        head: `type` and `contact_id`, and `amounts` where it is not that of the organisation.
        rows: Its lines, tax-inclusive.
        basis: What of the receipt made it, to notice an edit.
    """
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, part)
    open_day = open_date(now, day, part)
    if isinstance(open_day, Hold):
        return open_day
    payload: dict[str, Json] = {"amounts": "Inclusive" if now.registered else "NoTax", **head}
    payload |= {"account": account.code, "account_id": account.id, "date": open_day, "status": "AUTHORISED"}
    payload |= {"lines": list(rows), "wanted_total": total(tuple(row["amount"] for row in rows)), "basis": basis}
    if head["type"] not in _WITHOUT_REFERENCE:
        payload["reference"] = marker
    return now.ask("create_bank_transaction", marker, {**payload, **notes}, Write(part, part))
