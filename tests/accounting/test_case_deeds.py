"""Every change that the form of cases knows is one that a sandbox understands, word for word."""

from __future__ import annotations

import msgspec
import pytest

from connectors.halaxy.sandbox.any_action import AnyAction
from connectors.xero.sandbox.people import _VERBS
from engine.compose.cases.form import Given, schema
from engine.compose.cases.imports import invoice_facts, payment_facts
from engine.compose.cases.staff import Staff
from engine.compose.cases.xero_people import arrangement, typed, xero_deed

DEFS = schema()["$defs"]
SAMPLES = {
    "payer": {"kind": "organisation", "id": "71", "name": "SafeWork"},
    "line": {"id": "2", "description": "Band", "category": "Product", "tax": "2.00", "gross": "22.00"},
    "discount": {"gross": "1.00"},
    "date": "2026-03-20",
    "issued": "false",
    "taxable": "true",
    "amount": "5.00",
    "gross": "5.00",
    "tax": "0.00",
    "quantity": "2",
    "location": "CL-2",
    "performer": "PR-12",
    "claim": "WC-1",
}
HEAD = {
    "id": "1",
    "type": "invoice",
    "date": "2026-03-02",
    "payer": {"kind": "patient", "id": "501"},
    "location": "CL-1",
}
AT = "2026-03-02T10:00:00+11:00"


def changes():
    for branch in DEFS["change"]["anyOf"]:
        properties = branch["properties"]
        name = properties["do"]["const"]
        if name != "add":
            values = {key: "2" if key == "line" and name != "add_line" else SAMPLES.get(key, "7") for key in properties}
            yield pytest.param({**values, "do": name}, id=name)


@pytest.mark.parametrize("change", list(changes()))
def test_a_change_in_halaxy_is_a_deed_of_staff(change):
    deeds = list(Staff().deeds(change))
    assert deeds
    for deed in deeds:
        msgspec.json.decode(msgspec.json.encode(deed), type=AnyAction)


@pytest.mark.parametrize("kind", ["payment", "refund", "deposit_applied", "to_deposit", "dishonour", "failed"])
def test_a_payment_of_each_kind_is_a_deed_of_staff(kind):
    row = {"id": "9", "created": AT, "method": "EFTPOS", "kind": kind, "amount": "5.00", "invoice": "1", "deposit": "8"}
    for deed in Staff().deeds({"do": "add", "payments": [{**row, "payment": "7"}]}):
        msgspec.json.decode(msgspec.json.encode(deed), type=AnyAction)


def test_a_refund_without_an_invoice_gives_a_deposit_back():
    row = {"id": "9", "created": AT, "method": "EFTPOS", "kind": "refund", "amount": "5.00", "deposit": "8"}
    (deed,) = Staff().deeds({"do": "add", "payments": [row]})
    assert (deed["do"], deed["deposit"]) == ("refund_deposit", "8")
    msgspec.json.decode(msgspec.json.encode(deed), type=AnyAction)


def test_a_header_that_is_not_the_sum_of_its_lines_is_stated():
    line = {"id": "1", "description": "Tape", "category": "Product", "tax": "null", "gross": "9.99", "taxable": "true"}
    invoice = {"head": HEAD, "totals": {"net": "9.08", "tax": "0.91", "gross": "9.99"}, "lines": [line]}
    (deed,) = Staff().deeds({"do": "add", "invoice": invoice})
    assert (deed["stated_gross"], deed["stated_tax"]) == ("9.99", "0.91")
    msgspec.json.decode(msgspec.json.encode(deed), type=AnyAction)


@pytest.mark.parametrize("branch", DEFS["xero_deed"]["anyOf"], ids=lambda branch: branch["properties"]["do"]["const"])
def test_a_deed_in_xero_is_one_that_people_can_do_there(branch):
    values = {name: "2026-03-31" if "Lock" in name else "7" for name in branch["properties"]}
    deed = {**values, "do": branch["properties"]["do"]["const"], "document": {"Contact": "HX-P-1"}}
    assert xero_deed(deed, ())["do"] in {*_VERBS, "disconnect"}


def test_a_document_typed_by_hand_names_its_contact_by_number_or_by_name():
    before = {"documents": [{"Contact": "HX-P-501"}, {"Contact": "Harbour Trust"}]}
    named = [typed(deed)["set"]["Contact"] for deed in arrangement(before)]
    assert named == [{"ContactNumber": "HX-P-501"}, {"Name": "Harbour Trust"}]


def test_lock_dates_come_after_what_was_posted_before_them():
    before = {"Organisation": {"PaysTax": "true", "PeriodLockDate": "2026-03-31"}, "accounts": {"201": "ARCHIVED"}}
    assert [deed["do"] for deed in arrangement(before)] == ["archive account", "lock"]


def test_a_fee_that_is_billed_apart_is_no_fact_of_its_payment():
    def given(remittance: str) -> Given:
        fee = {"amount": "3.28", "remittance": remittance}
        return Given(halaxy=({"do": "add", "payments": [{"id": "9", "kind": "payment", "fee": fee}]},))

    assert [str(one.fee) for one in payment_facts(given("deduct"))] == ["3.28"]
    assert list(payment_facts(given("invoice"))) == []


def test_a_due_date_comes_from_a_report():
    head = {**HEAD, "due": "2026-04-01"}
    found = list(invoice_facts(Given(halaxy=({"do": "add", "invoice": {"head": head, "lines": []}},))))
    assert [(one.id, str(one.due_reported)) for one in found] == [("1", "2026-04-01")]
