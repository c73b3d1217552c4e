"""R23: an expense paid on the day is money spent; an unpaid one is a bill, and later a payment on it.

PURE. Account and tax stand in `expense_lines`, the supplier's contact in `supplier`, the practice system's own receipts
in `own_receipts`. Edited or deleted: payments come off first, then the document is changed, voided or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from connectors.xero.posting import own_receipts
from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.beginning import SKIP, Said, ask_in_turn, policy_of, raised
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.expense_lines import expense_lines
from connectors.xero.posting.identity import named_contact_key
from connectors.xero.posting.locks import locked, open_date
from connectors.xero.posting.named_contact import contact_id
from connectors.xero.posting.policy import NOT_MONEY, look_up
from connectors.xero.posting.situation import GONE, Account, Ground, Write
from connectors.xero.posting.supplier import supplier_id, supplier_key
from connectors.xero.posting.taking_off import read_of, take_off, untouchable
from connectors.xero.posting.theirs import OVERWRITE
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Done, Finished, Hold, Known, Link, Posting, Refused, Today
from engine.sdk.records import Expense

Json = Any
SPEND, BILL, PAYMENT = "spend", "bill", "payment"
AGAIN = "post it again"
# Halaxy charges its own receipts to the practice's card (R12), and is the processor's contact.
_CARD, _HALAXY = "Credit Card", "HX-PROC"


@dataclass(frozen=True, slots=True)
class ExpenseSituation(Ground):
    """One round of the posting of an expense."""

    expense: Expense

    @property
    def about(self) -> str:
        """What holds are about."""
        return f"expense {self.expense.id}"

    @property
    def paid(self) -> date | None:
        """When it was paid; the practice system's own receipts are charged on their day."""
        return self.expense.paid or (self.expense.date if self.expense.kind == "receipt" else None)

    @property
    def marker(self) -> str:
        """The reference or number of everything that is written of it."""
        return f"HX-EX-{self.expense.id}"


