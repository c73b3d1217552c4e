"""Actions that rules take on documents: voided, mailed, shown, printed, noted; quotes and purchase orders."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

import pytest
from doing import DAY, LINE, Doing

from connectors.xero.calls.files import content_of, file_value
from engine.sdk.contract import Rejected


@pytest.fixture
def xero():
    return Doing()


def status(xero, kind, id):
    return xero.do(f"find_{kind}", id=id)["status"]


def test_documents_that_are_approved_are_voided_once(xero):
    invoice, bill = xero.invoice(), xero.bill()
    note = xero.do(
        "create_credit_note", number="CN-1", contact_id=xero.contact, date=DAY, status="AUTHORISED", lines=[LINE]
    )["id"]
    lines = [
        {"amount": Decimal(5), "account": "404", "tax_type": "BASEXCLUDED"},
        {"amount": Decimal(-5), "account": "200", "tax_type": "BASEXCLUDED"},
    ]
    journal = xero.do("create_manual_journal", narration="Accrual 1", date=DAY, status="POSTED", lines=lines)["id"]
    for kind, id in (("invoice", invoice), ("bill", bill), ("credit_note", note), ("manual_journal", journal)):
        assert "VOIDED" == xero.once(f"void_{kind}", id=id)["status"]
        assert "VOIDED" == status(xero, kind, id)
    assert {} == xero.xero.balances(), "what was voided is in no balance"


def test_a_draft_is_deleted_and_money_stops_a_void(xero):
    draft = xero.invoice("HX-D", status="DRAFT")
    assert "DELETED" == xero.once("void_invoice", id=draft, draft=True)["status"]
    paid = xero.invoice("HX-P")
    payment = xero.do("create_payment", invoice_id=paid, account="612", date=DAY, amount=Decimal(20), reference="R1")
    refused = xero.outcome("void_invoice", id=paid)
    assert isinstance(refused, Rejected), refused
    assert not xero.stands("void_invoice", id=paid)
    xero.do("delete_payment", id=payment["id"])
    assert "VOIDED" == xero.do("void_invoice", id=paid)["status"]


def test_a_bank_transaction_is_deleted_once(xero):
    line = {**LINE, "account": "404", "tax_type": "INPUT"}
    made = xero.once(
        "create_bank_transaction", type="SPEND", contact_id=xero.contact, account="090", date=DAY, reference="FEE-1",
        amounts="Inclusive", lines=[line],
    )  # fmt: skip
    assert "DELETED" == xero.once("delete_bank_transaction", id=made["id"])["status"]
    assert {} == xero.xero.balances()


def test_an_invoice_is_mailed_and_its_address_given(xero):
    invoice = xero.invoice()
    assert xero.do("email_invoice", id=invoice)["sent"] is True
    assert xero.do("invoice_link", id=invoice)["link"].startswith("https://in.xero.com/")
    draft = xero.invoice("HX-2", status="DRAFT")
    assert isinstance(xero.outcome("email_invoice", id=draft), Rejected)
    assert "NOT_APPROVED" == xero.outcome("invoice_link", id=draft).code


@pytest.mark.parametrize("on", ["invoice", "credit note", "quote", "purchase order"])
def test_a_pdf_is_a_file_that_can_be_attached(xero, on):
    head = {"contact_id": xero.contact, "date": DAY, "lines": [LINE]}
    made = {
        "invoice": xero.invoice,
        "credit note": lambda: xero.do("create_credit_note", number="CN-1", **head)["id"],
        "quote": lambda: xero.do("create_quote", number="Q-1", **head)["id"],
        "purchase order": lambda: xero.do("create_purchase_order", number="PO-1", **head)["id"],
    }[on]()
    file = xero.do("document_pdf", on=on, id=made, name="Paper: 1.pdf")["file"]
    assert content_of(file).startswith(b"%PDF")
    inputs = {"on": on, "id": made, "name": "Plan & cost é.pdf", "file": file}
    attached = xero.once("attach_file", **inputs)
    assert (attached["name"], attached["size"]) == ("Plan & cost é.pdf", file["size"])
    xero.do("attach_file", **inputs)
    rows = xero.do("list_attachments", on=on, id=made)["rows"]
    assert [("Plan & cost é.pdf", "application/pdf")] == [(row["name"], row["kind"]) for row in rows], "still one"


@pytest.mark.parametrize(
    "file",
    [
        {"name": "a", "kind": "b", "size": 1, "digest": "x", "content": base64.b64encode(b"a").decode()},
        {**file_value("a", "b", b"a"), "content": "not base64!"},
        file_value("a", "b", b""),
        file_value("a", "b", b"x" * 2_000_001),
        {},
    ],
)
def test_what_is_no_whole_file_is_never_sent(xero, file):
    with pytest.raises(ValueError, match="not a"):
        xero.outcome("attach_file", on="invoice", id=xero.invoice(), name="a.txt", file=file)


def test_a_note_is_written_once_wherever_notes_can_be(xero):
    invoice = xero.invoice()
    payment = xero.do("create_payment", invoice_id=invoice, account="612", date=DAY, amount=Decimal(20), reference="R1")
    places = {"invoice": invoice, "bill": xero.bill(), "contact": xero.contact, "payment": payment["id"]}
    places["quote"] = xero.do("create_quote", number="Q-1", contact_id=xero.contact, date=DAY, lines=[LINE])["id"]
    places["item"] = xero.do("create_item", code="BAND")["id"]
    for on, id in places.items():
        xero.once("add_note", on=on, id=id, text=f"Told the {on}.")
        rows = xero.do("list_notes", on=on, id=id)["rows"]
        assert [f"Told the {on}."] == [row["text"] for row in rows]


def test_a_quote_is_made_changed_accepted_and_deleted(xero):
    head = {"number": "Q-1", "contact_id": xero.contact, "date": DAY, "expires": date(2026, 4, 2)}
    made = xero.once("create_quote", **head, title="Ten sessions", amounts="Inclusive", lines=[LINE])
    assert (made["total"], made["status"], made["expires"]) == (Decimal("120.00"), "DRAFT", date(2026, 4, 2))
    assert isinstance(xero.outcome("create_quote", **head, lines=[LINE]), Rejected), "one number, one quote"
    own = {"id": made["id"], "contact_id": xero.contact, "date": DAY}
    assert "SENT" == xero.once("update_quote", **own, status="SENT")["status"]
    xero.person(do="answer quote", quote="Q-1")
    assert "ACCEPTED" == xero.do("find_quote", number="Q-1")["status"]
    assert "DELETED" == xero.once("update_quote", **own, status="DELETED")["status"]
    assert isinstance(xero.outcome("update_quote", **own, status="SENT"), Rejected), "what is deleted stays so"
    assert xero.do("find_quote", number="Q-9") == {"found": False}


def test_a_purchase_order_is_made_changed_and_deleted(xero):
    line = {**LINE, "account": "415", "tax_type": "INPUT"}
    head = {"number": "PO-1", "contact_id": xero.contact, "date": DAY, "delivery_date": date(2026, 3, 20)}
    made = xero.once("create_purchase_order", **head, amounts="Exclusive", lines=[line])
    assert (made["total"], made["tax"]) == (Decimal("132.00"), Decimal("12.00"))
    assert "AUTHORISED" == xero.once("update_purchase_order", id=made["id"], status="AUTHORISED")["status"]
    assert xero.do("find_purchase_order", number="PO-1")["delivery_date"] == date(2026, 3, 20)
    assert "DELETED" == xero.once("update_purchase_order", id=made["id"], status="DELETED")["status"]
    assert {} == xero.xero.balances(), "a promise posts nothing"
