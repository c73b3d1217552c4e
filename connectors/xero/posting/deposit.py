"""R10: a deposit is a prepayment; what was given back of it is a payment out of that credit.

PURE. What sales draw from it are their own allocations (`receipts`). A deposit that a refund has become is credit
already, and the sale says which (`refunds`). Xero cannot delete a prepayment: one that the practice system deleted is
refunded to the same account on its own date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.xero.posting.beginning import SKIP, Said, ask_in_turn, policy_of, raised
from connectors.xero.posting.credits import deposit_as_credit
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.identity import contact_key, deposit_key
from connectors.xero.posting.locks import locked, open_date
from connectors.xero.posting.methods import payment_account, refund_account
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.prepaid import prepayment
from connectors.xero.posting.situation import Account, Ground, Write
from connectors.xero.posting.standing import PRE, Credit
from connectors.xero.posting.taking_off import take_off
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Finished, Hold, Known, Later, Link, Posting, Refused, Today
from engine.sdk.records import Deposit, Receipt

Json = Any
CREDIT, UNDONE = "credit", "credit x"
OPENING = "post it on its own date"
_LOOK_AGAIN = timedelta(minutes=5)
_PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DepositSituation(Ground):
    """One round of the posting of a deposit."""

    deposit: Deposit

    @property
    def taken(self) -> Receipt:
        """The deposit as the receipt that it was."""
        it = self.deposit
        return Receipt(it.id, "deposit", it.at, it.date, it.method, it.amount)


def decide(deposit: Deposit, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that the payer has this deposit to his credit, less what he got back."""
    policy = policy_of(inputs)
    if isinstance(policy, Refused):
        return policy
    key, record = deposit_key(deposit.id), f"deposit {deposit.id}"
    now = DepositSituation(known, policy, today, key, record, deposit.location, deposit.changed_at, deposit)
    return ask_in_turn(now, deposit.version, _CHAPTERS)


# --- what should not stand ------------------------------------------------------------------------


def _take_back_refunds(now: DepositSituation) -> Said:
    """Refunds that the practice system deleted or changed; Xero's payments cannot be edited (R9)."""
    wanted = {f"refund {item.id}": receipt_basis(item) for item in now.deposit.refunds}
    stale = [link for link in _refund_links(now) if wanted.get(link.part) != link.written.get("basis")]
    return _together([take_off(now, link) for link in stale])


def _restore(now: DepositSituation) -> Said:
    """A deleted deposit that is back: the payment that undid it goes, and the prepayment is whole again (AC-73)."""
    undone, credit = now.link(UNDONE), _own_credit(now)
    if undone is None or credit is None or not _stands(now, credit):
        return None
    if undone.written.get("credit_id") != credit.written.get("prepayment_id"):
        return None
    step = take_off(now, undone)
    if isinstance(step, Hold):
        return step
    return (step,) if isinstance(step, Link) else Calls((step,))


def _revive(now: DepositSituation) -> Said:
    """The credit's link counts again once nothing undoes it."""
    credit = _own_credit(now)
    if credit is None or not credit.gone or not _stands(now, credit) or now.link(UNDONE) is not None:
        return None
    return (replace(credit, gone=False, version=now.deposit.version),)


def _undo(now: DepositSituation) -> Said:
    """A prepayment that should not stand is given back whole to where it came from, on its own day."""
    credit = _own_credit(now)
    if credit is None or credit.gone or _stands(now, credit):
        return None
    amount = _left_of(now, _as_credit(now, credit))
    if not isinstance(amount, Decimal):
        return amount
    if amount < _unreturned(now, credit):
        return _still_used(now)
    if amount > ZERO:
        return _give_back(now, credit, amount)
    return (replace(credit, gone=True),)


