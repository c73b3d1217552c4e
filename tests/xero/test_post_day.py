"""A day's summary against the Xero sandbox: its documents, its money, and every way in which it changes (AC-68, R24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sales import INPUTS, line, patient, receipt, sale
from sandbox_office import Office

from connectors.xero.posting.modes import summarised
from connectors.xero.posting.policy import read_policy
from engine.sdk.contract import Finished, Hold, Later
from engine.sdk.records import Day, Payer

DAILY = {**INPUTS, "policy": {"start_date": "2026-01-01", "mode": "daily_summary"}}
DAILY |= {"special accounts": {"practitioner funds": "845"}}
ON = "2026-03-17"
EVENING = f"{ON}T23:30+11:00"
NEXT = "2026-03-18T10:30+11:00"
NUMBER = "HXD-CL-1-20260317"


def consult(id, gross, payments=(), **more):
    lines = [line(1, "Standard physio consult", "Consultation", gross)]
    return sale(id, ON, patient(400 + id % 100, "Sam Sample"), lines, payments, **more)


def with_band(id, payments=()):
    band = line(2, "Resistance band", "Product", "22.00", "2.00")
    lines = [line(1, "Initial physio consult", "Consultation", "120.00"), band]
    return sale(id, ON, patient(402, "Ben Sample"), lines, payments)


def eftpos(id, amount, at=f"{ON}T09:00:00+11:00", **more):
    return receipt(id, at, "EFTPOS", amount, **more)


def the_day(*sales, version=1, refunded=(), on=ON, changed=None):
    at = datetime.fromisoformat(changed) if changed else None
    return Day(f"CL-1-{on.replace('-', '')}", version, date.fromisoformat(on), "CL-1", sales, tuple(refunded), at)


def an_office(inputs=DAILY):
    made = Office(inputs)
    made.timezone = "Australia/Sydney"
    made.contact("halaxy summary CL-1", "HX-SUM-CL-1")
    return made


@pytest.fixture
def office():
    return an_office()


SALES = (
    consult(1074, "95.00", [eftpos(9068, "95.00")]),
    with_band(1075, [eftpos(9069, "100.00"), receipt(9070, f"{ON}T10:01:00+11:00", "Cash", "42.00")]),
    consult(1076, "95.00"),
)


def posted(office, day, now):
    said = office.post(day, now, "post_day")
    assert isinstance(said, Finished), said
    return said.result


def sums(office):
    return {code: str(value) for code, value in sorted(office.xero.balances().items())}


def test_a_day_is_one_invoice_and_a_payment_for_each_method(office):
    result = posted(office, the_day(*SALES), EVENING)
    assert (result["number"], result["total"], result["due"]) == (NUMBER, Decimal("332.00"), Decimal("95.00"))
    assert office.xero.writes == ["PUT /Invoices", "PUT /Payments", "PUT /Payments"]
    written = office.links["halaxy day CL-1 20260317", "invoice"].written
    assert [row["description"] for row in written["lines"]] == ["Consultation: 3 invoices", "Product: 1 invoice"]
    assert written["reference"] == "HX 1074-1076"
    expected = {"200": "-310.00", "201": "-20.00", "610": "95.00", "611": "42.00", "612": "195.00", "820": "-2.00"}
    assert sums(office) == expected


def test_a_late_item_is_an_addition_and_a_removal_a_credit_note(office):
    posted(office, the_day(*SALES), EVENING)
    late = (*SALES, consult(1077, "89.00"))
    posted(office, the_day(*late, version=2, changed="2026-03-18T08:00+11:00"), NEXT)
    assert ("halaxy day CL-1 20260317", "A1") in office.links
    gone = (*SALES[:2], replace(SALES[2], deleted=True), late[3])
    posted(office, the_day(*gone, version=3, changed="2026-03-18T09:00+11:00"), NEXT)
    note = office.links["halaxy day CL-1 20260317", "CN1"].written
    assert (note["number"], note["reference"], note["total"]) == (f"{NUMBER}-CN1", "HX 1076 deleted", Decimal("95.00"))
    expected = {"200": "-304.00", "201": "-20.00", "610": "89.00", "611": "42.00", "612": "195.00", "820": "-2.00"}
    assert sums(office) == expected


def test_before_the_day_is_over_nothing_is_posted(office):
    said = office.post(the_day(*SALES), f"{ON}T12:00+11:00", "post_day")
    assert isinstance(said, Later)
    assert said.at.isoformat() == f"{ON}T23:00:00+11:00"


def test_a_second_run_writes_nothing(office):
    posted(office, the_day(*SALES), EVENING)
    before = len(office.xero.writes)
    posted(office, the_day(*SALES), NEXT)
    assert len(office.xero.writes) == before


CHANGES = {
    "all deleted": [replace(item, deleted=True, payments=()) for item in SALES],
    "one moved away": [SALES[0], SALES[1]],
    "a payment deleted": [replace(SALES[0], payments=()), *SALES[1:]],
    "a method corrected": [
        replace(SALES[0], payments=(receipt(9068, f"{ON}T09:00:00+11:00", "Cash", "95.00"),)),
        *SALES[1:],
    ],
    "paid the next day": [
        *SALES[:2],
        replace(SALES[2], payments=(eftpos(9071, "95.00", "2026-03-18T09:00:00+11:00"),)),
    ],
    "paid too much": [*SALES[:2], replace(SALES[2], payments=(eftpos(9071, "100.00"),))],
    "a fee reduced": [*SALES[:2], consult(1076, "80.00")],
    "a discount given": [*SALES[:2], replace(SALES[2], payments=(receipt(9072, EVENING, "Discount", "10.00"),))],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_and_its_reverse_leave_the_books_as_they_were(name, office):
    posted(office, the_day(*SALES), EVENING)
    before = sums(office)
    posted(office, the_day(*CHANGES[name], version=2, changed="2026-03-18T08:00+11:00"), NEXT)
    fresh = an_office()
    fresh.post(the_day(*CHANGES[name]), EVENING, "post_day")
    assert sums(office) == sums(fresh)
    posted(office, the_day(*SALES, version=3, changed="2026-03-18T08:30+11:00"), NEXT)
    assert sums(office) == before


def test_while_nothing_is_paid_the_invoice_is_changed_in_place(office):
    posted(office, the_day(SALES[2]), EVENING)
    posted(office, the_day(SALES[2], consult(1077, "89.00"), version=2, changed="2026-03-18T08:00+11:00"), NEXT)
    assert office.xero.writes == ["PUT /Invoices", "POST /Invoices"]
    posted(office, the_day(replace(SALES[2], deleted=True), version=3, changed="2026-03-18T08:00+11:00"), NEXT)
    assert sums(office) == {}


def refund(id, amount, on="2026-03-20"):
    return eftpos(id, amount, f"{on}T10:00:00+11:00", kind="refund")


def cancelled(item, amount):
    return replace(item, lines=(), totals=consult(1, "0.00").totals, payments=(*item.payments, refund(9090, amount)))


def on_the_20th(*sales, version=1):
    return the_day(refunded=sales, version=version, on="2026-03-20", changed="2026-03-20T10:00+11:00")


LATER = "2026-03-20T23:30+11:00"


def test_a_refund_is_a_credit_note_of_its_own_day(office):
    posted(office, the_day(*SALES), EVENING)
    paid_back = cancelled(SALES[0], "95.00")
    changed = the_day(paid_back, *SALES[1:], version=2, changed="2026-03-20T10:00+11:00")
    assert isinstance(office.post(changed, LATER, "post_day"), Later)
    posted(office, on_the_20th(paid_back), LATER)
    note = office.links["halaxy day CL-1 20260320", "CN1"].written
    assert (note["number"], note["date"].isoformat()) == ("HXD-CL-1-20260320-CN1", "2026-03-20")
    posted(office, changed, LATER)
    assert sums(office)["612"] == "100.00"
    assert sums(office)["200"] == "-215.00"
    posted(office, on_the_20th(SALES[0], version=2), LATER)
    posted(office, the_day(*SALES, version=3, changed="2026-03-20T10:00+11:00"), LATER)
    assert (sums(office)["612"], sums(office)["200"], sums(office)["610"]) == ("195.00", "-310.00", "95.00")


def test_a_refunded_fee_that_is_still_owed_is_asked_for_again(office):
    posted(office, the_day(*SALES), EVENING)
    owed = replace(SALES[0], payments=(*SALES[0].payments, refund(9090, "95.00")))
    posted(office, on_the_20th(owed), LATER)
    posted(office, the_day(owed, *SALES[1:], version=2, changed="2026-03-20T10:00+11:00"), LATER)
    assert (sums(office)["200"], sums(office)["610"], sums(office)["612"]) == ("-310.00", "190.00", "100.00")


def test_a_fee_cut_before_its_refund_goes_back_from_the_credit(office):
    posted(office, the_day(*SALES), EVENING)
    cut = replace(SALES[0], lines=(), totals=consult(1, "0.00").totals)
    posted(office, the_day(cut, *SALES[1:], version=2, changed="2026-03-18T08:00+11:00"), NEXT)
    assert (sums(office)["200"], "610" in sums(office)) == ("-215.00", False)
    posted(office, on_the_20th(cancelled(SALES[0], "95.00")), LATER)
    assert (sums(office)["200"], sums(office)["612"], sums(office)["610"]) == ("-215.00", "100.00", "95.00")


def test_a_sum_cannot_tell_of_everything():
    policy = read_policy(DAILY)
    assert summarised(SALES[0], policy)
    for other in (
        replace(SALES[0], payer=Payer("organisation", "71", "Safe Insurance")),
        replace(SALES[0], payments=(eftpos(1, "5.00", kind="deposit_applied"),)),
        replace(SALES[0], payments=(eftpos(1, "5.00", "2026-03-01T09:00:00+11:00"),)),
        replace(SALES[0], status="write-off"),
    ):
        assert not summarised(other, policy)


def test_the_posting_of_a_sale_leaves_it_to_its_day(office):
    assert office.post(SALES[0], EVENING).result == {"skipped": "it is part of the summary of its day"}


def test_a_sale_that_becomes_more_than_a_sum_can_tell_moves_to_its_own_invoice(office):
    posted(office, the_day(*SALES), EVENING)
    insured = replace(SALES[2], payer=Payer("organisation", "71", "Safe Insurance"), version=2)
    assert isinstance(office.post(insured, NEXT), Later)
    posted(office, the_day(*SALES[:2], insured, version=2, changed="2026-03-18T08:00+11:00"), NEXT)
    assert isinstance(office.post(insured, NEXT), Finished)
    assert sums(office)["610"] == "95.00"


def test_an_invoice_that_a_person_voided_waits(office):
    posted(office, the_day(SALES[2]), EVENING)
    id = office.links["halaxy day CL-1 20260317", "invoice"].id
    call = {"InvoiceID": id, "Status": "VOIDED"}
    office.xero.lever("POST", "/_sandbox/people", {"do": "void", "invoice": NUMBER, **call})
    said = office.post(the_day(*SALES, version=2, changed="2026-03-18T08:00+11:00"), NEXT, "post_day")
    assert isinstance(said, Hold)
    assert said.code == "XERO_CHANGED"


FEES = st.lists(
    st.tuples(st.integers(1, 40_000), st.booleans(), st.sampled_from(("Consultation", "Product", "Report"))),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(FEES)
def test_a_day_has_the_sums_of_its_invoices_to_the_cent(fees):
    sales = []
    for number, (pence, taxed, category) in enumerate(fees):
        gross = Decimal(pence) / 100
        tax = (gross / 11).quantize(Decimal("0.01")) if taxed else Decimal("0.00")
        lines = [line(1, "A fee", category, str(gross), str(tax))]
        sales.append(sale(2000 + number, ON, patient(number, "Sam Sample"), lines))
    summary, single = an_office(), an_office(INPUTS)
    posted(summary, the_day(*sales), EVENING)
    for item in sales:
        single.contact(f"halaxy patient {item.payer.id}", f"HX-P-{item.payer.id}")
        assert isinstance(single.post(item, EVENING), Finished)
    assert sums(summary) == sums(single)


STATES = st.lists(
    st.tuples(
        st.integers(1, 30_000),
        st.booleans(),
        st.sampled_from((0, 50, 100, 120)),
        st.sampled_from(("EFTPOS", "Cash")),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def state(rows):
    """Sales of a day: fee, taxed or not, paid to so many per cent, by a method, deleted or not."""
    for number, (pence, taxed, paid, method, deleted) in enumerate(rows):
        gross = Decimal(pence) / 100
        tax = (gross / 11).quantize(Decimal("0.01")) if taxed else Decimal("0.00")
        came = (gross * paid / 100).quantize(Decimal("0.01"))
        money = [receipt(9000 + number, f"{ON}T09:00:00+11:00", method, str(came))] if came and not deleted else []
        lines = [line(1, "A fee", "Product" if taxed else "Consultation", str(gross), str(tax))]
        yield sale(2000 + number, ON, patient(number, "Sam Sample"), lines, money, deleted=deleted)


@settings(max_examples=20, deadline=None)
@given(STATES, STATES, STATES)
def test_whatever_changes_the_books_are_those_of_the_last_state(first, second, third):
    office, fresh = an_office(), an_office()
    for version, rows in enumerate((first, second, third), 1):
        changed = "2026-03-18T08:00+11:00" if version > 1 else None
        posted(office, the_day(*state(rows), version=version, changed=changed), EVENING if version == 1 else NEXT)
    posted(fresh, the_day(*state(third)), EVENING)
    assert sums(office) == sums(fresh)
