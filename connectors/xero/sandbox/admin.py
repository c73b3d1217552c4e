"""The sandbox's own addresses under `/_sandbox/`: seed, clock, faults, people, webhook, deliveries, calls, ledger.

Needs no sign-in and no client of Xero ever calls it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.sdk.sandbox import Answer, Asked, Router, json_answer

from . import accounts, bank_transactions, contacts, credit_notes, invoices, payments
from .call import Call
from .deliveries import Deliveries, Webhook, stamps
from .faults import Faults
from .gate import Gate
from .people import act
from .problems import Invalid, Refusal
from .state import Books, Organisation
from .wire import read_day

Json = Any

_SEEDED: Mapping[str, Callable[[Call], Answer]] = {
    "accounts": accounts.create_account,
    "contacts": contacts.create_contacts,
    "invoices": invoices.create_invoices,
    "credit_notes": credit_notes.create_credit_notes,
    "bank_transactions": bank_transactions.create_bank_transactions,
    "payments": payments.create_payments,
}


@dataclass(slots=True)
class Admin:
    """The levers of a test or a demo."""

    gate: Gate
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    offset: timedelta = timedelta(0)
    deliveries: Deliveries = field(default_factory=Deliveries)
    router: Router = field(default_factory=Router)

    def __post_init__(self) -> None:
        """Name the addresses."""
        self.router.add("POST", "/_sandbox/seed", self.seed)
        self.router.add("POST", "/_sandbox/clock", self.clock)
        self.router.add("POST", "/_sandbox/faults", self.add_faults)
        self.router.add("GET", "/_sandbox/faults", self.show_faults)
        self.router.add("DELETE", "/_sandbox/faults", self.clear_faults)
        self.router.add("POST", "/_sandbox/people", self.people)
        self.router.add("POST", "/_sandbox/webhook", self.set_webhook)
        self.router.add("POST", "/_sandbox/deliveries", self.take_deliveries)
        self.router.add("GET", "/_sandbox/calls", self.show_calls)
        self.router.add("GET", "/_sandbox/ledger", self.ledger)

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Answer one request; a fault in it is a 400 with what is wrong."""
        handler, parts, allowed = self.router.find(asked.method, asked.path)
        if handler is None:
            return json_answer(405 if allowed else 404, {"error": "no such lever"})
        try:
            return handler(asked, now, **parts)
        except Invalid as problem:
            return json_answer(400, {"error": list(problem.messages)})
        except Refusal as refusal:
            return refusal.answer()
        except (ValueError, TypeError, AttributeError, LookupError) as problem:
            return json_answer(400, {"error": [f"{type(problem).__name__}: {problem}"]})

    def seed(self, asked: Asked, now: datetime) -> Answer:
        """POST {"organisation": {...}, "accounts": [...], "contacts": [...], ...}: answers what was made, by name."""
        wishes = asked.json()
        made: dict[str, list[Json]] = {}
        books = self._books(asked)
        if "organisation" in wishes:
            _seed_organisation(books.organisation, wishes["organisation"])
        for name, create in _SEEDED.items():
            rows = wishes.get(name, [])
            batches = [[row] for row in rows] if name == "accounts" else [rows] if rows else []
            for batch in batches:
                answer = create(self._call(asked, now, {_plural(name): batch}))
                if answer.status != 200:
                    return answer
                made.setdefault(name, []).extend(_body(answer)[_plural(name)])
        return json_answer(200, made)

    def clock(self, asked: Asked, now: datetime) -> Answer:
        """POST {"offset_seconds": n} or {"now": iso}: from here on time is shifted."""
        wish = asked.json()
        if "now" in wish:
            at = datetime.fromisoformat(wish["now"])
            self.offset = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
        else:
            self.offset = timedelta(seconds=float(wish["offset_seconds"]))
        return json_answer(200, {"now": (now + self.offset).isoformat()})

    def add_faults(self, asked: Asked, now: datetime) -> Answer:
        """POST a list of faults, or {"faults": [...]}."""
        wish = asked.json()
        rows = wish if isinstance(wish, list) else wish.get("faults", [wish])
        if wrong := self.faults.add(rows):
            return json_answer(400, {"error": wrong})
        return self.show_faults(asked, now)

    def show_faults(self, asked: Asked, now: datetime) -> Answer:
        """GET the faults in force."""
        return json_answer(200, self.faults.shown())

    def clear_faults(self, asked: Asked, now: datetime) -> Answer:
        """DELETE all faults."""
        self.faults.waiting.clear()
        return Answer(204)

    def people(self, asked: Asked, now: datetime) -> Answer:
        """POST one deed, or a list: what a person does inside Xero."""
        wish = asked.json()
        call = self._call(asked, now + self.offset, {})

        def carry_out() -> Answer:
            done = [act(call, self.gate.identity, one) for one in (wish if isinstance(wish, list) else [wish])]
            return json_answer(200, done if isinstance(wish, list) else done[0])

        return self.watched(carry_out, True, now + self.offset)

    def watched(self, carry_out: Callable[[], Answer], writes: bool, now: datetime) -> Answer:
        """Carry something out and queue what the webhook tells of it."""
        if self.deliveries.webhook is None or not writes:
            return carry_out()
        before = stamps(self.gate.tenants)
        try:
            return carry_out()
        finally:
            self.deliveries.note(before, stamps(self.gate.tenants), self.gate.switches, now)

    def set_webhook(self, asked: Asked, now: datetime) -> Answer:
        """POST {"url": ..., "key": ...}: from here on changes are told; the intent to receive comes first."""
        wish = asked.json()
        webhook = Webhook(wish["url"], wish["key"]) if wish.get("url") else None
        self.deliveries.set_up(webhook, now + self.offset)
        return json_answer(200, {"url": webhook.url if webhook else ""})

    def take_deliveries(self, asked: Asked, now: datetime) -> Answer:
        """POST {"again": [numbers]}: those come again later; answers what is due now, for the asker to post."""
        if asked.body:
            self.deliveries.again(asked.json().get("again", ()), now + self.offset)
        due = self.deliveries.take(now + self.offset, self.gate.switches)
        rows = [
            {"number": one.number, "url": one.url, "headers": dict(one.headers), "body": one.body.decode(),
             "well_signed": one.well_signed}
            for one in due
        ]  # fmt: skip
        return json_answer(200, rows)

    def show_calls(self, asked: Asked, now: datetime) -> Answer:
        """GET the number of accounting calls, in all and by method and path (ids as {id})."""
        return json_answer(200, {"total": self.calls.total(), "by": dict(sorted(self.calls.items()))})

    def ledger(self, asked: Asked, now: datetime) -> Answer:
        """GET the rows of the ledger, or with `balances=1` the balance of each account, debit positive."""
        ledger = self._books(asked).ledger
        if asked.param("balances") in ("1", "true", "True"):
            return json_answer(200, ledger.balances())
        rows = [
            {"date": row.date.isoformat(), "account": row.account, "debit": row.debit, "credit": row.credit,
             "document": row.document}
            for row in ledger.rows
        ]  # fmt: skip
        return json_answer(200, rows)

    def _books(self, asked: Asked) -> Books:
        wanted = asked.param("tenant").casefold()
        for books in self.gate.tenants.values():
            if wanted in ("", books.organisation.id, books.organisation.name.casefold()):
                return books
        raise Invalid("no such tenant")

    def _call(self, asked: Asked, now: datetime, body: Json) -> Call:
        gate = self.gate
        inner = replace(asked, query=(), body=json_answer(200, body).body)
        app = gate.identity.app
        return Call(inner, now, self._books(asked), gate.switches, app.client_id, app.name, gate.requests.next())


def _seed_organisation(own: Organisation, wishes: Json) -> None:
    wishes = dict(wishes)
    own.pays_tax = wishes.pop("PaysTax", own.pays_tax)
    own.name = wishes.pop("Name", own.name)
    own.currencies = tuple(wishes.pop("Currencies", own.currencies))
    if "PeriodLockDate" in wishes:
        own.period_lock = read_day(wishes.pop("PeriodLockDate"), "PeriodLockDate")
    if "EndOfYearLockDate" in wishes:
        own.year_lock = read_day(wishes.pop("EndOfYearLockDate"), "EndOfYearLockDate")
    own.fields.update(wishes)


def _plural(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _body(answer: Answer) -> Json:
    return Asked("GET", "", body=answer.body).json()
