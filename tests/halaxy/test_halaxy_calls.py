"""The calls, what their answers mean, and what the manifest promises of them and of the events."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from halaxy_fake import (
    FakeHalaxy,
    Practice,
    a_fee,
    a_line,
    a_patient,
    a_payment,
    a_role,
    an_invoice,
    drive,
    money,
    ref,
)

from connectors.halaxy.connector import CONNECTOR
from engine.core.values import dumps, loads
from engine.lang.tree import read_tree
from engine.library.manifest import MOST_NODES
from engine.sdk.contract import Done, Element, Outcome, RateLimited, Rejected, Response, Retry, SignIn, write_json

Json = Any
FILE = Path(__file__).parents[2] / "connectors" / "halaxy" / "manifest.yaml"
MANIFEST = yaml.safe_load(FILE.read_text(encoding="utf-8"))
CLASSES = {"public", "financial", "contact", "sensitive", "secret"}


def ask(halaxy: FakeHalaxy, name: str, *payloads: Json) -> tuple[Outcome, ...]:
    return ask_at(Practice(halaxy), name, *payloads)


def ask_at(practice: Practice, name: str, *payloads: Json) -> tuple[Outcome, ...]:
    """As the runtime asks: one request, and what the call still has to read."""
    call, elements = CONNECTOR.calls[name], [Element("", payload) for payload in payloads]
    outcomes = call.outcomes(elements, practice.halaxy.answer(call.request(elements)))
    if call.further is None:
        return outcomes
    whole: tuple[Outcome, ...] = drive(call.further(outcomes, practice.shelf, practice.time()), practice.halaxy)
    return whole


def a_practice() -> FakeHalaxy:
    halaxy = FakeHalaxy()
    for row in (
        an_invoice("1", 10),
        an_invoice("2", 20, date="2026-05-01"),
        a_patient("501"),
        a_patient("502", "Two", telecom=[]),
        a_payment("9002", 250, None, type={"text": "Deposit"}),
        a_payment("9003", 250, "1"),
    ):
        halaxy.put(row)
    return halaxy


def test_several_invoices_are_found_in_one_request_each_with_its_own_outcome() -> None:
    halaxy = a_practice()
    one, missing, other = ask(halaxy, "find_invoice", {"id": "2"}, {"id": "99"}, {"id": "1"})
    assert 1 == sum(request.path == "/Invoice" for request in halaxy.asked)
    assert isinstance(one, Done)
    assert isinstance(other, Done)
    assert isinstance(missing, Rejected)
    assert ("NOT_FOUND", "2", Decimal("10.00")) == (
        missing.code, one.result["invoice"]["id"], other.result["invoice"]["totals"]["gross"],
    )  # fmt: skip


def test_a_found_invoice_is_whole_and_nothing_in_it_is_old() -> None:
    practice = a_full_life()
    for name in ("reference", "people", "sales"):
        practice.poll(name)
    practice.halaxy.put(a_payment("9003", 20))
    practice.poll()
    practice.later(24 * 60 * 3)
    practice.halaxy.drop("PaymentTransaction", "9003")
    practice.halaxy.put(a_payment("9004", 120))
    practice.halaxy.drop("InvoiceLine", "1")
    practice.halaxy.put(a_line("2", base=170))
    practice.halaxy.put(an_invoice(gross=170, paid=170, recipient=ref("Patient", "502")))
    practice.halaxy.put(a_patient("502", "Two"))
    (found,) = ask_at(practice, "find_invoice", {"id": "1001"})
    assert isinstance(found, Done)
    fresh = found.result["invoice"]
    practice.poll("people")
    practice.poll()
    practice.poll("open_invoices")
    polled = practice.shelf.get("sale", "1001")

    assert (["2"], ["9001", "9004"], "502") == (
        [line["id"] for line in fresh["lines"]], [paid["id"] for paid in fresh["payments"]], fresh["payer"]["id"],
    )  # fmt: skip
    assert polled is not None
    assert loads(dumps({**fresh, "changed_at": None})) == {**polled.data, "changed_at": None}


def test_a_whole_invoice_changes_nothing_that_is_stored() -> None:
    practice = a_full_life()
    practice.poll()
    before = dict(practice.shelf.kept)
    practice.halaxy.put(an_invoice(paid=100))
    ask_at(practice, "find_invoice", {"id": "1001"})

    assert practice.shelf.kept == before


def test_each_object_is_read_again_by_an_action_that_answers_with_all_of_it() -> None:
    for name, schema in MANIFEST["$defs"].items():
        if reader := schema.get("x-reader"):
            outputs = MANIFEST["actions"][reader.removeprefix("halaxy.")]["outputs"]["properties"]
            assert f"#/$defs/{name}" in str(outputs)


def test_sales_of_a_period_are_listed_by_their_own_date() -> None:
    (found,) = ask(a_practice(), "list_sales", {"first": date(2026, 3, 1), "last": "2026-03-31"})
    assert isinstance(found, Done)
    assert (["1"], 1, False) == (
        [row["id"] for row in found.result["invoices"]],
        found.result["page"],
        found.result["more"],
    )


@pytest.mark.parametrize("question, id, matches", [
    ({"id": "502"}, "502", 1), ({"email": "SAMPLE.one@patient.example"}, "501", 1), ({"phone": "+61 400 000 001"}, "501", 1),
    ({"family": "one"}, "501", 1), ({"given": "sam", "family": "Tw"}, "502", 1), ({"given": "Sample"}, None, 2),
    ({"family": "nobody"}, None, 0), ({}, None, 0),
])  # fmt: skip
def test_a_patient_is_found_though_halaxy_ignores_the_filter(question: Json, id: str | None, matches: int) -> None:
    halaxy = a_practice()
    halaxy.ignored = frozenset({"_id"})
    (found,) = ask(halaxy, "find_patient", question)
    assert isinstance(found, Done)
    assert (id, matches) == ((found.result["patient"] or {}).get("id"), found.result["matches"])
    assert "birthDate" not in str(found.result)


@pytest.mark.parametrize("name", ["find_invoice", "list_sales", "find_patient"])
@pytest.mark.parametrize("response, expected", [
    (Response(401), SignIn), (Response(403), Rejected), (Response(404), Rejected), (Response(400), Rejected),
    (Response(422), Rejected), (Response(408), Retry), (Response(500), Retry), (Response(503), Retry), (Response(429), RateLimited),
    (Response(200, {}, b"<html>"), Retry), (Response(200, {}, b"[]"), Retry),
    (Response(200, {}, b'{"resourceType": "OperationOutcome"}'), Retry),
    (Response(200, {}, write_json({"resourceType": "Invoice", "id": "1"})), Retry),
])  # fmt: skip
def test_one_outcome_an_element_for_every_refusal(name: str, response: Response, expected: type) -> None:
    elements = [Element("", {"id": "1", "first": date(2026, 1, 1), "last": date(2026, 1, 2)})]
    (outcome,) = CONNECTOR.calls[name].outcomes(elements, response)
    assert isinstance(outcome, expected)


@pytest.mark.parametrize("header, seconds", [("7", 7.0), ("", None), ("Mon, 02 Mar 2026 00:00:00 GMT", None)])
def test_a_limit_tells_how_long_to_wait(header: str, seconds: float | None) -> None:
    (outcome,) = CONNECTOR.calls["find_invoice"].outcomes(
        [Element("", {"id": "1"})], Response(429, {"retry-after": header})
    )
    assert RateLimited("minute", seconds) == outcome


def test_a_refused_call_of_several_names_no_element() -> None:
    elements = [Element("", {"id": id}) for id in "12"]
    outcomes = CONNECTOR.calls["find_invoice"].outcomes(elements, Response(422))
    assert ["WHOLE_CALL"] * 2 == [outcome.code for outcome in outcomes if isinstance(outcome, Rejected)]


def test_deposits_are_found_by_id_and_payments_are_none() -> None:
    halaxy = a_practice()
    deposit, payment = ask(halaxy, "find_deposit", {"id": "9002"}, {"id": "9003"})
    assert isinstance(deposit, Done)
    assert (Decimal("250.00"), "Cash") == (deposit.result["deposit"]["amount"], deposit.result["deposit"]["method"])
    assert isinstance(payment, Rejected)


# --- the manifest --------------------------------------------------------------------------------


def test_the_manifest_is_within_the_limits_of_our_own_reader() -> None:
    assert () == read_tree("manifest.yaml", FILE.read_text(encoding="utf-8"), MOST_NODES)[1]


def test_each_action_has_a_call_and_the_other_way_round() -> None:
    assert set(CONNECTOR.calls) == set(MANIFEST["actions"])
    assert {poll.name for poll in CONNECTOR.polls} == set(MANIFEST["polls"])
    for action in MANIFEST["actions"].values():
        assert {"kind", "writes", "inputs", "outputs", "batch", "unknown", "cost", "lane_order"} <= set(action)
        assert {"send_within_seconds", "time_limit_seconds", "settles_after_seconds"} <= set(action)


def fields_of(schema: Json, path: str = "") -> list[tuple[str, Json]]:
    found = []
    for name, value in schema.get("properties", {}).items():
        found += [(f"{path}.{name}", value), *fields_of(value, f"{path}.{name}")]
    return found


def test_every_field_says_its_type_class_and_whom_it_is_about() -> None:
    schemas = {f"$defs.{name}": schema for name, schema in MANIFEST["$defs"].items() if not name.endswith("_event")}
    schemas |= {f"{name}.inputs": action["inputs"] for name, action in MANIFEST["actions"].items()}
    fields = [item for name, schema in schemas.items() for item in fields_of(schema, name)]
    assert len(fields) > 70
    for path, value in fields:
        assert value.get("x-class") in CLASSES, path
        assert value.get("x-type"), path
        assert value.get("x-about"), path


def as_json(value: Json) -> Json:
    return json.loads(write_json(value))


def validate(schema: Json, value: Json) -> None:
    whole = {**schema, "$defs": MANIFEST["$defs"], "unevaluatedProperties": False}
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.validate(as_json(value), whole, cls=jsonschema.Draft202012Validator)


def a_full_life() -> Practice:
    practice = Practice()
    for row in (a_fee(), a_role(), a_patient(), an_invoice(paid=50), a_line()):
        practice.halaxy.put(row)
    practice.halaxy.put(a_payment(amount=50))
    practice.halaxy.put(a_payment("9002", 250, None, type={"text": "Deposit"}))
    return practice


def test_every_event_is_declared_and_fits_its_schema() -> None:
    practice = a_full_life()
    events = [event for name in ("reference", "people", "sales") for event in practice.poll(name).events]
    practice.later(30)
    discounted = [{"type": "base", "amount": {"value": 130}}, {"type": "discount", "amount": {"value": 10}}]
    practice.halaxy.put(a_patient("502", "Two"))
    practice.halaxy.put(a_line(unitPriceComponent=discounted, code=None))
    practice.halaxy.put(an_invoice("1001", 120, 120, totalTax=money(5), status="issued"))
    practice.halaxy.put(a_payment("9003", -50, None, type={"text": "Refund"}))
    events += [event for name in ("people", "sales") for event in practice.poll(name).events]
    practice.poll("open_invoices")
    practice.later(30)
    practice.halaxy.drop("PaymentTransaction", "9002")
    events += practice.poll("open_invoices").events
    assert {"halaxy.deposit.changed", "halaxy.deposit.refunded", "halaxy.deposit.removed"} <= {e.type for e in events}
    assert len({event.type for event in events}) > 6
    for event in events:
        assert isinstance(event.time, datetime)
        validate(MANIFEST["triggers"][event.type.removeprefix("halaxy.")]["schema"], event.data)


def test_the_objects_of_a_sale_are_declared_field_by_field() -> None:
    practice = a_full_life()
    practice.poll()
    record, deposit = practice.shelf.get("sale", "1001"), practice.shelf.get("deposit", "9002")
    assert record is not None
    assert deposit is not None
    for name, value in (
        ("sale", record.data),
        ("receipt", record.data["payments"][0]),
        ("line", record.data["lines"][0]),
        ("deposit", deposit.data),
    ):
        assert set(MANIFEST["$defs"][name]["properties"]) == set(value)


def test_results_fit_their_schemas() -> None:
    halaxy = a_practice()
    for name, question in (
        ("find_invoice", {"id": "1"}), ("find_patient", {"id": "501"}), ("find_patient", {"id": "none"}),
        ("list_sales", {"first": "2026-03-01", "last": "2026-03-31"}), ("find_deposit", {"id": "9002"}),
    ):  # fmt: skip
        (found,) = ask(halaxy, name, question)
        assert isinstance(found, Done)
        validate(MANIFEST["actions"][name]["outputs"], found.result)


def test_every_declared_event_type_can_come_from_the_code() -> None:
    folder = FILE.parent
    code = "".join((folder / name).read_text(encoding="utf-8") for name in ("changes.py", "triggers.py", "deposits.py"))
    for name in MANIFEST["triggers"]:
        kind, _, happened = name.partition(".")
        assert name in code or f'"{happened}"' in code, (kind, happened)
