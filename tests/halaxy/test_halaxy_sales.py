"""Building a sale: receipt kinds, line sums to the cent, categories, places and persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from halaxy_fake import a_fee, a_line, a_payment, a_role, an_invoice, money, ref
from hypothesis import given
from hypothesis import strategies as st

from connectors.halaxy import payloads
from connectors.halaxy.line_sums import reckon
from connectors.halaxy.receipts import matches_paid, receipt
from connectors.halaxy.sales import Surroundings, fee_book, join, numbered
from engine.core.money import cents, total
from engine.core.values import dumps, loads
from engine.sdk.records import LineDiscount, Sale, from_plain, to_plain

Json = Any
SYDNEY = ZoneInfo("Australia/Sydney")
D = Decimal


def around(*fees: Json) -> Surroundings:
    book = fee_book(payloads.fee(row) for row in fees)
    return Surroundings(SYDNEY, 7, "AUD", book, {"PR-2": payloads.role(a_role())})


def joined(invoice: Json, lines: list[Json], payments: list[Json] | None = None, *fees: Json) -> Sale:
    money_of = [payloads.payment(row, SYDNEY) for row in payments or []]
    return join(payloads.invoice(invoice), [payloads.line(row) for row in lines], money_of, None, around(*fees))


def parts(**amounts: Json) -> Json:
    return [{"type": name, "amount": {"value": D(str(value))}} for name, value in amounts.items()]


def totals(net: Json, tax: Json, gross: Json, paid: Json = 0) -> Json:
    balance = D(str(gross)) - D(str(paid))
    named = {"totalNet": net, "totalTax": tax, "totalGross": gross, "totalPaid": paid, "totalBalance": balance}
    return {name: money(value) for name, value in named.items()}


@pytest.mark.parametrize("words, method, amount, on_invoice, kind", [
    ("Payment", "Cash", "10", True, "payment"),
    ("Payment", "Direct Deposit", "10", True, "payment"),
    ("Payment", "Bank deposit", "10", True, "payment"),
    ("", "EFTPOS", "10", True, "payment"),
    ("Something new", "Own method", "10", True, "payment"),
    ("Payment", "Medicare bulk bill", "10", True, "payment"),
    ("Failed", "Braintree", "10", True, "failed"),
    ("failed payment", "Discount", "10", True, "failed"),
    ("Payment", "Discount", "10", True, "discount"),
    ("Discount", "", "10", True, "discount"),
    ("Payment", "Discount", "-10", True, "refund"),
    ("Refund", "Cash", "10", True, "refund"),
    ("Refund", "Cash", "-10", True, "refund"),
    ("Payment", "Cash", "-10", True, "refund"),
    ("Refund", "Direct Deposit", "-10", True, "refund"),
    ("Deposit", "EFTPOS", "10", False, "deposit"),
    ("Deposit", "EFTPOS", "-10", False, "refund"),
    ("Deposit refund", "EFTPOS", "10", False, "refund"),
    ("Deposit", "EFTPOS", "10", True, "deposit_applied"),
    ("Payment", "Deposit", "10", True, "deposit_applied"),
    ("Refund", "Deposit", "-10", True, "to_deposit"),
    ("Dishonoured", "Braintree", "10", True, "dishonour"),
    ("Chargeback", "Braintree", "-10", True, "dishonour"),
    ("Payment reversed", "Medicare", "-10", True, "dishonour"),
])  # fmt: skip
def test_the_kind_of_a_receipt(words: str, method: str, amount: str, on_invoice: bool, kind: str) -> None:
    row = a_payment("9", amount, "1" if on_invoice else None, type={"text": words}, method={"text": method})
    found = receipt(payloads.payment(row, SYDNEY), SYDNEY)
    assert found is not None
    assert (kind, D("10.00")) == (found.kind, found.amount)


@pytest.mark.parametrize("change", [
    {"priceComponent": []}, {"priceComponent": [{"type": "surcharge", "amount": 1}]}, {"created": None},
    {"status": {"text": "Voided"}}, {"priceComponent": [{"type": "base", "amount": {"value": 0}}]},
])  # fmt: skip
def test_what_cannot_be_posted_is_no_receipt(change: Json) -> None:
    assert receipt(payloads.payment(a_payment(**change), SYDNEY), SYDNEY) is None


def test_a_removed_payment_is_no_receipt() -> None:
    assert receipt(replace(payloads.payment(a_payment(), SYDNEY), removed=True), SYDNEY) is None


def test_a_receipt_has_the_local_day_of_its_utc_time() -> None:
    row = a_payment(created="2026-03-31T13:30:00+00:00")
    found = receipt(payloads.payment(row, SYDNEY), SYDNEY)
    assert found is not None
    assert date(2026, 4, 1) == found.date


def test_amount_without_a_base_component_and_surcharge_beside_it() -> None:
    plain = payloads.payment({**a_payment(), "priceComponent": None, "amount": {"value": "12.50"}}, SYDNEY)
    charged = payloads.payment(a_payment(priceComponent=parts(base=180, surcharge="4.42")), SYDNEY)
    assert (D("12.50"), D("180.00"), D("4.42")) == (plain.amount, charged.amount, charged.surcharge)


@pytest.mark.parametrize("wire, sums", [
    # quantity, components, header (net, tax, gross), expected gross, tax, unit price
    ((1, parts(base=30, tax=3), (30, 3, 33)), (D("33.00"), D("3.00"), D(33))),
    ((5, parts(base=100), (500, 0, 500)), (D("500.00"), D("0.00"), D(100))),
    ((2, parts(base=10, tax=1), (20, 2, 22)), (D("22.00"), D("2.00"), D(11))),
    ((2, parts(base=10, tax=2), (20, 2, 22)), (D("22.00"), D("2.00"), D(11))),
    ((2, parts(base=20, tax=2), (20, 2, 22)), (D("22.00"), D("2.00"), D(11))),
    ((1, parts(base=33, tax=3), (30, 3, 33)), (D("33.00"), D("3.00"), D(33))),
    ((2, parts(base=11, tax=1), (20, 2, 22)), (D("22.00"), D("2.00"), D(11))),
    ((3, parts(base="33.3333"), (100, 0, 100)), (D("100.00"), D("0.00"), D("33.3333"))),
    ((1, parts(base=-50), (-50, 0, -50)), (D("-50.00"), D("0.00"), D(-50))),
    ((1, parts(base=100, surcharge=5, deduction=15), (90, 0, 90)), (D("90.00"), D("0.00"), D(90))),
    (("0.5", parts(base=193), ("96.5", 0, "96.5")), (D("96.50"), D("0.00"), D(193))),
])  # fmt: skip
def test_line_sums_follow_the_reading_that_agrees_with_the_header(wire: Json, sums: Json) -> None:
    quantity, components, header = wire
    sale = joined(an_invoice(**totals(*header)), [a_line(quantity=quantity, unitPriceComponent=components)])
    line = sale.lines[0]
    assert sums == (line.gross, line.tax, line.unit_price)


def test_a_mixed_invoice_sums_to_its_header() -> None:
    lines = [a_line("1", base="95.00"), a_line("2", unitPriceComponent=parts(base=20, tax=2))]
    sale = joined(an_invoice(**totals(115, 2, 117)), lines)
    assert [(D("95.00"), D("0.00"), False), (D("22.00"), D("2.00"), True)] == [
        (x.gross, x.tax, x.taxable) for x in sale.lines
    ]


@pytest.mark.parametrize("base", ["9.99", "9.083333"])
def test_header_tax_alone_leaves_the_lines_tax_open_but_marks_them_taxable(base: str) -> None:
    lines = [a_line(id, base=base) for id in "123"]
    sale = joined(an_invoice(**totals("27.25", "2.72", "29.97")), lines)
    assert [None] * 3 == [line.tax for line in sale.lines]
    assert all(line.taxable for line in sale.lines)
    assert D("29.97") == total([line.gross for line in sale.lines])


def test_header_tax_falls_on_the_lines_whose_fee_is_taxed() -> None:
    taxed = a_fee("67", "B1", "Product", title="Band", propertyGroup=[{"priceComponent": parts(base=20, tax=2)}])
    lines = [a_line("1", base=95), a_line("2", base=22, code="B1")]
    sale = joined(an_invoice(**totals(115, 2, 117)), lines, [], a_fee(), taxed)
    assert [(False, D("95.00")), (True, D("22.00"))] == [(line.taxable, line.gross) for line in sale.lines]
    net = joined(an_invoice(**totals(115, 2, 117)), [lines[0], a_line("2", base=20, code="B1")], [], a_fee(), taxed)
    assert [D("95.00"), D("22.00")] == [line.gross for line in net.lines]


def test_a_line_discount_is_shown_with_tax_and_with_the_price_before_it() -> None:
    sale = joined(
        an_invoice(**totals(45, "4.50", "49.50")), [a_line(unitPriceComponent=parts(base=50, discount=5, tax="4.50"))]
    )
    assert LineDiscount(D("5.50"), D("55.00")) == sale.lines[0].discount
    assert (D("49.50"), D("4.50")) == (sale.lines[0].gross, sale.lines[0].tax)


@pytest.mark.parametrize(
    "header, agrees", [(99.99, True), ("100.00", True), ("100.04", True), ("100.05", False), ("101", False)]
)
def test_lines_agree_with_the_header_within_five_cents(header: Json, agrees: bool) -> None:
    lines = [payloads.line(a_line(id, base="33.33")) for id in "123"]
    invoice = payloads.invoice(an_invoice(gross=header))
    assert agrees is reckon(invoice, lines, lambda line: False).agrees


@pytest.mark.parametrize(
    "status, header", [("voided", 100), ("unassigned", 100), ("write-off", 100), ("write-off", 130)]
)
def test_lines_that_do_not_count_keep_their_sums(status: str, header: int) -> None:
    lines = [payloads.line(a_line("1", base=100)), payloads.line(a_line("2", base=30, status=status))]
    found = reckon(payloads.invoice(an_invoice(gross=header)), lines, lambda line: False)
    assert (True, [D("100.00"), D("30.00")]) == (found.agrees, [item.gross for item in found.sums])


@given(
    st.lists(st.tuples(st.integers(1, 6), st.decimals("0.01", "900", places=2), st.booleans()), min_size=1, max_size=8)
)
def test_whatever_the_lines_their_sum_is_the_headers_to_the_cent(rows: list[tuple[int, Decimal, bool]]) -> None:
    lines, net, tax = [], D(0), D(0)
    for index, (quantity, price, taxed) in enumerate(rows):
        line_tax = cents(price / 10) if taxed else D(0)
        lines.append(a_line(str(index), quantity=quantity, unitPriceComponent=parts(base=price, tax=line_tax)))
        net, tax = net + quantity * price, tax + quantity * line_tax
    sale = joined(an_invoice(**totals(net, tax, net + tax)), lines)
    assert (net + tax, tax) == (total([x.gross for x in sale.lines]), total([x.tax or D(0) for x in sale.lines]))


def test_a_category_is_found_by_code_then_by_title() -> None:
    fees = (a_fee("1", "A", "By code"), a_fee("2", "B", "By title", title="Report  writing"))
    lines = [
        a_line("1", code="A"),
        a_line("2", code="none", description="report writing"),
        a_line("3", code=None, description="?"),
    ]
    sale = joined(an_invoice(gross=360), lines, [], *fees)
    assert ["By code", "By title", None] == [line.category for line in sale.lines]


def test_among_fees_of_one_code_the_same_title_then_the_current_one_wins() -> None:
    fees = (
        a_fee("1", "A", "Retired", status="retired", title="Old"), a_fee("2", "A", "Current", title="New"),
        a_fee("3", "A", "Same title", title="Short consult"),
    )  # fmt: skip
    lines = [a_line("1", code="A", description="Short consult"), a_line("2", code="A", description="?")]
    assert ["Same title", "Current"] == [
        line.category for line in joined(an_invoice(gross=240), lines, [], *fees).lines
    ]


def test_place_and_persons_come_from_the_role_and_equal_ids_of_other_types_are_not_mixed() -> None:
    sale = joined(an_invoice(), [a_line(performer=ref("PractitionerRole", "PR-2"))])
    assert ("CL-1", "PR-1", "PR-1") == (sale.location, sale.practitioner, sale.lines[0].practitioner)
    other = joined(
        an_invoice(practitioner=ref("Practitioner", "PR-2")), [a_line(performer=ref("PractitionerRole", "PR-9"))]
    )
    assert (None, "PR-2", None) == (other.location, other.practitioner, other.lines[0].practitioner)


@pytest.mark.parametrize("subjects, expected", [(("501",), "501"), (("501", "501"), "501"), (("501", "502"), None)])
def test_an_organisations_sale_names_its_only_patient(subjects: tuple[str, ...], expected: str | None) -> None:
    lines = [a_line(str(number), subject=ref("Patient", id)) for number, id in enumerate(subjects)]
    payer = {
        "recipient": ref("Organization", "OG-3"),
        "payorType": "organization",
        "title": "Services Australia (Medicare)",
    }
    sale = joined(an_invoice(gross=120 * len(lines), **payer), lines)
    assert (expected, "organisation", "OG-3", "medicare") == (
        sale.subject,
        sale.payer.kind,
        sale.payer.id,
        sale.payer.role,
    )
    assert joined(an_invoice(), [a_line()]).subject is None


@pytest.mark.parametrize("gone, expected", [
    ((), ("100.00", "10.00", "110.00", "40.00", "70.00")), (("totalGross",), ("100.00", "10.00", "110.00", "40.00", "70.00")),
    (("totalGross", "totalNet"), ("100.00", "10.00", "110.00", "40.00", "70.00")),
    (("totalTax", "totalPaid"), ("100.00", "10.00", "110.00", "40.00", "70.00")),
    (("totalBalance",), ("100.00", "10.00", "110.00", "40.00", "70.00")),
])  # fmt: skip
def test_a_missing_sum_follows_from_the_others(gone: tuple[str, ...], expected: tuple[str, ...]) -> None:
    row = {name: value for name, value in an_invoice(**totals(100, 10, 110, 40)).items() if name not in gone}
    found = joined(row, [a_line(unitPriceComponent=parts(base=100, tax=10))]).totals
    assert tuple(map(D, expected)) == (found.net, found.tax, found.gross, found.paid, found.balance)


def test_settled_by_a_write_off_is_not_fully_paid() -> None:
    paid = {"totalPaid": money(100), "totalBalance": money(0)}
    off = a_line("2", base=20, status="write-off")
    assert joined(an_invoice(**paid), [a_line(base=100), off]).fully_paid is False
    assert joined(an_invoice(gross=100, paid=100), [a_line(base=100)]).fully_paid is True


@pytest.mark.parametrize("paid, explained", [("100", True), ("110", True), ("104", True), ("114", True), ("90", False)])
def test_the_paid_total_may_count_discounts_and_surcharges_or_not(paid: str, explained: bool) -> None:
    rows = [
        a_payment("1", priceComponent=parts(base=100, surcharge=4)), a_payment("2", "10", method={"text": "Discount"}),
        a_payment("3", "55", type={"text": "Failed"}),
    ]  # fmt: skip
    found = [receipt(payloads.payment(row, SYDNEY), SYDNEY) for row in rows]
    assert explained is matches_paid([item for item in found if item], D(paid))


def test_a_sale_survives_the_store() -> None:
    sale = numbered(joined(an_invoice(paid=50), [a_line()], [a_payment(amount=50)], a_fee()), 3, None)
    assert sale == from_plain(Sale, loads(dumps(to_plain(sale))))
