"""R9: one Xero payment for each payment of the sale, oldest first, on the oldest document that owes something.

PURE. What is too much becomes the customer's credit. Payments that the practice system took back are the matter of
`retractions`, discounts of `discounts`, what cards cost of `card_costs`, money that came back of `dishonours`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count, pairwise
from typing import Any

from connectors.xero.posting import card_costs, discounts, dishonours
from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.credits import allocate, deposit_as_credit
from connectors.xero.posting.identity import deposit_key, payment_reference
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.methods import is_cash, is_discount, payment_account
from connectors.xero.posting.parts import free_number, payment_part, receipt_of, role_of
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.situation import Account, Situation, Write
from connectors.xero.posting.standing import Document, documents, taken_off
from connectors.xero.posting.theirs import payment_of_person, receipt_basis
from connectors.xero.posting.write_offs import recoverable, recovery
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link, Rejected
from engine.sdk.records import Receipt

Json = Any
Step = Ask | Hold | Link
Said = Decision | tuple[Link, ...] | None
_TWICE_WITHIN = timedelta(minutes=10)
# Cash is rounded to five cents: at most this much is no mistake (R28).
ROUNDED = Decimal("0.04")


@dataclass(slots=True)
class Plan:
    """What the receipts of a sale need; `due` is what each document still owes as the plan grows."""

    due: dict[str, Decimal]
    recoverable: Decimal
    asks: list[Ask] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    adopted: list[Link] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def put(self, *steps: Step) -> None:
        """Adds calls, holds and what was found to stand."""
        for step in steps:
            if isinstance(step, Hold):
                self.holds.append(step)
            elif isinstance(step, Link):
                self.adopted.append(step)
            else:
                self.asks.append(step)


def receive(now: Situation) -> Said:
    """The payments, credits and costs that are missing, in the order in which the money came; None when all stand."""
    missing = unfulfilled(now)
    standing = documents(now)
    if not missing:
        return None
    if not standing:
        return _without_document(now, missing)
    # A read from before a removal still shows what this posting took off.
    taken = {link.id for link in now.live("payment")} | {str(row.get("id")) for row in taken_off(now)}
    plan = Plan({document.link.id: document.due for document in standing}, recoverable(now), taken=taken)
    for receipt in missing:
        # What takes several rounds holds the later money back, so that the order of the books is that of the money.
        if _add(now, standing, receipt, plan) == "more to come":
            break
    adopted = tuple(plan.adopted)
    if plan.asks:
        return Calls(tuple(plan.asks), adopted)
    if plan.holds:
        return replace(plan.holds[0], links=adopted)
    return adopted or None


def _without_document(now: Situation, missing: Sequence[Receipt]) -> Said:
    """Money on an invoice that asks for nothing is the payer's credit."""
    money = [receipt for receipt in missing if receipt.kind == "payment" and not is_discount(now, receipt)]
    if not money or now.sale.deleted or now.sale.kind == "quote" or now.sale.date > now.today.day:
        return None
    contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    steps: list[Step] = []
    for receipt in money:
        account, rest = payment_account(now, receipt), receipt.amount - standing_of(now, receipt)
        if isinstance(account, Hold):
            steps.append(account)
        elif rest > ZERO:
            steps.append(_credit(now, contact, receipt, rest, account, f"Overpayment HX-PT-{receipt.id}"))
    asks = tuple(step for step in steps if isinstance(step, Ask))
    return Calls(asks) if asks else next((step for step in steps if isinstance(step, Hold)), None)


