"""The connector against the sandbox: sign-in, polls over a month and the days after, sums to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from halaxy_fake import MemoryShelf

from connectors.halaxy.capability import sales
from connectors.halaxy.connector import CONNECTOR
from connectors.halaxy.sandbox.app import HalaxySandbox
from engine.core.money import total
from engine.errors import NoAnswer, NotSent
from engine.sdk.contract import Door, DoorNeeds, Found, PollTime, Response, read_json, write_json
from engine.sdk.records import Sale, from_plain
from engine.sdk.sandbox import Asked

Json = Any
FIRST = date(2026, 3, 1)


@dataclass
class Clinic:
    """Sandbox, door and shelf on one clock; `sync` runs every poll as the runtime would."""

    sandbox: HalaxySandbox = field(default_factory=HalaxySandbox)
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    now: datetime = datetime(2026, 4, 1, 2, tzinfo=UTC)
    vault: dict[str, str | None] = field(default_factory=lambda: {"client_secret": "sandbox-secret"})
    calls: int = 0

    def settings(self) -> dict[str, Json]:
        return {"address": "http://halaxy.test/main", "client_id": "sandbox-client", "start_date": "2026-03-01"}

    def get(self, name: str) -> str | None:
        return self.vault.get(name)

    def put(self, values: Mapping[str, str | None]) -> None:
        self.vault.update(values)

    def lease(self, name: str, seconds: float) -> bool:
        return True

    def release(self, name: str) -> None:
        return None

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        self.calls += 1
        parts = urlsplit(url)
        lower = {name.lower(): value for name, value in headers.items()}
        asked = Asked(method, parts.path, tuple(parse_qsl(parts.query, keep_blank_values=True)), lower, body)
        answer = self.sandbox.handle(asked, self.now)
        if answer.drop:
            raise NoAnswer("no answer")
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)

    def staff(self, name: str, value: Json = None, method: str = "POST") -> Json:
        answer = self.sandbox.handle(Asked(method, f"/_sandbox/{name}", (), {}, write_json(value or {})), self.now)
        assert answer.status == 200, answer.body
        return read_json(answer.body)

    def try_staff(self, action: Json) -> bool:
        """One action; False where Halaxy would refuse it."""
        asked = Asked("POST", "/_sandbox/staff", (), {}, write_json(action))
        return self.sandbox.handle(asked, self.now).status == 200

    def door(self) -> Door:
        assert CONNECTOR.open_door is not None
        return CONNECTOR.open_door(DoorNeeds(self.settings(), self, self, lambda: self.now))

    def drive(self, flow: Any) -> Json:
        door = self.door()
        try:
            request = next(flow)
            while True:
                request = flow.send(door.send(request, lambda: True, 30.0))
        except StopIteration as end:
            return end.value

    def time(self) -> PollTime:
        return PollTime(self.now, "Australia/Sydney", self.settings())

    def poll(self, name: str) -> Found:
        run = next(poll.run for poll in CONNECTOR.polls if poll.name == name)
        found: Found = self.drive(run(self.shelf.cursors.get(name), self.shelf, self.time()))
        self.shelf.save(name, found)
        return found

    def sync(self) -> list[Any]:
        return [event for poll in CONNECTOR.polls for event in self.poll(poll.name).events]

    def sales(self) -> list[Sale]:
        return [from_plain(Sale, record.data) for record in self.shelf.all("sale")]

    def sums(self) -> Json:
        """What the sandbox's own sums would be, from our snapshots."""
        today = (self.now + timedelta(hours=10)).date()
        found = [
            sale for sale in self.sales()
            if sale.kind == "invoice" and not sale.deleted and sale.totals.gross > 0 and sale.date <= today
        ]  # fmt: skip
        paid = [item.amount for sale in found for item in sale.payments if item.kind == "payment"]
        gross = total([sale.totals.gross for sale in found])
        return len(found), gross, total([sale.totals.tax for sale in found]), len(paid), total(paid)

    def theirs(self) -> Json:
        given = self.staff("totals", method="GET")
        money = [Decimal(given[name]) for name in ("invoiced", "tax", "paid")]
        return given["invoices"], money[0], money[1], given["payments"], money[2]


def a_month(invoices: int = 60, seed: int = 1, **switches: Json) -> Clinic:
    clinic = Clinic()
    clinic.staff("switches", switches)
    clinic.staff("seed", {"month": {"first": FIRST, "invoices": invoices, "seed": seed, "discounts": 3}})
    return clinic


SHAPES = [
    {}, {"docs_array_shapes": True, "coded_as": "array"}, {"reference_style": "relative", "coded_as": "string"},
    {"number_as_text": True, "line_code_as": "object", "payor_type_as": "object"}, {"unsorted": True, "links_style": "none"},
    {"tax_component": "line"}, {"base_includes_tax": True}, {"base_includes_tax": True, "tax_component": "line"},
    {"links_style": "seen", "entry_extras": True, "empty_entry_present": False}, {"meta_present": True, "identifier_present": True},
    {"null_line_status": "text"}, {"null_line_status": "absent", "time_style": "utc"}, {"discount_counts_in_paid": False},
    {"deleted_invoice": "status"}, {"total_filter_names": "camel"}, {"refund_sign": "positive"},
]  # fmt: skip


