"""Both sides compared: what the accounting cases make agrees, whatever form it has, and nothing else is invented."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from books_by_hand import (
    FIRST,
    LAST,
    PERIOD,
    TERMS,
    beside,
    books,
    compared,
    day,
    document,
    line,
    paid,
    receipt,
    row,
    sale,
    sides,
)
from practice_stories import STORIES

from connectors.books.compare import compare
from connectors.books.period import Period
from connectors.books.terms import Terms
from engine.core.money import ZERO
from engine.sdk.capabilities import LedgerTransfer, Noted

SALE_95 = sale("1001", [line("1", "95.00")], [receipt("9001", "95.00")])
ITS_DOCUMENT = document("HX-1001", row("95.00"), paid("9001", "95.00"))


@pytest.mark.parametrize("name, facts, ledger", STORIES, ids=[story[0] for story in STORIES])
def test_what_the_accounting_cases_make_agrees(name: str, facts: list[Any], ledger: list[Any]) -> None:
    found = compared(facts, *ledger)
    assert found.items == ()
    assert [proof.difference for proof in found.proofs] == [ZERO] * 5, [
        (proof.name, each) for proof in found.proofs for each in proof.rows if each.difference
    ]
    assert found.sales.paid == found.ledger.paid
    without_maps = compared(facts, *ledger, terms=Terms(start=TERMS.start))
    assert without_maps.items == ()


def test_all_stories_agree_in_one_month_in_any_order() -> None:
    facts = [fact for _, some, _ in STORIES for fact in some]
    ledger = [part for _, _, some in STORIES for part in some]
    one = compared(facts, *ledger)
    random.Random(5).shuffle(facts)
    random.Random(6).shuffle(ledger)
    assert one.items == ()
    assert compared(facts, *ledger) == one


DIFFERING = [
    ("nothing posted: one item, with its money", [SALE_95], [], [("invoice missing", "invoice 1001", "190.00")]),
    ("voided by a person", [SALE_95], [replace(ITS_DOCUMENT, status="gone", payments=())],
     [("invoice voided", "invoice 1001", "190.00")]),
    ("deleted in Halaxy, still in Xero", [], [ITS_DOCUMENT], [("invoice extra", "invoice 1001", "190.00")]),
    ("a quote was posted", [replace(SALE_95, kind="quote")], [document("HX-1001", row("95.00"))],
     [("invoice unwanted", "invoice 1001", "95.00")]),
    ("a failed attempt was posted", [replace(SALE_95, payments=(receipt("9001", "95.00", kind="failed"),))], [ITS_DOCUMENT],
     [("payment extra", "payment 9001", "95.00")]),
    ("a discount was posted as money", [replace(SALE_95, payments=(receipt("9001", "15.00", method="Discount"),))],
     [document("HX-1001", row("95.00"), paid("9001", "15.00"))],
     [("discount", "invoice 1001", "15.00"), ("payment extra", "payment 9001", "15.00")]),
    ("the person's payment is too late to be ours", [SALE_95], [document("HX-1001", row("95.00"), paid("x", "95.00", 14, "612", "typed"))],
     [("payment missing", "payment 9001", "95.00"), ("payment extra", "payment xp-x", "95.00")]),
    ("two places at once count once", [SALE_95], [document("HX-1001", row("95.00"), paid("9001", "95.00", 7, "613"))],
     [("payment account", "payment 9001", "95.00"), ("payment date", "payment 9001", "0.00")]),
    ("a sale below zero is never posted and never forgotten", [sale("1001", [line("1", "-10.00")])], [],
     [("invoice missing", "invoice 1001", "10.00")]),
    ("another document looks the same", [SALE_95], [ITS_DOCUMENT, replace(ITS_DOCUMENT, id="f", number="INV-0042", payments=())],
     [("suspected duplicate", "invoice 1001", "95.00")]),
    ("somebody typed it in", [SALE_95], [replace(ITS_DOCUMENT, id="f", number="INV-0042")], [("invoice missing", "invoice 1001", "190.00")]),
    ("money for a visit to come is missing", [sale("1001", [line("1", "90.00")], [receipt("9001", "90.00")], date=day(9, 4))], [],
     [("payment missing", "payment 9001", "90.00")]),
]  # fmt: skip


@pytest.mark.parametrize("facts, ledger, wanted", [case[1:] for case in DIFFERING], ids=[case[0] for case in DIFFERING])
def test_what_does_not_agree_is_named_once(facts: list[Any], ledger: list[Any], wanted: list[Any]) -> None:
    found = compared(facts, *ledger)
    shown = [(item.code, item.about, str(item.money)) for item in found.items]
    assert sorted(shown) == sorted(wanted)
    assert str(found.difference) == str(sum((item.money for item in found.items), ZERO))


def test_a_document_that_looks_like_a_missing_invoice_can_be_linked() -> None:
    (item,) = compared([SALE_95], replace(ITS_DOCUMENT, id="f", number="INV-0042")).items
    assert item.document == "f"
    assert item.repairs == ("post", "link", "accept", "ignore")
    assert "INV-0042" in item.sentence


def test_a_draft_waits_only_where_drafts_are_wanted() -> None:
    draft = document("HX-1001", row("95.00"), status="draft")
    waits = compared([SALE_95], draft, terms=replace(TERMS, drafts=True))
    assert waits.agrees
    assert waits.waiting == ("invoice 1001",)
    assert [item.code for item in compared([SALE_95], draft).items] == ["invoice draft"]


def test_what_is_accepted_does_not_count_until_a_side_changes() -> None:
    both = sides([SALE_95], books(document("HX-1001", row("95.00"), paid("9001", "90.00"))))
    (item,) = compare(both, TERMS, PERIOD).items
    said = {item.key: Noted("accept", item.fingerprint, "rounding of the terminal", "robin")}
    calm = compare(replace(both, noted=said), TERMS, PERIOD)
    assert calm.agrees
    assert [(each.item.key, each.reason) for each in calm.settled] == [(item.key, "rounding of the terminal")]
    changed = sides([SALE_95], books(document("HX-1001", row("95.00"), paid("9001", "80.00"))))
    assert str(compare(replace(changed, noted=said), TERMS, PERIOD).difference) == "15.00"
    ignored = {item.key: Noted("ignore", "", "never mind", "robin")}
    assert compare(replace(changed, noted=ignored), TERMS, PERIOD).agrees


def test_money_that_was_not_paid_out_is_told_with_its_age() -> None:
    old = sale("1001", [line("1", "95.00")], [receipt("9001", "95.00", 3, method="Braintree")], on=3)
    new = sale("1002", [line("1", "50.00")], [receipt("9002", "50.00", 30, method="Braintree")], on=30)
    posted = [document("HX-1001", row("95.00"), paid("9001", "95.00", 3, "615"), on=3),
              document("HX-1002", row("50.00"), paid("9002", "50.00", 30, "615"), on=30)]  # fmt: skip
    moved = LedgerTransfer("t", day(5), "615", "090", row("95.00").amount)
    assert compared([old, new], *posted, moved).clearing == ()
    part = replace(moved, amount=row("40.00").amount)
    (found,) = compared([old, new], *posted, part).clearing
    assert (found.account, str(found.left), found.since, found.days) == ("615", "105.00", day(3), 28)


def test_two_alike_payments_are_only_suspected() -> None:
    twice = replace(SALE_95, payments=(receipt("9001", "40.00"), receipt("9002", "40.00")))
    found = compared([twice], document("HX-1001", row("95.00"), paid("9001", "40.00"), paid("9002", "40.00")))
    assert found.agrees
    assert [each.about for each in found.suspected] == ["invoice 1001"]


def test_documents_of_other_makers_and_older_sales_are_no_difference() -> None:
    others = [document("INV-0042", row("500.00")), document("HX-900-A1", row("25.00"), on=9),
              document("INV-0043", row("1.00"), status="gone")]  # fmt: skip
    found = compared([SALE_95], ITS_DOCUMENT, *others)
    assert found.agrees
    assert found.not_ours == 1
    assert [each.about for each in found.outside] == ["invoice 900"]


def test_documents_without_a_sale_count_unless_they_cancel_each_other() -> None:
    note = document("HX-1001-CN1", row("95.00"), on=20)
    assert compared([], document("HX-1001", row("95.00")), note).agrees
    standing = compared([], ITS_DOCUMENT, note)
    assert [(item.code, str(item.money)) for item in standing.items] == [("invoice extra", "95.00")]


def test_sums_are_by_day_and_overall() -> None:
    other = sale("1002", [line("1", "50.00")], on=6)
    posted = [document("HX-1001", row("95.00"), paid("9001", "90.00")), document("HX-1002", row("50.00"), on=6)]
    found = compared([SALE_95, other], *posted)
    assert (found.sales.invoices, str(found.sales.invoiced), found.sales.payments, str(found.ledger.paid)) == (
        2,
        "145.00",
        1,
        "90.00",
    )
    assert [(each.day.day, str(each.sales.invoiced), str(each.ledger.paid)) for each in found.days] == [
        (5, "95.00", "0.00"),
        (6, "50.00", "90.00"),
    ]


def test_the_proofs_tell_sums_and_the_items_behind() -> None:
    found = compared([SALE_95], document("HX-1001", row("95.00"), paid("9001", "90.00", account="613")))
    cash = next(proof for proof in found.proofs if proof.name == "cash")
    assert [(each.key, str(each.sales), str(each.ledger)) for each in cash.rows] == [
        (("612", "2026-03-06"), "95.00", "0.00"), (("613", "2026-03-06"), "0.00", "90.00"),
    ]  # fmt: skip
    assert cash.items == tuple(item.key for item in found.items)
    debtors = next(proof for proof in found.proofs if proof.name == "debtors")
    assert [(each.key, str(each.difference)) for each in debtors.rows] == [(("HX-P-501",), "5.00")]


def test_what_is_owed_is_told_for_the_end_of_the_period() -> None:
    later = sale("1001", [line("1", "95.00")], [receipt("9001", "95.00", 20)])
    early = Period(FIRST, day(10), LAST)
    both = sides([later], books(document("HX-1001", row("95.00"), paid("9001", "95.00", 20))))
    found = compare(both, TERMS, early)
    debtors = next(proof for proof in found.proofs if proof.name == "debtors")
    assert [(str(each.sales), str(each.ledger)) for each in debtors.rows] == [("95.00", "95.00")]
    assert found.sales.payments == found.ledger.payments == 0


def test_a_merged_contact_is_its_survivor() -> None:
    moved = replace(ITS_DOCUMENT, contact="HX-P-777")
    assert compared([SALE_95], moved, merged={"HX-P-501": "HX-P-777"}).agrees
    assert [item.code for item in compared([SALE_95], moved).items] == ["contact"]


def test_money_of_an_unknown_receipt_is_told() -> None:
    found = compared([SALE_95], ITS_DOCUMENT, beside("spent", "HX-PT-4711 fee", "2.55"))
    assert [(item.code, str(item.money)) for item in found.items] == [("money extra", "2.55")]
