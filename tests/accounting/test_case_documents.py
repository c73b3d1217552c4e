"""Which write is which expected document: by what it says, strict in order within an invoice and only there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.compose.cases.documents import out_of_order, paired
from engine.compose.cases.form import Expected
from engine.compose.cases.matching import Handles, faults, source_of
from engine.compose.cases.writes import Written


def invoice(number: str, total: str = "10.00", verb: str = "put", **fields: str) -> Written:
    return Written(
        verb, "Invoice", f"id {number}", "Practice", {"InvoiceNumber": number, "Total": Decimal(total), **fields}
    )


def payment(reference: str, number: str, amount: str = "10.00", id: str = "") -> Written:
    fields = {"Reference": reference, "Invoice": number, "Amount": Decimal(amount)}
    return Written("put", "Payment", id or f"id {reference}", "Practice", fields)


def wanted(verb: str, kind: str, **fields: str) -> Expected:
    return Expected(1, verb, kind, fields)


def order_of(expected: list[Expected], writes: list[Written], money: dict[str, str]) -> list[str]:
    return list(out_of_order(paired(expected, writes, Handles()), writes, money))


def test_writes_of_different_invoices_may_interleave():
    expected = [
        wanted("put", "Invoice", InvoiceNumber="HX-1"),
        wanted("put", "Payment", key="HX-PT-1", Invoice="HX-1"),
        wanted("put", "Invoice", InvoiceNumber="HX-2"),
        wanted("put", "Payment", key="HX-PT-2", Invoice="HX-2"),
    ]
    writes = [invoice("HX-2"), invoice("HX-1"), payment("HX-PT-2", "HX-2"), payment("HX-PT-1", "HX-1")]
    assert order_of(expected, writes, {}) == []


@pytest.mark.parametrize("second", ["HX-1-A1", "HX-1-R1", "HX-1-CN1", "HX-1-WO1"])
def test_what_belongs_to_one_invoice_keeps_its_order(second):
    name = "CreditNoteNumber" if second[5:7] in ("CN", "WO") else "InvoiceNumber"
    kind = name.removesuffix("Number")
    expected = [wanted("put", "Invoice", InvoiceNumber="HX-1"), wanted("put", kind, **{name: second})]
    late = Written("put", kind, "id 2", "Practice", {name: second})
    assert order_of(expected, [invoice("HX-1"), late], {}) == []
    assert order_of(expected, [late, invoice("HX-1")], {}) == [f"order: {kind} {second} came before Invoice HX-1"]


def test_a_fee_belongs_to_the_invoice_of_its_payment():
    expected = [
        wanted("put", "Payment", key="HX-PT-7", Invoice="HX-1"),
        wanted("put", "BankTransaction", key="HX-PT-7-fee", Type="SPEND"),
    ]
    fee = Written("put", "BankTransaction", "id fee", "Practice", {"Type": "SPEND", "Reference": "HX-PT-7 fee"})
    assert order_of(expected, [fee, payment("HX-PT-7", "HX-1")], {"7": "1"}) != []
    assert order_of(expected, [fee, payment("HX-PT-7", "HX-1")], {}) == []


def test_two_equal_payments_are_two():
    expected = [wanted("put", "Payment", key=f"HX-PT-{n}", Invoice="HX-1", Amount="10.00") for n in (1, 2)]
    writes = [payment("HX-PT-1", "HX-1"), payment("HX-PT-2", "HX-1")]
    assert [pair.written for pair in paired(expected, writes, Handles())] == writes


@pytest.mark.parametrize(
    "handle,source",
    [
        ("HX-PT-9018-over", "HX-PT-9018"),
        ("HX-PT-9034/2", "HX-PT-9034"),
        ("HX-PT-9008-fee", "HX-PT-9008"),
        ("HX-PO-HX-1025", "HX-PO-HX-1025"),
        ("HX-EX-302-p", "HX-EX-302"),
        ("HX-1054-CN1", "HX-1054-CN1"),
    ],
)
def test_the_source_of_a_handle(handle, source):
    assert source_of(handle) == source


def test_a_handle_of_an_earlier_stage_is_found_by_its_text_and_no_other():
    handles = Handles(history=[payment("HX-PT-90 Cash", "HX-1", id="a"), payment("HX-PT-9 Cash", "HX-1", id="b")])
    gone = Written("post", "Payment", "a", "Practice", {"Status": "DELETED", "Reference": "HX-PT-90 Cash"})
    assert faults(wanted("post", "Payment", key="HX-PT-90", Status="DELETED"), gone, handles) == ()
    assert faults(wanted("post", "Payment", key="HX-PT-9", Status="DELETED"), gone, handles) != ()


def test_an_update_that_made_lines_anew_is_found():
    def update(*ids: str, verb: str = "post") -> Written:
        rows = tuple({"LineItemID": id, "Description": id} for id in ids)
        return Written(verb, "Invoice", "a", "Practice", {"InvoiceNumber": "HX-1"}, rows)

    handles = Handles(history=[update("1", "2", verb="put")])
    same = Expected(1, "post", "Invoice", {"InvoiceNumber": "HX-1", "same": ["InvoiceID", "LineItemIDs"]})
    assert faults(same, update("1"), handles) == ()
    assert faults(same, update("3"), handles) == ("LineItemIDs were not kept",)