@pytest.mark.parametrize("switches", SHAPES, ids=[",".join(shape) or "as guessed" for shape in SHAPES])
def test_a_month_comes_over_to_the_cent_whatever_the_shapes(switches: Json) -> None:
    clinic = a_month(**switches)
    events = clinic.sync()
    assert clinic.theirs() == clinic.sums()
    assert len({event.key for event in events}) == len(events)
    for sale in clinic.sales():
        live = [line for line in sale.lines if line.status in ("active", "locked")]
        assert sale.totals.gross == total([line.gross for line in live])
        assert sale.totals.tax == total([line.tax or Decimal(0) for line in live])
        assert sale.location
        assert all(line.category for line in live)
    clinic.now += timedelta(minutes=10)
    assert [] == clinic.sync()


def test_three_hundred_invoices_cost_few_calls() -> None:
    clinic = a_month(320)
    clinic.sync()
    assert clinic.theirs() == clinic.sums()
    assert clinic.calls <= 45
    clinic.calls, clinic.now = 0, clinic.now + timedelta(minutes=10)
    clinic.poll("sales")
    assert clinic.calls == 3


@pytest.mark.parametrize("switches", [
    {}, {"moves_on_payment": False, "moves_on_payment_delete": False, "moves_on_payment_edit": False},
    {"moves_on_line_change": False, "moves_on_line_void": False, "moves_on_write_off": False, "moves_on_payer_change": False},
    {"deleted_invoice": "status", "write_off_lowers_totals": False}, {"discount_counts_in_paid": False, "unsorted": True},
], ids=["as guessed", "payments move nothing", "lines move nothing", "status deleted", "discounts apart"])  # fmt: skip
def test_the_days_after_come_over_too_and_nothing_is_told_twice(switches: Json) -> None:
    clinic = a_month(40, seed=3, **switches)
    told = [event.key for event in clinic.sync()]
    for day in range(6):
        clinic.now += timedelta(days=1)
        clinic.staff("next_day", {"seed": day})
        clinic.now += timedelta(minutes=5)
        told += [event.key for event in clinic.sync()]
        assert clinic.theirs() == clinic.sums(), f"day {day}"
    told = [key for key in told if ":overdue:" not in key]
    assert len(told) == len(set(told))


def test_a_fresh_reading_of_the_period_agrees_with_the_snapshots() -> None:
    clinic = a_month(40, seed=5)
    clinic.sync()
    clinic.staff("next_day", {"seed": 2})
    fresh = clinic.drive(sales(FIRST, date(2026, 3, 31), clinic.shelf, clinic.time()))
    unaided = clinic.drive(sales(FIRST, date(2026, 3, 31), MemoryShelf(), clinic.time()))
    assert [(sale.id, sale.totals, sale.payments) for sale in unaided] == [(s.id, s.totals, s.payments) for s in fresh]
    clinic.now += timedelta(minutes=1)
    clinic.sync()
    kept = {
        sale.id: sale
        for sale in clinic.sales()
        if sale.kind == "invoice" and not sale.deleted and sale.date <= date(2026, 3, 31)
    }
    assert {sale.id: sale.payments for sale in fresh} == {id: sale.payments for id, sale in kept.items()}


@pytest.mark.parametrize(
    "deed", ["429", "500", "503", "drop", "html", "truncate", "repeat page", "missing page", "expire tokens"]
)
def test_a_fault_delays_a_poll_but_loses_and_doubles_nothing(deed: str) -> None:
    clinic = a_month(230, seed=7)
    clinic.staff("faults", [{"do": deed, "match": {"method": "GET", "nth": nth}} for nth in (2, 5, 9, 14)])
    told: list[str] = []
    for poll in CONNECTOR.polls:
        for _ in range(6):
            try:
                told += [event.key for event in clinic.poll(poll.name).events]
                break
            except (NoAnswer, NotSent):
                clinic.now += timedelta(minutes=1)
        else:
            pytest.fail(f"{poll.name} never came home")
    assert clinic.theirs() == clinic.sums()
    assert len(told) == len(set(told))


