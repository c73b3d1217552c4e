"""The connector against the sandbox: both sides agree to the cent, and what people do wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from desk import outcome_of
from sales import BEN, CONSULT, INPUTS, S1, S20, S21, S41, key_of, line, next_version, number_of, patient, receipt, sale
from sandbox_office import NOW, Office

from connectors.xero import triggers
from connectors.xero.connector import CONNECTOR
from connectors.xero.ledger import documents
from engine.sdk.contract import Done, Element, PollTime, Rejected


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


def test_an_unpaid_line_moves_by_update_and_a_paid_one_by_a_credit_note():
    office = Office({**INPUTS, "policy": {**INPUTS["policy"], "settle_minutes": 0}})
    sold = sale(3001, "2026-03-02", BEN, [CONSULT])
    office.post(sold, "2026-03-02T18:00+11:00")
    dearer = next_version(sold, lines=[replace(CONSULT, gross=Decimal("99.00"))])
    assert "finished" == outcome_of(office.post(dearer, "2026-03-02T19:00+11:00"))
    paid = next_version(dearer, payments=(receipt(1, "2026-03-03T09:00:00+11:00", "Cash", "10.00"),))
    assert "finished" == outcome_of(office.post(paid, "2026-03-03T19:00+11:00"))
    later = replace(next_version(paid, lines=[CONSULT]), payments=paid.payments)
    office.xero.writes.clear()
    assert "finished" == outcome_of(office.post(later, "2026-03-04T19:00+11:00"))
    assert "PUT /CreditNotes" == office.xero.writes[0]
    reworded = replace(next_version(paid, lines=[replace(dearer.lines[0], description="Long consult")]), version=9)
    assert "finished" == outcome_of(office.post(reworded, "2026-03-05T19:00+11:00"))
