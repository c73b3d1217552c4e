"""Halaxy's own receipts in the sandbox: AC-67, matched once, looked for again, or held (R12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from bank_side import balances, call, deposit, expense, given_back, newer, office, post
from desk import outcome_of
from sales import patient

NOW = "2026-03-31T18:00+11:00"
FEES = "Auto payment processing fees March"


def own(id, on, gross, text, tax="0.00", **more):
    """One of Halaxy's receipts."""
    return expense(id, on, gross, tax, "", "Halaxy", kind="receipt", description=text, **more)


def desk_with_costs(*rows, **policy):
    """An office in which fees and reversals were posted: (reference, day, amount)."""
    desk = office(**policy)
    desk.contact("contact HX-PROC", "HX-PROC", "Halaxy")
    for reference, on, amount in rows:
        line = {"description": reference, "amount": Decimal(amount), "unit": Decimal(amount), "account": "404"}
        head = {"type": "SPEND", "contact_id": desk.links["contact HX-PROC", "contact"].id, "reference": reference}
        bank = "091" if reference.endswith("reversed") else "615"
        head |= {"account": bank, "account_id": desk.facts["account"][bank]["id"], "date": date.fromisoformat(on)}
        head |= {"amounts": "Inclusive", "status": "AUTHORISED", "lines": [line | {"tax_type": "INPUT"}]}
        call(desk, "create_bank_transaction", head, reference)
    return desk


MARCH = (("HX-PT-9008 fee", "2026-03-16", "3.28"), ("HX-PT-9010 fee", "2026-03-17", "3.28"))


def covered(desk, *receipts, now=NOW):
    """What covers each receipt, or the code of its hold."""
    found = []
    for one in receipts:
        decision = post(desk, one, now, "post_expense")
        done = outcome_of(decision) == "finished"
        found.append(decision.result.get("covered", decision.result.get("form")) if done else decision.code)
    return found


def test_ac_67_fees_and_refunds_that_are_posted_are_not_posted_again_and_credits_are():
    desk = desk_with_costs(*MARCH, ("HX-PT-8999 reversed", "2026-03-16", "120.00"))
    before = balances(desk)
    recoup = own(305, "2026-03-16", "120.00", "Halaxy practitioner recoup, refund of invoice 1025")
    found = covered(desk, own(303, "2026-03-31", "6.56", FEES, "0.60"), recoup)
    assert ["HX-PT-9008 fee, HX-PT-9010 fee", "HX-PT-8999 reversed"] == found
    assert before == balances(desk)
    bought = own(304, "2026-03-31", "55.00", "Halaxy credits", "5.00", paid="2026-03-31", method="Credit Card")
    assert ["spend"] == covered(desk, bought)
    assert Decimal("50.00") == balances(desk)["485"]
    post(desk, newer(bought, deleted=True), NOW, "post_expense")
    assert before == balances(desk)


def test_a_refund_drawn_from_the_card_matches_and_one_paid_in_cash_does_not():
    desk = desk_with_costs()
    for id, method in ((9026, "Braintree"), (9027, "Cash")):
        back = given_back(id + 10, "2026-03-17T10:00+11:00", method, "80.00")
        taken = deposit(id, "2026-03-10T09:00+11:00", method, "80.00", patient(id, "Dev Patel"), refunds=(back,))
        post(desk, taken, NOW, "post_deposit")
    receipts = [own(id, "2026-03-18", "80.00", "practitioner recoup") for id in (1, 2)]
    assert ["HX-PT-9036 deposit refund", "UNMAPPED"] == covered(desk, *receipts)


def test_one_document_covers_one_receipt():
    desk = desk_with_costs(("HX-PT-1 reversed", "2026-03-16", "50.00"), ("HX-PT-2 reversed", "2026-03-17", "50.00"))
    three = [own(id, "2026-03-16", "50.00", "recoup") for id in (1, 2, 3)]
    assert ["HX-PT-1 reversed", "HX-PT-2 reversed", "UNMAPPED"] == covered(desk, *three)
    post(desk, newer(three[0], deleted=True), NOW, "post_expense")
    assert ["HX-PT-1 reversed"] == covered(desk, three[2]), "what a deleted receipt covered is free again"


@pytest.mark.parametrize(
    "on, text, gross, found",
    [
        ("2026-03-24", "Processing fee", "3.28", "HX-PT-9010 fee"),
        ("2026-03-25", "Processing fee", "3.28", "UNMAPPED"),
        ("2026-03-16", "Processing fee", "3.29", "UNMAPPED"),
        ("2026-04-02", FEES, "6.56", "HX-PT-9008 fee, HX-PT-9010 fee"),
        ("2026-04-20", FEES, "6.56", "UNMAPPED"),
        ("2026-03-16", "Refund to card", "3.28", "UNMAPPED"),
    ],
)
def test_a_match_is_of_the_same_sum_within_a_week_or_of_the_month(on, text, gross, found):
    assert [found] == covered(desk_with_costs(*MARCH), own(1, on, gross, text), now="2026-04-21T18:00+10:00")


def test_a_receipt_without_a_match_is_looked_for_again_and_never_expensed():
    desk = desk_with_costs()
    held = post(desk, own(1, "2026-03-30", "120.00", "recoup of a refund"), NOW, "post_expense")
    assert ("UNMAPPED", ("skip",), True) == (held.code, held.choices, "day 2026-04-01" in held.releases)
    assert {} == balances(desk)


def test_fees_are_expensed_where_the_practice_says_so():
    fee = own(1, "2026-03-31", "6.56", "Processing fees", "0.60")
    assert ["spend"] == covered(desk_with_costs(fee_source="expenses"), fee)
    assert ["UNMAPPED"] == covered(desk_with_costs(), fee)


def test_an_edited_receipt_is_matched_anew():
    desk = desk_with_costs(*MARCH, ("HX-PT-9011 fee", "2026-03-18", "5.00"))
    first = own(1, "2026-03-16", "3.28", "Processing fee")
    assert ["HX-PT-9008 fee"] == covered(desk, first)
    assert ["HX-PT-9011 fee"] == covered(desk, newer(first, gross=Decimal("5.00")))
    assert desk.links["halaxy receipts 2026-03", "covers HX-PT-9008 fee"].gone