STEPS = [
    # what staff does, then the event that must come of it; `P` and `L` are the last payment and line
    ({"do": "record_payment", "invoice": "1", "amount": "40.00", "method": "EFTPOS"}, "payment.recorded"),
    ({"do": "edit_payment", "payment": "P", "amount": "50.00"}, "payment.updated"),
    ({"do": "refund", "payment": "P", "amount": "20.00"}, "payment.refunded"),
    ({"do": "discount", "invoice": "1", "amount": "10.00"}, "discount.applied"),
    ({"do": "fail_payment", "invoice": "1"}, "payment.failed"),
    ({"do": "add_line", "invoice": "1", "line": {"description": "Standard consultation", "gross": "80.00"}}, "invoice.amount_changed"),
    ({"do": "void_line", "line": "L"}, "invoice.line_voided"),
    ({"do": "restore_line", "line": "L"}, "invoice.amount_changed"),
    ({"do": "write_off_line", "line": "L"}, "invoice.written_off"),
    ({"do": "undo_write_off", "line": "L"}, "invoice.updated"),
    ({"do": "move_line", "line": "L", "to": "2"}, "invoice.line_removed"),
    ({"do": "delete_line", "line": "L"}, "invoice.line_removed"),
    ({"do": "issue_invoice", "invoice": "2"}, "invoice.issued"),
    ({"do": "issue_invoice", "invoice": "2", "issued": False}, "invoice.updated"),
    ({"do": "record_payment", "invoice": "2", "method": "Cash"}, "invoice.paid"),
    ({"do": "delete_payment", "payment": "P"}, "payment.removed"),
    ({"do": "take_deposit", "subject": "70", "amount": "30.00"}, "deposit.received"),
    ({"do": "use_deposit", "deposit": "P", "invoice": "2"}, "deposit.applied"),
    ({"do": "change_payer", "invoice": "1", "payer": "Patient/71"}, "invoice.payer_changed"),
    ({"do": "edit_patient", "patient": "71", "family": "Renamed"}, "patient.updated"),
    ({"do": "write_off_invoice", "invoice": "1"}, "invoice.written_off"),
    ({"do": "delete_invoice", "invoice": "3"}, "invoice.deleted"),
    ({"do": "restore_invoice", "invoice": "3"}, "invoice.updated"),
]  # fmt: skip


def a_small_practice(**switches: Json) -> Clinic:
    clinic = Clinic()
    clinic.staff("switches", switches)
    consult = {"description": "Standard consultation", "gross": "100.00", "tax": "0.00"}
    band = {"description": "Band", "gross": "22.00", "taxable": True}
    invoices = [
        {"id": id, "payer": "Patient/70", "date": "2026-03-30", "lines": [consult, band], "created_at": "2026-03-30T09:00:00+11:00"}
        for id in "123"
    ]  # fmt: skip
    people = [{"id": "70", "given": "Sample", "family": "One"}, {"id": "71", "given": "Sample", "family": "Two"}]
    clinic.staff("seed", {"practice": {"patients": people, "invoices": invoices}})
    return clinic


def ids_done(done: Json, action: Json, known: dict[str, str]) -> dict[str, str]:
    """The ids that later steps mean by `P` and `L`."""
    made = dict(known)
    if action["do"] in ("record_payment", "take_deposit"):
        made["P"] = done[0]["payment"]
    if action["do"] == "add_line":
        made["L"] = done[0]["line"]
    return made


@pytest.mark.parametrize("switches", [
    {}, {"docs_array_shapes": True, "coded_as": "string", "number_as_text": True, "applied_deposit": "method"},
    {"refund_sign": "positive", "discount_counts_in_paid": False, "write_off_lowers_totals": False, "deleted_invoice": "status"},
    dict.fromkeys(("moves_on_payment", "moves_on_payment_edit", "moves_on_payment_delete", "moves_on_line_change", "moves_on_line_void", "moves_on_write_off", "moves_on_payer_change"), False),
], ids=["as guessed", "other shapes", "other money", "nothing moves"])  # fmt: skip
def test_every_deed_of_the_staff_is_told_and_leaves_both_readings_equal(switches: Json) -> None:
    clinic = a_small_practice(**switches)
    clinic.sync()
    known: dict[str, str] = {}
    for action, expected in STEPS:
        clinic.now += timedelta(hours=1)
        wanted = {name: known.get(str(value), value) for name, value in action.items()}
        known = ids_done(clinic.staff("staff", wanted)["done"], action, known)
        clinic.now += timedelta(minutes=1)
        told = [event.type.removeprefix("halaxy.") for event in clinic.sync()]
        assert expected in told, (action, told)
        fresh = clinic.drive(sales(FIRST, date(2026, 4, 30), MemoryShelf(), clinic.time()))
        kept = [sale for sale in clinic.sales() if not sale.deleted]
        assert {sale.id: (sale.totals, sale.lines, sale.payments, sale.payer) for sale in fresh} == {
            sale.id: (sale.totals, sale.lines, sale.payments, sale.payer) for sale in kept
        }, action
        if switches.get(
            "write_off_lowers_totals", True
        ):  # else the header still counts what the sandbox's sums leave out
            assert clinic.theirs()[:3] == clinic.sums()[:3], action
    clinic.now += timedelta(minutes=10)
    assert [] == [event for event in clinic.sync() if event.type != "halaxy.invoice.overdue"]
