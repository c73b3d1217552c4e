"""One table of Xero's answers, one of its messages: what happens next for each element."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from connectors.xero.calls.invoices import CALLS as INVOICES
from connectors.xero.calls.payments import CALLS as PAYMENTS
from connectors.xero.outcomes import code_of, rejected
from engine.sdk.contract import Done, Element, RateLimited, Rejected, Response, Retry, SignIn, Unknown, read_json

TWO = [
    Element(number, {"number": number, "contact_id": "c", "wanted_total": Decimal("10.00"), "basis": "b", "lines": []})
    for number in ("HX-1", "HX-2")
]
GOOD = {
    "InvoiceID": "11111111-1111-4111-8111-111111111111",
    "InvoiceNumber": "HX-1",
    "Contact": {"ContactID": "c"},
    "Status": "AUTHORISED",
    "Date": "/Date(1772323200000+0000)/",
    "Total": 10.0,
    "TotalTax": 0.0,
    "StatusAttributeString": "OK",
    "LineItems": [],
}
BAD = {
    "InvoiceID": "00000000-0000-0000-0000-000000000000",
    "InvoiceNumber": "HX-2",
    "HasErrors": True,
    "StatusAttributeString": "ERROR",
    "LineItems": [{"ValidationErrors": [{"Message": "Account code has been archived or deleted"}]}],
    "ValidationErrors": [{"Message": "Account code has been archived or deleted"}],
}
WARNED = GOOD | {"InvoiceNumber": "HX-2", "StatusAttributeString": "WARNING", "Warnings": [{"Message": "no e-mail"}]}


def answer(status, body=b"", **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def kinds(response):
    return [type(outcome) for outcome in INVOICES["create_invoice"].outcomes(TWO, response)]


@pytest.mark.parametrize(
    "response, expected",
    [
        (answer(200, {"Invoices": [GOOD, WARNED]}), [Done, Done]),
        (answer(200, {"Invoices": [GOOD, BAD]}), [Done, Rejected]),
        (answer(200, {"Invoices": [GOOD]}), [Unknown, Unknown]),
        (answer(200, {"Invoices": [WARNED, GOOD]}), [Unknown, Unknown]),
        (answer(200, {"Invoices": [GOOD, {"InvoiceNumber": "HX-2"}]}), [Done, Unknown]),
        (answer(200, b"<html>"), [Unknown, Unknown]),
        (answer(200, {"Invoices": None}), [Unknown, Unknown]),
        (answer(200, b""), [Unknown, Unknown]),
        (answer(400, {"Type": "ValidationException", "Elements": [BAD]}), [Unknown, Rejected]),
        (answer(400, {"Type": "PostDataInvalidException", "Message": "bad"}), [Rejected, Rejected]),
        (answer(400, b""), [Rejected, Rejected]),
        (answer(400, {"Message": "The key is used with a different request"}), [Unknown, Unknown]),
        (answer(401, {"Detail": "TokenExpired"}), [SignIn, SignIn]),
        (answer(403, {"Detail": "AuthenticationUnsuccessful"}), [SignIn, SignIn]),
        (answer(412), [Rejected, Rejected]),
        (answer(413), [Rejected, Rejected]),
        (answer(429), [RateLimited, RateLimited]),
        (answer(500, {"Title": "An error occurred"}), [Unknown, Unknown]),
        (answer(503, b"offline", retry_after="10"), [Unknown, Unknown]),
        (answer(302), [Unknown, Unknown]),
    ],
)
def test_every_answer_to_a_write_has_an_outcome_for_each_element(response, expected):
    assert expected == kinds(response)


@pytest.mark.parametrize("status", [400, 412, 413])
def test_a_call_refused_whole_names_no_element(status):
    outcomes = INVOICES["create_invoice"].outcomes(TWO, answer(status, b"no"))
    assert ["WHOLE_CALL"] * 2 == [outcome.code for outcome in outcomes]


@pytest.mark.parametrize(
    "headers, expected",
    [
        ({}, RateLimited("minute", 60.0)),
        ({"x_rate_limit_problem": "minute", "retry_after": "22"}, RateLimited("minute", 22.0)),
        ({"x_rate_limit_problem": "day", "retry_after": "7200"}, RateLimited("day", 7200.0)),
        ({"x_rate_limit_problem": "concurrent"}, RateLimited("concurrent", None)),
        ({"x_rate_limit_problem": "appminute"}, RateLimited("minute", 60.0)),
        ({"x_rate_limit_problem": "minute", "retry_after": "soon"}, RateLimited("minute", 60.0)),
    ],
)
def test_a_limit_says_what_and_how_long(headers, expected):
    assert expected == INVOICES["create_invoice"].outcomes(TWO[:1], answer(429, **headers))[0]


@pytest.mark.parametrize(
    "message, code",
    [
        ("Invoice # must be unique.", "NUMBER_TAKEN"),
        ("INVOICE # MUST BE UNIQUE", "NUMBER_TAKEN"),
        ("Credit Note # must be unique.", "NUMBER_TAKEN"),
        ("The contact name Ava Nguyen is already assigned to another contact.", "CONTACT_TAKEN"),
        ("The contact number HX-P-1 is already assigned to another contact.", "CONTACT_TAKEN"),
        ("The contact name already exists. Please enter a different contact name", "CONTACT_TAKEN"),
        ("The contact with the specified contact details has been archived. The contact must be", "CONTACT_ARCHIVED"),
        ("Account code has been archived or deleted", "ACCOUNT_ARCHIVED"),
        ("The document date cannot be before the period lock date, currently set at 31-Mar-2026", "LOCKED_PERIOD"),
        ("The document date cannot be before the end of year lock date, currently", "LOCKED_PERIOD"),
        ("Organisation is not subscribed to currency USD", "CURRENCY_NOT_ENABLED"),
        ("You have reached the limit of invoices you can approve", "PLAN_LIMIT"),
        ("Payment amount exceeds the amount outstanding on this document", "OVERPAID"),
        ("Payments can only be made against Authorised documents", "NOT_APPROVED"),
        ("This document cannot be edited as it has a payment or credit note allocated to it.", "HAS_PAYMENTS"),
        ("The status DRAFT cannot be applied to the invoice because it has payments", "HAS_PAYMENTS"),
        ("Account code '9999' is not a valid code for this document.", "ACCOUNT_INVALID"),
        ("Something new", "INVALID"),
    ],
)
def test_a_message_has_a_stable_code(message, code):
    assert code == code_of(message)[0]


def test_xeros_words_are_kept_but_names_are_cut_out():
    what = rejected(["The contact name Ava Nguyen is already assigned to another contact. Names are unique."]).what
    assert "The contact name … is already assigned to another contact. Names are unique." == what


def test_the_total_of_the_answer_is_kept_beside_the_wanted_one():
    outcome = INVOICES["create_invoice"].outcomes(TWO, answer(200, {"Invoices": [GOOD | {"Total": 9.99}, BAD]}))[0]
    assert isinstance(outcome, Done)
    assert (Decimal("9.99"), Decimal("10.00")) == (outcome.link.seen["total"], outcome.link.seen["wanted_total"])


def test_a_read_that_fails_is_tried_again_and_one_that_finds_nothing_says_so():
    find = INVOICES["find_invoice"]
    asked = [Element("", {"number": "HX-1"}), Element("", {"number": "HX-9"})]
    assert [Retry, Retry] == [type(item) for item in find.outcomes(asked, answer(500))]
    found, missing = find.outcomes(asked, answer(200, {"Invoices": [GOOD]}))
    assert (True, False) == (found.result["found"], missing.result["found"])


def test_a_look_up_by_id_and_one_by_number_come_back_apart():
    mixed = [Element("", {"id": GOOD["InvoiceID"]}), Element("", {"number": "HX-9"})]
    first, second = INVOICES["find_invoice"].outcomes(mixed, answer(200, {"Invoices": [GOOD]}))
    assert isinstance(first, Done)
    assert "WHOLE_CALL" == second.code


def test_deleting_a_payment_that_is_gone_is_done():
    element = Element("p", {"id": "p"})
    assert isinstance(PAYMENTS["delete_payment"].outcomes([element], answer(404, b"gone"))[0], Done)


def test_only_a_live_payment_that_is_the_same_counts_as_found():
    payload = {"invoice_id": "a1", "date": date(2026, 3, 1), "amount": Decimal("10.00"), "reference": "HX-PT-1 Cash"}
    row = {"PaymentID": "1", "Date": "/Date(1772323200000+0000)/", "Amount": 10.0, "Reference": "HX-PT-1 Cash"}
    row |= {"Status": "AUTHORISED", "Invoice": {"InvoiceID": "a1"}, "Account": {}}
    create = PAYMENTS["create_payment"]
    twice = [Element("HX-PT-1 Cash", payload)] * 2
    assert 'Invoice.InvoiceID==guid("a1")' == dict(create.find(twice).query)["where"]
    table = [
        ([row], [True, False]),
        ([row | {"Status": "DELETED"}], [False, False]),
        ([row | {"Amount": 10.01}], [False, False]),
        ([row | {"Invoice": {"InvoiceID": "a2"}}], [False, False]),
        ([row, row | {"PaymentID": "2"}], [True, True]),
        ([], [False, False]),
    ]
    for rows, expected in table:
        found = create.found(twice, answer(200, {"Payments": rows}))
        assert expected == [item is not None for item in found]


@pytest.mark.parametrize("response", [answer(500), answer(200, b"no"), answer(200, {"Invoices": "x"}), answer(429)])
def test_a_look_up_without_a_list_tells_nothing(response):
    with pytest.raises(ValueError, match="list"):
        INVOICES["create_invoice"].found(TWO, response)


def test_a_number_that_another_document_has_does_not_count_as_ours():
    found = INVOICES["create_invoice"].found
    assert [True, False] == [
        item is not None for item in found(TWO, answer(200, {"Invoices": [GOOD, WARNED | {"Total": 3}]}))
    ]
    assert [False, False] == [
        item is not None for item in found(TWO, answer(200, {"Invoices": [GOOD | {"Status": "VOIDED"}]}))
    ]


def test_a_write_says_each_of_its_elements_apart_and_exactly():
    request = INVOICES["create_invoice"].request(
        [
            Element(
                "HX-1", {"number": "HX-1", "contact_id": "c", "lines": [{"description": "x", "unit": Decimal("0.10")}]}
            )
        ]
    )
    assert ("PUT", "/Invoices", (("summarizeErrors", "false"),)) == (request.method, request.path, request.query)
    assert b'"UnitAmount":0.10' in request.body
    assert {"ContactID": "c"} == read_json(request.body)["Invoices"][0]["Contact"]
