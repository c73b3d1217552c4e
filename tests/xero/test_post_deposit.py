"""Deposits in the sandbox: AC-31, 32, 46, 49 and 73, what people do in between, and locked periods (R10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from bank_side import balances, call, deposit, given_back, money, newer, office, post
from desk import outcome_of
from sales import key_of, line, next_version, number_of, patient, receipt, sale

from engine.sdk.contract import Later, Link

CHLOE, DEV, ISLA = patient(503, "Chloe Marsh"), patient(504, "Dev Patel"), patient(509, "Isla Brown")
NOW = "2026-03-16T18:00+11:00"


def with_contacts(*payers, **options):
    desk = office(**options)
    for payer in payers:
        desk.contact(key_of(payer), number_of(payer))
    return desk


def test_ac_31_a_deposit_is_taken_applied_and_the_application_removed():
    desk = with_contacts(CHLOE)
    taken = deposit(9023, "2026-03-09T09:00+11:00", "Cash", "100.00", CHLOE)
    assert "finished" == outcome_of(post(desk, taken, NOW, "post_deposit"))
    assert ["PUT /BankTransactions"] == desk.xero.writes
    assert money(_611="100.00", _835="-100.00") == balances(desk)
    visit = [line(1, "Initial physio consult", "Consultation", "120.00")]
    drawn = replace(receipt(9024, "2026-03-16T10:00+11:00", "Deposit", "100.00", "deposit_applied"), deposit="9023")
    card = receipt(9025, "2026-03-16T10:01+11:00", "EFTPOS", "20.00")
    sold = sale(1036, "2026-03-16", CHLOE, visit, [drawn, card])
    assert "finished" == outcome_of(post(desk, sold, NOW, "post_sale"))
    assert money(_200="-120.00", _611="100.00", _612="20.00") == balances(desk)
    removed = next_version(sold, payments=(card,), changed_at=datetime.fromisoformat("2026-03-16T10:00+11:00"))
    assert "finished" == outcome_of(post(desk, removed, NOW, "post_sale"))
    assert money(_200="-120.00", _610="100.00", _611="100.00", _612="20.00", _835="-100.00") == balances(desk)


def test_ac_32_what_is_left_of_a_deposit_is_given_back():
    desk = with_contacts(DEV)
    taken = deposit(9026, "2026-03-10T09:00+11:00", "EFTPOS", "200.00", DEV)
    post(desk, taken, NOW, "post_deposit")
    refunded = newer(taken, refunds=(given_back(9028, "2026-03-17T10:00+11:00", "EFTPOS", "50.00"),))
    done = post(desk, refunded, "2026-03-17T18:00+11:00", "post_deposit")
    assert ("50.00", "prepayment") == (str(done.result["returned"]), done.result["credit"])
    assert money(_612="150.00", _835="-150.00") == balances(desk)
    assert "HX-PT-9028 deposit refund" == desk.links["halaxy deposit 9026", "refund 9028"].marker


@pytest.mark.parametrize(
    "again, account",
    [
        ((), {"_612": "200.00", "_835": "-200.00"}),
        ((("Cash", "50.00"),), {"_612": "200.00", "_611": "-50.00", "_835": "-150.00"}),
        ((("EFTPOS", "60.00"),), {"_612": "140.00", "_835": "-140.00"}),
    ],
    ids=["deleted", "by another method", "over another sum"],
)
def test_a_refund_that_halaxy_changed_is_taken_back_and_written_as_it_is(again, account):
    desk = with_contacts(DEV)
    before = deposit(
        9026,
        "2026-03-10T09:00+11:00",
        "EFTPOS",
        "200.00",
        DEV,
        refunds=(given_back(9028, "2026-03-17T10:00+11:00", "EFTPOS", "50.00"),),
    )
    post(desk, before, "2026-03-17T18:00+11:00", "post_deposit")
    refunds = tuple(given_back(9028, "2026-03-17T10:00+11:00", method, amount) for method, amount in again)
    assert "finished" == outcome_of(
        post(desk, newer(before, refunds=refunds), "2026-03-18T18:00+11:00", "post_deposit")
    )
    assert money(**account) == balances(desk)


def test_a_refund_that_was_paid_to_a_card_comes_from_the_account_of_its_refunds():
    desk = with_contacts(DEV)
    back = given_back(9028, "2026-03-17T10:00+11:00", "Braintree", "200.00")
    taken = deposit(9026, "2026-03-10T09:00+11:00", "Braintree", "200.00", DEV, refunds=(back,))
    post(desk, taken, "2026-03-17T18:00+11:00", "post_deposit")
    assert money(_615="200.00", _091="-200.00") == balances(desk)


def test_a_deposit_that_bounced_goes_back_to_where_it_came_from():
    desk = with_contacts(DEV)
    back = given_back(9029, "2026-03-17T10:00+11:00", "", "200.00", kind="dishonour")
    taken = deposit(9026, "2026-03-10T09:00+11:00", "Direct Deposit", "200.00", DEV, refunds=(back,))
    post(desk, taken, "2026-03-17T18:00+11:00", "post_deposit")
    assert {} == balances(desk)


def test_ac_73_a_deleted_deposit_is_refunded_on_its_own_day_and_a_restored_one_stands_again():
    desk = with_contacts(DEV)
    taken = deposit(9073, "2026-03-20T09:00+11:00", "EFTPOS", "80.00", DEV)
    post(desk, taken, "2026-03-20T18:00+11:00", "post_deposit")
    gone = newer(taken, deleted=True)
    assert {"removed": True} == post(desk, gone, "2026-03-21T18:00+11:00", "post_deposit").result
    undone = desk.links["halaxy deposit 9073", "credit x"]
    assert ("HX-PT-9073 deleted in Halaxy", taken.date) == (undone.marker, undone.written["date"])
    assert {} == balances(desk)
    post(desk, newer(gone, deleted=False), "2026-03-22T18:00+11:00", "post_deposit")
    assert money(_612="80.00", _835="-80.00") == balances(desk)
    post(desk, newer(newer(gone, deleted=False), deleted=True), "2026-03-23T18:00+11:00", "post_deposit")
    assert {} == balances(desk)


def test_a_deposit_under_another_method_sum_or_payer_is_undone_and_taken_again():
    desk = with_contacts(DEV, ISLA)
    taken = deposit(9073, "2026-03-20T09:00+11:00", "EFTPOS", "80.00", DEV)
    post(desk, taken, "2026-03-20T18:00+11:00", "post_deposit")
    other = newer(taken, method="Cash", amount=taken.amount * 2)
    post(desk, other, "2026-03-21T18:00+11:00", "post_deposit")
    assert money(_611="160.00", _835="-160.00") == balances(desk)
    moved = newer(other, payer=ISLA)
    post(desk, moved, "2026-03-22T18:00+11:00", "post_deposit")
    assert money(_611="160.00", _835="-160.00") == balances(desk)
    contact = desk.links["halaxy patient 509", "contact"].id
    assert contact == desk.links["halaxy deposit 9073", "credit"].written["contact_id"]
    post(desk, newer(moved, deleted=True), "2026-03-23T18:00+11:00", "post_deposit")
    assert {} == balances(desk)


def test_ac_49_a_deposit_that_came_of_a_refund_waits_for_the_sale_and_is_drawn_from_its_credit():
    desk = with_contacts(ISLA)
    back = given_back(9060, "2026-03-20T10:00+11:00", "EFTPOS", "20.00")
    kept = deposit(9059, "2026-03-13T10:00+11:00", "EFTPOS", "20.00", ISLA, invoice="1056")
    assert {"skipped": "nothing to post"} == post(desk, kept, "2026-03-13T18:00+11:00", "post_deposit").result
    returned = newer(kept, refunds=(back,))
    held = post(desk, returned, "2026-03-20T18:00+11:00", "post_deposit")
    assert ("DEPOSIT_MISSING", True) == (held.code, "link halaxy deposit 9059" in held.releases)
    head = {"number": "HX-1056-CN1", "contact_id": desk.links[key_of(ISLA), "contact"].id, "date": kept.date}
    row = {"description": "Reduction", "amount": kept.amount, "unit": kept.amount, "account": "200"}
    head |= {"status": "AUTHORISED", "amounts": "Inclusive", "lines": [row | {"tax_type": "EXEMPTOUTPUT"}]}
    note = call(desk, "create_credit_note", head, head["number"])
    written = {**note, "credit": "credit note", "credit_id": note["id"], "amount": kept.amount}
    link = Link("halaxy deposit 9059", "credit", "credit note", note["id"], "HX-1056-CN1", 2, written, written)
    desk.links[link.source, "credit"] = link
    done = post(desk, returned, "2026-03-20T18:00+11:00", "post_deposit")
    assert ("credit note", "20.00") == (done.result["credit"], str(done.result["returned"]))
    assert money(_200="20.00", _612="-20.00") == balances(desk)


def test_a_deposit_that_an_invoice_still_uses_waits_before_it_is_undone():
    desk = with_contacts(CHLOE)
    taken = deposit(9023, "2026-03-09T09:00+11:00", "Cash", "100.00", CHLOE)
    post(desk, taken, NOW, "post_deposit")
    drawn = replace(receipt(9024, "2026-03-16T10:00+11:00", "Deposit", "100.00", "deposit_applied"), deposit="9023")
    sold = sale(1036, "2026-03-16", CHLOE, [line(1, "Consult", "Consultation", "120.00")], [drawn])
    post(desk, sold, NOW, "post_sale")
    changed_at = datetime.fromisoformat("2026-03-16T18:00+11:00")
    gone = newer(taken, deleted=True, changed_at=changed_at)
    assert isinstance(desk.post(gone, "2026-03-16T18:05+11:00", "post_deposit"), Later)
    assert "DELETE_BLOCKED" == outcome_of(desk.post(gone, "2026-03-17T18:05+11:00", "post_deposit"))
    desk.post(next_version(sold, payments=(), changed_at=changed_at), "2026-03-17T18:05+11:00", "post_sale")
    assert "finished" == outcome_of(desk.post(gone, "2026-03-17T18:10+11:00", "post_deposit"))
    assert money(_200="-120.00", _610="120.00") == balances(desk)


@pytest.mark.parametrize(
    "options, code",
    [
        ({"organisation": {"PeriodLockDate": "2026-03-31"}}, "LOCKED_PERIOD"),
        ({"start_date": "2026-04-01"}, "DEPOSIT_MISSING"),
    ],
    ids=["locked", "before the books begin"],
)
def test_a_deposit_that_cannot_be_dated_is_held(options, code):
    desk = with_contacts(DEV, **options)
    taken = deposit(9026, "2026-03-10T09:00+11:00", "EFTPOS", "200.00", DEV)
    assert code == outcome_of(post(desk, taken, NOW, "post_deposit"))
    assert {} == balances(desk)


@pytest.mark.parametrize("method", ["Barter", "Voucher"])
def test_a_method_without_a_bank_account_is_held(method):
    desk = with_contacts(DEV)
    held = post(desk, deposit(9026, "2026-03-10T09:00+11:00", method, "200.00", DEV), NOW, "post_deposit")
    assert ("UNMAPPED", True) == (held.code, "map payment_accounts" in held.releases)


def test_an_older_snapshot_of_a_deposit_changes_nothing():
    desk = with_contacts(DEV)
    taken = deposit(9026, "2026-03-10T09:00+11:00", "EFTPOS", "200.00", DEV)
    post(desk, newer(taken), NOW, "post_deposit")
    assert {"superseded": True} == post(desk, taken, NOW, "post_deposit").result