def _give_back(now: DepositSituation, credit: Link, amount: Decimal) -> Calls | Hold | tuple[Link, ...]:
    day, account = credit.written["date"], now.account(str(credit.written.get("account", "")))
    if (done := now.link(UNDONE)) is not None and done.written.get("credit_id") == credit.written["prepayment_id"]:
        return (replace(credit, gone=True),)
    if now.locked(day):
        return locked(now, now.record)
    if (refusal := now.refusal(UNDONE)) is not None:
        return now.refused(refusal, now.record)
    where = {"account": account.code, "account_id": account.id} if account else {"account": credit.written["account"]}
    reference = f"HX-PT-{now.deposit.id} deleted in Halaxy"
    payload = {"credit": PRE, "credit_id": credit.written["prepayment_id"], **where, "date": day, "amount": amount}
    ask = now.ask("create_payment", reference, {**payload, "reference": reference}, Write(UNDONE, UNDONE))
    return Calls((ask,))


def _still_used(now: DepositSituation) -> Later | Hold:
    """Sales take their allocations back themselves, within minutes; after that a person looks."""
    since = now.deposit.changed_at
    if since is not None and now.today.now < since + _PATIENCE:
        return Later(now.today.now + _LOOK_AGAIN, "an invoice still uses the deposit in Xero")
    cause = f"{now.record} is still used on an invoice in Xero"
    return now.hold("DELETE_BLOCKED", now.record, cause, "person")


# --- what should stand ----------------------------------------------------------------------------


def _receive(now: DepositSituation) -> Said:
    """The prepayment of money taken in; credit that a refund left is the sale's to tell of."""
    deposit, credit = now.deposit, _own_credit(now)
    if deposit.deleted or deposit.invoice is not None or deposit.amount <= ZERO:
        return None
    if credit is not None and not credit.gone:
        return None
    start = now.policy.start_date
    if start is not None and deposit.date < start and now.chosen("DEPOSIT_MISSING", now.record) != OPENING:
        cause = f"{now.record} was taken before the books begin"
        return replace(now.hold("DEPOSIT_MISSING", now.record, cause, "settings"), choices=(OPENING, SKIP))
    contact = contact_of(now, deposit.payer, deposit.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    account, held = payment_account(now, now.taken), now.special("patient deposits", now.record)
    for found in (account, held):
        if isinstance(found, Hold):
            return found
    if not isinstance(account, Account) or not isinstance(held, Account) or not account.bank:
        cause = f"method {deposit.method} has no bank account"
        return now.hold("UNMAPPED", now.record, cause, "map payment_accounts", "facts", method=deposit.method)
    text, payer = f"Deposit HX-PT-{deposit.id}", contact_key(deposit.payer)
    ask = prepayment(now, CREDIT, text, now.taken, contact, account, held, payer=payer)
    return ask if isinstance(ask, Hold) else Calls((ask,))


def _refund(now: DepositSituation) -> Said:
    """What was given back, out of the credit, as far as Xero does not show it yet."""
    missing = [item for item in now.deposit.refunds if item.amount > ZERO and now.link(f"refund {item.id}") is None]
    if now.deposit.deleted or not missing:
        return None
    link = now.link(CREDIT)
    if link is None:
        cause = f"deposit {now.deposit.id} is not in Xero"
        return now.hold("DEPOSIT_MISSING", now.record, cause, f"link {now.key}", "person", deposit=now.deposit.id)
    left = _left_of(now, _as_credit(now, link))
    if not isinstance(left, Decimal):
        return left
    asks: list[Ask] = []
    for receipt in sorted(missing, key=lambda item: (item.at, item.id)):
        step = _pay_back(now, _as_credit(now, link), receipt)
        if isinstance(step, Hold):
            return Calls(tuple(asks)) if asks else step
        if receipt.amount > left:
            return Calls(tuple(asks)) if asks else _still_used(now)
        asks.append(step)
        left -= receipt.amount
    return Calls(tuple(asks))


def _pay_back(now: DepositSituation, credit: Credit, receipt: Receipt) -> Ask | Hold:
    part, came_back = f"refund {receipt.id}", receipt.kind in ("dishonour", "failed")
    account = payment_account(now, now.taken) if came_back else refund_account(now, receipt)
    day = open_date(now, receipt.date, f"payment {receipt.id}")
    if isinstance(account, Hold):
        return account
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, f"payment {receipt.id}")
    reference = f"HX-PT-{receipt.id} deposit " + ("dishonoured" if came_back else "refund")
    payload: dict[str, Json] = {"credit": credit.kind, "credit_id": credit.id, "account": account.code}
    payload |= {"account_id": account.id, "date": day, "amount": receipt.amount, "reference": reference}
    return now.ask("create_payment", reference, payload | {"basis": receipt_basis(receipt)}, Write(part, part))


