"""Deposits, what is drawn from them, dishonours, claims and the facts of reports, through the polls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from halaxy_fake import Practice, a_line, a_patient, a_payment, a_role, an_invoice, ref

from connectors.halaxy.report_facts import InvoiceFacts, PaymentFacts
from engine.core.values import dumps, loads
from engine.sdk.contract import Found, Record
from engine.sdk.records import Deposit, Receipt, Sale, from_plain, to_plain

Json = Any
D = Decimal
DAY_MINUTES = 24 * 60


@pytest.fixture
def practice() -> Practice:
    """A practice with one open invoice of 120.00 that has been read."""
    made = Practice()
    for row in (a_patient(), a_role(), an_invoice(), a_line()):
        made.halaxy.put(row)
    for name in ("reference", "people", "sales", "open_invoices"):
        made.poll(name)
    made.later(30)
    return made


def entry(id: str, amount: Json, invoice: str | None = None, type: str = "Deposit", **other: Json) -> Json:
    return a_payment(id, amount, invoice, **{"type": {"text": type}, "created": "2026-03-02T12:00:00+11:00", **other})


def deposit(practice: Practice, id: str) -> Deposit:
    record = practice.shelf.get("deposit", id)
    assert record is not None
    return from_plain(Deposit, record.data)


def sale(practice: Practice, id: str = "1001") -> Sale:
    record = practice.shelf.get("sale", id)
    assert record is not None
    return from_plain(Sale, record.data)


def told(found: Found) -> dict[str, str]:
    return {event.key: event.type.removeprefix("halaxy.") for event in found.events}


def run(practice: Practice, *rows: Json, poll: str = "sales") -> dict[str, str]:
    for row in rows:
        practice.halaxy.put(row)
    found = told(practice.poll(poll))
    practice.later(30)
    return found


def test_a_deposit_is_kept_with_its_payer_place_and_day(practice: Practice) -> None:
    keys = run(
        practice, entry("9023", 100, method={"text": "EFTPOS"}, assignedOrganization=ref("Organization", "CL-7"))
    )
    assert {"pay:9023:deposit": "deposit.received", "dep:9023:changed:v1": "deposit.changed"} == keys
    found = deposit(practice, "9023")
    assert ("patient", "501", "Sample One") == (found.payer.kind, found.payer.id, found.payer.name)
    assert (1, False, date(2026, 3, 2), "EFTPOS", D("100.00"), "CL-7", None) == (
        found.version, found.deleted, found.date, found.method, found.amount, found.location, found.invoice,
    )  # fmt: skip
    assert found.changed_at is not None
    assert {} == run(practice)


def test_an_organisation_leaves_a_deposit_and_is_read_by_id(practice: Practice) -> None:
    practice.halaxy.put({"resourceType": "Organization", "id": "OG-3", "name": "Example Insurer"})
    run(practice, entry("9023", 100, subject=ref("Organization", "OG-3")))
    assert ("organisation", "Example Insurer") == (
        deposit(practice, "9023").payer.kind,
        deposit(practice, "9023").payer.name,
    )


def test_a_new_name_of_the_payer_makes_a_new_version(practice: Practice) -> None:
    run(practice, entry("9023", 100))
    keys = run(practice, a_patient(family="Married"), poll="people")
    assert keys["dep:9023:changed:v2"] == "deposit.changed"
    assert "Sample Married" == deposit(practice, "9023").payer.name


def test_uses_name_their_deposits_and_one_over_several_is_split(practice: Practice) -> None:
    run(practice, entry("9001", 70), entry("9002", 60, created="2026-03-02T13:00:00+11:00"))
    used = entry("9009", 120, "1001", created="2026-03-02T14:00:00+11:00")
    keys = run(practice, used, an_invoice(paid=120))
    assert {"9009", "9009.2"} == {key.split(":")[1] for key, kind in keys.items() if kind == "deposit.applied"}
    parts = [(item.id, item.deposit, item.amount) for item in sale(practice).payments]
    assert [("9009", "9001", D("70.00")), ("9009.2", "9002", D("50.00"))] == parts
    practice.halaxy.drop("PaymentTransaction", "9009")
    keys = run(practice, an_invoice())
    assert ((), "payment.removed") == (sale(practice).payments, keys["pay:9009.2:removed"])


def test_a_deposit_that_comes_after_its_use_was_read_is_named_all_the_same(practice: Practice) -> None:
    run(practice, entry("9009", 120, "1001", created="2026-03-02T14:00:00+11:00"), an_invoice(paid=120))
    assert [None] == [item.deposit for item in sale(practice).payments]
    keys = run(practice, entry("9001", 120))
    assert {"inv:1001:changed:v3", "dep:9001:changed:v1"} <= set(keys)
    assert ["9001"] == [item.deposit for item in sale(practice).payments]


def test_money_given_back_of_a_deposit_stands_on_it_by_its_own_method(practice: Practice) -> None:
    run(practice, entry("9026", 200), entry("9027", 150, "1001", created="2026-03-02T14:00:00+11:00"))
    back = entry("9028", -50, type="Refund", method={"text": "Direct Deposit"}, created="2026-03-03T10:00:00+11:00")
    keys = run(practice, back)
    assert {"pay:9028:refunded", "dep:9026:refunded:9028", "dep:9026:changed:v2"} == set(keys)
    (receipt,) = deposit(practice, "9026").refunds
    assert ("9028", "refund", "Direct Deposit", D("50.00"), "9026") == (
        receipt.id, receipt.kind, receipt.method, receipt.amount, receipt.deposit,
    )  # fmt: skip
    practice.halaxy.drop("PaymentTransaction", "9028")
    keys = run(practice, poll="open_invoices")
    assert {"pay:9028:removed", "dep:9026:changed:v3"} == set(keys)
    assert () == deposit(practice, "9026").refunds


@pytest.mark.parametrize("days", [0, 200])
def test_a_deleted_deposit_is_found_and_a_restored_one_comes_back(practice: Practice, days: int) -> None:
    run(practice, entry("9073", 80))
    practice.later(days * DAY_MINUTES)
    row = practice.halaxy.rows["PaymentTransaction"].pop("9073")
    keys = run(practice, poll="open_invoices")
    assert "deposit.removed" == keys["dep:9073:removed:v2"]
    assert deposit(practice, "9073").deleted
    assert {} == {key: kind for key, kind in run(practice, poll="open_invoices").items() if "overdue" not in kind}
    practice.later(DAY_MINUTES)
    practice.halaxy.rows["PaymentTransaction"]["9073"] = row
    assert "dep:9073:changed:v3" in run(practice, poll="open_invoices")
    assert (False, D("80.00")) == (deposit(practice, "9073").deleted, deposit(practice, "9073").amount)


@pytest.mark.parametrize("twin", [False, True], ids=["one entry", "two entries"])
def test_a_payment_turned_into_credit_is_one_deposit_under_its_own_id(practice: Practice, twin: bool) -> None:
    run(practice, a_payment("9053", 120), an_invoice(paid=120))
    turned = entry("9054", -120, "1001", type="Refund", method={"text": "Deposit"})
    keys = run(practice, turned, *([entry("9055", 120)] if twin else []), an_invoice())
    assert not {"pay:9055:deposit", "dep:9055:changed:v1"} & set(keys)
    assert ["9054"] == [record.id for record in practice.shelf.all("deposit")]
    found = deposit(practice, "9054")
    assert ("1001", D("120.00"), "CL-1") == (found.invoice, found.amount, found.location)
    assert ["9053", "9054"] == [item.deposit or item.id for item in sale(practice).payments]
    practice.halaxy.put(a_line("2", "1002", 95))
    used = entry(
        "9056",
        95,
        "1002",
        created="2026-03-05T12:00:00+11:00",
        **({"deposit": ref("PaymentTransaction", "9055")} if twin else {}),
    )
    run(practice, used, an_invoice("1002", 95, 95))
    assert ["9054"] == [item.deposit for item in sale(practice, "1002").payments]


def test_a_payment_that_is_removed_goes_and_a_restored_one_comes_back_whenever(practice: Practice) -> None:
    run(practice, a_payment("9001", 120), an_invoice(paid=120))
    row = practice.halaxy.rows["PaymentTransaction"].pop("9001")
    run(practice, an_invoice())
    assert () == sale(practice).payments
    practice.later(20 * DAY_MINUTES)
    practice.halaxy.rows["PaymentTransaction"]["9001"] = row
    run(practice, an_invoice(paid=120))
    assert ["9001"] == [item.id for item in sale(practice).payments]


@pytest.mark.parametrize("word", ["Dishonoured", "Chargeback", "Reversed"])
@pytest.mark.parametrize("field", ["type", "status"])
def test_a_payment_that_turns_keeps_id_and_day_and_becomes_a_dishonour(
    practice: Practice, word: str, field: str
) -> None:
    run(practice, a_payment("9033", 120), an_invoice(paid=120))
    keys = run(practice, a_payment("9033", 120, **{field: {"text": word}}), an_invoice())
    assert "payment.refunded" == keys["pay:9033:refunded"]
    (found,) = sale(practice).payments
    assert ("9033", "dishonour", date(2026, 3, 2), None) == (found.id, found.kind, found.date, found.reverses)


@pytest.mark.parametrize("named", [False, True])
def test_a_dishonour_entered_apart_names_the_payment_that_came_back(practice: Practice, named: bool) -> None:
    def paid(id: str, amount: int, method: str, day: int) -> Json:
        return a_payment(id, amount, method={"text": method}, created=f"2026-03-0{day}T10:00:00+11:00")

    others = [
        paid("1", 60, "Cash", 2),
        paid("2", 60, "EFTPOS", 3),
        paid("3", 60, "EFTPOS", 4),
        paid("4", 60, "EFTPOS", 6),
    ]
    back = {**paid("5", -60, "EFTPOS", 5), "type": {"text": "Dishonoured"}}
    if named:
        back["original"] = ref("PaymentTransaction", "1")
    run(practice, *others, back, an_invoice(paid=180))
    found = {item.id: item.reverses for item in sale(practice).payments if item.kind == "dishonour"}
    assert {"5": "1" if named else "3"} == found


def coverage(id: str, number: str, payer: str, **other: Json) -> Json:
    billed = {
        "url": "https://terminology.halaxy.com/StructureDefinition/coverage-organisation",
        "valueReference": ref("Organization", payer),
    }
    row = {
        "resourceType": "Coverage",
        "id": id,
        "beneficiary": ref("Patient", "501"),
        "subscriberId": number,
        "status": "active",
    }
    return {**row, "extension": [billed], **other}


def test_an_insurers_invoice_has_the_claim_number_of_the_patients_coverage(practice: Practice) -> None:
    third = {"recipient": ref("Organization", "OG-3"), "payorType": "organization", "title": "Example Insurer"}
    run(practice, an_invoice("1003", 120, **third), a_line("3", "1003"))
    assert sale(practice, "1003").claim is None
    rows = [
        coverage("1", "OLD-1", "OG-3", period={"start": "2025-01-01", "end": "2025-12-31"}),
        coverage("2", "WC-88213", "OG-3", period={"start": "2026-01-01"}),
        coverage("3", "OTHER", "OG-4"),
    ]
    keys = run(practice, *rows, poll="people")
    assert ["inv:1003:changed:v2"] == [key for key in keys if ":changed:" in key]
    assert ("WC-88213", None) == (sale(practice, "1003").claim, sale(practice).claim)


def reported(practice: Practice, kind: str, facts: Any) -> None:
    old = practice.shelf.get(kind, facts.id)
    record = Record(kind, facts.id, old.version + 1 if old else 1, to_plain(facts))
    practice.shelf.kept[kind, facts.id] = replace(record, data=loads(dumps(record.data)))


def test_what_reports_tell_is_laid_over_the_sale_and_makes_a_new_version(practice: Practice) -> None:
    run(practice, a_payment("9008", 120), an_invoice(paid=120))
    reported(practice, "invoice facts", InvoiceFacts("1001", due_reported=date(2026, 4, 1), claim="WC-1"))
    reported(practice, "payment facts", PaymentFacts("9008", fee=D("3.28"), surcharge=D("1.10"), pay_run="77"))
    assert "inv:1001:changed:v3" in run(practice)
    assert 3 == len(practice.halaxy.asked)
    told = date(2026, 4, 1)
    assert (told, told, "WC-1") == (sale(practice).due, sale(practice).due_reported, sale(practice).claim)
    assert (D("3.28"), D("1.10"), "77") == (paid(practice).fee, paid(practice).surcharge, paid(practice).pay_run)
    assert {} == run(practice)
    reported(practice, "payment facts", PaymentFacts("9008", dispute_fee=D("30.00"), reverses="9001"))
    assert "inv:1001:changed:v4" in run(practice)
    assert (None, D("30.00"), "9001") == (paid(practice).fee, paid(practice).dispute_fee, paid(practice).reverses)
    reported(practice, "invoice facts", InvoiceFacts("1001"))
    assert "inv:1001:changed:v5" in run(practice)
    assert (date(2026, 3, 9), None, None) == (sale(practice).due, sale(practice).due_reported, sale(practice).claim)


def test_a_report_that_comes_before_its_payment_is_not_lost(practice: Practice) -> None:
    reported(practice, "payment facts", PaymentFacts("9008", fee=D("3.28")))
    assert {} == run(practice)
    run(practice, a_payment("9008", 120), an_invoice(paid=120))
    assert D("3.28") == paid(practice).fee


def paid(practice: Practice) -> Receipt:
    (found,) = sale(practice).payments
    return found


def test_a_deposit_from_before_the_start_that_is_used_up_is_no_news() -> None:
    practice = Practice(settings={"start_date": "2026-03-01"})
    old = "2026-01-10T12:00:00+11:00"
    practice.halaxy.put(an_invoice("900", 50, 50, date="2026-01-11"))
    for row in (
        entry("1", 50, created=old), entry("2", 80, created=old),
        entry("3", 50, "900", created="2026-01-11T12:00:00+11:00"),
        an_invoice(paid=80), a_line(base=120), entry("4", 80, "1001", created="2026-03-01T12:00:00+11:00"),
    ):  # fmt: skip
        practice.halaxy.put(row)
    keys = told(practice.poll())
    assert ["dep:2:changed:v1"] == [key for key in keys if key.startswith("dep:")]
    assert practice.shelf.get("sale", "900") is None
    assert ["2"] == [item.deposit for item in sale(practice).payments]
