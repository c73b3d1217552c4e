"""Days and months put together from sales, and receipts shared over the fees of practitioners (R24, R25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from halaxy_fake import Practice, a_fee, a_line, a_patient, a_payment, a_role, an_invoice
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.halaxy.fee_shares import invoiced, received
from engine.core.money import ZERO, total
from engine.sdk.contract import Found
from engine.sdk.records import Day, Payer, PractitionerMonth, Receipt, Sale, SaleLine, Totals, from_plain

Json = Any
AT = datetime(2026, 3, 5, 1, tzinfo=UTC)


def fee(id: str, gross: str, who: str = "PR-1", tax: str = "0.00", **more: Json) -> SaleLine:
    return SaleLine(id, "A fee", Decimal(gross), Decimal(tax), practitioner=who, **more)


def money(id: str, amount: str, kind: str = "payment", day: int = 5) -> Receipt:
    at = AT.replace(day=day)
    return Receipt(id, kind, at, at.date(), "EFTPOS", Decimal(amount))  # type: ignore[arg-type]


def sale(*lines: SaleLine, payments: tuple[Receipt, ...] = (), **more: Json) -> Sale:
    sums = Totals(ZERO, ZERO, ZERO, ZERO, ZERO)
    head: Json = {"version": 1, "kind": "invoice", "status": "active", "deleted": False, "currency": "AUD"} | more
    return Sale(
        id="1", number="1", date=date(2026, 3, 5), payer=Payer("patient", "501", "Sam Sample"), totals=sums,
        fully_paid=False, lines=lines, payments=payments, **head,
    )  # fmt: skip


def shares(made: Sale) -> dict[str, str]:
    found: dict[str, Decimal] = {}
    for who, share in received(made):
        found[who] = found.get(who, ZERO) + share.net
    return {who: str(amount) for who, amount in found.items()}


TWO = (fee("1", "110.00", "PR-1", "10.00"), fee("2", "90.00", "PR-2"))
CASES: dict[str, tuple[Sale, dict[str, str]]] = {
    "by gross, without GST": (sale(*TWO, payments=(money("1", "200.00"),)), {"PR-1": "100.00", "PR-2": "90.00"}),
    "a part": (sale(*TWO, payments=(money("1", "100.00"),)), {"PR-1": "50.00", "PR-2": "45.00"}),
    "failed and discounts are no money": (
        sale(*TWO, payments=(money("1", "5.00", "failed"), money("2", "5.00", "discount"))),
        {},
    ),
    "a refund of one fee": (
        sale(replace(TWO[0], status="voided"), TWO[1], payments=(money("1", "200.00"), money("2", "110.00", "refund"))),
        {"PR-2": "90.00", "PR-1": "0.00"},
    ),
    "a fee that was voided before anything was paid": (
        sale(replace(TWO[0], status="voided"), TWO[1], payments=(money("1", "90.00"),)),
        {"PR-2": "90.00"},
    ),
    "what is too much is the payer's": (sale(TWO[1], payments=(money("1", "100.00"),)), {"PR-2": "90.00"}),
    "a dishonour": (sale(TWO[1], payments=(money("1", "90.00"), money("2", "90.00", "dishonour"))), {"PR-2": "0.00"}),
    "a reduced fee with its refund": (
        sale(fee("1", "198.00"), payments=(money("1", "220.00"), money("2", "22.00", "refund", 20))),
        {"PR-1": "198.00"},
    ),
    "deleted": (sale(*TWO, payments=(money("1", "200.00"),), deleted=True), {}),
    "a line without a practitioner is the invoice's": (
        sale(fee("1", "50.00", ""), payments=(money("1", "50.00"),), practitioner="PR-9"),
        {"PR-9": "50.00"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_receipts_are_shared_over_the_fees(name: str) -> None:
    made, expected = CASES[name]
    assert shares(made) == expected


def test_fees_count_on_the_date_of_the_invoice() -> None:
    assert [(who, str(share.net)) for who, share in invoiced(sale(*TWO))] == [("PR-1", "100.00"), ("PR-2", "90.00")]


AMOUNTS = st.integers(1, 50_000).map(lambda pence: str(Decimal(pence) / 100))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(AMOUNTS, st.sampled_from(("PR-1", "PR-2", "PR-3")), st.booleans()), min_size=1, max_size=6),
    st.lists(st.tuples(AMOUNTS, st.sampled_from(("payment", "refund")), st.integers(1, 28)), max_size=6),
)
def test_the_parts_of_all_add_up_to_the_receipts_less_credit(lines: Json, payments: Json) -> None:
    made = sale(
        *(fee(str(n), gross, who, status="voided" if void else "active") for n, (gross, who, void) in enumerate(lines)),
        payments=tuple(money(str(n), *rest) for n, rest in enumerate(payments)),
        practitioner="PR-1",
    )
    signed = [item.amount if item.kind == "payment" else -item.amount for item in made.payments]
    standing = total(tuple(line.gross for line in made.lines if line.status == "active"))
    credit = max(total(tuple(signed)) - standing, ZERO)
    assert total(tuple(share.gross for _, share in received(made))) == total(tuple(signed)) - credit


@pytest.fixture
def practice() -> Practice:
    made = Practice()
    for row in (a_fee(), a_role(), a_patient(), an_invoice(), a_line()):
        made.halaxy.put(row)
    for name in ("reference", "people", "sales", "open_invoices"):
        made.poll(name)
    return made


def told(found: Found) -> list[str]:
    return [event.key for event in found.events]


def days(practice: Practice) -> list[Day]:
    return [from_plain(Day, {**record.data, "version": record.version}) for record in practice.shelf.all("day")]


def test_a_sale_is_filed_into_its_day_and_the_month_of_its_fees(practice: Practice) -> None:
    found = practice.poll("periods")
    (one,) = days(practice)
    assert ([item.id for item in one.sales], one.location, practice.halaxy.asked) == (["1001"], "CL-1", [])
    assert sorted(told(found)) == [f"day:{one.id}:v1", f"practitioner_month:PR-1-{one.date:%Y%m}:v1"]
    (record,) = practice.shelf.all("practitioner month")
    read = from_plain(PractitionerMonth, record.data)
    assert (read.practitioner, [str(share.net) for share in read.invoiced], read.received) == ("PR-1", ["120.00"], ())


def test_nothing_is_told_while_nothing_changes(practice: Practice) -> None:
    practice.poll("periods")
    practice.later(30)
    assert told(practice.poll("periods")) == []


def test_money_is_told_in_the_month_in_which_it_came(practice: Practice) -> None:
    practice.poll("periods")
    practice.later(30)
    practice.halaxy.put(a_payment("9001", "120.00"))
    practice.halaxy.put(an_invoice(paid="120.00"))
    practice.poll("sales")
    practice.poll("periods")
    (record,) = practice.shelf.all("practitioner month")
    assert [str(share["net"]) for share in record.data["received"]] == ["120.00"]


def test_a_sale_that_moves_to_another_day_leaves_the_old_one(practice: Practice) -> None:
    practice.poll("periods")
    (before,) = days(practice)
    practice.later(30)
    practice.halaxy.put(an_invoice(date="2026-03-09"))
    practice.poll("sales")
    practice.poll("periods")
    assert {day.id: [item.id for item in day.sales] for day in days(practice)} == {
        before.id: [],
        "CL-1-20260309": ["1001"],
    }
