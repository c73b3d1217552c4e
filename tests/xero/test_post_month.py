"""Monthly postings of practitioners against the Xero sandbox: commission bills, service fees, their reverses (R25)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sales import INPUTS, line, patient, receipt, sale
from sandbox_office import Office

from engine.core.money import cents
from engine.sdk.contract import Choice, Finished, Hold, Later, Refused
from engine.sdk.records import FeeShare, PractitionerMonth

TERMS = {
    "start_date": "2026-01-01",
    "contractor_rates": {"PR-12": Decimal("0.60")},
    "contractor_contacts": {"PR-12": "Sam Hart Psychology"},
    "agent_fees": {"PR-21": Decimal("0.35")},
    "agent_contacts": {"PR-21": "Lee Podiatry"},
}
ROLES = {"contractor fees": "325", "service fees": "206", "practitioner funds": "845"}
MONTHLY = {**INPUTS, "policy": TERMS, "special accounts": ROLES}
FIRST = "2026-04-01T06:00+11:00"
LAST = "2026-03-31T20:00+11:00"


def month(practitioner, *nets, version=1, before="0.00"):
    shares = tuple(
        FeeShare("1001", str(number), date(2026, 3, 5), Decimal(net), Decimal(net)) for number, net in enumerate(nets)
    )
    at = datetime.fromisoformat("2026-03-20T10:00+11:00")
    first = date(2026, 3, 1)
    return PractitionerMonth(
        f"{practitioner}-202603", version, practitioner, first, shares, shares, Decimal(before), Decimal(before), at
    )


def an_office(policy=None):
    made = Office({**MONTHLY, "policy": {**TERMS, **(policy or {})}})
    made.timezone = "Australia/Sydney"
    for number, name in (("C-12", "Sam Hart Psychology"), ("C-21", "Lee Podiatry")):
        made.contact(f"contact {number}", number, name)
    return made


@pytest.fixture
def office():
    return an_office()


MARCH = month("PR-12", "220.00", "93.35", "198.40", "-22.00")


def test_a_commission_is_a_draft_bill_of_the_month_end(office):
    result = office.post(MARCH, FIRST, "post_commission").result
    assert (result["number"], result["share"]) == ("HXC-PR-12-202603", Decimal("293.85"))
    bill = office.links["halaxy commission PR-12 202603", "bill"].written
    assert (bill["date"], bill["due_date"], bill["status"]) == (date(2026, 3, 31), date(2026, 4, 14), "DRAFT")
    assert bill["lines"][0]["description"] == "60% of 489.75 received March 2026"
    assert bill["lines"][0]["tax_type"] == "EXEMPTEXPENSES"
    assert office.xero.writes == ["PUT /Invoices"]
    assert office.xero.balances() == {}


def test_who_is_registered_adds_gst(office):
    taxed = an_office({"contractor_taxes": {"PR-12": "INPUT"}})
    taxed.post(MARCH, FIRST, "post_commission")
    bill = taxed.links["halaxy commission PR-12 202603", "bill"].written
    assert (bill["total"], bill["tax"]) == (Decimal("323.24"), Decimal("29.39"))


def test_a_month_is_billed_when_it_is_over(office):
    said = office.post(MARCH, "2026-03-31T23:00+11:00", "post_commission")
    assert isinstance(said, Later)
    assert said.at.isoformat() == "2026-04-01T06:00:00+11:00"


def test_a_negative_month_makes_no_bill_and_lowers_the_next(office):
    assert office.post(month("PR-12", "-40.00"), FIRST, "post_commission").result["base"] == Decimal("-40.00")
    assert office.xero.writes == []
    office.post(month("PR-12", "100.00", before="-40.00"), FIRST, "post_commission")
    assert office.links["halaxy commission PR-12 202603", "bill"].written["total"] == Decimal("36.00")


def test_a_draft_follows_what_came_late_and_goes_when_nothing_is_left(office):
    office.post(MARCH, FIRST, "post_commission")
    office.post(month("PR-12", "100.00", version=2), FIRST, "post_commission")
    link = office.links["halaxy commission PR-12 202603", "bill"]
    assert (link.written["total"], link.gone) == (Decimal("60.00"), False)
    office.post(month("PR-12", version=3), FIRST, "post_commission")
    assert office.links["halaxy commission PR-12 202603", "bill"].gone
    assert office.xero.writes == ["PUT /Invoices", "POST /Invoices", "POST /Invoices"]


def test_without_terms_nothing_is_billed(office):
    assert office.post(month("PR-11", "50.00"), FIRST, "post_commission").result == {
        "skipped": "PR-11 is no contractor"
    }
    assert office.post(MARCH, FIRST, "post_service_fee").result == {"skipped": "PR-12 is no agent"}


def test_wrong_terms_are_refused_and_missing_ones_wait():
    wrong = an_office({"contractor_rates": {"PR-12": Decimal(60)}})
    assert isinstance(wrong.post(MARCH, FIRST, "post_commission"), Refused)
    nameless = an_office({"contractor_contacts": {}})
    said = nameless.post(MARCH, FIRST, "post_commission")
    assert isinstance(said, Hold)
    assert said.code == "UNMAPPED"


def collected(office):
    fee = line(1, "Podiatry consult", "Consultation", "100.00", practitioner="PR-21")
    paid = [receipt(9071, "2026-03-19T10:00:00+11:00", "EFTPOS", "100.00")]
    office.contact("halaxy patient 505", "HX-P-505")
    made = sale(1078, "2026-03-19", patient(505, "Ella Sample"), [fee], paid)
    assert isinstance(office.post(made, "2026-03-19T18:00+11:00"), Finished)


def test_an_agent_is_billed_out_of_the_funds_held(office):
    collected(office)
    assert office.xero.balances() == {"612": Decimal("100.00"), "845": Decimal("-100.00")}
    result = office.post(month("PR-21", "100.00"), LAST, "post_service_fee").result
    assert (result["number"], result["total"]) == ("HXS-PR-21-202603", Decimal("38.50"))
    expected = {"206": "-35.00", "612": "100.00", "820": "-3.50", "845": "-61.50"}
    assert {code: str(value) for code, value in office.xero.balances().items()} == expected
    written = office.links["halaxy service fee PR-21 202603", "invoice"].written
    assert written["lines"][0]["description"] == "Service fee 35% of 100.00 plus GST"


def test_a_reversed_month_is_taken_back_and_may_be_posted_again(office):
    collected(office)
    before = office.xero.balances()
    office.post(month("PR-21", "100.00"), LAST, "post_service_fee")
    after = office.xero.balances()
    office.choices = {("REVERSED", "HXS-PR-21-202603"): Choice("reverse", 1)}
    assert office.post(month("PR-21", "100.00"), LAST, "post_service_fee").result["removed"] is True
    assert office.xero.balances() == before
    office.choices = {("REVERSED", "HXS-PR-21-202603"): Choice("post again", 1)}
    assert office.post(month("PR-21", "100.00"), LAST, "post_service_fee").result["number"] == "HXS-PR-21-202603-R1"
    assert office.xero.balances() == after
    office.post(MARCH, FIRST, "post_commission")
    office.choices = {("REVERSED", "HXC-PR-12-202603"): Choice("reverse", 1)}
    office.post(MARCH, FIRST, "post_commission")
    assert office.links["halaxy commission PR-12 202603", "bill"].gone


def test_a_late_receipt_changes_the_invoice_and_its_set_off(office):
    collected(office)
    office.post(month("PR-21", "100.00"), LAST, "post_service_fee")
    office.post(month("PR-21", "100.00", "20.00", version=2), LAST, "post_service_fee")
    assert office.xero.balances()["845"] == Decimal("-53.80")
    assert office.xero.balances()["206"] == Decimal("-42.00")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2_000_000), st.integers(1, 1000))
def test_gst_on_a_share_is_what_xero_computes(pence, rate):
    taxed = an_office({"contractor_taxes": {"PR-12": "INPUT"}, "contractor_rates": {"PR-12": Decimal(rate) / 1000}})
    said = taxed.post(month("PR-12", str(Decimal(pence) / 100)), FIRST, "post_commission")
    assert isinstance(said, Finished)
    if (link := taxed.links.get(("halaxy commission PR-12 202603", "bill"))) is not None:
        share = cents(Decimal(pence) / 100 * Decimal(rate) / 1000)
        assert (link.written["total"], link.written["tax"]) == (share + cents(share / 10), cents(share / 10))
