"""Xero's arithmetic to the cent (Xero fact sheet 9.1 and 9.2, 8.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xero_by_hand import Client, line

from connectors.xero.sandbox.arithmetic import Discount, cents, price, tax_of, totals


@pytest.mark.parametrize(
    "kind, percent, amounts, taxes",
    [
        ("Exclusive", "15", ["25.06", "25.61", "25.63"], ["3.76", "3.84", "3.84"]),
        (
            "Inclusive",
            "15",
            ["89.00", "90.00", "95.50", "97.00", "92.00"],
            ["11.61", "11.74", "12.46", "12.65", "12.00"],
        ),
        ("Inclusive", "10", ["55.00", "47.85", "242.00"], ["5.00", "4.35", "22.00"]),
        ("Exclusive", "10", ["33.33", "33.33", "33.33"], ["3.33", "3.33", "3.33"]),
        ("Exclusive", "10", ["99.99"], ["10.00"]),
        ("NoTax", "10", ["99.99"], ["0.00"]),
        ("Inclusive", "10", ["-47.85"], ["-4.35"]),
        ("Exclusive", "10", ["0.05"], ["0.01"]),
    ],
)
def test_the_vectors_of_the_sheet(kind: str, percent: str, amounts: list[str], taxes: list[str]) -> None:
    assert [tax_of(Decimal(amount), Decimal(percent), kind) for amount in amounts] == [Decimal(tax) for tax in taxes]


def test_the_sheets_exclusive_document_totals_87_74() -> None:
    lines = [Decimal(amount) for amount in ("25.06", "25.61", "25.63")]
    assert totals(
        [(amount, tax_of(amount, Decimal(15), "Exclusive")) for amount in lines], "Exclusive"
    ).gross == Decimal("87.74")


@pytest.mark.parametrize(
    "sent, places, expected",
    [
        ({"quantity": "1", "unit": "2.165"}, 2, "2.17"),
        ({"quantity": "3", "unit": "0.3333"}, 4, "1.00"),
        ({"quantity": "3", "unit": "0.3333"}, 2, "0.99"),
        ({"quantity": "1.5", "unit": "10"}, 2, "15.00"),
        ({"unit": "12.34"}, 2, "12.34"),
        ({"amount": "12.34"}, 2, "12.34"),
        ({"quantity": "3", "amount": "10.00"}, 2, "10.00"),
        ({"quantity": "2", "unit": "50", "percent": "12.5"}, 2, "87.50"),
        ({"quantity": "2", "unit": "50", "off": "0.01"}, 2, "99.99"),
        ({"quantity": "1", "unit": "-7.77"}, 2, "-7.77"),
    ],
)
def test_a_line_is_completed_and_rounded(sent: dict[str, str], places: int, expected: str) -> None:
    number = {name: Decimal(value) for name, value in sent.items()}
    discount = Discount(number.get("percent"), number.get("off"))
    priced = price(number.get("quantity"), number.get("unit"), number.get("amount"), discount, places)
    assert priced.amount == Decimal(expected)


CENTS = st.decimals("-100000", "100000", places=2, allow_nan=False)


@given(
    st.lists(CENTS, min_size=1, max_size=8),
    st.sampled_from(["Exclusive", "Inclusive", "NoTax"]),
    st.sampled_from([0, 10, 15, 20]),
)
def test_net_and_tax_make_the_total(amounts: list[Decimal], kind: str, percent: int) -> None:
    parts = [(amount, tax_of(amount, Decimal(percent), kind)) for amount in amounts]
    sums = totals(parts, kind)
    assert sums.net + sums.tax == sums.gross
    assert (sums.gross if kind == "Inclusive" else sums.net) == sum(amounts)
    assert all(tax == cents(tax) for _, tax in parts)


def invoice(xero: Client, lines: list[Any], query: dict[str, str] | None = None, **fields: Any) -> Any:
    body = {"Type": "ACCREC", "Contact": {"Name": "Ann Example"}, "LineItems": lines, **fields}
    answer = xero.put("/Invoices", {"Invoices": [body]}, summarizeErrors="false", **(query or {}))
    return answer["Invoices"][0]


@pytest.mark.parametrize(
    "sent, message",
    [
        (
            {"Quantity": 1, "UnitAmount": 10, "LineAmount": 11},
            "The line total 11.00 does not match the expected line total 10.00",
        ),
        (
            {"Quantity": -2, "UnitAmount": 10},
            "The quantity value '-2.0000' is invalid. Quantity must not be less than zero.",
        ),
        ({"UnitAmount": 10, "AccountCode": "9999"}, "Account code '9999' is not a valid code for this document."),
        ({"UnitAmount": 10, "AccountCode": "610"}, "Account code '610' is not a valid code for this document."),
        ({"UnitAmount": 10, "AccountCode": "612"}, "Account code '612' is not a valid code for this document."),
        (
            {"UnitAmount": 10, "AccountCode": "200", "TaxType": "INPUT"},
            "The TaxType code 'INPUT' cannot be used with account code '200'.",
        ),
        (
            {"UnitAmount": 10, "AccountCode": "404", "TaxType": "OUTPUT"},
            "The TaxType code 'OUTPUT' cannot be used with account code '404'.",
        ),
    ],
)
def test_a_bad_line_is_refused_in_xeros_words(xero: Client, sent: Any, message: str) -> None:
    row = invoice(xero, [{"Description": "x", **sent}])
    assert row["LineItems"][0]["ValidationErrors"] == [{"Message": message}]
    assert {"Message": message} in row["ValidationErrors"]


@pytest.mark.parametrize(
    "amount, tax_type, sent, status",
    [("9.99", "OUTPUT", "0.90", "OK"), ("9.99", "OUTPUT", "0.92", "OK"), ("9.99", "OUTPUT", "0.89", "ERROR"),
     ("9.99", "EXEMPTOUTPUT", "0.00", "OK"), ("9.99", "EXEMPTOUTPUT", "0.91", "ERROR")],
)  # fmt: skip
def test_tax_may_be_overridden_by_a_cent(xero: Client, amount: str, tax_type: str, sent: str, status: str) -> None:
    row = invoice(xero, [line(amount, "201", tax_type, TaxAmount=sent)], LineAmountTypes="Inclusive")
    assert row["StatusAttributeString"] == status
    if status == "OK":
        assert (row["TotalTax"], row["Total"]) == (Decimal(sent), Decimal(amount))


def test_unit_amounts_have_two_places_unless_four_are_asked_for(xero: Client) -> None:
    thirds = [{"Description": "x", "Quantity": 3, "UnitAmount": "33.3333", "AccountCode": "200"}]
    assert invoice(xero, thirds)["Total"] == Decimal("99.99")
    made = invoice(xero, thirds, {"unitdp": "4"})
    assert (made["Total"], made["LineItems"][0]["UnitAmount"]) == (Decimal("100.00"), Decimal("33.3333"))
    assert xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]["LineItems"][0]["UnitAmount"] == Decimal("33.33")


def test_the_account_gives_the_tax_type(xero: Client) -> None:
    rows = [{"Description": "x", "UnitAmount": 11, "AccountCode": code} for code in ("200", "201")]
    made = invoice(xero, rows, LineAmountTypes="Inclusive")
    assert [row["TaxType"] for row in made["LineItems"]] == ["EXEMPTOUTPUT", "OUTPUT"]
    assert made["TotalTax"] == Decimal("1.00")


def test_an_organisation_without_tax_takes_no_taxed_lines(xero: Client) -> None:
    xero.lever("POST", "seed", {"organisation": {"PaysTax": False}})
    assert invoice(xero, [line("11", "201", "OUTPUT")])["StatusAttributeString"] == "ERROR"
    assert invoice(xero, [{"UnitAmount": 11, "AccountCode": "201"}])["LineItems"][0]["TaxType"] == "BASEXCLUDED"
    assert xero.get("/Organisation")["Organisations"][0]["PaysTax"] is False


def test_a_discount_amount_comes_off_the_line(xero: Client) -> None:
    made = invoice(xero, [line("100.00", DiscountAmount="12.34")], LineAmountTypes="Inclusive")
    assert (made["Total"], made["TotalDiscount"], made["IsDiscounted"]) == (Decimal("87.66"), Decimal("12.34"), True)


@pytest.mark.parametrize("kind", ["ACCPAY"])
def test_discounts_are_for_sales_invoices(xero: Client, kind: str) -> None:
    row = invoice(xero, [line("100.00", "404", "INPUT", DiscountRate=10)], Type=kind)
    assert row["StatusAttributeString"] == "ERROR"


def test_a_wrong_total_is_ignored(xero: Client) -> None:
    assert invoice(xero, [line("10")], Total="99", LineAmountTypes="Inclusive")["Total"] == Decimal("10.00")