def _finished(now: DepositSituation) -> Finished:
    link = now.link(CREDIT)
    if link is None:
        known = (now.key, CREDIT) in now.known.links
        return Finished(
            {"removed": True} if known else {"skipped": "nothing to post"}, raised(now, now.deposit.version)
        )
    credit = _as_credit(now, link)
    back = total(tuple(item.written["amount"] for item in _refund_links(now)))
    told = {"credit": credit.kind, "credit_id": credit.id, "amount": now.deposit.amount, "returned": back}
    return Finished(told, raised(now, now.deposit.version))


# --- what is known --------------------------------------------------------------------------------


def _own_credit(now: DepositSituation) -> Link | None:
    """The link of a prepayment that this posting made, gone or not; a sale's credit is not ours to undo."""
    link = now.known.links.get((now.key, CREDIT))
    return link if link is not None and link.kind == "bank transaction" and link.written.get("prepayment_id") else None


def _stands(now: DepositSituation, credit: Link) -> bool:
    """Whether the practice system still has the deposit as the prepayment says."""
    it, noted = now.deposit, credit.written
    same_payer = noted.get("payer") in (None, contact_key(it.payer))
    return not it.deleted and it.invoice is None and noted.get("basis") == receipt_basis(now.taken) and same_payer


def _as_credit(now: DepositSituation, link: Link) -> Credit:
    return deposit_as_credit(link, ZERO)


def _left_of(now: DepositSituation, credit: Credit) -> Decimal | Said:
    """What Xero shows to be left; what this posting itself has changed since is known better than by the read."""
    part = f"read {credit.kind} {credit.id}"
    shown = now.read(part)
    if shown is None:
        if (refusal := now.refusal(part)) is not None:
            return now.refused(refusal, now.record)
        return Calls((now.ask("find_credit", "", {"credit": credit.kind, "id": credit.id}, Write(part)),))
    if not shown["found"] or shown["status"] in ("VOIDED", "DELETED"):
        cause = f"the credit of {now.record} is gone in Xero"
        return now.hold("XERO_CHANGED", now.record, cause, "person", credit=credit.id)
    written = (item for item in now.live("payment") if now.answer(item.part) is not None)
    return Decimal(shown["remaining"]) - total(
        tuple(item.written["amount"] for item in written if item.written.get("credit_id") == credit.id)
    )


def _unreturned(now: DepositSituation, credit: Link) -> Decimal:
    """What should be left of a prepayment that no sale uses."""
    uses = [item for item in now.live("payment") if item.written.get("credit_id") == credit.written["prepayment_id"]]
    return Decimal(credit.written["total"]) - total(tuple(item.written["amount"] for item in uses))


def _refund_links(now: DepositSituation) -> tuple[Link, ...]:
    return tuple(link for link in now.live("payment") if link.part.startswith("refund "))


def _together(steps: Sequence[Ask | Hold | Link]) -> Said:
    if asks := tuple(step for step in steps if isinstance(step, Ask)):
        return Calls(asks, tuple(step for step in steps if isinstance(step, Link)))
    if holds := [step for step in steps if isinstance(step, Hold)]:
        return holds[0]
    return tuple(step for step in steps if isinstance(step, Link)) or None


def _shared(deposit: Deposit, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    summary = (inputs.get("policy") or {}).get("contact_mode") == "summary"
    return (contact_key(deposit.payer), *((f"halaxy summary {deposit.location or 'all'}",) if summary else ()))


_CHAPTERS: tuple[Callable[[DepositSituation], Said], ...] = (
    _take_back_refunds,
    _restore,
    _revive,
    _undo,
    _receive,
    _refund,
    _finished,
)

POST_DEPOSIT = Posting(
    name="post_deposit",
    record="deposit",
    input="deposit",
    keys=lambda deposit: (deposit_key(deposit.id),),
    shared=_shared,
    decide=decide,
    example_facts=example_facts,
)
