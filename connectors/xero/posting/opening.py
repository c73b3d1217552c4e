"""R26: an invoice from before the start date comes over as what was still owed on that day, and no more.

PURE. Its revenue was booked before; the sum stands against an account of opening balances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from connectors.xero.posting import fees
from connectors.xero.posting.lines import Lines, build
from connectors.xero.posting.situation import Situation
from connectors.xero.posting.tax import OUTSIDE
from engine.core.money import ZERO, total
from engine.sdk.contract import Hold
from engine.sdk.records import Sale, SaleLine

_ROLE = "opening balances"
_IN = ("payment", "deposit_applied", "discount")
_OUT = ("refund", "to_deposit", "dishonour")


def is_opening(now: Situation) -> bool:
    """Whether the sale is older than the books."""
    return now.policy.start_date is not None and now.sale.date < now.policy.start_date


def since_start(now: Situation) -> Sale:
    """The sale with the money that came or went since the start date; what was before is in its opening balance."""
    start = now.policy.start_date
    if start is None or not is_opening(now):
        return now.sale
    return replace(now.sale, payments=tuple(item for item in now.sale.payments if item.date >= start))


def opening_balance(now: Situation) -> Decimal:
    """What was owed on the start date: what is owed now, and what was paid since."""
    came = total(tuple(item.amount for item in now.sale.payments if item.kind in _IN))
    went = total(tuple(item.amount for item in now.sale.payments if item.kind in _OUT))
    return now.sale.totals.balance + came - went


def lines_of(now: Situation, fee_lines: Sequence[SaleLine]) -> Lines | Hold:
    """The lines of the sale's document: its fees, or one line a sum that was owed at the start."""
    if not is_opening(now):
        return build(now, fee_lines)
    account = now.special(_ROLE, f"invoice {now.sale.id}")
    if isinstance(account, Hold):
        return account
    owed = max(opening_balance(now), ZERO)
    text = f"Opening balance of Halaxy invoice {now.sale.id} dated {now.sale.date.isoformat()}"
    row = {"line": "opening", "description": text, "account": account.code}
    rows: Sequence[fees.Row] = ({**row, "amount": owed, "tax": ZERO, "tax_type": OUTSIDE},)
    if now.registered and now.organisation.get("sales_tax_basis") == "CASH":
        sold = build(now, fee_lines)
        if isinstance(sold, Hold):
            return sold
        # GST falls due on receipt, so the sum keeps the tax of what was sold.
        shares = fees.spread(now, [{**item, "line": f"opening {item['line']}"} for item in sold.rows], owed)
        named = ((f"{text}: {share['description']}", share) for share in shares)
        rows = [{**share, "description": shown, "account": account.code} for shown, share in named]
    shown = [_shown(line, row) for line, row in zip(fees.document_rows(now, rows), rows, strict=True)]
    tax = total(tuple(row["tax"] for row in shown))
    return Lines(tuple(shown), owed, tax, "Inclusive" if now.registered else "NoTax")


def _shown(line: fees.Row, row: fees.Row) -> fees.Row:
    return {**line, "line": row["line"]}
