"""Both sides compared: a perfect ledger agrees, and any one injected difference is found, and only that one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.books.compare import compare
from connectors.books.comparison import Comparison, Item
from engine.core.money import ZERO, cents, total
from engine.sdk.capabilities import LedgerDocument, LedgerPayment
from engine.sdk.records import Payer, Receipt, Sale, SaleLine, Totals

START, TODAY = dt.date(2026, 1, 1), dt.date(2026, 3, 31)
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
PAYER = Payer("patient", "501", "Ava Nguyen")


def sale(
    id: str, *prices: str, taxable: bool = False, day: int = 5, payments: Sequence[Receipt] = (), **but: Any
) -> Sale:
    """A sale with one line a price; prices include tax."""
    lines = tuple(
        SaleLine(str(n), "Consult", Decimal(price), cents(Decimal(price) / 11) if taxable else ZERO)
        for n, price in enumerate(prices, 1)
    )
    gross, tax = total([line.gross for line in lines]), total([line.tax or ZERO for line in lines])
    paid = total([receipt.amount for receipt in payments if receipt.kind == "payment"])
    totals = Totals(gross - tax, tax, gross, paid, gross - paid)
    made = Sale(
        id, id, 1, "invoice", "active", False, dt.date(2026, 3, day), PAYER, "AUD", totals, paid >= gross, lines,
        tuple(payments),
    )  # fmt: skip
    return replace(made, **but)


def receipt(id: str, amount: str, day: int = 6, kind: Any = "payment", method: str = "EFTPOS") -> Receipt:
    at = dt.datetime(2026, 3, day, 1, 0, tzinfo=dt.UTC)
    return Receipt(id, kind, at, dt.date(2026, 3, day), method, Decimal(amount))


def paid(id: str, amount: str, day: int = 6, reference: str = "") -> LedgerPayment:
    return LedgerPayment(f"xp-{id}", dt.date(2026, 3, day), Decimal(amount), "612", reference or f"HX-PT-{id} EFTPOS")


def document(
    number: str, amount: str, *payments: LedgerPayment, tax: str = "0.00", day: int = 5, **but: Any
) -> LedgerDocument:
    due = Decimal(amount) - total([payment.amount for payment in payments])
    made = LedgerDocument(
        "credit note" if "-CN" in number or "-WO" in number or "-RND" in number else "invoice",
        f"id-{number}", number, dt.date(2026, 3, day), Decimal(amount), Decimal(tax), due,
        "paid" if due == 0 else "approved", tuple(payments),
    )  # fmt: skip
    return replace(made, **but)


def compared(sales: Sequence[Sale], documents: Sequence[LedgerDocument]) -> Comparison:
    return compare(sales, documents, START, TODAY, FIRST, LAST)


def perfect(sales: Sequence[Sale]) -> list[LedgerDocument]:
    """The ledger that the posting rules make of plain sales, worked out here on its own."""
    documents = []
    for each in sales:
        if each.kind == "quote" or each.deleted or each.totals.gross == 0 or not START <= each.date <= TODAY:
            continue
        payments = tuple(
            LedgerPayment(f"xp-{r.id}", r.date, r.amount, "612", f"HX-PT-{r.id} {r.method}")
            for r in each.payments
            if r.kind == "payment" and r.method != "Discount"
        )
        off = total([r.amount for r in each.payments if r.method == "Discount"])
        due = each.totals.gross - off - total([p.amount for p in payments])
        documents.append(
            LedgerDocument(
                "invoice",
                f"x-{each.id}",
                f"HX-{each.id}",
                each.date,
                each.totals.gross,
                each.totals.tax,
                due,
                "approved",
                payments,
                off,
            )
        )
        if off:
            tax = cents(off * each.totals.tax / each.totals.gross)
            documents.append(
                LedgerDocument(
                    "credit note",
                    f"c-{each.id}",
                    f"HX-{each.id}-CN1",
                    each.date,
                    off,
                    tax,
                    ZERO,
                    "paid",
                )
            )
    return documents


# --- strategies -----------------------------------------------------------------------------------

amounts = st.integers(min_value=1, max_value=99_999).map(lambda number: Decimal(number) / 100)


@st.composite
def some_sales(draw: st.DrawFn) -> list[Sale]:
    """Sales with part payments, discounts, failed cards, quotes, deletions, zero values and future dates."""
    sales = []
    for n in range(draw(st.integers(min_value=1, max_value=8))):
        prices = [str(price) for price in draw(st.lists(amounts, min_size=1, max_size=3))]
        kind = draw(st.sampled_from(["plain"] * 6 + ["quote", "deleted", "zero", "future"]))
        made = sale(
            str(1001 + n),
            *(["0.00"] if kind == "zero" else prices),
            taxable=draw(st.booleans()),
            day=draw(st.integers(1, 28)),
        )
        left, receipts = made.totals.gross, []
        for index in range(draw(st.integers(0, 3))):
            method = draw(st.sampled_from(["EFTPOS", "Cash", "HICAPS", "Discount"]))
            amount = min(left, draw(amounts))
            if amount > 0:
                receipts.append(
                    receipt(f"{9000 + 10 * n + index}", str(amount), draw(st.integers(1, 31)), method=method)
                )
                left -= amount
        if draw(st.booleans()):
            receipts.append(receipt(f"{8000 + n}", "50.00", kind="failed"))
        but = {"quote": {"kind": "quote"}, "deleted": {"deleted": True}, "future": {"date": dt.date(2026, 4, 2)}}
        made = replace(made, payments=tuple(receipts), **but.get(kind, {}))
        sales.append(made)
    return sales


def changed(documents: list[LedgerDocument], index: int, **but: Any) -> list[LedgerDocument]:
    return [replace(d, **but) if n == index else d for n, d in enumerate(documents)]


def injections(documents: list[LedgerDocument]) -> list[tuple[str, str, list[LedgerDocument]]]:
    """Every single difference that can be put in: (what the item is about, its field, the ledger with it)."""
    made: list[tuple[str, str, list[LedgerDocument]]] = []
    for n, doc in enumerate(documents):
        about = "invoice " + doc.number.split("-")[1]
        has_note = any(other.number == f"{doc.number}-CN1" for other in documents)
        made.append((about, "gross", changed(documents, n, total=doc.total + Decimal("0.01"))))
        if doc.kind == "credit note":
            continue
        if not has_note:
            made.append((about, "tax", changed(documents, n, tax=doc.tax + Decimal("0.01"))))
            made.append((about, "invoice", changed(documents, n, status="gone")))
            made.append((about, "invoice", documents[:n] + documents[n + 1 :]))
        made.append((about, "date", changed(documents, n, date=doc.date + dt.timedelta(days=1))))
        for k, payment in enumerate(doc.payments):
            pid = "payment " + payment.reference.split()[0].removeprefix("HX-PT-")
            without = doc.payments[:k] + doc.payments[k + 1 :]

            def instead(other: LedgerPayment, without: Any = without, n: int = n) -> list[LedgerDocument]:
                return changed(documents, n, payments=(*without, other))

            made.append((pid, "amount", changed(documents, n, payments=without)))
            made.append((pid, "amount", changed(documents, n, payments=(*doc.payments, payment))))
            made.append((pid, "amount", instead(replace(payment, amount=payment.amount - Decimal("0.01")))))
            made.append((pid, "amount", instead(replace(payment, amount=payment.amount + Decimal("5.00")))))
            made.append((pid, "date", instead(replace(payment, date=payment.date + dt.timedelta(days=1)))))
        made.append(("payment 7777", "amount", changed(documents, n, payments=(*doc.payments, paid("7777", "3.00")))))
        made.append(
            (
                "payment xp-odd",
                "amount",
                changed(documents, n, payments=(*doc.payments, paid("odd", "4321.00", 6, "typed by hand"))),
            )
        )
    extra = document("HX-5555", "77.00", paid("5556", "77.00"))
    made.append(("invoice 5555", "invoice", [*documents, extra]))
    return made


@settings(max_examples=150, deadline=None)
@given(some_sales())
def test_sales_and_their_perfect_ledger_agree(sales: list[Sale]) -> None:
    result = compared(sales, perfect(sales))
    assert result.items == ()
    assert result.agrees
    assert result.difference == 0
    assert result.sales == result.ledger
    assert all(day.sales == day.ledger for day in result.days)
    assert total([day.sales.invoiced for day in result.days]) == result.sales.invoiced


@settings(max_examples=150, deadline=None)
@given(some_sales(), st.data())
def test_one_injected_difference_of_any_kind_is_found_and_only_that_one(sales: list[Sale], data: st.DataObject) -> None:
    about, field, ledger = data.draw(st.sampled_from(injections(perfect(sales))))
    result = compared(sales, ledger)
    assert [(item.about, item.field) for item in result.items] == [(about, field)]
    assert not result.agrees
    assert result.difference == result.items[0].money
    assert (result.items[0].money == 0) == (field == "date")


@settings(max_examples=100, deadline=None)
@given(some_sales(), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(sales: list[Sale], chance: Any) -> None:
    _, _, ledger = injections(perfect(sales))[-1]
    before = compared(sales, ledger)
    mixed, shuffled = list(sales), list(ledger)
    chance.shuffle(mixed)
    chance.shuffle(shuffled)
    assert compared(mixed, shuffled) == before


# --- single cases ---------------------------------------------------------------------------------

SALE_95 = sale("1001", "95.00", payments=[receipt("9001", "95.00")])

AGREEING: list[tuple[str, Sale, list[LedgerDocument]]] = [
    ("plain and paid", SALE_95, [document("HX-1001", "95.00", paid("9001", "95.00"))]),
    ("fee added later on a supplementary invoice, one payment over both",
     sale("1055", "95.00", "25.00", payments=[receipt("9056", "50.00"), receipt("9057", "70.00", 14)]),
     [document("HX-1055", "95.00", paid("9056", "50.00"), paid("9057", "45.00", 14)),
      document("HX-1055-A1", "25.00", paid("9057", "25.00", 14), day=13)]),
    ("fee reduced by a credit note", sale("1054", "880.00", taxable=True),
     [document("HX-1054", "1100.00", tax="100.00"), document("HX-1054-CN1", "220.00", tax="20.00", day=15)]),
    ("payer changed: credit note and re-issue", sale("1057", "200.00", payments=[receipt("9061", "60.00")]),
     [document("HX-1057", "200.00", paid("9061", "60.00")), document("HX-1057-CN1", "140.00", day=20),
      document("HX-1057-R1", "140.00", day=20)]),
    ("fee cancelled and refunded",
     sale("1048", "0.00", payments=[receipt("9043", "95.00"), receipt("9044", "95.00", 11, "refund")]),
     [document("HX-1048", "95.00", paid("9043", "95.00")), document("HX-1048-CN1", "95.00", paid("9044", "95.00", 11), day=11)]),
    ("refunded with the fee still owed",
     sale("1050", "95.00", payments=[receipt("9047", "95.00"), receipt("9048", "95.00", 11, "refund")]),
     [document("HX-1050", "95.00")]),
    ("chargeback", sale("1040", "80.00", payments=[receipt("9031", "80.00"), receipt("9032", "80.00", 20, "dishonour")]),
     [document("HX-1040", "80.00")]),
    ("charged twice: the second is customer credit",
     sale("1035", "95.00", payments=[receipt("9020", "95.00", 12), receipt("9021", "95.00", 13)]),
     [document("HX-1035", "95.00", paid("9020", "95.00", 12))]),
    ("cash rounded up", sale("1046", "82.33", payments=[receipt("9040", "82.35", method="Cash")]),
     [document("HX-1046", "82.33", paid("9040", "82.33"))]),
    ("cash rounded down", sale("1046", "82.33", payments=[receipt("9040", "82.30", method="Cash")]),
     [document("HX-1046", "82.33", paid("9040", "82.30")), document("HX-1046-RND1", "0.03")]),
    ("deposit applied", sale("1036", "120.00", payments=[receipt("9024", "100.00", kind="deposit_applied"), receipt("9025", "20.00")]),
     [document("HX-1036", "120.00", paid("9025", "20.00"))]),
    ("payment moved to a deposit after a cancelled fee",
     sale("1052", "0.00", payments=[receipt("9053", "120.00"), receipt("9054", "120.00", 12, "to_deposit")]),
     [document("HX-1052", "120.00", paid("9053", "120.00")), document("HX-1052-CN1", "120.00", day=12)]),
    ("written off, Halaxy's totals at zero",
     replace(sale("1058", "180.00", status="write-off"), totals=Totals(ZERO, ZERO, ZERO, ZERO, ZERO),
             lines=(SaleLine("1", "Session", Decimal("180.00"), ZERO, status="write-off"),)),
     [document("HX-1058", "180.00"), document("HX-1058-WO1", "180.00", day=20)]),
    ("deleted and voided", replace(SALE_95, deleted=True, payments=()), [document("HX-1001", "95.00", status="gone")]),
    ("deleted in a locked period: credited in full", replace(SALE_95, deleted=True, payments=()),
     [document("HX-1001", "95.00"), document("HX-1001-CN1", "95.00", day=20)]),
    ("restored under a new number", SALE_95,
     [document("HX-1001", "95.00", status="gone"), document("HX-1001-R1", "95.00", paid("9001", "95.00"), day=20)]),
    ("a person entered the payment, two days later", SALE_95, [document("HX-1001", "95.00", paid("x", "95.00", 8, "EFTPOS"))]),
    ("discount on a taxable sale", sale("1047", "110.00", "55.00", taxable=True, payments=[receipt("9041", "15.00", method="Discount"), receipt("9042", "150.00")]),
     [document("HX-1047", "165.00", paid("9042", "150.00"), tax="15.00"), document("HX-1047-CN1", "15.00", tax="1.37")]),
]  # fmt: skip


@pytest.mark.parametrize("given_sale, documents", [case[1:] for case in AGREEING], ids=[case[0] for case in AGREEING])
def test_what_the_posting_rules_make_agrees(given_sale: Sale, documents: list[LedgerDocument]) -> None:
    result = compared([given_sale], documents)
    assert result.items == ()
    assert result.sales == result.ledger


DIFFERING: list[tuple[str, list[Sale], list[LedgerDocument], list[tuple[str, str, str, str]]]] = [
    ("posted twice", [SALE_95], [document("HX-1001", "95.00", paid("9001", "95.00"))] * 2,
     [("differs", "invoice 1001", "gross", "95.00"), ("differs", "payment 9001", "amount", "95.00")]),
    ("nothing posted: one item, with its money", [SALE_95], [], [("only in sales", "invoice 1001", "invoice", "190.00")]),
    ("deleted and still there with its payment", [replace(SALE_95, deleted=True)],
     [document("HX-1001", "95.00", paid("9001", "95.00"))], [("only in ledger", "invoice 1001", "invoice", "190.00")]),
    ("a quote was posted", [replace(SALE_95, kind="quote")], [document("HX-1001", "95.00")],
     [("only in ledger", "invoice 1001", "invoice", "95.00")]),
    ("a future invoice was posted", [replace(SALE_95, date=dt.date(2026, 4, 2))], [document("HX-1001", "95.00", day=31)],
     [("differs", "invoice 1001", "date", "0.00")]),
    ("a failed attempt was posted", [sale("1001", "95.00", payments=[receipt("9001", "95.00", kind="failed")])],
     [document("HX-1001", "95.00", paid("9001", "95.00"))], [("only in ledger", "payment 9001", "amount", "95.00")]),
    ("a discount was posted as money", [sale("1001", "95.00", payments=[receipt("9001", "15.00", method="Discount")])],
     [document("HX-1001", "95.00", paid("9001", "15.00"))],
     [("differs", "invoice 1001", "gross", "15.00"), ("only in ledger", "payment 9001", "amount", "15.00")]),
    ("charged twice and neither posted", [sale("1035", "95.00", payments=[receipt("1", "95.00", 12), receipt("2", "95.00", 13)])],
     [document("HX-1035", "95.00")], [("only in sales", "payment 1", "amount", "95.00")]),
    ("more posted than paid", [SALE_95], [document("HX-1001", "95.00", paid("9001", "96.00"))],
     [("differs", "payment 9001", "amount", "1.00")]),
    ("the person's payment is too late to be ours", [SALE_95], [document("HX-1001", "95.00", paid("x", "95.00", 14, "EFTPOS"))],
     [("only in sales", "payment 9001", "amount", "95.00"), ("only in ledger", "payment xp-x", "amount", "95.00")]),
    ("a sale below zero is never posted and never forgotten", [sale("1001", "-10.00")], [],
     [("only in sales", "invoice 1001", "invoice", "10.00")]),
]  # fmt: skip


@pytest.mark.parametrize("sales, documents, items", [c[1:] for c in DIFFERING], ids=[c[0] for c in DIFFERING])
def test_what_does_not_agree_is_named(
    sales: list[Sale], documents: list[LedgerDocument], items: list[tuple[str, str, str, str]]
) -> None:
    found = compared(sales, documents).items
    assert [(i.kind, i.about, i.field, str(i.money)) for i in found] == items


def test_a_draft_is_present_and_its_payments_wait() -> None:
    result = compared([SALE_95], [document("HX-1001", "95.00", status="draft")])
    assert result.agrees
    assert result.waiting == ("invoice 1001",)
    assert [(o.about, o.reason) for o in result.outside] == [("payment 9001", "waits for the approval of its invoice")]
    assert result.sales == result.ledger
    wrong = compared([SALE_95], [document("HX-1001", "90.00", status="submitted")])
    assert [item.field for item in wrong.items] == ["gross"]


@pytest.mark.parametrize(
    "outside, reason",
    [
        ({"kind": "quote"}, "a quote"),
        ({"deleted": True}, "deleted"),
        ({"totals": Totals(ZERO, ZERO, ZERO, ZERO, ZERO), "payments": ()}, "of no value"),
    ],
)
def test_what_is_not_posted_is_listed_with_its_reason(outside: dict[str, Any], reason: str) -> None:
    result = compared([replace(SALE_95, **outside)], [])
    assert [(o.about, o.reason) for o in result.outside] == [("invoice 1001", reason)]
    assert result.agrees


def test_days_outside_the_posting_window_are_listed_with_their_reason() -> None:
    early, late = replace(SALE_95, date=dt.date(2025, 12, 31)), replace(SALE_95, id="1002", date=dt.date(2026, 4, 1))
    result = compare([early, late], [], START, TODAY, dt.date(2025, 12, 1), dt.date(2026, 4, 30))
    assert [(o.about, o.reason) for o in result.outside] == [
        ("invoice 1001", "before the start date"),
        ("invoice 1002", "dated in the future"),
    ]


def test_documents_of_other_periods_and_other_makers_are_no_difference() -> None:
    others = [
        document("INV-0042", "500.00"),
        document("HXD-CL-1-20260305", "70.00"),
        document("HX-900-A1", "25.00", day=9),
        document("HX-2000", "50.00", date=dt.date(2026, 4, 3)),
        document("INV-0043", "1.00", status="gone"),
    ]
    result = compared([SALE_95], [document("HX-1001", "95.00", paid("9001", "95.00")), *others])
    assert result.agrees
    assert result.not_ours == 2
    assert [(o.about, o.reason) for o in result.outside] == [
        ("invoice 900", "corrects a sale dated outside the period")
    ]


def test_documents_without_a_sale_count_unless_they_cancel_each_other() -> None:
    note = document("HX-1001-CN1", "95.00", day=20)
    cancelled = compared([], [document("HX-1001", "95.00"), note])
    assert cancelled.agrees
    assert [(o.about, o.amount) for o in cancelled.outside] == [("invoice 1001", ZERO)]
    standing = compared([], [document("HX-1001", "95.00", paid("9001", "95.00")), note])
    assert [(i.about, i.kind, str(i.money)) for i in standing.items] == [("invoice 1001", "only in ledger", "95.00")]


def test_sums_are_by_day_and_overall() -> None:
    sales = [SALE_95, sale("1002", "50.00", day=6)]
    result = compared(sales, [document("HX-1001", "95.00", paid("9001", "90.00")), document("HX-1002", "50.00", day=6)])
    assert (result.sales.invoices, result.sales.invoiced, result.sales.payments, result.sales.paid) == (
        2, Decimal("145.00"), 1, Decimal("95.00"),
    )  # fmt: skip
    assert [(d.day.day, str(d.sales.invoiced), str(d.ledger.paid)) for d in result.days] == [
        (5, "95.00", "0.00"),
        (6, "50.00", "90.00"),
    ]
    assert result.items == (
        Item("differs", "payment 9001", "HX-1001", "amount", Decimal("95.00"), Decimal("90.00"), Decimal("5.00")),
    )
