"""Random sales: what Xero will compute equals what the practice system says, or the sale is held (R4 to R6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from desk import facts
from hypothesis import given, settings
from hypothesis import strategies as st
from sales import INPUTS, line, patient, sale

from connectors.xero.payloads import invoice_body
from connectors.xero.posting.lines import Lines, active_lines, build, without_negatives
from connectors.xero.posting.policy import read_policy
from connectors.xero.posting.situation import situation
from engine.core.money import cents, total
from engine.sdk.contract import Hold, Known, Today

CENT = Decimal("0.01")
PAYER = patient(501, "Ava Nguyen")
PRICES = st.integers(1, 200_000).map(lambda number: Decimal(number) / 100)
TODAY = Today(datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC).date())


def round2(value):
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def sums_at_xero(rows):
    """Fact sheet 9.1, tax-inclusive; an override counts as it is sent."""
    gross, tax = Decimal(0), Decimal(0)
    for row in rows:
        amount = round2(row["Quantity"] * row["UnitAmount"]) - row.get("DiscountAmount", Decimal(0))
        assert amount == row["LineAmount"], "Xero refuses a line whose amount does not multiply"
        assert row["UnitAmount"] == round2(row["UnitAmount"])
        gross += amount
        tax += row.get("TaxAmount", round2(amount / 11) if row["TaxType"] == "OUTPUT" else Decimal(0))
    return gross, tax


def built(sold, **organisation):
    known = Known({}, {}, facts(**organisation))
    return build(situation(sold, known, read_policy(INPUTS), TODAY), active_lines(sold))


@st.composite
def stated_lines(draw):
    """Lines with their own tax, a cent or two off at times, with quantities and discounts."""
    lines = []
    for number in range(draw(st.integers(1, 6))):
        gross = draw(PRICES)
        tax = (
            cents(gross / 11) + draw(st.sampled_from([0, 0, 0, 1, -1, 2])) * CENT if draw(st.booleans()) else Decimal(0)
        )
        more = {"quantity": draw(st.sampled_from(["1", "2", "3", "0.5", "1.25", "7"]))}
        if draw(st.booleans()):
            more["discount"] = ("5.00", str(gross + 5))
        category = draw(st.sampled_from(["Consultation", "Product", "Report"]))
        lines.append(line(number, f"Line {number}", category, str(gross), str(max(tax, Decimal(0))), **more))
    return lines


@settings(max_examples=300, deadline=None)
@given(stated_lines(), st.integers(-7, 7))
def test_sums_are_the_practice_systems_or_the_sale_is_held(lines, off):
    plain = sale(1, "2026-03-02", PAYER, lines)
    gross = plain.totals.gross + off * CENT
    if gross <= 0:
        return
    sold = replace(plain, totals=replace(plain.totals, gross=gross))
    made = built(sold)
    if isinstance(made, Hold):
        assert made.code in ("TOTAL_MISMATCH", "TAX_MISMATCH")
        return
    assert abs(off) <= 5
    body = invoice_body({"lines": made.rows})
    assert (gross, sold.totals.tax) == sums_at_xero(body["LineItems"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(PRICES, st.booleans()), min_size=1, max_size=8), st.integers(-3, 3))
def test_a_header_tax_is_spread_exactly_or_held(prices, off):
    lines = [line(n, f"L{n}", "Product", str(gross), None, taxable=yes) for n, (gross, yes) in enumerate(prices)]
    exact = cents(total(tuple(gross for gross, yes in prices if yes)) / 11) + off * CENT
    if exact < 0:
        return
    made = built(sale(1, "2026-03-02", PAYER, lines, tax=str(exact)))
    if isinstance(made, Hold):
        assert ("TAX_MISMATCH", True) == (made.code, off != 0)
        return
    _, tax = sums_at_xero(invoice_body({"lines": made.rows})["LineItems"])
    assert exact == tax


def test_a_line_on_a_liability_account_carries_no_tax():
    made = built(sale(1, "2026-03-02", PAYER, [line(1, "Voucher", "Gift voucher", "110.00", "10.00")]))
    assert isinstance(made, Lines)
    assert ("BASEXCLUDED", Decimal(0)) == (made.rows[0]["tax_type"], made.tax)


def test_tax_from_an_unregistered_practice_is_held():
    made = built(sale(1, "2026-03-02", PAYER, [line(1, "Band", "Product", "22.00", "2.00")]), pays_tax=False)
    assert isinstance(made, Hold)
    assert "TAX_MISMATCH" == made.code


def test_line_taxes_that_miss_the_header_by_a_cent_follow_the_header():
    lines = [line(n, f"Tape {n}", "Product", "9.99", "0.91") for n in (1, 2, 3)]
    made = built(sale(1, "2026-03-02", PAYER, lines, tax="2.72"))
    assert isinstance(made, Lines)
    assert [Decimal("0.91"), Decimal("0.91"), Decimal("0.90")] == [row["tax"] for row in made.rows]


def test_a_gap_in_a_map_holds_that_sale_and_names_the_gap():
    made = built(sale(1, "2026-03-02", PAYER, [line(1, "Yoga", "Classes", "20.00")]))
    assert isinstance(made, Hold)
    assert ("UNMAPPED", "Classes", True) == (
        made.code,
        made.detail["category"],
        "map revenue_accounts" in made.releases,
    )


def test_maps_may_be_nested_by_location_on_either_side():
    sold = sale(1, "2026-03-02", PAYER, [line(1, "Consult", "consultation ", "20.00")], location="CL-2")
    for table in ({"CL-2": {"Consultation": "203"}}, {"Consultation": {"CL-1": "200", "CL-2": "203"}}):
        now = situation(sold, Known({}, {}, facts()), read_policy({**INPUTS, "revenue accounts": table}), TODAY)
        made = build(now, active_lines(sold))
        assert isinstance(made, Lines)
        assert "203" == made.rows[0]["account"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-5_000, 9_000).map(lambda number: Decimal(number) / 100), min_size=1, max_size=6))
def test_netting_negative_lines_keeps_the_sum(amounts):
    rows = [{"amount": amount, "account": "200", "tax_type": "EXEMPTOUTPUT"} for amount in amounts]
    rest = without_negatives(rows)
    if rest is None:
        assert total(tuple(amounts)) < 0
    else:
        assert total(tuple(amounts)) == total(tuple(row["amount"] for row in rest))
        assert all(row["amount"] > 0 for row in rest)
