"""Expenses in the sandbox: AC-65 and 66, their edits, taxes, people's changes and Halaxy's own receipts (R23, R12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from bank_side import balances, call, expense, money, newer, office, post
from desk import outcome_of

from connectors.xero.connector import CONNECTOR
from engine.sdk.contract import Choice, Known, Today

NOW = "2026-03-31T18:00+11:00"
RENT = {"category": "Rent", "supplier": "Harbour Property Trust", "due": "2026-03-30"}


def paid_by_card(**more):
    return expense(301, "2026-03-16", "88.00", "8.00", paid="2026-03-16", method="Credit Card", **more)


def test_ac_65_an_expense_paid_on_its_day_is_money_spent():
    desk = office()
    one = paid_by_card()
    assert "spend" == post(desk, one, NOW, "post_expense").result["form"]
    assert money(_453="80.00", _820="8.00", _091="-88.00") == balances(desk)
    link = desk.links["halaxy expense 301", "spend"]
    assert ("HX-EX-301", "Officeworks") == (link.written["reference"], desk_contact(desk, link))
    assert {"removed": True} == post(desk, newer(one, deleted=True), NOW, "post_expense").result
    assert {} == balances(desk)
    post(desk, newer(newer(one)), NOW, "post_expense")
    assert money(_453="80.00", _820="8.00", _091="-88.00") == balances(desk)


def desk_contact(desk, link):
    return call(desk, "find_contact", {"id": link.written["contact_id"]})["name"]


def test_ac_66_an_unpaid_expense_is_a_bill_and_later_a_payment():
    desk = office()
    bill = expense(302, "2026-03-16", "2200.00", "200.00", **RENT)
    post(desk, bill, NOW, "post_expense")
    assert money(_469="2000.00", _820="200.00", _800="-2200.00") == balances(desk)
    link = desk.links["halaxy expense 302", "bill"]
    assert ("HX-EX-302", date(2026, 3, 30)) == (link.written["number"], link.written["due_date"])
    paid = newer(bill, paid=date(2026, 3, 30), method="Bank")
    assert post(desk, paid, NOW, "post_expense").result["paid"]
    assert money(_469="2000.00", _820="200.00", _090="-2200.00") == balances(desk)
    post(desk, newer(paid, paid=None, method=None), NOW, "post_expense")
    assert money(_469="2000.00", _820="200.00", _800="-2200.00") == balances(desk)
    post(desk, newer(newer(paid), deleted=True), NOW, "post_expense")
    assert {} == balances(desk)
    post(desk, newer(newer(newer(paid))), NOW, "post_expense")
    assert money(_469="2000.00", _820="200.00", _090="-2200.00") == balances(desk)


@pytest.mark.parametrize(
    "changes, sums",
    [
        ({"gross": Decimal("110.00"), "tax": Decimal("10.00")}, {"_453": "100.00", "_820": "10.00", "_091": "-110.00"}),
        ({"method": "Cash"}, {"_453": "80.00", "_820": "8.00", "_611": "-88.00"}),
        ({"category": "Rent"}, {"_469": "80.00", "_820": "8.00", "_091": "-88.00"}),
        ({"paid": None, "method": None}, {"_453": "80.00", "_820": "8.00", "_800": "-88.00"}),
        ({"paid": date(2026, 3, 20)}, {"_453": "80.00", "_820": "8.00", "_091": "-88.00"}),
        ({"supplier": "Paper Mill"}, {"_453": "80.00", "_820": "8.00", "_091": "-88.00"}),
    ],
    ids=["sum", "method", "category", "unpaid", "paid later", "supplier"],
)
def test_an_edited_expense_is_followed(changes, sums):
    desk = office()
    post(desk, paid_by_card(), NOW, "post_expense")
    after = newer(paid_by_card(), **changes)
    done = post(desk, after, NOW, "post_expense")
    assert money(**sums) == balances(desk)
    form = "spend" if after.paid == after.date else "bill"
    assert form == done.result["form"]
    assert after.supplier == desk_contact(desk, desk.links["halaxy expense 301", form])


@pytest.mark.parametrize(
    "changes, sums",
    [
        ({"gross": Decimal("1100.00"), "tax": Decimal("100.00")}, {"_469": "1000.00", "_820": "100.00"}),
        ({"category": "Office supplies"}, {"_453": "2000.00", "_820": "200.00"}),
        ({"due": date(2026, 4, 15)}, {"_469": "2000.00", "_820": "200.00"}),
    ],
    ids=["sum", "category", "due"],
)
def test_a_paid_bill_is_edited_with_its_payment_off_and_on_again(changes, sums):
    desk = office()
    paid = expense(302, "2026-03-16", "2200.00", "200.00", paid="2026-03-30", method="Bank", **RENT)
    post(desk, paid, NOW, "post_expense")
    id = desk.links["halaxy expense 302", "bill"].id
    post(desk, newer(paid, **changes), NOW, "post_expense")
    assert money(**sums) | {"090": -sum(money(**sums).values())} == balances(desk)
    assert id == desk.links["halaxy expense 302", "bill"].id, "the bill keeps its id"


@pytest.mark.parametrize(
    "category, gross, tax, rows",
    [
        ("Office supplies", "88.00", "8.00", [("88.00", "INPUT", "8.00")]),
        ("Office supplies", "88.00", "0.00", [("88.00", "EXEMPTEXPENSES", "0.00")]),
        ("Office supplies", "100.00", "5.00", [("55.00", "INPUT", "5.00"), ("45.00", "EXEMPTEXPENSES", "0.00")]),
        ("Office supplies", "87.95", "7.99", [("87.89", "INPUT", "7.99"), ("0.06", "EXEMPTEXPENSES", "0.00")]),
        ("Office supplies", "0.05", "0.00", [("0.05", "EXEMPTEXPENSES", "0.00")]),
        ("Wages", "500.00", "0.00", [("500.00", "BASEXCLUDED", "0.00")]),
        ("Interest", "12.34", "0.00", [("12.34", "INPUTTAXED", "0.00")]),
    ],
)
@pytest.mark.parametrize("paid", ["2026-03-16", None], ids=["spent", "a bill"])
def test_the_tax_claimed_is_the_practice_systems_to_the_cent(category, gross, tax, rows, paid):
    desk = office()
    method = "Credit Card" if paid else None
    post(desk, expense(1, "2026-03-16", gross, tax, category, paid=paid, method=method), NOW, "post_expense")
    link = desk.links["halaxy expense 1", "spend" if paid else "bill"]
    found = [(str(row["amount"]), row["tax_type"], str(row["tax"])) for row in link.written["lines"]]
    assert rows == found
    assert (Decimal(gross), Decimal(tax)) == (link.written["total"], link.written["tax"])


def test_tax_that_is_too_much_is_held_and_goes_on_with_a_persons_word():
    desk = office()
    wrong = expense(1, "2026-03-16", "88.00", "8.80", paid="2026-03-16", method="Cash")
    held = post(desk, wrong, NOW, "post_expense")
    assert ("TAX_MISMATCH", Decimal("8.00")) == (held.code, held.detail["tax_expected"])
    choices = {("TAX_MISMATCH", "expense 1"): Choice(held.choices[0], 1)}
    assert "calls" == outcome_of(decide(desk, wrong, choices))


def decide(desk, record, choices):
    """One decision with what a person chose."""
    known = Known(desk.links, {}, desk.facts, choices)
    today = Today(datetime.fromisoformat(NOW), date(2026, 3, 31), "Australia/Sydney")
    return CONNECTOR.postings["post_expense"].decide(record, known, desk.inputs, today)


def test_an_unregistered_practice_claims_no_tax():
    desk = office(organisation={"PaysTax": False, "SalesTaxBasis": "NONE"})
    post(desk, paid_by_card(), NOW, "post_expense")
    assert money(_453="88.00", _091="-88.00") == balances(desk)


def test_a_supplier_is_found_by_its_exact_name_or_made_once():
    desk = office()
    known = call(desk, "create_contact", {"number": "MANUAL-1", "name": "OFFICEWORKS"}, "MANUAL-1")
    post(desk, paid_by_card(), NOW, "post_expense")
    assert known["id"] == desk.links["halaxy expense 301", "spend"].written["contact_id"]
    for id, supplier in ((302, "Officeworks Ltd"), (303, " officeworks  LTD "), (304, 'The "Best" Shop')):
        post(desk, replace(paid_by_card(), id=str(id), supplier=supplier), NOW, "post_expense")
    made = {key for key in desk.links if key[1] == "contact"}
    assert 3 == len(made)


def test_a_bill_that_a_person_paid_is_linked_and_not_paid_again():
    desk = office()
    bill = expense(302, "2026-03-16", "2200.00", "200.00", **RENT)
    post(desk, bill, NOW, "post_expense")
    made = desk.links["halaxy expense 302", "bill"]
    bank = desk.facts["account"]["090"]["id"]
    payload = {"invoice_id": made.id, "account": "090", "account_id": bank, "date": date(2026, 3, 29)}
    call(desk, "create_payment", {**payload, "amount": bill.gross, "reference": "by hand"}, "by hand")
    paid = newer(bill, paid=date(2026, 3, 30), method="Bank")
    assert post(desk, paid, NOW, "post_expense").result["paid"]
    assert "person" == desk.links["halaxy expense 302", "payment"].made_by
    held = post(desk, newer(paid, deleted=True), NOW, "post_expense")
    assert "DELETE_BLOCKED" == held.code


def test_what_a_person_changed_or_deleted_in_xero_is_held():
    desk = office()
    one = paid_by_card()
    post(desk, one, NOW, "post_expense")
    id = desk.links["halaxy expense 301", "spend"].id
    call(desk, "update_bank_transaction", {"id": id, "status": "DELETED"}, id)
    held = post(desk, newer(one, category="Rent"), NOW, "post_expense")
    assert ("XERO_CHANGED", "post it again") == (held.code, held.choices[0])
    assert "finished" == outcome_of(post(desk, newer(one, deleted=True), NOW, "post_expense"))


@pytest.mark.parametrize(
    "wrong, code, release",
    [
        ({"category": "Unheard of"}, "UNMAPPED", "map expense_accounts"),
        ({"method": "Barter"}, "UNMAPPED", "map expense_methods"),
        ({"method": None}, "UNMAPPED", "map expense_methods"),
        ({"supplier": "  "}, "UNMAPPED", "person"),
        ({"currency": "USD"}, "CURRENCY_NOT_ENABLED", "facts"),
        ({"gross": Decimal("-5.00"), "tax": Decimal(0)}, "TOTAL_MISMATCH", "person"),
    ],
    ids=["category", "method", "no method", "supplier", "currency", "negative"],
)
def test_an_expense_that_cannot_be_posted_is_held_by_name(wrong, code, release):
    desk = office()
    held = post(desk, replace(paid_by_card(), **wrong), NOW, "post_expense")
    assert (code, True) == (held.code, release in held.releases)
    assert {} == balances(desk)


def test_nothing_is_written_or_changed_in_a_locked_period():
    desk = office()
    one = paid_by_card()
    post(desk, one, NOW, "post_expense")
    desk.facts["organisation"]["organisation"] |= {"period_lock": date(2026, 3, 31)}
    for changes in ({"deleted": True}, {"gross": Decimal("99.00"), "tax": Decimal("9.00")}):
        assert "LOCKED_PERIOD" == outcome_of(post(desk, newer(one, **changes), NOW, "post_expense"))
    assert "LOCKED_PERIOD" == outcome_of(post(desk, replace(one, id="9"), NOW, "post_expense"))
