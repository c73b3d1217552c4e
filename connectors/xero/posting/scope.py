"""R1 and R29: what is posted at all.

PURE. What stands in Xero already and should not is the matter of `removal`; when it is posted, of `prepaid`.
"""

from __future__ import annotations

from connectors.xero.posting.situation import Situation
from engine.core.money import ZERO
from engine.sdk.contract import Hold
from engine.sdk.records import Sale


def unwanted(sale: Sale) -> str | None:
    """Why this sale should have no document, or None when it should have one."""
    if sale.deleted:
        return "deleted"
    if sale.kind == "quote":
        return "type is quote"
    given_up = sale.status == "write-off" or any(line.status == "write-off" for line in sale.lines)
    return "gross total is 0.00" if sale.totals.gross == ZERO and not given_up else None


def out_of_scope(now: Situation) -> Hold | None:
    """Why a wanted sale cannot be posted as it is; None for one that can."""
    sale = now.sale
    about = f"invoice {sale.id}"
    if sale.totals.gross < ZERO:
        return now.hold("TOTAL_MISMATCH", about, "negative total", header_gross=sale.totals.gross)
    base = now.organisation.get("base_currency")
    if sale.currency and base and sale.currency != base:
        return now.hold("CURRENCY_NOT_ENABLED", about, f"currency {sale.currency}", "facts", currency=sale.currency)
    return None
