"""Every variant in which Halaxy may write a value gives the same normalised one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.halaxy import payloads
from connectors.halaxy.payloads import Invoice, Line, Payment
from connectors.halaxy.wire import Ref, code, coded, components, day, instant, number, reference, text
from engine.core.values import dumps, loads
from engine.sdk.contract import read_json, write_json
from engine.sdk.records import from_plain, to_plain

Json = Any
SYDNEY = ZoneInfo("Australia/Sydney")
BASE = "https://au-api.halaxy.com/main"

INVOICE = {
    "resourceType": "Invoice", "id": "410000101",
    "recipient": {"reference": f"{BASE}/Patient/70000001", "type": "Patient"},
    "status": "active", "date": "2026-03-02", "payorType": "patient", "title": "Sample Patient One", "type": "invoice",
    "practitioner": {"reference": f"{BASE}/PractitionerRole/PR-2000011", "type": "PractitionerRole"},
    "note": {"text": "<p>Example note</p>"},
    "totalNet": {"value": Decimal("200.00"), "currency": "AUD"}, "totalTax": {"value": 3, "currency": "AUD"},
    "totalGross": {"value": Decimal("203.00"), "currency": "AUD"}, "totalPaid": {"value": 100, "currency": "AUD"},
    "totalBalance": {"value": Decimal("103.00"), "currency": "AUD"},
}  # fmt: skip
LINE = {
    "resourceType": "InvoiceLine", "id": "880000201", "description": "Example item with GST", "status": None, "code": "ITEM-7",
    "subject": {"reference": f"{BASE}/Patient/70000001", "type": "Patient"},
    "context": {"reference": f"{BASE}/Appointment/55000001", "type": "Appointment"},
    "enteredDate": "2026-03-02T10:05:00+11:00",
    "performer": {"reference": f"{BASE}/Practitioner/PR-1000011", "type": "Practitioner"},
    "invoice": {"reference": f"{BASE}/Invoice/410000101", "type": "Invoice"}, "quantity": 1,
    "unitPriceComponent": [{"type": "base", "amount": {"value": Decimal("30.00")}}, {"type": "tax", "amount": {"value": 3}}],
    "extension": [{"url": "https://terminology.halaxy.com/StructureDefinition/invoice-line-funder",
                   "valueReference": {"reference": f"{BASE}/Organization/FD-100200", "type": "Organization"}}],
}  # fmt: skip
PAYMENT = {
    "resourceType": "PaymentTransaction", "id": "990000302", "created": "2026-03-04T18:30:00+11:00",
    "method": {"text": "Braintree"}, "type": {"text": "Payment"},
    "priceComponent": [{"type": "base", "amount": {"value": 180, "currency": "AUD"}},
                       {"type": "surcharge", "amount": {"value": Decimal("4.42"), "currency": "AUD"}}],
    "invoice": {"reference": f"{BASE}/Invoice/410000102", "type": "Invoice"},
    "subject": {"reference": f"{BASE}/Patient/70000001", "type": "Patient"}, "comment": "private words",
}  # fmt: skip

REFERENCES = ("recipient", "practitioner", "subject", "context", "performer", "invoice")
CODED = ("status", "type", "method", "payorType", "code")


def write_reference(value: Json, how: str) -> Json:
    kind, id = value["reference"].split("/")[-2:]
    match how:
        case "relative":
            return {"reference": f"{kind}/{id}", "type": kind}
        case "main":
            return {"reference": f"/main/{kind}/{id}"}
        case "slash":
            return {"reference": f"{BASE}/{kind}/{id}/", "type": kind, "display": "shown"}
        case "bare":
            return {"reference": id, "type": kind}
        case "text":
            return f"{kind}/{id}"
        case "history":
            return {"reference": f"{BASE}/{kind}/{id}/_history/3"}
    return value


def write_coded(value: Json, how: str) -> Json:
    word = value["text"] if isinstance(value, dict) else value
    if word is None:
        return {"null": "null", "empty": ""}.get(how)
    shapes = {
        "plain": word, "object": {"text": word}, "coding": {"coding": [{"display": word}]},
        "code": {"coding": [{"code": word}]}, "single coding": {"coding": {"code": word}}, "bare code": {"code": word},
    }  # fmt: skip
    return shapes.get(how, value)


def write_number(value: Json, how: str) -> Json:
    if how == "text":
        return {**value, "value": f" {value['value']} "}
    if how == "bare":
        return value["value"]
    return {**value, "value": Decimal(value["value"]).quantize(Decimal("0.0001"))} if how == "places" else value


def variant(resource: Json, refs: str, codes: str, numbers: str, arrays: bool, meta: Json) -> Json:
    """The same resource as another Halaxy might write it."""
    changed = dict(resource)
    for name, value in resource.items():
        if name in REFERENCES:
            changed[name] = write_reference(value, refs)
        elif name in CODED:
            changed[name] = write_coded(value, codes)
        elif name.startswith("total"):
            changed[name] = value if name == "totalGross" and numbers == "bare" else write_number(value, numbers)
        elif name.endswith("riceComponent"):
            parts = [{**part, "amount": write_number(part["amount"], numbers)} for part in value]
            changed[name] = [{**part, "type": write_coded(part["type"], codes)} for part in parts]
        elif name == "quantity":
            changed[name] = str(value) if numbers == "text" else value
        if arrays and name in (*REFERENCES, *CODED, "note", "totalNet", "totalPaid"):
            changed[name] = [changed[name]]
    return read_json(write_json(changed if meta is None else {**changed, "meta": meta}))


SHAPES = st.fixed_dictionaries({
    "refs": st.sampled_from(["full", "relative", "main", "slash", "bare", "text", "history"]),
    "codes": st.sampled_from(["as is", "plain", "object", "coding", "code", "single coding", "bare code", "null", "empty"]),
    "numbers": st.sampled_from(["as is", "text", "bare", "places"]),
    "arrays": st.booleans(),
    "meta": st.sampled_from([None, {}, {"lastUpdated": "2026-03-02T00:00:00Z", "versionId": "1"}]),
})  # fmt: skip


@given(SHAPES)
def test_an_invoice_reads_the_same_in_every_shape(shape: Json) -> None:
    assert payloads.invoice(INVOICE) == payloads.invoice(variant(INVOICE, **shape))


@given(SHAPES)
def test_a_line_reads_the_same_in_every_shape(shape: Json) -> None:
    assert payloads.line(LINE) == payloads.line(variant(LINE, **shape))


@given(SHAPES)
def test_a_payment_reads_the_same_in_every_shape(shape: Json) -> None:
    assert payloads.payment(PAYMENT, SYDNEY) == payloads.payment(variant(PAYMENT, **shape), SYDNEY)


def test_the_example_invoice_reads_as_it_is_meant() -> None:
    read = payloads.invoice(INVOICE)
    assert (read.id, read.number, read.kind, read.status, read.deleted) == (
        "410000101",
        "410000101",
        "invoice",
        "active",
        False,
    )
    assert (Ref("Patient", "70000001"), Ref("PractitionerRole", "PR-2000011")) == (read.recipient, read.practitioner)
    assert (date(2026, 3, 2), "AUD", Decimal("203.00"), Decimal("103.00")) == (
        read.date,
        read.currency,
        read.gross,
        read.balance,
    )


def test_the_example_line_and_payment_read_as_they_are_meant() -> None:
    line, payment = payloads.line(LINE), payloads.payment(PAYMENT, SYDNEY)
    assert ("410000101", "ITEM-7", "active", "70000001", "FD-100200") == (
        line.invoice, line.code, line.status, line.subject, line.funder,
    )  # fmt: skip
    assert (Decimal(30), Decimal(3), Decimal(1)) == (line.base, line.tax, line.quantity)
    assert (Decimal("180.00"), Decimal("4.42"), "Braintree") == (payment.amount, payment.surcharge, payment.method)
    assert datetime(2026, 3, 4, 7, 30, tzinfo=UTC) == payment.at


def test_no_private_words_are_kept() -> None:
    for read in (payloads.invoice(INVOICE), payloads.payment(PAYMENT, SYDNEY)):
        assert "note" not in dumps(to_plain(read))
        assert "private words" not in dumps(to_plain(read))


@pytest.mark.parametrize("kind, read", [
    (Invoice, payloads.invoice(INVOICE)), (Line, payloads.line(LINE)), (Payment, payloads.payment(PAYMENT, SYDNEY)),
])  # fmt: skip
def test_what_is_stored_reads_back_equal(kind: type, read: Json) -> None:
    assert read == from_plain(kind, loads(dumps(to_plain(read))))


@pytest.mark.parametrize("wire, kept, deleted", [
    ("active", "active", False), (None, "active", False), ("null", "active", False), ("", "active", False),
    ("Issued", "issued", False), ("write-off", "write-off", False), ("Write Off", "write-off", False),
    ("deleted", "active", True), ({"text": "Deleted"}, "active", True), ("on hold", "on-hold", False),
    ([{"coding": [{"code": "issued"}]}], "issued", False),
])  # fmt: skip
def test_an_invoice_status_is_read_and_unknown_ones_pass_through(wire: Json, kept: str, deleted: bool) -> None:
    read = payloads.invoice({**INVOICE, "status": wire})
    assert (kept, deleted) == (read.status, read.deleted)


@pytest.mark.parametrize("wire, is_organisation", [
    ({"recipient": {"reference": f"{BASE}/Organization/OG-3"}}, True),
    ({"recipient": {"reference": "OG-3"}, "payorType": "organization"}, True),
    ({"recipient": None, "payorType": {"text": "Organisation"}}, True),
    ({"recipient": {"reference": "Patient/1"}, "payorType": "organization"}, False),
    ({"recipient": None, "payorType": None}, False),
])  # fmt: skip
def test_who_pays_is_told_by_the_reference_then_by_the_payor_type(wire: Json, is_organisation: bool) -> None:
    assert is_organisation is payloads.invoice({**INVOICE, **wire}).organisation_pays


@pytest.mark.parametrize("identifier, shown", [
    ([{"value": "INV-77"}], "INV-77"), ({"value": "INV-77"}, "INV-77"), (None, "410000101"), ([], "410000101"), ([{}], "410000101"),
])  # fmt: skip
def test_the_number_is_the_displayed_one_or_the_id(identifier: Json, shown: str) -> None:
    assert shown == payloads.invoice({**INVOICE, "identifier": identifier}).number


@pytest.mark.parametrize("value, expected", [
    (None, None), ("", None), ("abc", None), ("1_000", None), ("NaN", None), (True, None), ([], None), ({}, None),
    (0, Decimal(0)), (1, Decimal(1)), ("1", Decimal(1)), ("-1.50", Decimal("-1.50")), ({"value": "12.5"}, Decimal("12.5")),
    ([{"value": Decimal("0.10")}], Decimal("0.10")), ({"value": None}, None),
])  # fmt: skip
def test_numbers(value: Json, expected: Decimal | None) -> None:
    assert expected == number(value)


def test_a_binary_float_is_refused() -> None:
    with pytest.raises(ValueError, match="exact"):
        number(0.1)


@pytest.mark.parametrize("value, expected", [
    ("<p>One</p><p>Two</p>", "One Two"), ("a &amp; b", "a & b"), ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"), (None, ""),
    ({"text": "<b>x</b>"}, "x"), ([{"text": ""}, {"text": "y"}], "y"), ("Null", "Null"), (["  z  "], "z"),
])  # fmt: skip
def test_words(value: Json, expected: str) -> None:
    assert expected == text(value)


def test_codes_and_their_words_are_told_apart() -> None:
    concept = {"text": "Psychology session", "coding": [{"code": "80110", "display": "Session"}]}
    assert ("Psychology session", "80110") == (coded(concept), code(concept))
    assert (None, None) == (coded([None, {"text": "null"}]), code({}))


@pytest.mark.parametrize("value", [None, {}, [], "", {"display": "somebody"}, {"reference": None}, {"reference": ""}])
def test_a_reference_to_nothing_is_none(value: Json) -> None:
    assert reference(value) is None


@pytest.mark.parametrize("value, expected", [
    ("2026-03-31T13:30:00+00:00", datetime(2026, 3, 31, 13, 30, tzinfo=UTC)),
    ("2026-03-31T13:30:00Z", datetime(2026, 3, 31, 13, 30, tzinfo=UTC)),
    ("2026-04-01T00:30:00+11:00", datetime(2026, 3, 31, 13, 30, tzinfo=UTC)),
    ("2026-04-01T00:30:00", datetime(2026, 3, 31, 13, 30, tzinfo=UTC)),
    ("2026-04-01", datetime(2026, 3, 31, 13, 0, tzinfo=UTC)),
    ("soon", None), (None, None), ("", None),
])  # fmt: skip
def test_times_are_utc_and_local_without_an_offset(value: Json, expected: datetime | None) -> None:
    assert expected == instant(value, SYDNEY)


@pytest.mark.parametrize("value, expected", [
    ("2026-03-31", date(2026, 3, 31)), ("2026-03-31T23:59:00+11:00", date(2026, 3, 31)), (None, None), ("March", None),
])  # fmt: skip
def test_days_are_as_written(value: Json, expected: date | None) -> None:
    assert expected == day(value)


@pytest.mark.parametrize("value, expected", [
    ([{"type": "base", "amount": {"value": 1}}, {"type": "base", "amount": 2}], {"base": Decimal(3)}),
    ({"type": {"coding": [{"code": "Tax"}]}, "amount": "0.50"}, {"tax": Decimal("0.50")}),
    ([{"type": "base"}, {"amount": 1}, "odd", None], {}), (None, {}),
])  # fmt: skip
def test_price_components_are_summed_by_type(value: Json, expected: Json) -> None:
    assert expected == components(value)


def test_a_deduction_or_discount_counts_the_same_with_either_sign() -> None:
    for sign in (1, -1):
        parts = [
            {"type": "base", "amount": 50},
            {"type": "discount", "amount": 5 * sign},
            {"type": "deduction", "amount": 2 * sign},
        ]
        read = payloads.line({**LINE, "unitPriceComponent": parts})
        assert (Decimal(5), Decimal(2)) == (read.discount, read.deduction)


def test_a_fee_gives_its_category_and_whether_it_is_taxed() -> None:
    context = [
        {"code": {"code": "type"}, "valueCodeableConcept": {"coding": [{"code": "0"}], "text": "Appointment"}},
        {"code": {"system": ".../fee-category", "code": "category"}, "valueCodeableConcept": {"text": "Treatment"}},
    ]
    block = [{"priceComponent": [{"type": "base", "amount": 10}, {"type": "tax", "amount": 1}]}]
    row = {"id": "1", "title": "Band", "code": "B1", "status": "retired", "useContext": context, "propertyGroup": block}
    read = payloads.fee(row)
    assert ("Treatment", True, False, "B1") == (read.category, read.taxed, read.active, read.code)


@pytest.mark.parametrize("name, expected", [
    ([{"use": "usual", "given": ["Sam"]}, {"use": "official", "given": ["Sample", "May"], "family": "One"}], "Sample May One"),
    ({"use": "official", "given": "Sample", "family": "One"}, "Sample One"), ([{"use": "usual", "given": ["Sam"]}], "Sam"),
    ("Example Insurer Pty Ltd", "Example Insurer Pty Ltd"), ([{"text": "Whole Name"}], "Whole Name"), (None, ""),
    ([{"given": ["Doe, Jane"], "family": "Null"}], "Doe, Jane Null"),
])  # fmt: skip
def test_names_prefer_the_official_one(name: Json, expected: str) -> None:
    assert expected == payloads.party({"id": "1", "name": name}).name


def test_a_mobile_may_be_an_sms_or_a_phone_of_use_mobile() -> None:
    for telecom in ([{"system": "sms", "value": "+614"}], [{"system": "phone", "use": "mobile", "value": "+614"}]):
        assert "+614" == payloads.party({"id": "1", "telecom": telecom}).mobile
