"""R28: cash that was rounded down leaves a few cents of the invoice open; a credit note closes it.

PURE. Cash that was rounded up is money received, see `receipts`.
"""

from __future__ import annotations

from connectors.xero.posting.credit_notes import Wanted, credit_note
from connectors.xero.posting.credits import ROUNDING
from connectors.xero.posting.discounts import discount_basis
from connectors.xero.posting.methods import is_cash
from connectors.xero.posting.receipts import ROUNDED, in_order
from connectors.xero.posting.situation import Situation
from connectors.xero.posting.standing import documents
from connectors.xero.posting.tax import OUTSIDE
from engine.core.money import ZERO, total
from engine.sdk.contract import Calls, Decision, Hold


def round_off(now: Situation) -> Decision | None:
    """The credit note over the cents that are left after a cash payment; None when there are none."""
    money = [receipt for receipt in in_order(now.sale.payments) if receipt.kind == "payment"]
    standing = [document for document in documents(now) if document.due > ZERO]
    due = total(tuple(document.due for document in standing))
    if not money or not is_cash(money[-1]) or not ZERO < due <= ROUNDED:
        return None
    code = now.system_account("ROUNDING")
    about = f"payment {money[-1].id}"
    if code is None:
        return now.hold("ACCOUNT_ARCHIVED", about, "no rounding account", "facts", account="ROUNDING")
    row = {"description": f"Cash rounding payment {money[-1].id}", "amount": due, "tax": ZERO, "account": code}
    rows = ({**row, "tax_type": OUTSIDE},)
    reference, more = f"HX-PT-{money[-1].id} rounding", {"receipt": discount_basis(money[-1])}
    ask = credit_note(now, Wanted(ROUNDING, standing[0].link, rows, money[-1].date, reference, "{}", "RND", more))
    return ask if isinstance(ask, Hold) else Calls((ask,))
