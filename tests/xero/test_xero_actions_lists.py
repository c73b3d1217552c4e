"""Actions that rules take beside documents: items, contacts and groups, batches, credits, tracking, lists, reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from doing import DAY, LINE, Doing, manifest

from connectors.xero.connector import CONNECTOR
from engine.sdk.contract import Element, Rejected


@pytest.fixture
def xero():
    return Doing()


def test_an_item_is_made_changed_and_deleted_unless_it_was_used(xero):
    made = xero.once(
        "create_item", code="BAND", name="Resistance band", sale_price=Decimal("19.90"), sale_account="205"
    )
    assert isinstance(xero.outcome("create_item", code="BAND"), Rejected)
    xero.once("update_item", id=made["id"], code="BAND", sale_price=Decimal("21.50"))
    assert Decimal("21.50") == xero.do("find_item", code="BAND")["sale_price"]
    assert xero.once("delete_item", id=made["id"])["removed"] is True
    assert xero.do("delete_item", id=made["id"])["removed"] is True, "gone is what was wanted"
    assert xero.do("find_item", code="BAND") == {"found": False}


def test_a_group_is_made_filled_emptied_and_deleted(xero):
    group = xero.once("create_contact_group", name="Overdue")["id"]
    member = {"group_id": group, "contact_id": xero.contact}
    assert xero.once("add_to_contact_group", **member)["in_group"] is True
    xero.do("add_to_contact_group", **member)
    assert xero.once("remove_from_contact_group", **member)["in_group"] is False
    assert not xero.stands("add_to_contact_group", **member)
    assert group == xero.do("find_contact_group", name="overdue")["id"]
    assert "DELETED" == xero.once("delete_contact_group", id=group)["status"]
    assert xero.do("find_contact_group", name="Overdue") == {"found": False}
    assert "DELETED" == xero.do("delete_contact_group", id=group)["status"], "gone is what was wanted"


def test_a_contact_is_found_by_email_and_archived(xero):
    made = xero.once(
        "create_contact", number="C-2", name="Sam Sample", email="sam@people.example", phone="02 5550 1234"
    )
    found = xero.do("find_contact_by_email", email="SAM@people.example")
    assert (found["id"], found["count"]) == (made["id"], 1)
    assert xero.do("find_contact_by_email", email="nobody@people.example")["found"] is False
    assert "ARCHIVED" == xero.once("archive_contact", id=made["id"])["status"]
    xero.person(do="restore contact", contact="C-2")
    assert "ACTIVE" == xero.do("find_contact", id=made["id"])["status"]


def test_a_batch_pays_and_its_deletion_takes_every_payment_back(xero):
    ids = [xero.invoice(f"HX-{n}") for n in (1, 2)]
    before = xero.xero.balances()
    parts = [{"invoice_id": id, "amount": Decimal("120.00")} for id in ids]
    inputs = {"account_id": xero.account("612"), "date": DAY, "reference": "EFTPOS 2 March", "payments": parts}
    made = xero.once("create_batch_payment", **inputs)
    assert (made["total"], len(made["payment_ids"])) == (Decimal("240.00"), 2)
    assert ["PAID", "PAID"] == [xero.do("find_invoice", id=id)["status"] for id in ids]
    assert isinstance(xero.outcome("delete_payment", id=made["payment_ids"][0]), Rejected)
    assert "DELETED" == xero.once("delete_batch_payment", id=made["id"])["status"]
    assert before == xero.xero.balances()
    assert not xero.stands("create_batch_payment", **inputs)
    assert "DELETED" == xero.do("find_batch_payment", id=made["id"])["status"]


def test_open_credits_of_a_contact_are_listed_until_they_are_used(xero):
    line = {"description": "Deposit DEP-1", "amount": Decimal("50.00"), "account": "835", "tax_type": "BASEXCLUDED"}
    xero.do(
        "create_bank_transaction", type="RECEIVE-PREPAYMENT", contact_id=xero.contact, account="612", date=DAY,
        amounts="Inclusive", lines=[line],
    )  # fmt: skip
    wanted = {"credit": "prepayment", "contact_id": xero.contact}
    [credit] = xero.do("list_open_credits", **wanted)["rows"]
    assert Decimal("50.00") == credit["remaining"]
    use = {"credit": "prepayment", "credit_id": credit["id"], "invoice_id": xero.invoice(), "amount": Decimal(50)}
    xero.do("allocate_credit", **use, date=DAY)
    assert 0 == xero.do("list_open_credits", **wanted)["count"]


def test_a_tracking_option_is_archived_and_restored(xero):
    category = next(row for row in xero.do("list_tracking")["rows"] if row["name"] == "Location")
    made = xero.do("create_tracking_option", category_id=category["id"], name="Bondi")
    own = {"category_id": category["id"], "id": made["id"]}
    assert "ARCHIVED" == xero.once("archive_tracking_option", **own)["status"]
    assert "ACTIVE" == xero.once("restore_tracking_option", **own)["status"]


def test_invoices_and_bills_are_listed_apart(xero):
    xero.invoice("HX-1")
    paid = xero.invoice("HX-2")
    xero.do("create_payment", invoice_id=paid, account="612", date=DAY, amount=Decimal(120), reference="R")
    xero.bill()
    listed = xero.do("list_invoices", contact_id=xero.contact, status="AUTHORISED", due_before=date(2026, 4, 1))
    assert (["HX-1"], Decimal("120.00")) == ([row["number"] for row in listed["rows"]], listed["due"])
    assert 0 == xero.do("list_invoices", due_before=date(2026, 3, 9), status="AUTHORISED")["count"], (
        "due that day is not"
    )
    assert 2 == xero.do("list_invoices", first=DAY, last=DAY)["count"]
    assert ["B-1"] == [row["number"] for row in xero.do("list_bills")["rows"]]


def test_reports_say_what_the_ledger_says(xero):
    first = xero.invoice("HX-1")
    xero.invoice("HX-2")
    xero.do("create_payment", invoice_id=first, account="612", date=DAY, amount=Decimal(20), reference="R")
    owed = xero.do("aged_receivables", contact_id=xero.contact, on=date(2026, 3, 31))
    assert Decimal("220.00") == owed["due"]
    assert [("HX-1", Decimal("100.00")), ("HX-2", Decimal("120.00"))] == [
        (row["reference"], row["due"]) for row in owed["rows"]
    ]
    assert [] == xero.do("aged_payables", contact_id=xero.contact, on=date(2026, 3, 31))["rows"]
    bank = xero.do("bank_summary", first=DAY, last=date(2026, 3, 31))
    [eftpos] = [row for row in bank["rows"] if row["bank_accounts"] == "Clearing: EFTPOS"]
    assert (Decimal("20.00"), Decimal("20.00")) == (eftpos["cash_received"], eftpos["closing_balance"])
    trial = xero.do("trial_balance", on=date(2026, 3, 31))
    assert trial["totals"]["ytd_debit"] == trial["totals"]["ytd_credit"] == Decimal("240.00")
    sales = next(row for row in trial["rows"] if row["account"] == "Sales: Consultations (200)")
    assert ("Revenue", Decimal("240.00")) == (sales["section"], sales["credit"])
    refused = xero.outcome("aged_receivables", contact_id="00000000-0000-0000-0000-000000000009")
    assert isinstance(refused, Rejected)


def test_every_action_that_writes_says_how_it_is_undone_and_every_one_what_it_costs():
    actions = manifest().actions
    assert [] == [each.name for each in actions.values() if each.writes and not each.undo and each.kind == "call"]
    assert [] == [each.name for each in actions.values() if not each.cost]


def test_undo_partners_are_actions_that_exist():
    for each in manifest().actions.values():
        partner = each.undo.split(" ")[0].strip(",;")
        assert "_" not in partner or partner in manifest().actions, each.name


def test_every_event_that_an_action_sets_off_is_a_trigger():
    kinds = set(manifest().triggers)
    assert set() == {kind for each in manifest().actions.values() for kind in each.emits} - kinds


EXAMPLES = {
    "create_quote": {"number": "Q-1", "contact_id": "c", "date": DAY, "lines": [LINE]},
    "update_quote": {"id": "q", "contact_id": "c", "date": DAY, "status": "SENT"},
    "create_purchase_order": {"number": "PO-1", "contact_id": "c", "date": DAY, "lines": [LINE]},
    "create_item": {"code": "BAND"},
    "delete_item": {"id": "i"},
    "create_contact_group": {"name": "Overdue"},
    "add_to_contact_group": {"group_id": "g", "contact_id": "c"},
    "remove_from_contact_group": {"group_id": "g", "contact_id": "c"},
    "void_invoice": {"id": "i"},
    "archive_contact": {"id": "c"},
    "email_invoice": {"id": "i"},
    "invoice_link": {"id": "i"},
    "document_pdf": {"on": "invoice", "id": "i"},
    "add_note": {"on": "invoice", "id": "i", "text": "x"},
    "archive_tracking_option": {"category_id": "t", "id": "o"},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_rehearsal_has_a_plausible_answer(name):
    call, element = CONNECTOR.calls[name], Element("", EXAMPLES[name])
    (outcome,) = call.outcomes([element], call.example(element, {}))
    assert not isinstance(outcome, Rejected)
    assert outcome.result
