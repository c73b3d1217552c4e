"""R14: money that went back to the payer, or was kept as a deposit.

PURE. It is drawn from what the customer has to his credit: the credit note of a cancelled fee (a), or, where the fee
is still owed, the payment itself, which becomes an overpayment (b); in a locked period a credit note and a re-issue
stand for it. What became a deposit leaves that credit unpaid (c).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.credit_notes import Wanted, credit_note
from connectors.xero.posting.fees import DELETED, DEPOSIT, EDIT, REFUND, REISSUE
from connectors.xero.posting.identity import deposit_key
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.methods import refund_account, refund_reference
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Situation, Write
from connectors.xero.posting.standing import NOTE, Credit, credit_of, credits_of, documents
from connectors.xero.posting.taking_off import deletion_of, read_of
from connectors.xero.posting.undoing import remove_allocations
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link
from engine.sdk.records import Receipt

Json = Any
Said = Decision | tuple[Link, ...] | None
# Credit notes whose money may go back; the others belong to a document.
_REFUNDABLE = (REFUND, EDIT, DEPOSIT, REISSUE)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why fees are taken back: what the credit note says and when."""

    reason: str
    reference: str
    receipt: Receipt | None = None


def refund(now: Situation) -> Said:
    """The next step of the oldest refunds and turned deposits; None when all stand."""
    owed = pending(now)
    if not owed:
        return None
    if (wait := now.settling()) is not None:
        return wait
    asks: list[Ask] = []
    free = {credit.id: credit.left for credit in credits_of(now)}
    for receipt, rest in owed:
        if receipt.kind == "to_deposit":
            return Calls(tuple(asks)) if asks else _keep(now, receipt)
        taken = _from_credits(now, receipt, rest, free)
        if isinstance(taken, Hold):
            return Calls(tuple(asks)) if asks else taken
        asks += taken
        if total(tuple(ask.element.payload["amount"] for ask in taken)) < rest:
            return Calls(tuple(asks)) if asks else free_payment(now, receipt, rest)
    return Calls(tuple(asks))


def pending(now: Situation) -> tuple[tuple[Receipt, Decimal], ...]:
    """The refunds and turned deposits that Xero does not show yet, oldest first, with what is missing of each."""
    found = []
    for receipt in sorted(now.sale.payments, key=lambda item: (item.at, item.id)):
        if receipt.kind == "refund":
            found.append((receipt, receipt.amount - paid_back(now, receipt)))
        elif receipt.kind == "to_deposit" and deposit_credit(now, receipt) is None:
            found.append((receipt, receipt.amount))
    return tuple((receipt, rest) for receipt, rest in found if rest > ZERO)


def paid_back(now: Situation, receipt: Receipt) -> Decimal:
    """How much of a refund stands in Xero."""
    named = f"refund {receipt.id}"
    paid = [link for link in now.live("payment") if link.part == named or link.part.startswith(f"{named}/")]
    # A voucher's payment that is only taken off needs no money to go back (R27).
    netted = [link.written["apart"] for link in now.links() if link.written.get("netted") == receipt.id]
    return total((*(link.written["amount"] for link in paid), *netted))


def deposit_credit(now: Situation, receipt: Receipt) -> Link | None:
    """The credit that a deposit is in Xero, under the deposit's own key."""
    link = now.known.links.get((deposit_key(receipt.deposit or receipt.id), "credit"))
    return None if link is None or link.gone else link


def cause_of_reduction(now: Situation) -> Cause:
    """What a credit note over cancelled fees is written for: a refund, a new deposit, or the change itself."""
    number = f"HX-{now.sale.id}"
    if owed := pending(now):
        receipt = owed[0][0]
        if receipt.kind == "refund":
            return Cause(REFUND, f"Refund of {number}", receipt)
        return Cause(DEPOSIT, f"HX-PT-{receipt.id} to deposit", receipt)
    if unwanted(now.sale) == "deleted":
        return Cause(DELETED, f"Deleted in Halaxy: {number}")
    return Cause(EDIT, f"Edit of {number}")


# --- from credits ---------------------------------------------------------------------------------


def _from_credits(now: Situation, receipt: Receipt, rest: Decimal, free: dict[str, Decimal]) -> list[Ask] | Hold:
    """Payments out of the customer's credits, as far as they go; `free` is what is left of each."""
    asks: list[Ask] = []
    made = len([link for link in now.links() if link.part.startswith(f"refund {receipt.id}")])
    for credit in _fitting(now, receipt, rest):
        amount = min(rest, free[credit.id])
        if amount <= ZERO:
            continue
        ask = pay_back(now, receipt, credit, amount, made + len(asks))
        if isinstance(ask, Hold):
            return asks or ask
        free[credit.id] -= amount
        rest -= amount
        asks.append(ask)
    return asks


def _fitting(now: Situation, receipt: Receipt, rest: Decimal) -> list[Credit]:
    """Credits that a refund may be drawn from: its own first, then one of just this sum, then the oldest."""
    usable = [credit for credit in credits_of(now) if credit.kind != NOTE or credit.reason in _REFUNDABLE]
    others = [credit for credit in usable if credit.link.written.get("receipt") in (None, receipt.id)]
    return sorted(others, key=lambda credit: (credit.link.written.get("receipt") != receipt.id, credit.left != rest))


