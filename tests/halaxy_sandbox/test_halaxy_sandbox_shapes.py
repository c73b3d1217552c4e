"""Wire shapes of the Halaxy sandbox against the examples of the fact sheet (13), and every shape switch."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.halaxy.sandbox import app as sandbox_app
from connectors.halaxy.sandbox.switches import Switches

DEFAULTS = asdict(Switches())
BASE = "https://au-api.halaxy.com/main"


def reference(kind, identity):
    return {"reference": f"{BASE}/{kind}/{identity}", "type": kind}


def aud(value):
    return {"value": Decimal(value), "currency": "AUD"}


def test_an_invoice_of_a_patient(practice):
    practice.staff("record_payment", invoice="410000101", amount=100)
    assert practice.get("Invoice/410000101") == {
        "resourceType": "Invoice",
        "id": "410000101",
        "recipient": reference("Patient", "70000001"),
        "status": "active",
        "date": "2026-03-02",
        "payorType": "patient",
        "title": "Sample One",
        "type": "invoice",
        "practitioner": reference("PractitionerRole", "PR-2000011"),
        "note": {"text": "<p>Example note</p>"},
        "totalNet": aud(200),
        "totalTax": aud(3),
        "totalGross": aud(203),
        "totalPaid": aud(100),
        "totalBalance": aud(103),
    }


def test_an_invoice_of_an_organisation_has_its_name(practice):
    shape = practice.get("Invoice/410000102")
    assert shape["recipient"] == reference("Organization", "OG-3000001")
    assert (shape["payorType"], shape["title"]) == ("organization", "Example Insurer Pty Ltd")
    assert "note" not in shape


def test_a_line(practice):
    assert practice.get("InvoiceLine/880000201") == {
        "resourceType": "InvoiceLine",
        "id": "880000201",
        "description": "Example item with GST",
        "status": None,
        "code": "ITEM-7",
        "subject": reference("Patient", "70000001"),
        "enteredDate": "2026-03-02T11:00:00+11:00",
        "performer": reference("Practitioner", "PR-1000011"),
        "invoice": reference("Invoice", "410000101"),
        "quantity": 1,
        "unitPriceComponent": [
            {"type": "base", "amount": {"value": Decimal(30)}},
            {"type": "tax", "amount": {"value": Decimal(3)}},
        ],
        "extension": [
            {
                "url": "https://terminology.halaxy.com/StructureDefinition/invoice-line-funder",
                "valueReference": reference("Organization", "FD-100200"),
            }
        ],
    }


def test_a_card_payment_with_a_surcharge(practice):
    made = practice.staff("record_payment", invoice="410000102", method="Braintree", surcharge="4.42")
    assert practice.get(f"PaymentTransaction/{made['payment']}") == {
        "resourceType": "PaymentTransaction",
        "id": made["payment"],
        "created": "2026-03-02T11:00:00+11:00",
        "method": {"text": "Braintree"},
        "type": {"text": "Payment"},
        "priceComponent": [{"type": "base", "amount": aud(180)}, {"type": "surcharge", "amount": aud("4.42")}],
        "invoice": reference("Invoice", "410000102"),
        "subject": reference("Patient", "70000002"),
    }


def test_a_deposit_has_no_invoice(practice):
    fields = {"practitioner": "PR-1000011", "clinic": "CL-40001"}
    made = practice.staff("take_deposit", subject="70000002", amount=250, **fields)
    shape = practice.get(f"PaymentTransaction/{made['payment']}")
    assert "invoice" not in shape
    assert shape["type"] == {"text": "Deposit"}
    assert shape["assignedPractitioner"] == reference("Practitioner", "PR-1000011")
    assert shape["assignedOrganization"] == reference("Organization", "CL-40001")


def test_a_fee_carries_type_and_category(practice):
    shape = practice.get("ChargeItemDefinition/6600401")
    contexts = {one["code"]["code"]: one["valueCodeableConcept"] for one in shape["useContext"]}
    assert contexts["type"]["coding"][0]["code"] == "0"
    assert contexts["category"] == {"text": "Treatment"}
    assert shape["propertyGroup"][0]["priceComponent"] == [{"type": "base", "amount": aud(170)}]


def test_organizations_people_and_roles(practice):
    clinic = practice.get("Organization/CL-40001")
    assert clinic["partOf"] == reference("Organization", "PG-900001")
    insurer = practice.get("Organization/OG-3000001")
    assert insurer["telecom"] == [{"system": "email", "value": "accounts@insurer.example", "use": "work"}]
    role = practice.get("PractitionerRole/PR-2000011")
    assert role["practitioner"] == reference("Practitioner", "PR-1000011")
    assert role["organization"] == reference("Organization", "CL-40001")
    person = practice.get("Practitioner/PR-1000011")
    assert person["name"] == [{"use": "official", "given": ["Example"], "family": "Clinician"}]
    patient = practice.get("Patient/70000001")
    assert patient["name"] == [{"use": "official", "given": ["Sample"], "family": "One"}]
    assert {"system": "email", "value": "sample.one@patient.example", "use": "home"} in patient["telecom"]


def test_a_booking_links_its_invoice(practice):
    made = practice.staff(
        "book_appointment", patient="70000002", role="PR-2000011", start="2026-03-09T09:00:00+11:00", fee="6600401"
    )
    shape = practice.get(f"Appointment/{made['appointment']}")
    assert (shape["start"], shape["end"]) == ("2026-03-09T09:00:00+11:00", "2026-03-09T09:30:00+11:00")
    doctor, patient = shape["participant"]
    assert doctor["actor"] == reference("PractitionerRole", "PR-2000011")
    assert patient["modifierExtension"][0]["valueCoding"]["code"] == "booked"
    assert patient["extension"][0]["valueReference"] == reference("Invoice", made["invoice"])
    assert practice.get(f"Invoice/{made['invoice']}")["date"] == "2026-03-09"
    line = practice.get(f"InvoiceLine/{made['lines'][0]}")
    assert line["context"] == reference("Appointment", made["appointment"])
    practice.staff("mark_appointment", appointment=made["appointment"], status="did not attend")
    assert practice.ids("Appointment", part_status="did not attend") == [made["appointment"]]


def test_coverage_names_who_is_billed(october):
    shape = october.get("Coverage")["entry"][0]["resource"]
    urls = {one["url"].rpartition("/")[2]: one for one in shape["extension"]}
    assert urls["coverage-payer"]["valueCoding"]["code"] == "30"
    assert urls["coverage-organisation"]["valueReference"]["type"] == "Organization"
    assert "subscriberId" in shape
    october.admin("switches", {"subscriber_id_name": "subscriberID"})
    assert "subscriberID" in october.get("Coverage")["entry"][0]["resource"]


RELATIVE = {"reference": "/main/Patient/70000001", "type": "Patient"}

# switch, value, resource, path into its shape, what stands there then
SHAPES = [
    ("reference_style", "relative", "Invoice/410000101", ("recipient",), RELATIVE),
    ("docs_array_shapes", True, "Invoice/410000101", ("recipient", 0, "type"), "Patient"),
    ("docs_array_shapes", True, "Invoice/410000101", ("practitioner", 0, "type"), "PractitionerRole"),
    ("docs_array_shapes", True, "Invoice/410000101", ("note", 0, "text"), "<p>Example note</p>"),
    ("coded_as", "string", "PaymentTransaction/1", ("method",), "Cash"),
    ("coded_as", "array", "PaymentTransaction/1", ("type", 0, "text"), "Payment"),
    ("payment_status_present", True, "PaymentTransaction/1", ("status", "text"), "Completed"),
    ("payor_type_as", "object", "Invoice/410000101", ("payorType", "text"), "patient"),
    ("line_code_as", "object", "InvoiceLine/880000201", ("code", "text"), "ITEM-7"),
    ("null_line_status", "text", "InvoiceLine/880000201", ("status",), "null"),
    ("number_as_text", True, "Invoice/410000101", ("totalGross", "value"), "203.00"),
    ("number_as_text", True, "InvoiceLine/880000201", ("quantity",), "1"),
    ("line_currency_present", True, "InvoiceLine/880000201", ("unitPriceComponent", 0, "amount", "currency"), "AUD"),
    ("base_includes_tax", True, "InvoiceLine/880000201", ("unitPriceComponent", 0, "amount", "value"), Decimal(33)),
    ("identifier_present", True, "Invoice/410000101", ("identifier", 0, "value"), "410000101"),
    ("meta_present", True, "Patient/70000001", ("meta", "lastUpdated"), "2026-03-02T11:00:00+11:00"),
    ("invoice_created_present", True, "Invoice/410000101", ("created",), "2026-03-02T11:00:00+11:00"),
    ("time_style", "utc", "InvoiceLine/880000201", ("enteredDate",), "2026-03-02T00:00:00+00:00"),
]


@pytest.mark.parametrize("switch, value, path, keys, expected", SHAPES)
def test_a_shape_switch_changes_its_place_and_back(practice, switch, value, path, keys, expected):
    practice.staff("record_payment", id="1", invoice="410000101", amount=5)
    usual = practice.get(path)
    practice.admin("switches", {switch: value})
    found = practice.get(path)
    assert found != usual
    for key in keys:
        found = found[key]
    assert found == expected
    practice.admin("switches", asdict(Switches()))
    assert practice.get(path) == usual


def test_a_null_status_can_be_absent(practice):
    practice.admin("switches", {"null_line_status": "absent"})
    assert "status" not in practice.get("InvoiceLine/880000201")


def test_the_tax_component_is_of_one_unit_or_of_the_line(practice):
    line = {"description": "Tape", "quantity": 3, "gross": "29.97", "taxable": True}
    made = practice.staff("create_invoice", payer="Patient/70000001", lines=[line])
    path = f"InvoiceLine/{made['lines'][0]}"
    base, tax = (one["amount"]["value"] for one in practice.get(path)["unitPriceComponent"])
    assert (round(3 * tax, 2), round(3 * (base + tax), 2)) == (Decimal("2.72"), Decimal("29.97"))
    practice.admin("switches", {"tax_component": "line"})
    assert practice.get(path)["unitPriceComponent"][1]["amount"]["value"] == Decimal("2.72")


def test_a_custom_number_is_shown_as_identifier_and_is_never_given_twice(practice):
    practice.admin("switches", {"identifier_present": True})
    practice.staff("edit_invoice", invoice="410000101", number="HAH-7")
    assert practice.get("Invoice/410000101")["identifier"] == [{"value": "HAH-7"}]
    practice.staff("delete_invoice", invoice="410000101")
    practice.staff("edit_invoice", invoice="410000102", number="HAH-7", expect=409)


@pytest.mark.parametrize(
    "wanted",
    [
        {"no_such": 1},
        {"links_style": "loud"},
        {"unsorted": "yes"},
        {"rate_limit": "many"},
        [],
        1,
    ],
)
def test_a_wrong_switch_changes_nothing(practice, wanted):
    practice.admin("switches", wanted, expect=400)
    assert practice.admin("switches", method="GET") == asdict(Switches())


def test_the_readme_lists_every_switch_once():
    readme = (Path(sandbox_app.__file__).parent / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", readme.partition("## Switches")[2], re.MULTILINE)
    defaults = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in DEFAULTS.items()}
    assert {name: values.split(",")[0].strip() for name, values in listed} == defaults
    assert len(listed) == len(defaults)
