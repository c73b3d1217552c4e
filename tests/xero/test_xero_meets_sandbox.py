"""The connector against the sandbox: the cases end in the ledger that they name, and both sides agree to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sales import INPUTS, key_of, line, next_version, number_of, patient, receipt, sale
from sandbox_office import NOW, Office
from small_xero import outcome_of
from test_post_sale_cases import BEN, CASES, CONSULT, S1, S20, S21, S41

from connectors.xero import triggers
from connectors.xero.connector import CONNECTOR
from connectors.xero.ledger import documents
from engine.sdk.contract import Done, Element, PollTime, Rejected

# Debit positive, as the cases give them at their end.
BALANCES = {
    "AC-01": {},
    "AC-02": {"200": "-95.00", "610": "95.00"},
    "AC-03": {"200": "-268.20", "610": "268.20"},
    "AC-04": {},
    "AC-05": {"202": "-800.00", "610": "880.00", "820": "-80.00"},
    "AC-06": {"201": "-50.00", "610": "55.00", "820": "-5.00"},
    "AC-07": {},
    "AC-08": {},
    "AC-09": {},
    "AC-10": {},
    "AC-11": {},
    "AC-12": {},
    "AC-14": {"200": "-110.00", "610": "110.00"},
    "AC-15": {},
    "AC-16": {},
    "AC-17": {},
    "AC-20": {"200": "-120.00", "610": "120.00"},
    "AC-21": {"200": "-95.00", "610": "42.00", "612": "53.00"},
    "AC-29, an overpayment": {"200": "-120.00", "616": "150.00", "610": "-30.00"},
    "AC-30, charged twice": {"200": "-95.00", "612": "190.00", "610": "-95.00"},
    "AC-34, a failed card": {"200": "-95.00", "615": "95.00"},
    "AC-36 and AC-37, a payment corrected": {"200": "-89.00", "611": "89.00"},
    "AC-41, a discount": {"200": "-120.00", "610": "15.00", "612": "105.00"},
    "AC-57, restored after removal": {"200": "-89.00", "610": "89.00"},
}


def office_for(case):
    inputs = {**INPUTS, "policy": {**INPUTS["policy"], **case.policy}}
    office = Office(inputs, **({"PaysTax": False, "SalesTaxBasis": "NONE"} if case.organisation else {}))
    for payer in sorted({step.sale.payer for step in case.steps}, key=lambda payer: payer.id):
        if not case.new_contact:
            office.contact(key_of(payer), number_of(payer))
    return office


@pytest.mark.parametrize("case", [case for case in CASES if case.name in BALANCES], ids=lambda case: case.name)
def test_a_case_ends_in_the_ledger_that_it_names(case):
    office = office_for(case)
    for step in case.steps:
        office.xero.writes.clear()
        assert step.ends == outcome_of(office.post(step.sale, step.now))
        assert len(step.writes) == len(office.xero.writes)
        assert step.ends == outcome_of(office.post(step.sale, step.now))
        assert len(step.writes) == len(office.xero.writes), "a repeat writes nothing"
    expected = {code: Decimal(value) for code, value in BALANCES[case.name].items()}
    assert expected == {code: Decimal(str(value)) for code, value in office.xero.balances().items()}


def a_month():
    """Sales with part payments, discounts, taxed goods, quantities and odd cents."""
    for number in range(1, 25):
        day = f"2026-03-{number:02}"
        lines = [line(1, "Consult", "Consultation", f"{80 + number}.{number:02}")]
        if number % 3 == 0:
            tax = Decimal(f"{10 + number}.50") / 11
            lines.append(line(2, "Band", "Product", f"{10 + number}.50", str(tax.quantize(Decimal("0.01")))))
        if number % 4 == 0:
            lines.append(line(3, "Class", "Consultation", "100.00", quantity="3"))
        money = []
        if number % 5 == 0:
            money.append(receipt(f"{number}1", f"{day}T09:00:00+11:00", "Discount", "7.77", "discount"))
        if number % 2 == 0:
            money.append(receipt(f"{number}2", f"{day}T10:00:00+11:00", "EFTPOS", "40.00"))
        if number % 7 == 0:
            money.append(receipt(f"{number}3", f"{day}T11:00:00+11:00", "Cash", "500.00"))
        yield sale(2000 + number, day, patient(600 + number % 6, f"Person {number % 6} Sample"), lines, money)


def test_a_month_agrees_with_what_the_ledger_capability_reads():
    office = Office(INPUTS)
    sold = tuple(a_month())
    for one in sold:
        assert "finished" == outcome_of(office.post(one, "2026-03-31T18:00+11:00"))
    found = office.drive(documents(date(2026, 3, 1), date(2026, 3, 31), PollTime(NOW, "Australia/Sydney", {})))
    invoices = {document.number: document for document in found if document.kind == "invoice"}
    for one in sold:
        document = invoices[f"HX-{one.id}"]
        assert (one.totals.gross, one.totals.tax, one.date) == (document.total, document.tax, document.date)
        discounts = sum((money.amount for money in one.payments if money.kind == "discount"), Decimal(0))
        paid = sum((money.amount for money in one.payments if money.kind == "payment"), Decimal(0))
        assert discounts == document.credited
        assert min(paid, one.totals.gross - discounts) == sum(money.amount for money in document.payments)
        assert all(
            money.reference.startswith("HX-PT-") and money.account in ("611", "612") for money in document.payments
        )
    assert () == office.poll(triggers.documents, "2026-01-01T00:00:00+00:00").events, "our own work is no one's change"


def test_what_a_person_does_in_xero_is_an_event_and_wins():
    office = Office(INPUTS)
    office.post(S20, "2026-03-09T18:00+11:00")
    payment = office.links["halaxy invoice 1021", "payment 9003"]
    call = CONNECTOR.calls["delete_payment"]
    assert isinstance(
        call.outcomes(
            [Element("", {"id": payment.id})], office.xero.handle(call.request([Element("", {"id": payment.id})]))
        )[0],
        Done,
    )
    (event,) = office.poll(triggers.documents, "2026-01-01T00:00:00+00:00").events
    assert ("xero.document.changed", ["payment removed"]) == (event.type, event.data["document"]["changed"])
    more = receipt(9999, "2026-03-10T10:00:00+11:00", "Cash", "20.00")
    held = office.post(next_version(S20, payments=(*S20.payments, more)), "2026-03-10T18:00+11:00")
    assert "XERO_CHANGED" == outcome_of(held)


def test_found_tells_for_every_kind_of_write_whether_it_stands():
    office = Office(INPUTS)
    office.post(S41, "2026-03-13T18:00+11:00")
    office.post(S21, "2026-03-13T18:00+11:00")
    for source, part in (("1047", "invoice"), ("1047", "CN1"), ("1047", "payment 9042"), ("1022", "payment 9004")):
        link = office.links[f"halaxy invoice {source}", part]
        call = CONNECTOR.calls["create_" + {"credit note": "credit_note"}.get(link.kind, link.kind)]
        there = Element(link.marker, dict(link.written))
        missing = Element("HX-0", {**link.written, "number": "HX-0", "reference": "HX-0"})
        for element, stands in ((there, True), (missing, False)):
            (found,) = call.found([element], office.xero.handle(call.find([element])))
            assert stands == (found is not None), (part, stands)
    allocation = office.links["halaxy invoice 1047", "allocation CN1"]
    call = CONNECTOR.calls["allocate_credit"]
    element = Element(allocation.marker, dict(allocation.written))
    assert call.found([element], office.xero.handle(call.find([element])))[0] is not None


def test_fifty_of_a_kind_go_in_one_request_and_a_bad_one_harms_no_other():
    office = Office(INPUTS)
    contact = office.contact(key_of(BEN), number_of(BEN))
    day, rows = date(2026, 3, 2), [{"description": "x", "quantity": Decimal(1), "unit": Decimal("10.00")}]
    lines = [rows[0] | {"account": "200", "tax_type": "EXEMPTOUTPUT"}]
    head = {"contact_id": contact, "date": day, "due_date": day, "status": "AUTHORISED", "amounts": "Inclusive"}
    elements = [Element(f"HX-{n}", {**head, "number": f"HX-{n}", "lines": lines}) for n in range(50)]
    elements[7] = Element("HX-7", {**elements[7].payload, "lines": [lines[0] | {"account": "9999"}]})
    call = CONNECTOR.calls["create_invoice"]
    outcomes = call.outcomes(elements, office.xero.handle(call.request(elements)))
    assert ["HX-7"] == [one.marker for one, done in zip(elements, outcomes, strict=True) if isinstance(done, Rejected)]
    assert 49 == sum(isinstance(done, Done) for done in outcomes)
    found = call.found(elements[:40], office.xero.handle(call.find(elements[:40])))
    assert [7] == [index for index, done in enumerate(found) if done is None]


def test_a_lock_that_moved_after_the_facts_were_read_is_xeros_refusal_and_a_hold():
    office = Office(INPUTS)
    office.xero.lever("POST", "/_sandbox/seed", {"organisation": {"PeriodLockDate": "2026-03-31"}})
    held = office.post(S1, "2026-03-02T18:00+11:00")
    assert "LOCKED_PERIOD" == outcome_of(held)
    assert "period lock date" in held.detail["what"]


def test_a_sale_in_a_location_without_option_is_held_for_tracking():
    policy = {"tracking": {"Location": "by location"}}
    office = Office({**INPUTS, "policy": policy, "locations": {"CL-1": "Nowhere"}})
    assert "TRACKING_MISSING" == outcome_of(office.post(S1, "2026-03-02T18:00+11:00"))
    assert [] == office.xero.writes


def test_an_unpaid_line_moves_by_update_and_a_paid_one_waits_for_a_person():
    office = Office(INPUTS)
    sold = sale(3001, "2026-03-02", BEN, [CONSULT])
    office.post(sold, "2026-03-02T18:00+11:00")
    dearer = next_version(sold, lines=[replace(CONSULT, gross=Decimal("99.00"))])
    assert "finished" == outcome_of(office.post(dearer, "2026-03-02T19:00+11:00"))
    paid = next_version(dearer, payments=(receipt(1, "2026-03-03T09:00:00+11:00", "Cash", "10.00"),))
    assert "finished" == outcome_of(office.post(paid, "2026-03-03T19:00+11:00"))
    later = replace(next_version(paid, lines=[CONSULT]), payments=paid.payments)
    assert "NOT_YET" == outcome_of(office.post(later, "2026-03-04T19:00+11:00"))
    reworded = replace(next_version(paid, lines=[replace(dearer.lines[0], description="Long consult")]), version=9)
    assert "finished" == outcome_of(office.post(reworded, "2026-03-05T19:00+11:00"))