def pay_back(now: Situation, receipt: Receipt, credit: Credit, amount: Decimal, made: int) -> Ask | Hold:
    """One payment out of a credit."""
    part = f"refund {receipt.id}" + (f"/{made + 1}" if made else "")
    about = f"payment {receipt.id}"
    account, day = refund_account(now, receipt), open_date(now, receipt.date, about)
    if isinstance(account, Hold):
        return account
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    reference = refund_reference(now, receipt) + (f" ({made + 1})" if made else "")
    payload: dict[str, Json] = {"credit": credit.kind, "credit_id": credit.id}
    payload |= {"account": account.code, "account_id": account.id, "date": day}
    payload |= {"date": day, "amount": amount, "reference": reference, "basis": f"{receipt.date} {receipt.method}"}
    return now.ask("create_payment", reference, payload, Write(part, part))


def _keep(now: Situation, receipt: Receipt) -> Said:
    """A refund kept as a deposit: the credit that it is becomes the deposit's (R14c)."""
    fitting = [credit for credit in _fitting(now, receipt, receipt.amount) if credit.left >= receipt.amount]
    if not fitting:
        return free_payment(now, receipt, receipt.amount)
    credit = fitting[0]
    written = {**credit.link.written, "credit": credit.kind, "credit_id": credit.id, "amount": receipt.amount}
    key = deposit_key(receipt.deposit or receipt.id)
    return (Link(key, "credit", credit.kind, credit.link.id, credit.link.marker, now.sale.version, written, written),)


# --- the fee is still owed ------------------------------------------------------------------------


def free_payment(now: Situation, receipt: Receipt, rest: Decimal) -> Decision:
    """Takes money off the documents: a credit of the customer's first, else a payment, to be written as one (R14b)."""
    if (applied := _applied_money(now)) is not None:
        return remove_allocations(now, (applied,))
    link = _payment_to_free(now, receipt, rest)
    if link is None:
        cause = f"refund of {receipt.amount} without a payment"
        return now.hold("TOTAL_MISMATCH", f"payment {receipt.id}", cause, "person", refund=receipt.amount)
    shown = read_of(now, link)
    if isinstance(shown, Ask):
        return Calls((shown,))
    if isinstance(shown, Hold):
        return shown
    if shown["found"] and (shown["reconciled"] or link.made_by == "person" or now.locked(shown["date"])):
        return _reissue(now, receipt, rest)
    part = deletion_of(link)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, link.part)
    taken = min(rest, link.written["amount"]) + Decimal(link.written.get("apart") or ZERO)
    payload = {"id": link.id, "apart": taken, "basis": link.written.get("basis")}
    account = now.account(str(link.written.get("account", "")))
    if account is not None and not account.bank:
        payload["netted"] = receipt.id
    return Calls((now.ask("delete_payment", link.id, payload, Write(part, link.part, ends=True, fresh_read=True)),))


def _applied_money(now: Situation) -> Link | None:
    """An over- or prepayment of this sale that is applied to a document, the newest first."""
    money = {found[1] for link in now.live("bank transaction") if (found := credit_of(link))}
    applied = [link for link in now.live("allocation") if link.written.get("credit_id") in money]
    movable = [link for link in applied if not now.locked(link.written["date"])]
    return max(movable, key=lambda link: (link.written["date"], link.part), default=None)


def _payment_to_free(now: Situation, receipt: Receipt, rest: Decimal) -> Link | None:
    """The payment that went back: same method and sum if there is one, else the newest that is large enough."""
    methods = {item.id: item.method for item in now.sale.payments}
    on_documents = [link for link in now.live("payment") if link.written.get("invoice_id")]

    def preference(link: Link) -> tuple[bool, bool, bool, int]:
        id = link.part.removeprefix("payment ").partition("/")[0]
        amount = link.written["amount"]
        return (amount >= rest, methods.get(id) == receipt.method, amount == rest, link.written["date"].toordinal())

    return max(on_documents, key=preference, default=None)


def _reissue(now: Situation, receipt: Receipt, rest: Decimal) -> Decision:
    """The payment must stay: a credit note is refunded, and its fees are asked for again in a new invoice."""
    standing = documents(now)
    rows: Sequence[fees.Row] = [row for document in standing for row in document.link.written.get("fees", ())]
    shares = fees.spread(now, rows, rest)
    if not shares:
        cause = f"refund of {receipt.amount} exceeds the fees"
        return now.hold("TOTAL_MISMATCH", f"payment {receipt.id}", cause, "person", refund=receipt.amount)
    reference = f"Refund of HX-{now.sale.id}"
    more = {"receipt": receipt.id}
    ask = credit_note(now, Wanted(REISSUE, standing[0].link, shares, receipt.date, reference, more=more))
    return ask if isinstance(ask, Hold) else Calls((ask,))