def in_order(receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """Oldest first (R9)."""
    return tuple(sorted(receipts, key=lambda receipt: (receipt.at, receipt.id)))


def unfulfilled(now: Situation) -> tuple[Receipt, ...]:
    """The receipts whose money does not stand in Xero yet; refunds and money that came back have files of their own."""
    counted = ("payment", "discount", "deposit_applied")
    live = [receipt for receipt in in_order(now.sale.payments) if receipt.kind in counted and receipt.amount > ZERO]
    kept = [receipt for receipt in live if not dishonours.is_reversed(now, receipt)]
    return tuple(receipt for receipt in kept if not _fulfilled(now, receipt))


def double_charges(now: Situation) -> list[tuple[Receipt, Receipt]]:
    """Two equal payments by the same method within ten minutes (R9)."""
    money = [receipt for receipt in in_order(now.sale.payments) if receipt.kind == "payment"]
    return [
        (one, two)
        for one, two in pairwise(money)
        if one.amount == two.amount and one.method == two.method and two.at - one.at <= _TWICE_WITHIN
    ]


def standing_of(now: Situation, receipt: Receipt) -> Decimal:
    """How much of a payment stands: on documents, as the customer's credit, as rounding or as a recovered debt."""
    mine = [link for link in now.links() if not link.gone and receipt_of(link.part) == receipt.id]
    paid = [link.written["amount"] for link in mine if role_of(link.part) == ""]
    kept = [link.written["total"] for link in mine if role_of(link.part) in ("over", "pre", "rounding", "recovery")]
    return total((*paid, *kept, _netted(now, receipt)))


def apart(now: Situation, receipt: Receipt) -> Decimal:
    """How much of a payment has to stand as the customer's credit, because it went back (R14b)."""
    return total(tuple(amount for _, amount in _parts_apart(now, receipt)))


def _parts_apart(now: Situation, receipt: Receipt) -> Iterator[tuple[Link, Decimal]]:
    """The payments of a receipt, gone ones included, that a refund took a sum from."""
    for link in now.links():
        mine = receipt_of(link.part) == receipt.id and role_of(link.part) == ""
        if mine and link.written.get("apart") and link.written.get("basis") == receipt_basis(receipt):
            yield link, Decimal(link.written["apart"])


def _netted(now: Situation, receipt: Receipt) -> Decimal:
    """What of a payment from no bank account went back: it simply is no payment any more (R27)."""
    return total(tuple(amount for link, amount in _parts_apart(now, receipt) if link.written.get("netted")))


def _fulfilled(now: Situation, receipt: Receipt) -> bool:
    if is_discount(now, receipt):
        return discounts.allocated(now, receipt)
    if receipt.kind == "deposit_applied":
        return _allocated(now, f"allocation {receipt.id}") == receipt.amount
    if (pre := now.link(f"payment {receipt.id} pre")) is not None and documents(now):
        return _allocated(now, f"allocation {pre.part}") == Decimal(pre.written["total"])
    return bool(standing_of(now, receipt) == receipt.amount) and not card_costs.missing(now, receipt)


def _allocated(now: Situation, named: str) -> Decimal:
    links = [link for link in now.live("allocation") if link.part == named or link.part.startswith(f"{named} (")]
    return total(tuple(link.written["amount"] for link in links))


def _add(now: Situation, standing: Sequence[Document], receipt: Receipt, plan: Plan) -> str:
    if is_discount(now, receipt):
        steps, more = discounts.next_steps(now, standing, receipt, plan.due)
        plan.put(*steps)
        return "more to come" if more else ""
    if receipt.kind == "deposit_applied":
        plan.put(*_from_deposit(now, standing, receipt, plan))
        return ""
    if now.link(f"payment {receipt.id} pre") is not None:
        return ""
    reads = [document.read for document in standing if document.read is not None]
    existing = payment_of_person(now, receipt, payment_reference(receipt), reads, plan.taken)
    if existing is not None and standing_of(now, receipt) == ZERO:
        plan.taken.add(existing.id)
        plan.adopted.append(existing)
        return ""
    plan.put(*_money(now, standing, receipt, plan))
    return ""


def _from_deposit(now: Situation, standing: Sequence[Document], receipt: Receipt, plan: Plan) -> list[Step]:
    """R10: a deposit that is used is an allocation of the credit that it is; it is no second receipt."""
    key = deposit_key(receipt.deposit or "")
    link = now.known.links.get((key, "credit"))
    about = f"payment {receipt.id}"
    if link is None or link.gone:
        cause = f"deposit {receipt.deposit or '(unknown)'} is not in Xero"
        return [now.hold("DEPOSIT_MISSING", about, cause, f"link {key}", deposit=receipt.deposit)]
    rest = receipt.amount - _allocated(now, f"allocation {receipt.id}")
    credit, steps = deposit_as_credit(link, rest), list[Step]()
    for document in standing:
        amount = min(rest, plan.due[document.link.id])
        if amount > ZERO:
            named = f"allocation {receipt.id}"
            steps.append(allocate(now, credit, document, amount, named, len(steps), basis=receipt_basis(receipt)))
            rest, plan.due[document.link.id] = rest - amount, plan.due[document.link.id] - amount
    if rest > ZERO and not steps:
        cause = f"deposit on HX-{now.sale.id}"
        return [now.hold("TOTAL_MISMATCH", about, cause, "person", deposit=receipt.amount, surplus=rest)]
    return steps


# --- a payment ------------------------------------------------------------------------------------


def _money(now: Situation, standing: Sequence[Document], receipt: Receipt, plan: Plan) -> list[Step]:
    """On the documents as far as something is due; the rest as what it is."""
    account, day = payment_account(now, receipt), open_date(now, receipt.date, f"payment {receipt.id}")
    if isinstance(account, Hold):
        return [account]
    if isinstance(day, Hold):
        return [day]
    steps: list[Step] = []
    held = _still_to_hold(now, receipt) if account.bank else ZERO
    rest = receipt.amount - standing_of(now, receipt) - held
    numbers = _free_numbers(now, receipt)
    for document in standing:
        amount = min(rest, plan.due[document.link.id])
        if amount > ZERO:
            steps.append(_payment(now, document, receipt, amount, next(numbers), account, day))
            rest, plan.due[document.link.id] = rest - amount, plan.due[document.link.id] - amount
    if held > ZERO:
        steps.append(
            _credit(now, _contact(standing), receipt, held, account, f"Was payment HX-PT-{receipt.id}", apart=held)
        )
    if rest > ZERO:
        steps.append(_surplus(now, standing, receipt, rest, account, plan))
    return [*steps, *card_costs.steps(now, standing, receipt, account)]


def _still_to_hold(now: Situation, receipt: Receipt) -> Decimal:
    mine = [link for link in now.live("bank transaction") if receipt_of(link.part) == receipt.id]
    return apart(now, receipt) - total(tuple(link.written.get("apart") or ZERO for link in mine))


def _free_numbers(now: Situation, receipt: Receipt) -> Iterator[int]:
    """The numbers of the next payments of a receipt; one that is gone gives its place back."""
    return (number for number in count(1) if now.link(payment_part(receipt.id, number=number)) is None)


def _payment(
    now: Situation,
    document: Document,
    receipt: Receipt,
    amount: Decimal,
    number: int,
    account: Account,
    day: date,
) -> Step:
    part = payment_part(receipt.id, number=number)
    reference = payment_reference(receipt, shifted=day != receipt.date) + (f" ({number})" if number > 1 else "")
    if (refusal := now.refusal(part)) is not None:
        return _refused(now, document, part, refusal)
    payload: dict[str, Json] = {"account": account.code, "account_id": account.id, "basis": receipt_basis(receipt)}
    payload |= {"date": day, "invoice_id": document.link.id, "amount": amount, "reference": reference}
    before = now.known.links.get((now.key, part))
    if before is not None and before.written.get("basis") == receipt_basis(receipt):
        payload |= {name: before.written[name] for name in ("apart", "netted") if before.written.get(name)}
    return now.ask("create_payment", reference, payload, Write(part, part, fresh_read=document.read is not None))


def _refused(now: Situation, document: Document, part: str, refusal: Rejected) -> Hold:
    release = f"document invoice {document.link.id}"
    number = document.link.marker
    if refusal.code == "NOT_APPROVED":
        return now.hold("WAITING_APPROVAL", part, f"waiting for approval of {number}", release)
    if refusal.code in ("OVERPAID", "GONE"):
        return now.hold("XERO_CHANGED", part, f"{number} was paid or changed in Xero", release)
    return now.refused(refusal, part)


def _surplus(
    now: Situation, standing: Sequence[Document], receipt: Receipt, rest: Decimal, account: Account, plan: Plan
) -> Step:
    """More than is due: rounding of cash, money on a debt that was given up, or the customer's credit."""
    if is_cash(receipt) and rest <= ROUNDED and account.bank:
        return _rounding(now, standing[0], receipt, rest, account)
    if plan.recoverable > ZERO:
        amount = min(rest, plan.recoverable)
        plan.recoverable -= amount
        return recovery(now, standing[0], receipt, amount, account)
    return _credit(now, _contact(standing), receipt, rest, account, f"Overpayment HX-PT-{receipt.id}")


def _contact(standing: Sequence[Document]) -> str:
    return str(standing[0].link.written["contact_id"])


def _credit(
    now: Situation, contact: str, receipt: Receipt, amount: Decimal, account: Account, text: str, **notes: Json
) -> Step:
    """Money above what is due is the customer's credit: one untaxed line on the receivable account (fact sheet 8.9)."""
    control = now.system_account("DEBTORS")
    if not account.bank or control is None:
        cause = f"more than due on HX-{now.sale.id}"
        about = f"payment {receipt.id}"
        return now.hold("TOTAL_MISMATCH", about, cause, "map payment_accounts", "facts", surplus=amount)
    number = free_number((link.part for link in now.links()), receipt.id, "over")
    text += f" ({number})" if number > 1 else ""
    rows = ({"description": text, "amount": amount, "account": control},)
    head: Mapping[str, Json] = {"type": "RECEIVE-OVERPAYMENT", "contact_id": contact, "amounts": "NoTax"}
    part = payment_part(receipt.id, "over", number)
    return bank_transaction(now, part, text, account, receipt.date, head, rows, receipt_basis(receipt), **notes)


def _rounding(now: Situation, document: Document, receipt: Receipt, amount: Decimal, account: Account) -> Step:
    """Cash rounded up: the till agrees to the cent, and so does the invoice (R28)."""
    code = now.system_account("ROUNDING")
    if code is None:
        return now.hold("ACCOUNT_ARCHIVED", f"payment {receipt.id}", "no rounding account", "facts", account="ROUNDING")
    row = {"description": f"Cash rounding payment {receipt.id}", "quantity": Decimal(1), "unit": amount}
    row |= {"amount": amount, "account": code, "tax_type": "BASEXCLUDED", "tax": ZERO}
    head = {"type": "RECEIVE", "contact_id": document.link.written["contact_id"]}
    reference = f"HX-PT-{receipt.id} rounding"
    part = f"payment {receipt.id} rounding"
    return bank_transaction(now, part, reference, account, receipt.date, head, (row,), receipt_basis(receipt))