def decide(expense: Expense, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that this expense stands there, and is paid there as it was paid."""
    policy = policy_of(inputs)
    if isinstance(policy, Refused):
        return policy
    key, record = expense_key(expense.id), f"expense {expense.id}"
    now = ExpenseSituation(known, policy, today, key, record, expense.location, expense.changed_at, expense)
    return ask_in_turn(now, expense.version, _CHAPTERS)


def expense_key(id: str) -> str:
    """The key that a posting of this expense locks."""
    return f"halaxy expense {id}"


def _form(now: ExpenseSituation) -> str:
    """As what it should stand: money spent, a bill, or not at all; a bill that was written stays one."""
    if now.expense.deleted or now.expense.gross == ZERO:
        return ""
    paid = now.paid
    if now.link(BILL) is not None or paid is None or paid > now.expense.date:
        return BILL
    return SPEND


# --- what should not stand, or should be otherwise ------------------------------------------------


def _retract(now: ExpenseSituation) -> Said:
    form, bill = _form(now), now.link(BILL)
    if (payment := now.link(PAYMENT)) is not None:
        edited = bill is None or bill.written.get("basis") != _bill_basis(now.expense)
        if form != BILL or edited or payment.written.get("basis") != _payment_basis(now):
            return _off(now, payment)
    if (spend := now.link(SPEND)) is not None and form != SPEND:
        return _off(now, spend)
    return _off(now, bill) if bill is not None and not form else None


def _off(now: ExpenseSituation, link: Link) -> Said:
    step = take_off(now, link)
    if isinstance(step, Hold):
        return step
    return (step,) if isinstance(step, Link) else Calls((step,))


def _covered(now: ExpenseSituation) -> Said:
    """Halaxy's own receipts, unless they are posted already or in the books by other ways."""
    if now.expense.kind != "receipt" or now.link(SPEND) is not None:
        return None
    card = _paid_from(now)
    return card if isinstance(card, Hold) else own_receipts.matched(now, now.expense, card.code)


def _scope(now: ExpenseSituation) -> Said:
    it, start = now.expense, now.policy.start_date
    if now.live("bank transaction") or now.live("bill") or not _form(now):
        return None
    if start is not None and it.date < start:
        return Finished({"skipped": "it is dated before the books begin"})
    if it.currency != now.organisation.get("base_currency", it.currency):
        return now.hold("CURRENCY_NOT_ENABLED", now.about, f"expenses in {it.currency}", "facts", "person")
    if it.gross < ZERO:
        held = now.hold("TOTAL_MISMATCH", now.about, f"expense {it.id} is negative", "person", gross=it.gross)
        return replace(held, choices=(SKIP,))
    return None


def _edit(now: ExpenseSituation) -> Said:
    """The document follows an edit in place, keeping its id (R15), unless a person changed it first (R21)."""
    link, basis = now.link(_form(now)), _basis(now)
    if link is None or link.written.get("basis") == basis:
        return None
    shown = read_of(now, link)
    if not isinstance(shown, Mapping):
        return shown if isinstance(shown, Hold) else Calls((shown,))
    if (theirs := _changed_by_person(now, link, shown)) is not None:
        return theirs
    if (why := untouchable(now, link, shown)) is not None:
        return why
    wanted = _wanted(now)
    if not isinstance(wanted, Mapping):
        return _said(wanted)
    if now.locked(wanted["date"]):
        return locked(now, now.about)
    part = f"update {link.part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, now.about)
    action = "update_bill" if link.kind == "bill" else "update_bank_transaction"
    payload = {name: value for name, value in wanted.items() if name != "type"} | {"id": link.id}
    payload["status"] = shown["status"]
    return Calls((now.ask(action, now.marker, payload, Write(part, link.part, fresh_read=True)),))


def _changed_by_person(now: ExpenseSituation, link: Link, shown: Mapping[str, Json]) -> Said:
    chosen = now.chosen("XERO_CHANGED", now.about)
    gone = not shown["found"] or shown["status"] in GONE
    if gone and chosen == AGAIN:
        return (replace(link, gone=True),)
    changed = gone or shown["total"] != link.written.get("total", shown["total"])
    if not changed or (chosen == OVERWRITE and not gone):
        return None
    cause = f"{now.marker} was changed in Xero"
    held = now.hold("XERO_CHANGED", now.about, cause, f"document {link.kind} {link.id}", "person")
    return replace(held, choices=(AGAIN if gone else OVERWRITE, SKIP))


# --- what should stand ----------------------------------------------------------------------------


def _create(now: ExpenseSituation) -> Said:
    form = _form(now)
    if not form or now.link(form) is not None:
        return None
    wanted = _wanted(now)
    if not isinstance(wanted, Mapping):
        return _said(wanted)
    if form == SPEND:
        account = _paid_from(now)
        if isinstance(account, Hold):
            return account
        head = {"type": "SPEND", "contact_id": wanted["contact_id"]}
        rows, basis = wanted["lines"], wanted["basis"]
        ask = bank_transaction(now, SPEND, now.marker, account, wanted["date"], head, rows, basis)
        return ask if isinstance(ask, Hold) else Calls((ask,))
    day = open_date(now, wanted["date"], now.about)
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(BILL)) is not None:
        return now.refused(refusal, now.about)
    payload = {**wanted, "date": day, "due_date": max(day, wanted["due_date"]), "status": now.policy.invoice_status}
    return Calls((now.ask("create_bill", now.marker, payload, Write(BILL, BILL)),))


def _pay(now: ExpenseSituation) -> Said:
    """The payment on the bill; one that a person entered within a week of its day is linked instead (R21)."""
    bill, paid = now.link(BILL), now.paid
    if bill is None or paid is None or now.link(PAYMENT) is not None or not _form(now):
        return None
    if not any(isinstance(now.answer(part), Done) for part in (BILL, f"update {BILL}")):
        shown = read_of(now, bill)
        if not isinstance(shown, Mapping):
            return shown if isinstance(shown, Hold) else Calls((shown,))
        if (theirs := _changed_by_person(now, bill, shown)) is not None:
            return theirs
        if (payment := _of_person(now, shown, paid)) is not None:
            return (payment,)
    account, day = _paid_from(now), open_date(now, paid, now.about)
    if isinstance(account, Hold):
        return account
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(PAYMENT)) is not None:
        code = refusal.code
        if code in ("NOT_APPROVED", "OVERPAID"):
            held, cause = ("WAITING_APPROVAL", "waiting for approval of") if code == "NOT_APPROVED" else _OVERPAID
            return now.hold(held, now.about, f"{cause} {now.marker}", f"document bill {bill.id}", "person")
        return now.refused(refusal, now.about)
    payload = {"invoice_id": bill.id, "account": account.code, "account_id": account.id, "date": day}
    payload |= {"amount": now.expense.gross, "reference": now.marker, "basis": _payment_basis(now)}
    return Calls((now.ask("create_payment", now.marker, payload, Write(PAYMENT, PAYMENT, fresh_read=True)),))


_OVERPAID = ("XERO_CHANGED", "somebody paid on")


