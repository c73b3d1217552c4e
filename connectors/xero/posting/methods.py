"""R8: the account in which the money of a payment method arrives, and from which it goes back.

PURE. A method that no map names holds; nothing falls to a default account.
"""

from __future__ import annotations

from connectors.xero.posting.policy import NOT_MONEY, look_up
from connectors.xero.posting.situation import Account, Ground
from engine.sdk.contract import Hold
from engine.sdk.records import Receipt

_CASH = ("cash",)


def payment_account(now: Ground, receipt: Receipt) -> Account | Hold:
    """The clearing account of a receipt's method."""
    return _mapped(now, receipt, look_up(now.policy.payment_accounts, receipt.method, now.location))


def refund_account(now: Ground, receipt: Receipt) -> Account | Hold:
    """Where a refund is drawn from: a row of its own, for Halaxy takes card refunds from the practice's card (R14)."""
    code = look_up(now.policy.refund_accounts, receipt.method, now.location)
    return _mapped(now, receipt, code or look_up(now.policy.payment_accounts, receipt.method, now.location))


def refund_reference(now: Ground, receipt: Receipt) -> str:
    """How a refund is found again; one that a card of the practice's own was charged for says so."""
    other = look_up(now.policy.refund_accounts, receipt.method, now.location) is not None
    return f"HX-PT-{receipt.id} refund" + (" charged to card" if other else "")


def is_discount(now: Ground, receipt: Receipt) -> bool:
    """Whether a receipt is no money: by its kind, or because the method map says so."""
    mapped = look_up(now.policy.payment_accounts, receipt.method, now.location)
    return receipt.kind == "discount" or (receipt.kind == "payment" and mapped == NOT_MONEY)


def is_cash(receipt: Receipt) -> bool:
    """Whether a receipt may have been rounded to five cents (R28)."""
    return receipt.method.strip().casefold() in _CASH


def _mapped(now: Ground, receipt: Receipt, code: str | None) -> Account | Hold:
    about = f"payment {receipt.id}"
    if code is None or code == NOT_MONEY:
        cause = f"method {receipt.method} is not mapped"
        return now.hold("UNMAPPED", about, cause, "map payment_accounts", "settings", method=receipt.method)
    account = now.usable(code, about, "map payment_accounts")
    if isinstance(account, Account) and not account.takes_payments:
        cause = f"account {code} takes no payments"
        return now.hold("UNMAPPED", about, cause, "map payment_accounts", "facts", account=code)
    return account
