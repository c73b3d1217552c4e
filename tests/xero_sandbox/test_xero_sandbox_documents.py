"""Contacts, documents and money: what is stored, refused, settled and taken back (Xero fact sheet 5.2, 7, 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from xero_by_hand import Client, invoice_body, line, read

APPLIED = "This document cannot be edited as it has a payment or credit note allocated to it."


def messages(answer: Any) -> list[str]:
    return [error["Message"] for element in answer["Elements"] for error in element["ValidationErrors"]]


def refused(xero: Client, body: Any, path: str = "/Invoices", plural: str = "Invoices") -> list[str]:
    return messages(xero.put(path, {plural: [body]}))


def change(xero: Client, invoice: Any, **fields: Any) -> Any:
    return xero.post(f"/Invoices/{invoice['InvoiceID']}", {"Invoices": [fields]})


def now(xero: Client, invoice: Any) -> Any:
    return xero.get(f"/Invoices/{invoice['InvoiceID']}")["Invoices"][0]


@pytest.mark.parametrize(
    "body, message",
    [
        ({"Name": "JANE CITIZEN (hx-p-1)"}, ("The contact name JANE CITIZEN (hx-p-1) is already assigned to another contact. "
         "The contact name must be unique across all active contacts.")),
        ({"Name": "Other", "ContactNumber": "HX-P-1"}, ("The contact number HX-P-1 is already assigned to another contact. "
         "The contact number must be unique across all contacts.")),
        ({"Name": "Other", "EmailAddress": "nobody"}, "Email address must be valid."),
        ({"FirstName": "x"}, ("The Contact must contain at least 1 of the following elements to identify the contact: "
         "Name, ContactID, ContactNumber")),
    ],
)  # fmt: skip
def test_a_contact_is_refused_in_xeros_words(xero: Client, body: Any, message: str) -> None:
    xero.put("/Contacts", {"Name": "Jane Citizen (HX-P-1)", "ContactNumber": "HX-P-1"})
    assert refused(xero, body, "/Contacts", "Contacts") == [message]


@pytest.mark.parametrize("key", ["ContactID", "ContactNumber", "Name"])
def test_a_post_finds_the_contact_by_any_key(xero: Client, key: str) -> None:
    made = xero.put("/Contacts", {"Name": "Ann Example", "ContactNumber": "HX-P-2"})["Contacts"][0]
    again = xero.post("/Contacts", {key: made[key], "EmailAddress": "a@b.example"})["Contacts"][0]
    assert (again["ContactID"], again["EmailAddress"]) == (made["ContactID"], "a@b.example")


def test_the_name_of_an_archived_contact_is_free_and_its_number_is_not(xero: Client) -> None:
    made = xero.put("/Contacts", {"Name": "Ann", "ContactNumber": "N-1"})["Contacts"][0]
    xero.post(f"/Contacts/{made['ContactID']}", {"ContactStatus": "ARCHIVED"})
    assert xero.get("/Contacts")["Contacts"] == []
    assert len(xero.get("/Contacts", includeArchived="True")["Contacts"]) == 1
    assert xero.put("/Contacts", {"Name": "Ann"})["Contacts"][0]["ContactID"] != made["ContactID"]
    assert refused(xero, {"Name": "Ben", "ContactNumber": "N-1"}, "/Contacts", "Contacts")
    assert refused(xero, invoice_body(made))[0].startswith(
        "The contact with the specified contact details has been archived"
    )


def test_contact_persons_are_replaced_and_extra_fields_in_a_document_drop_them(xero: Client) -> None:
    made = xero.put("/Contacts", {"Name": "Ann", "ContactPersons": [{"FirstName": "A"}]})["Contacts"][0]
    path = f"/Contacts/{made['ContactID']}"
    xero.post(path, {"ContactPersons": [{"FirstName": "B"}]})
    assert [person["FirstName"] for person in xero.get(path)["Contacts"][0]["ContactPersons"]] == ["B"]
    xero.invoice(made, "A-1")
    assert xero.get(path)["Contacts"][0]["ContactPersons"]
    xero.invoice(made, "A-2", Contact={"ContactID": made["ContactID"], "EmailAddress": "a@b.example"})
    after = xero.get(path)["Contacts"][0]
    assert (after["EmailAddress"], after["ContactPersons"]) == ("a@b.example", [])


def test_a_merged_contact_names_its_survivor(xero: Client) -> None:
    gone, survivor = xero.contact("Ann"), xero.contact("Ben")
    invoice = xero.invoice(gone)
    xero.lever("POST", "people", {"do": "merge contact", "contact": "Ann", "into": "Ben"})
    assert now(xero, invoice)["Contact"]["ContactID"] == survivor["ContactID"]
    assert xero.get(f"/Contacts/{gone['ContactID']}")["Contacts"][0]["MergedToContactID"] == survivor["ContactID"]


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"Type": "OTHER"}, "Invoice not of valid type for creation"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"DueDate": None}, "The document DueDate field must be specified."),
        ({"CurrencyCode": "NZD"}, "Organisation is not subscribed to currency NZD"),
        ({"Url": "nowhere"}, "Url must be a valid absolute url"),
        ({"LineItems": [{"Description": "x", "UnitAmount": 1}]}, "The account code or ID must be specified"),
        ({"LineItems": [line(Tracking=[{"Name": "Location", "Option": "Mars"}])]},
         "The tracking option 'Mars' does not exist or has been archived"),
    ],
)  # fmt: skip
def test_an_invoice_is_refused_in_xeros_words(xero: Client, fields: Any, message: str) -> None:
    assert refused(xero, {**invoice_body(xero.contact()), **fields}) == [message]


def test_a_draft_may_miss_what_approval_demands(xero: Client) -> None:
    contact = xero.contact()
    body = {
        "Type": "ACCREC",
        "Contact": contact,
        "LineItems": [{"Description": "words"}, {"Description": "x", "UnitAmount": 1}],
    }
    draft = xero.put("/Invoices", {"Invoices": [body]})["Invoices"][0]
    assert (draft["Status"], draft["DateString"], "DueDate" in draft) == ("DRAFT", "2026-03-01T00:00:00", False)
    assert messages(change(xero, draft, Status="AUTHORISED")) == [
        "The account code or ID must be specified", "The document DueDate field must be specified.",
    ]  # fmt: skip
    assert "Quantity" not in draft["LineItems"][0]


def test_the_missing_date_is_today_in_the_organisations_zone(xero: Client) -> None:
    xero.wait(11 * 3600)
    xero.token = xero.sign_in()  # 2026-03-01 14:04 UTC is already the second of March in Sydney
    body = {**invoice_body(xero.contact()), "Date": None}
    assert xero.put("/Invoices", {"Invoices": [body]})["Invoices"][0]["DateString"] == "2026-03-02T00:00:00"


def test_sales_numbers_are_unique_whatever_became_of_the_document(xero: Client) -> None:
    contact = xero.contact()
    change(xero, xero.invoice(contact, "HX-1"), Status="VOIDED")
    assert refused(xero, invoice_body(contact, "hx-1")) == ["Invoice # must be unique."]
    note = {**invoice_body(contact), "Type": "ACCRECCREDIT", "CreditNoteNumber": "HX-1"}
    assert xero.put("/CreditNotes", {"CreditNotes": [note]})["Status"] == "OK"
    assert refused(xero, note, "/CreditNotes", "CreditNotes") == ["Invoice # must be unique."]


def test_bills_may_share_a_number(xero: Client) -> None:
    bill = invoice_body(xero.contact(), Type="ACCPAY", LineItems=[line("5", "404", "INPUT")])
    ids = {xero.put("/Invoices", {"Invoices": [bill]})["Invoices"][0]["InvoiceID"] for _ in range(2)}
    assert len(ids) == 2


def test_absent_numbers_are_given_in_order_and_skip_taken_ones(xero: Client) -> None:
    contact = xero.contact()
    xero.invoice(contact, "INV-0002")
    body = invoice_body(contact)
    del body["InvoiceNumber"]
    made = xero.put("/Invoices", {"Invoices": [body, body]})["Invoices"]
    assert [row["InvoiceNumber"] for row in made] == ["INV-0001", "INV-0003"]


def test_a_bare_post_rewrites_the_invoice_of_that_number(xero: Client) -> None:
    contact = xero.contact()
    first = xero.invoice(contact, "HX-1")
    body = invoice_body(contact, "HX-1", LineItems=[line("7.00")])
    again = xero.post("/Invoices", {"Invoices": [body]})["Invoices"][0]
    assert (again["InvoiceID"], again["Total"]) == (first["InvoiceID"], Decimal("7.00"))


@pytest.mark.parametrize("summarize", ["true", "false"])
def test_good_elements_are_stored_beside_bad_ones(xero: Client, summarize: str) -> None:
    contact = xero.contact()
    rows = [
        invoice_body(contact, "G-1"),
        invoice_body(contact, "B-1", LineItems=[line(account="9999")]),
        invoice_body(contact, "G-2"),
    ]
    answer = xero.call("PUT", "/Invoices", {"Invoices": rows}, summarizeErrors=summarize)
    if summarize == "true":
        assert answer.status == 400
        assert [row["InvoiceNumber"] for row in read(answer)["Elements"]] == ["B-1"]
    else:
        assert [row["StatusAttributeString"] for row in read(answer)["Invoices"]] == ["OK", "ERROR", "OK"]
        assert read(answer)["Invoices"][1]["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert {row["InvoiceNumber"] for row in xero.get("/Invoices")["Invoices"]} == {"G-1", "G-2"}


def test_a_warning_is_stored_with_the_document(xero: Client) -> None:
    body = invoice_body(xero.contact(), Status="DRAFT", SentToContact=True)
    row = xero.put("/Invoices", {"Invoices": [body]}, summarizeErrors="false")["Invoices"][0]
    assert (row["StatusAttributeString"], row["Warnings"][0]["Message"]) == (
        "WARNING", "Only AUTHORISED invoices may have SentToContact updated.",
    )  # fmt: skip


ALLOWED = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "DELETED": set(),
    "VOIDED": set(),
}


@pytest.mark.parametrize("target", ["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED", "VOIDED", "PAID"])
@pytest.mark.parametrize("start", sorted(ALLOWED))
def test_statuses_change_only_along_the_table(xero: Client, start: str, target: str) -> None:
    before = {"DELETED": "DRAFT", "VOIDED": "AUTHORISED"}.get(start, start)
    invoice = xero.invoice(xero.contact(), Status=before)
    if before != start:
        change(xero, invoice, Status=start)
    answer = change(xero, invoice, Status=target)
    if target in ALLOWED[start]:
        assert answer["Invoices"][0]["Status"] == target
    else:
        assert messages(answer) == ["Invoice not of valid status for modification"]
        assert now(xero, invoice)["Status"] == start


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"Status": "VOIDED"}, APPLIED),
        ({"Status": "SUBMITTED"}, ("The status SUBMITTED cannot be applied to the invoice because it has payments or credit "
         "notes allocated to it.")),
        ({"Date": "2026-03-02"}, APPLIED),
        ({"LineItems": [line("121.00")]}, APPLIED),
    ],
)  # fmt: skip
def test_a_part_paid_invoice_keeps_its_figures(xero: Client, fields: Any, message: str) -> None:
    invoice = xero.invoice(xero.contact())
    xero.payment(invoice, "20.00")
    assert messages(change(xero, invoice, **fields)) == [message]


def test_a_part_paid_invoice_takes_texts_accounts_and_tracking(xero: Client) -> None:
    invoice = xero.invoice(xero.contact())
    xero.payment(invoice, "120.00")
    key = invoice["LineItems"][0]["LineItemID"]
    new = {"LineItemID": key, "Description": "New", "AccountCode": "203", "TaxType": "EXEMPTOUTPUT",
           "Tracking": [{"Name": "Practitioner", "Option": "Jane Liu"}]}  # fmt: skip
    row = change(xero, invoice, Reference="r", DueDate="2026-04-01", InvoiceNumber="HX-9", LineItems=[new])["Invoices"][
        0
    ]
    assert (row["Status"], row["InvoiceNumber"], row["LineItems"][0]["AccountCode"]) == ("PAID", "HX-9", "203")
    assert xero.lever("GET", "ledger", balances="1") == {"203": Decimal("-120.00"), "612": Decimal("120.00")}


def test_lines_are_kept_changed_added_and_dropped(xero: Client) -> None:
    invoice = xero.invoice(xero.contact(), LineItems=[line("1.00"), line("2.00"), line("3.00")])
    ids = [row["LineItemID"] for row in invoice["LineItems"]]
    sent = [{"LineItemID": ids[2], "UnitAmount": "30.00"}, {"LineItemID": ids[0]}, line("4.00")]
    row = change(xero, invoice, LineItems=sent)["Invoices"][0]
    assert [part["LineItemID"] for part in row["LineItems"]][:2] == [ids[2], ids[0]]
    assert [part["LineAmount"] for part in row["LineItems"]] == [Decimal("30.00"), Decimal("1.00"), Decimal("4.00")]
    assert row["Total"] == Decimal("35.00")


def test_a_payment_pays_and_its_removal_opens_again(xero: Client) -> None:
    invoice = xero.invoice(xero.contact())
    payment = xero.payment(invoice, "120.00")["Payments"][0]
    paid = now(xero, invoice)
    assert (paid["Status"], paid["AmountDue"], paid["AmountPaid"]) == ("PAID", 0, Decimal("120.00"))
    assert paid["FullyPaidOnDate"] == paid["Payments"][0]["Date"]
    gone = xero.post(f"/Payments/{payment['PaymentID']}", {"Status": "DELETED"})["Payments"][0]
    assert (gone["Status"], gone["Invoice"]["Status"], gone["Invoice"]["AmountDue"]) == ("DELETED", "AUTHORISED", 120)
    assert "FullyPaidOnDate" not in now(xero, invoice)
    assert xero.lever("GET", "ledger", balances="1") == {"200": -120, "610": 120}


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"Amount": "120.01"}, "Payment amount exceeds the amount outstanding on this document"),
        ({"Account": {"Code": "404"}}, "Account must be valid."),
        ({"Account": {"Code": "nil"}}, "Account must be valid."),
        ({"Amount": "0"}, "Payment amount must be greater than zero"),
    ],
)
def test_a_payment_is_refused_in_xeros_words(xero: Client, fields: Any, message: str) -> None:
    invoice = xero.invoice(xero.contact())
    assert messages(xero.payment(invoice, "120.00", **fields)) == [message]
    assert now(xero, invoice)["AmountDue"] == 120


def test_a_draft_cannot_be_paid(xero: Client) -> None:
    answer = xero.payment(xero.invoice(xero.contact(), Status="DRAFT"), "1.00")
    assert messages(answer) == ["Payments can only be made against Authorised documents"]


def test_a_payments_enabled_account_takes_payments(xero: Client) -> None:
    assert xero.payment(xero.invoice(xero.contact()), "120.00", "836")["Payments"][0]["Account"]["Code"] == "836"


def credit(xero: Client, contact: Any, amount: str, **fields: Any) -> Any:
    body = {**invoice_body(contact), "Type": "ACCRECCREDIT", "LineItems": [line(amount)], **fields}
    return xero.put("/CreditNotes", {"CreditNotes": [body]})["CreditNotes"][0]


def allocate(xero: Client, note: Any, invoice: Any, amount: str, kind: str = "CreditNotes") -> Any:
    body = {"Allocations": [{"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount, "Date": "2020-01-01"}]}
    return xero.put(f"/{kind}/{note['ID']}/Allocations", body)


def test_an_allocation_takes_the_later_date_and_settles_both(xero: Client) -> None:
    contact = xero.contact()
    invoice, note = xero.invoice(contact), credit(xero, contact, "120.00", Date="2026-03-09")
    [made] = allocate(xero, note, invoice, "120.00")["Allocations"]
    assert made["Date"] == "/Date(1773014400000+0000)/"
    assert (now(xero, invoice)["Status"], now(xero, invoice)["AmountCredited"]) == ("PAID", 120)
    note_now = xero.get(f"/CreditNotes/{note['ID']}")["CreditNotes"][0]
    assert (note_now["Status"], note_now["RemainingCredit"]) == ("PAID", 0)


@pytest.mark.parametrize("amount, other", [("121.00", False), ("50.01", False), ("1.00", True), ("0", False)])
def test_an_allocation_is_limited_by_both_balances_and_the_contact(xero: Client, amount: str, other: bool) -> None:
    contact = xero.contact()
    note = credit(xero, xero.contact("Other") if other else contact, "50.00")
    assert messages(allocate(xero, note, xero.invoice(contact), amount))


def test_a_credit_note_can_be_refunded(xero: Client) -> None:
    note = credit(xero, xero.contact(), "50.00")
    body = {"CreditNote": {"CreditNoteID": note["ID"]}, "Account": {"Code": "091"}, "Amount": 50}
    assert xero.put("/Payments", {"Payments": [body]})["Payments"][0]["PaymentType"] == "ARCREDITPAYMENT"
    assert xero.lever("GET", "ledger", balances="1") == {"091": -50, "200": 50}


@pytest.mark.parametrize("field, name", [("period", "period"), ("year", "end of year")])
def test_locked_days_refuse_documents_payments_and_voiding(xero: Client, field: str, name: str) -> None:
    contact = xero.contact()
    invoice = xero.invoice(contact)
    draft = xero.invoice(contact, "D-1", Status="DRAFT")
    xero.lever("POST", "people", {"do": "lock", field: "2026-03-01"})
    message = f"The document date cannot be before the {name} lock date, currently set at 01-Mar-2026"
    assert refused(xero, invoice_body(contact, "HX-2")) == [message]
    assert messages(xero.payment(invoice, "1.00")) == [message]
    assert messages(change(xero, invoice, Status="VOIDED")) == [message]
    assert messages(change(xero, invoice, Reference="x")) == [message]
    assert change(xero, draft, Status="DELETED")["Status"] == "OK"
    assert xero.invoice(contact, "HX-3", Date="2026-03-02")["Status"] == "AUTHORISED"
    shown = xero.get("/Organisation")["Organisations"][0]
    assert shown["PeriodLockDate" if field == "period" else "EndOfYearLockDate"] == "/Date(1772323200000+0000)/"


def test_an_archived_account_is_refused(xero: Client) -> None:
    contact = xero.contact()
    xero.lever("POST", "people", {"do": "archive account", "account": "200"})
    assert refused(xero, invoice_body(contact)) == ["Account code has been archived or deleted"]


def bank(xero: Client, contact: Any, kind: str, lines: list[Any], **fields: Any) -> Any:
    body = {"Type": kind, "Contact": {"ContactID": contact["ContactID"]}, "BankAccount": {"Code": "612"},
            "Date": "2026-03-01", "LineItems": lines, **fields}  # fmt: skip
    return xero.put("/BankTransactions", {"BankTransactions": [body]})


def test_a_prepayment_is_used_returned_and_refunded(xero: Client) -> None:
    contact = xero.contact()
    made = bank(xero, contact, "RECEIVE-PREPAYMENT", [line("200.00", "835", "BASEXCLUDED")])["BankTransactions"][0]
    deposit = {"ID": made["PrepaymentID"]}
    invoice = xero.invoice(contact)
    allocate(xero, deposit, invoice, "120.00", "Prepayments")
    assert xero.lever("GET", "ledger", balances="1") == {"200": -120, "612": 200, "835": -80}
    refund = {"Prepayment": {"PrepaymentID": deposit["ID"]}, "Account": {"Code": "612"}, "Amount": 80}
    assert xero.put("/Payments", {"Payments": [refund]})["Payments"][0]["PaymentType"] == "ARPREPAYMENTPAYMENT"
    assert xero.get(f"/Prepayments/{deposit['ID']}")["Prepayments"][0]["Status"] == "PAID"
    assert xero.lever("GET", "ledger", balances="1") == {"200": -120, "612": 120}
    answer = xero.post(f"/BankTransactions/{made['BankTransactionID']}", {"Status": "DELETED"})
    assert messages(answer)


def test_a_taxed_prepayment_takes_its_tax_along(xero: Client) -> None:
    contact = xero.contact()
    made = bank(xero, contact, "RECEIVE-PREPAYMENT", [line("110.00", "835", "OUTPUT")])["BankTransactions"][0]
    allocate(xero, {"ID": made["PrepaymentID"]}, xero.invoice(contact), "55.00", "Prepayments")
    assert xero.lever("GET", "ledger", balances="1") == {"200": -120, "610": 65, "612": 110, "820": -5, "835": -50}


def test_an_overpayment_is_one_untaxed_line_on_the_control_account(xero: Client) -> None:
    contact = xero.contact()
    made = bank(xero, contact, "RECEIVE-OVERPAYMENT", [{"Description": "x", "LineAmount": 30}])["BankTransactions"][0]
    assert (made["LineAmountTypes"], made["LineItems"][0]["AccountCode"]) == ("NoTax", "610")
    assert messages(bank(xero, contact, "RECEIVE-OVERPAYMENT", [line("1"), line("2")]))
    assert messages(bank(xero, contact, "RECEIVE-OVERPAYMENT", [{"LineAmount": 3, "AccountCode": "200"}]))
    allocate(xero, {"ID": made["OverpaymentID"]}, xero.invoice(contact), "30.00", "Overpayments")
    assert xero.lever("GET", "ledger", balances="1") == {"200": -120, "610": 90, "612": 30}


@pytest.mark.parametrize(
    "kind, lines",
    [
        ("SPEND", [line("0", "404", "INPUT")]),
        ("SPEND", [line("-5", "404", "INPUT")]),
        ("SPEND", [line("11", "404", "INPUT", TaxAmount="1.01")]),
        ("SPEND", []),
        ("TRANSFER", [line("1", "404", "INPUT")]),
    ],
)
def test_a_bank_transaction_must_move_money_and_match_its_tax(xero: Client, kind: str, lines: list[Any]) -> None:
    assert messages(bank(xero, xero.contact(), kind, lines))


def test_spending_is_changed_and_deleted(xero: Client) -> None:
    made = bank(xero, xero.contact(), "SPEND", [line("11", "404", "INPUT")], Reference="HX-EX-1")["BankTransactions"][0]
    path = f"/BankTransactions/{made['BankTransactionID']}"
    row = xero.post(path, {"LineItems": [line("22", "404", "INPUT")]})["BankTransactions"][0]
    assert (row["Total"], row["TotalTax"], row["Reference"]) == (22, 2, "HX-EX-1")
    assert xero.lever("GET", "ledger", balances="1") == {"404": 20, "612": -22, "820": 2}
    assert xero.post(path, {"Status": "DELETED"})["BankTransactions"][0]["Status"] == "DELETED"
    assert xero.lever("GET", "ledger", balances="1") == {}


def test_a_batch_is_paid_and_deleted_as_a_whole(xero: Client) -> None:
    contact = xero.contact()
    parts = [{"Invoice": {"InvoiceID": xero.invoice(contact, f"B-{n}")["InvoiceID"]}, "Amount": 60} for n in range(2)]
    body = {"Account": {"Code": "612"}, "Date": "2026-03-02", "Payments": parts}
    [batch] = xero.put("/BatchPayments", {"BatchPayments": [body]})["BatchPayments"]
    assert (batch["Type"], batch["TotalAmount"]) == ("RECBATCH", 120)
    payment = batch["Payments"][0]["PaymentID"]
    assert messages(xero.post(f"/Payments/{payment}", {"Status": "DELETED"})) == [
        "Payments within a batch cannot be deleted."
    ]
    xero.post(f"/BatchPayments/{batch['BatchPaymentID']}", {"Status": "DELETED"})
    assert xero.lever("GET", "ledger", balances="1") == {"200": -240, "610": 240}
    assert messages(xero.put("/BatchPayments", {"BatchPayments": [{**body, "Payments": [parts[0]] * 3}]}))
    assert xero.lever("GET", "ledger", balances="1") == {"200": -240, "610": 240}


def test_people_approve_pay_void_and_edit(xero: Client) -> None:
    draft = xero.invoice(xero.contact(), Status="DRAFT")
    xero.lever("POST", "people", {"do": "edit", "invoice": "HX-1", "set": {"Reference": "by hand"}})
    xero.lever("POST", "people", {"do": "approve", "invoice": "HX-1"})
    xero.lever("POST", "people", {"do": "pay", "invoice": "HX-1", "account": "612", "amount": 20, "date": "2026-03-05"})
    row = now(xero, draft)
    assert (row["Status"], row["Reference"], row["AmountDue"]) == ("AUTHORISED", "by hand", 100)
    assert xero.ask("POST", "/_sandbox/people", {"do": "void", "invoice": "HX-1"}).status == 400
    xero.lever("POST", "people", {"do": "unpay", "payment": row["Payments"][0]["PaymentID"]})
    xero.lever("POST", "people", {"do": "void", "invoice": draft["InvoiceID"]})
    assert (now(xero, draft)["Status"], now(xero, draft)["Total"], now(xero, draft)["AmountDue"]) == ("VOIDED", 120, 0)
    assert xero.ask("POST", "/_sandbox/people", {"do": "sing"}).status == 400


def test_a_person_disconnects(xero: Client) -> None:
    xero.lever("POST", "people", {"do": "disconnect"})
    assert xero.call("GET", "/Organisation").status == 403


def test_seeding_makes_things_without_calls(xero: Client) -> None:
    made = xero.lever("POST", "seed", {
        "organisation": {"PeriodLockDate": "2025-12-31", "SalesTaxBasis": "CASH"},
        "accounts": [{"Code": "260", "Name": "Other", "Type": "REVENUE", "TaxType": "OUTPUT"}],
        "contacts": [{"Name": "Ann"}, {"Name": "Ben"}],
        "invoices": [{**invoice_body({"ContactID": ""}), "Contact": {"Name": "Ann"}}],
    })  # fmt: skip
    assert [len(made[name]) for name in ("accounts", "contacts", "invoices")] == [1, 2, 1]
    assert xero.lever("GET", "calls")["total"] == 0
    assert xero.get("/Organisation")["Organisations"][0]["SalesTaxBasis"] == "CASH"


def test_an_invoice_of_nothing_is_paid_at_once(xero: Client) -> None:
    assert xero.invoice(xero.contact(), LineItems=[line("0.00")])["Status"] == "PAID"