def _of_person(now: ExpenseSituation, shown: Mapping[str, Json], paid: date) -> Link | None:
    taken_off = now.answer(f"delete {PAYMENT}")
    removed = taken_off.result.get("id") if isinstance(taken_off, Done) else None
    for row in shown["payments"]:
        if row["id"] != removed and row["amount"] == now.expense.gross and abs((row["date"] - paid).days) <= 7:
            written = {**row, "invoice_id": shown["id"], "basis": _payment_basis(now)}
            ours = row["reference"] == now.marker
            link = Link(now.key, PAYMENT, "payment", str(row["id"]), str(row["reference"]), now.expense.version)
            return replace(link, written=written, seen=row, made_by="adopted" if ours else "person")
    return None


def _finished(now: ExpenseSituation) -> Finished:
    version = now.expense.version
    if (link := now.link(BILL) or now.link(SPEND)) is None:
        known = any(link.kind in ("bill", "bank transaction") for link in now.links())
        return Finished({"removed": True} if known else {"skipped": "nothing to post"}, raised(now, version))
    paid = link.part == SPEND or now.link(PAYMENT) is not None
    result = {"id": link.id, "form": link.part, "total": link.written["total"], "paid": paid}
    return Finished(result, raised(now, version))


# --- the document as it should be -----------------------------------------------------------------


def _wanted(now: ExpenseSituation) -> Mapping[str, Json] | Ask | Hold | Link:
    it, version = now.expense, now.expense.version
    if it.kind == "receipt":
        contact = contact_id(now, _HALAXY, version, "Halaxy")
    else:
        contact = supplier_id(now, it.supplier, version)
    if not isinstance(contact, str):
        return contact
    lines = expense_lines(now, it)
    if isinstance(lines, Hold):
        return lines
    head: dict[str, Json] = {"contact_id": contact, "lines": list(lines), "basis": _basis(now)}
    head |= {"amounts": "Inclusive" if now.registered else "NoTax", "wanted_total": total(_amounts(lines))}
    if _form(now) == BILL:
        return head | {"number": now.marker, "date": it.date, "due_date": it.due or it.date}
    account = _paid_from(now)
    if isinstance(account, Hold):
        return account
    head |= {"type": "SPEND", "account": account.code, "account_id": account.id, "reference": now.marker}
    return head | {"date": now.paid or it.date}


def _amounts(lines: tuple[Mapping[str, Json], ...]) -> tuple[Json, ...]:
    return tuple(line["amount"] for line in lines)


def _said(step: Ask | Hold | Link) -> Said:
    if isinstance(step, Hold):
        return step
    return (step,) if isinstance(step, Link) else Calls((step,))


def _paid_from(now: ExpenseSituation) -> Account | Hold:
    """The account of the method by which the practice paid."""
    method = now.expense.method or (_CARD if now.expense.kind == "receipt" else "")
    code = look_up(now.policy.expense_methods, method, now.location)
    if code is None or code == NOT_MONEY:
        cause = f"paying expenses by {method or 'no method'} is not mapped"
        return now.hold("UNMAPPED", now.about, cause, "map expense_methods", "settings", method=method)
    account = now.usable(code, now.about, "map expense_methods")
    if isinstance(account, Account) and not account.bank:
        return now.hold("UNMAPPED", now.about, f"account {code} is no bank account", "map expense_methods", "facts")
    return account


def _basis(now: ExpenseSituation) -> str:
    return _bill_basis(now.expense) if _form(now) == BILL else _spend_basis(now)


def _what(it: Expense) -> str:
    return f"{it.supplier} / {it.category} / {it.description} / {it.gross} {it.tax}"


def _bill_basis(it: Expense) -> str:
    due = it.due or it.date
    return f"{it.date.isoformat()} due {due.isoformat()} {_what(it)}"


def _spend_basis(now: ExpenseSituation) -> str:
    paid = now.paid or now.expense.date
    return f"{paid.isoformat()} {now.expense.method or ''} {_what(now.expense)}"


def _payment_basis(now: ExpenseSituation) -> str:
    paid = now.paid.isoformat() if now.paid else "unpaid"
    return f"{paid} {now.expense.method or ''} {now.expense.gross}"


def _keys(expense: Expense) -> tuple[str, ...]:
    own = (expense_key(expense.id),)
    return (*own, *own_receipts.month_keys(expense)) if expense.kind == "receipt" else own


def _shared(expense: Expense, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    return (supplier_key(expense.supplier), named_contact_key(_HALAXY))


_CHAPTERS: tuple[Callable[[ExpenseSituation], Said], ...] = (
    _retract,
    _scope,
    _covered,
    _edit,
    _create,
    _pay,
    _finished,
)

POST_EXPENSE = Posting(
    name="post_expense",
    record="expense",
    input="expense",
    keys=_keys,
    shared=_shared,
    decide=decide,
    example_facts=example_facts,
)
