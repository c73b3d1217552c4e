"""Payouts in the sandbox: AC-22, 24, 26, 28 and 35, both ways, changed, deleted, settled receipts (R13, R18)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from bank_side import balances, money, newer, office, payout, post
from desk import outcome_of
from sales import key_of, line, next_version, number_of, patient, receipt, sale

from connectors.xero.posting.payout import transfer_reference

NOW = "2026-03-13T18:00+11:00"
GRACE = patient(507, "Grace Tan")


def desk_with_payouts(**policy):
    return office(post_payouts="yes", **policy)


@pytest.mark.parametrize(
    "paid, sums",
    [
        (payout("MED-1234567", "Medicare", "2026-03-12", "93.35", "Medicare pay run 1234567"), {"_614": "-93.35"}),
        (payout("po_77", "Stripe", "2026-03-13", "195.49"), {"_617": "-195.49"}),
        (payout("EFT-9011", "Direct Deposit", "2026-03-11", "180.00"), {"_616": "-180.00"}),
        (payout("HX-1040", "Halaxy Payments", "2026-03-12", "180.00"), {"_615": "-180.00"}),
        (payout("po_78", "Stripe", "2026-03-13", "-12.30"), {"_617": "12.30"}),
    ],
    ids=lambda value: value.id if hasattr(value, "id") else "",
)
def test_a_payout_is_one_transfer_from_its_clearing_account_or_back(paid, sums):
    desk = desk_with_payouts()
    assert "finished" == outcome_of(post(desk, paid, NOW, "post_payout"))
    moved = sum(money(**sums).values())
    assert money(**sums) | {"090": -moved} == balances(desk)
    link = desk.links[f"halaxy payout {paid.id}", "transfer"]
    assert (paid.text, paid.bank_date) == (link.written["reference"], link.written["date"])


@pytest.mark.parametrize(
    "id, text, reference",
    [
        ("MED-1234567", "Medicare pay run 1234567", "Medicare pay run 1234567"),
        ("EFT-9011", "", "EFT-9011"),
        ("po_77", "STRIPE  payout", "STRIPE payout HX-PO-po_77"),
        ("r-5e1", "HALAXY 12 March", "HALAXY 12 March HX-PO-r-5e1"),
    ],
)
def test_the_bank_text_is_the_reference_and_always_tells_which_payout(id, text, reference):
    assert reference == transfer_reference(payout(id, "Stripe", "2026-03-12", "1.00", text))


def test_without_the_setting_nothing_is_posted():
    desk = office()
    done = post(desk, payout("po_77", "Stripe", "2026-03-13", "195.49"), NOW, "post_payout")
    assert "payouts are not posted" in done.result["skipped"]
    assert {} == balances(desk)


@pytest.mark.parametrize(
    "changes, sums",
    [
        ({"net": Decimal("200.00")}, {"_617": "-200.00", "_090": "200.00"}),
        ({"method": "Medicare"}, {"_614": "-195.49", "_090": "195.49"}),
        ({"net": Decimal("-5.00")}, {"_617": "5.00", "_090": "-5.00"}),
        ({"deleted": True}, {}),
        ({"net": Decimal("0.00")}, {}),
    ],
    ids=["sum", "method", "direction", "deleted", "nothing"],
)
def test_a_changed_payout_is_deleted_and_written_as_it_is(changes, sums):
    desk = desk_with_payouts()
    paid = payout("po_77", "Stripe", "2026-03-13", "195.49", covers=("9015", "9016"))
    post(desk, paid, NOW, "post_payout")
    assert "finished" == outcome_of(post(desk, newer(paid, **changes), NOW, "post_payout"))
    assert money(**sums) == balances(desk)
    settled = [link for (_, part), link in desk.links.items() if part == "settled" and not link.gone]
    assert len(settled) == (2 if sums else 0)
    post(desk, newer(newer(paid)), NOW, "post_payout")
    assert money(_617="-195.49", _090="195.49") == balances(desk)


def test_receipts_are_settled_by_the_payout_that_holds_them_and_only_by_it():
    desk = desk_with_payouts()
    one = payout("po_1", "Stripe", "2026-03-12", "100.00", covers=("1", "2"))
    post(desk, one, NOW, "post_payout")
    post(desk, newer(one, covers=("1",)), NOW, "post_payout")
    assert [False, True] == [desk.links[f"halaxy payment {id}", "settled"].gone for id in "12"]
    two = payout("po_2", "Stripe", "2026-03-13", "50.00", covers=("2",))
    post(desk, two, NOW, "post_payout")
    assert not desk.links["halaxy payment 2", "settled"].gone
    post(desk, newer(two, covers=("1", "2")), NOW, "post_payout")
    post(desk, newer(newer(one), deleted=True), NOW, "post_payout")
    assert not desk.links["halaxy payment 1", "settled"].gone, "it is the other payout's by now"


def test_ac_26_a_payment_that_a_transfer_has_moved_is_not_taken_back_in_silence():
    desk = desk_with_payouts()
    desk.contact(key_of(GRACE), number_of(GRACE))
    paid = receipt(9011, "2026-03-11T09:30+11:00", "Direct Deposit", "180.00")
    sold = sale(1027, "2026-03-04", GRACE, [line(1, "Session", "Consultation", "180.00")], [paid])
    post(desk, sold, NOW, "post_sale")
    post(desk, payout("EFT-9011", "Direct Deposit", "2026-03-11", "180.00", covers=("9011",)), NOW, "post_payout")
    assert money(_090="180.00", _200="-180.00") == balances(desk)
    changed_at = datetime.fromisoformat("2026-03-12T10:00+11:00")
    held = post(desk, next_version(sold, payments=(), changed_at=changed_at), NOW, "post_sale")
    assert ("SETTLED_PAYMENT_DELETED", "payment 9011") == (held.code, held.about)


def test_a_transfer_in_a_locked_period_stays_and_holds():
    desk = desk_with_payouts()
    paid = payout("po_77", "Stripe", "2026-03-13", "195.49")
    post(desk, paid, NOW, "post_payout")
    desk.facts["organisation"]["organisation"] |= {"period_lock": paid.bank_date}
    held = post(desk, newer(paid, deleted=True), NOW, "post_payout")
    assert "LOCKED_PERIOD" == held.code
    assert money(_617="-195.49", _090="195.49") == balances(desk)


@pytest.mark.parametrize(
    "paid, code, release",
    [
        (payout("x", "Barter", "2026-03-12", "1.00"), "UNMAPPED", "map payout_accounts"),
        (payout("x", "Discount", "2026-03-12", "1.00"), "UNMAPPED", "map payout_accounts"),
        (payout("x", "Voucher", "2026-03-12", "1.00"), "UNMAPPED", "map payout_accounts"),
        (payout("x", "Stripe", "2026-03-14", "1.00"), "TOTAL_MISMATCH", "day 2026-03-14"),
    ],
    ids=["unknown", "no money", "no bank account", "tomorrow"],
)
def test_a_payout_without_an_account_or_a_day_is_held(paid, code, release):
    held = post(desk_with_payouts(), paid, NOW, "post_payout")
    assert (code, True) == (held.code, release in held.releases)
