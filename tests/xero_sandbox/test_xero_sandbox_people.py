"""What people do inside the sandbox's Xero, by its rules: lines, money, archived things, the bank."""

from __future__ import annotations

from decimal import Decimal

import pytest
from xero_by_hand import Client, line


def do(xero: Client, verb: str, **wish: object) -> object:
    return xero.lever("POST", "people", {"do": verb, **wish})


def refused(xero: Client, verb: str, **wish: object) -> str:
    answer = xero.ask("POST", "/_sandbox/people", {"do": verb, **wish})
    assert answer.status == 400
    return answer.body.decode()


def test_one_line_is_edited_and_the_others_stay(xero: Client) -> None:
    xero.invoice(xero.contact(), LineItems=[line("100.00"), line("20.00")])
    shown = do(xero, "edit line", invoice="HX-1", line=2, set={"UnitAmount": "25.00"})
    assert [row["LineAmount"] for row in shown["LineItems"]] == [Decimal("100.00"), Decimal("25.00")]
    assert "no such line" in refused(xero, "edit line", invoice="HX-1", line=3, set={})


def test_money_on_a_line_cannot_be_moved_once_it_is_paid_but_words_can(xero: Client) -> None:
    xero.invoice(xero.contact())
    do(xero, "enter payment", invoice="HX-1", account="612", date="2026-03-02", amount="20.00")
    assert "cannot be edited" in refused(xero, "edit line", invoice="HX-1", line=1, set={"UnitAmount": "1.00"})
    shown = do(xero, "edit line", invoice="HX-1", line=1, set={"Description": "Other words"})
    assert (shown["LineItems"][0]["Description"], shown["Total"]) == ("Other words", Decimal("120.00"))


def test_a_payment_is_entered_and_voided(xero: Client) -> None:
    xero.invoice(xero.contact())
    paid = do(xero, "enter payment", invoice="HX-1", account="612", date="2026-03-02")
    assert xero.get("/Invoices/HX-1")["Invoices"][0]["Status"] == "PAID"
    do(xero, "void payment", payment=paid["PaymentID"])
    assert xero.get("/Invoices/HX-1")["Invoices"][0]["Status"] == "AUTHORISED"
    assert xero.lever("GET", "ledger", balances="1") == {"200": Decimal("-120.00"), "610": Decimal("120.00")}


def test_a_contact_and_an_account_come_back_from_the_archive(xero: Client) -> None:
    contact = xero.contact()
    do(xero, "archive contact", contact=contact["Name"])
    do(xero, "restore contact", contact=contact["ContactID"])
    do(xero, "archive account", account="200")
    do(xero, "restore account", account="200")
    assert xero.invoice(contact)["Status"] == "AUTHORISED"


def test_a_contact_whose_name_was_taken_meanwhile_stays_archived(xero: Client) -> None:
    contact = xero.contact()
    do(xero, "archive contact", contact=contact["Name"])
    xero.contact(contact["Name"])
    assert "already assigned" in refused(xero, "restore contact", contact=contact["ContactID"])


@pytest.mark.parametrize("undo", [True, False])
def test_a_transfer_is_matched_with_the_bank_on_both_sides(xero: Client, undo: bool) -> None:
    wish = {"FromBankAccount": {"Code": "612"}, "ToBankAccount": {"Code": "090"}, "Amount": 3}
    [made] = xero.put("/BankTransfers", {"BankTransfers": [wish]})["BankTransfers"]
    do(xero, "mark reconciled", transfer=made["BankTransferID"])
    if undo:
        do(xero, "mark reconciled", transfer=made["BankTransferID"], undo=True)
    [shown] = xero.get(f"/BankTransfers/{made['BankTransferID']}")["BankTransfers"]
    assert (shown["FromIsReconciled"], shown["ToIsReconciled"]) == (not undo, not undo)


def test_what_does_not_exist_is_said_so(xero: Client) -> None:
    assert "no such payment, bank transaction or transfer" in refused(xero, "mark reconciled", payment="x")
    assert "unknown deed" in refused(xero, "dance")
