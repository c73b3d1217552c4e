"""R9 and R24: one payment for each method and day on a day's documents, dated on the day of the money.

PURE. Money above what the sales owe is the location's credit, as an overpayment. What the practice system took back
comes off first, and what is left of its method and day is written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import count, islice
from typing import Any

from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.beginning import Said
from connectors.xero.posting.day_sums import DaySituation, SaleSums
from connectors.xero.posting.locks import locked, open_date
from connectors.xero.posting.methods import payment_account
from connectors.xero.posting.situation import Account, Write
from connectors.xero.posting.standing import OVER, Document, documents
from connectors.xero.posting.status import WAITING
from connectors.xero.posting.taking_off import take_off
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Hold, Link
from engine.sdk.records import Receipt

Json = Any


@dataclass(frozen=True, slots=True)
class Money:
    """What came in by one method on one day."""

    method: str
    on: date
    receipts: tuple[Receipt, ...]

    @property
    def part(self) -> str:
        """How its links are named."""
        return f"payment {self.method.strip().upper()} {self.on:%Y%m%d}"

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return total(tuple(item.amount for item in self.receipts))


def take_back(now: DaySituation) -> Said:
    """Payments of a method and day that has less money than stands: they come off, the newest first."""
    if isinstance(now.wanted, Hold):
        return now.wanted
    wanted = {group.part: group for group in groups(now.wanted)}
    for part in dict.fromkeys(_group_of(link) for link in _links(now)):
        standing = standing_of(now, part)
        have = wanted[part].amount if part in wanted else ZERO
        if standing > have:
            return _less(now, part, standing - have)
    return None


def receive(now: DaySituation) -> Said:
    """The payments that are missing, on the oldest document that owes something; None when all stand."""
    if isinstance(now.wanted, Hold):
        return now.wanted
    missing = [group for group in groups(now.wanted) if standing_of(now, group.part) < group.amount]
    if not missing:
        return None
    standing = documents(now)
    waiting = next((item.link for item in standing if item.status in WAITING), None)
    if waiting is not None:
        cause = f"waiting for approval of {waiting.marker}"
        return now.hold("WAITING_APPROVAL", now.number, cause, f"document invoice {waiting.id}")
    return _pay(now, standing, missing, now.wanted)


def unfulfilled(now: DaySituation, wanted: Iterable[SaleSums]) -> bool:
    """Whether any method and day has other money than stands."""
    amounts = {group.part: group.amount for group in groups(wanted)}
    parts = {*amounts, *(_group_of(link) for link in _links(now))}
    return any(standing_of(now, part) != amounts.get(part, ZERO) for part in parts)


def groups(wanted: Iterable[SaleSums]) -> tuple[Money, ...]:
    """The money of a day's sales by method and day, in the order in which it came."""
    receipts = sorted((item for sale in wanted for item in sale.money), key=lambda item: (item.at, item.id))
    found: dict[tuple[str, date], list[Receipt]] = {}
    for item in receipts:
        found.setdefault((item.method.strip().upper(), item.date), []).append(item)
    return tuple(Money(items[0].method.strip(), on, tuple(items)) for (_, on), items in found.items())


def standing_of(now: DaySituation, part: str) -> Decimal:
    """What stands of a method and day: on documents and as credit, less credit that was given back."""
    mine = [link for link in _links(now) if _group_of(link) == part]
    come = [link.written["amount" if link.kind == "payment" else "total"] for link in mine]
    back = [link.written["amount"] for link in now.live("payment") if link.part.startswith(f"x {part} ")]
    return total(tuple(come)) - total(tuple(back))


def _links(now: DaySituation) -> tuple[Link, ...]:
    found = (*now.live("payment"), *now.live("bank transaction"))
    return tuple(link for link in found if link.part.startswith("payment "))


def _group_of(link: Link) -> str:
    return link.part.partition("/")[0].removesuffix(" over")


# --- money that came ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Plan:
    """The calls of a round; `due` of each document and `room` on all of them shrink as it grows."""

    due: dict[str, Decimal]
    room: Decimal
    asks: list[Ask] = field(default_factory=list)


def _pay(
    now: DaySituation, standing: Sequence[Document], missing: Sequence[Money], wanted: Sequence[SaleSums]
) -> Calls | Hold | None:
    on_documents = [link.written["amount"] for link in now.live("payment") if link.written.get("invoice_id")]
    room = total(tuple(sale.room for sale in wanted)) - total(tuple(on_documents))
    plan = _Plan({document.link.id: document.due for document in standing}, room)
    for group in missing:
        if (hold := _add(now, standing, group, plan)) is not None:
            return Calls(tuple(plan.asks)) if plan.asks else hold
    return Calls(tuple(plan.asks)) if plan.asks else None


def _add(now: DaySituation, standing: Sequence[Document], group: Money, plan: _Plan) -> Hold | None:
    """What is missing of a method and day: on the documents as far as they owe it, the rest as credit."""
    account, day = payment_account(now, group.receipts[0]), open_date(now, group.on, now.number)
    if isinstance(account, Hold):
        return account
    if isinstance(day, Hold):
        return day
    rest, made = group.amount - standing_of(now, group.part), 0
    for document in standing:
        amount = min(rest, plan.due[document.link.id], plan.room)
        if amount <= ZERO:
            continue
        said = _payment(now, document, group, amount, account, day, made)
        if isinstance(said, Hold):
            return said
        plan.asks.append(said)
        plan.due[document.link.id] -= amount
        rest, made, plan.room = rest - amount, made + 1, plan.room - amount
    if rest <= ZERO:
        return None
    credit = _credit(now, group, rest, account)
    if isinstance(credit, Hold):
        return credit
    plan.asks.append(credit)
    return None


def _payment(
    now: DaySituation, document: Document, group: Money, amount: Decimal, account: Account, day: date, made: int
) -> Ask | Hold:
    part = _free(now, group.part, made)
    if (refusal := now.refusal(part)) is not None:
        if refusal.code in ("OVERPAID", "GONE"):
            cause, release = (
                f"{document.link.marker} was paid or changed in Xero",
                f"document invoice {document.link.id}",
            )
            return now.hold("XERO_CHANGED", document.link.marker, cause, release)
        return now.refused(refusal, f"{group.method} of {now.number}")
    told = {id for link in _links(now) if _group_of(link) == group.part for id in link.written.get("covers", ())}
    new = [item.id for item in group.receipts if item.id not in told]
    reference = f"{now.number} {group.method} x{max(len(new), 1)}"
    reference += f" on {group.on:%Y%m%d}" if group.on != now.day.date else ""
    reference += f" ({number})" if (number := part.partition("/")[2]) else ""
    payload: dict[str, Json] = {"account": account.code, "account_id": account.id, "date": day, "covers": new}
    payload |= {"invoice_id": document.link.id, "amount": amount, "reference": reference}
    return now.ask("create_payment", reference, payload, Write(part, part, fresh_read=document.read is not None))


def _credit(now: DaySituation, group: Money, amount: Decimal, account: Account) -> Ask | Hold:
    control, standing = now.system_account("DEBTORS"), documents(now)
    contact = standing[0].link.written["contact_id"] if standing else _shared_contact(now)
    if not account.bank or control is None or contact is None:
        cause = f"more than due in {now.number}"
        return now.hold("TOTAL_MISMATCH", now.number, cause, "map payment_accounts", "facts", surplus=amount)
    text = f"Overpayment {now.number} {group.method} on {group.on:%Y%m%d}"
    rows = ({"description": text, "amount": amount, "account": control},)
    head = {"type": "RECEIVE-OVERPAYMENT", "contact_id": contact, "amounts": "NoTax"}
    part = _free(now, f"{group.part} over", 0)
    text += f" ({number})" if (number := part.partition("/")[2]) else ""
    return bank_transaction(now, part, text, account, group.on, head, ({**rows[0], "description": text},), "")


def _shared_contact(now: DaySituation) -> str | None:
    link = now.known.links.get((f"halaxy summary {now.location or 'all'}", "contact"))
    return None if link is None or link.gone else link.id


def _free(now: DaySituation, part: str, made: int) -> str:
    """The next part of a group that has no link; `made` are those asked for in this round already."""
    names = (part + (f"/{number}" if number > 1 else "") for number in count(1))
    free = (name for name in names if now.link(name) is None)
    return next(islice(free, made, None))


# --- money that went ------------------------------------------------------------------------------


def _less(now: DaySituation, part: str, amount: Decimal) -> Said:
    mine = [link for link in _links(now) if _group_of(link) == part]
    paid = [link for link in mine if link.kind == "payment"]
    if not paid:
        return _give_back(now, part, mine, amount)
    newest = max(paid, key=lambda link: (len(link.part), link.part))
    said = take_off(now, newest)
    if isinstance(said, Link):
        return (replace(said, gone=True),)
    return said if isinstance(said, Hold) else Calls((said,))


def _give_back(now: DaySituation, group: str, overs: Sequence[Link], amount: Decimal) -> Calls | Hold | None:
    """Xero cannot delete an overpayment: it is paid back to the same account on its own day (R10)."""
    for link in overs:
        back = [item.written["amount"] for item in now.live("payment") if item.part.startswith(f"x {group} ")]
        left = link.written["total"] - total(tuple(back))
        if left <= ZERO:
            continue
        if now.locked(link.written["date"]):
            return locked(now, now.number)
        part = f"x {group} {len(back) + 1}"
        if (refusal := now.refusal(part)) is not None:
            return now.refused(refusal, now.number)
        account = now.account(str(link.written["account"]))
        where = {"account": link.written["account"], "account_id": account.id if account else ""}
        reference = f"{now.number} {group} taken back ({len(back) + 1})"
        payload = {"credit": OVER, "credit_id": link.written["overpayment_id"], **where, "date": link.written["date"]}
        payload |= {"amount": min(left, amount), "reference": reference}
        return Calls((now.ask("create_payment", reference, payload, Write(part, part)),))
    return None
