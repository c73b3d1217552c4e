"""The official client `xero-python` does everything against the sandbox, over loopback HTTP.

The wire facts of the client are in Xero fact sheet section 13.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from xero_by_hand import Client, read
from xero_python.accounting import AccountingApi
from xero_python.accounting import models as m
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import (
    AccountingBadRequestException,
    HTTPStatusException,
    NotFoundException,
    RateLimitException,
)
from xero_python.identity import IdentityApi

from connectors.xero.sandbox.app import XeroSandbox
from engine.sdk.sandbox import Server

SECRET = "a-sandbox-secret"
NOW = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)


@dataclass
class Official:
    """The official client, signed in over HTTP."""

    api: AccountingApi
    identity: IdentityApi
    client: ApiClient
    store: dict[str, Any]
    tenant: str


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    sandbox = XeroSandbox(client_secret=SECRET, minute_limit=100_000)
    running = Server(sandbox, lambda: NOW)
    running.sandbox = sandbox
    yield running
    running.close()


def official(server: Server) -> Official:
    local = Client(server.sandbox, scopes="")
    local.now = NOW
    answer = local.exchange(local.code(), client_secret=SECRET)
    store: dict[str, Any] = {"token": read(answer)}
    for name, path in (
        ("refresh_token_url", "token"),
        ("client_credentials_token_url", "token"),
        ("revoke_token_url", "revocation"),
    ):
        setattr(TokenApi, name, f"{server.address}/connect/{path}")
    client = ApiClient(
        Configuration(oauth2_token=OAuth2Token(client_id="daybook-demo", client_secret=SECRET)), pool_threads=1
    )
    client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    client.oauth2_token_getter(lambda: store["token"])
    client.oauth2_token_saver(lambda token: store.update(token=token))
    api = AccountingApi(client, base_url=f"{server.address}/api.xro/2.0")
    identity = IdentityApi(client, base_url=server.address)
    tenant = identity.get_connections()[0].tenant_id
    return Official(api, identity, client, store, tenant)


@pytest.fixture
def xero_python(server: Server) -> Official:
    return official(server)


def new_contact(own: Official, name: str) -> Any:
    return own.api.create_contacts(own.tenant, m.Contacts(contacts=[m.Contact(name=name)])).contacts[0]


def new_line(amount: float = 120.0, account: str = "200", tax: str = "EXEMPTOUTPUT") -> Any:
    return m.LineItem(description="Consultation", quantity=1, unit_amount=amount, account_code=account, tax_type=tax)


def new_invoice(contact: Any, number: str, **fields: Any) -> Any:
    own = {"type": "ACCREC", "invoice_number": number, "contact": m.Contact(contact_id=contact.contact_id),
           "date": date(2026, 3, 1), "due_date": date(2026, 3, 8), "line_amount_types": m.LineAmountTypes.INCLUSIVE,
           "status": "AUTHORISED", "line_items": [new_line()]}  # fmt: skip
    return m.Invoice(**{**own, **fields})


def test_connections_name_the_tenant(xero_python: Official) -> None:
    [connection] = xero_python.identity.get_connections()
    assert (connection.tenant_type, connection.tenant_name) == ("ORGANISATION", "Harbour Allied Health")


def test_an_expired_token_is_refreshed_and_saved(xero_python: Official) -> None:
    before = xero_python.store["token"]
    xero_python.store["token"] = {**before, "expires_at": time.time() - 1}
    assert xero_python.api.get_organisations(xero_python.tenant).organisations[0].base_currency.value == "AUD"
    assert xero_python.store["token"]["refresh_token"] != before["refresh_token"]


def test_client_credentials_give_a_token(xero_python: Official) -> None:
    xero_python.client.get_client_credentials_token()
    assert "refresh_token" not in xero_python.store["token"]
    assert xero_python.api.get_tax_rates("").tax_rates


def test_contacts(xero_python: Official) -> None:
    own = xero_python
    made = own.api.create_contacts(
        own.tenant,
        m.Contacts(contacts=[m.Contact(name="Ann Example (1)", contact_number="HX-P-1", email_address="a@b.example")]),
        summarize_errors=False,
    ).contacts[0]
    assert own.api.get_contact(own.tenant, made.contact_id).contacts[0].email_address == "a@b.example"
    assert own.api.get_contact(own.tenant, "HX-P-1").contacts[0].contact_id == made.contact_id
    own.api.update_contact(own.tenant, made.contact_id, m.Contacts(contacts=[m.Contact(first_name="Ann")]))
    again = own.api.update_or_create_contacts(
        own.tenant, m.Contacts(contacts=[m.Contact(contact_number="HX-P-1", last_name="Example")])
    ).contacts[0]
    assert (again.contact_id, again.first_name, again.last_name) == (made.contact_id, "Ann", "Example")
    page = own.api.get_contacts(own.tenant, page=1, search_term="ann", i_ds=[made.contact_id], include_archived=True)
    assert [one.name for one in page.contacts] == ["Ann Example (1)"]
    assert page.pagination.item_count == 1


def test_invoices(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Ben Example (2)")
    invoices = [new_invoice(contact, f"SDK-{number}") for number in range(3)]
    made = own.api.create_invoices(own.tenant, m.Invoices(invoices=invoices), summarize_errors=False).invoices
    assert [one.status_attribute_string for one in made] == ["OK"] * 3
    assert made[0].amount_due == Decimal("120.00")
    changed = own.api.update_invoice(
        own.tenant, made[0].invoice_id, m.Invoices(invoices=[m.Invoice(reference="HX pt 2")])
    ).invoices[0]
    assert (changed.reference, changed.status, len(changed.line_items)) == ("HX pt 2", "AUTHORISED", 1)
    by_number = own.api.get_invoices(own.tenant, invoice_numbers=["SDK-1", "SDK-2"]).invoices
    assert {one.invoice_number for one in by_number} == {"SDK-1", "SDK-2"}
    assert by_number[0].line_items == []
    page = own.api.get_invoices(
        own.tenant, page=1, page_size=2, order="InvoiceNumber DESC", statuses=["AUTHORISED"],
        where='InvoiceNumber.StartsWith("SDK-") AND Date >= DateTime(2026,03,01)',
    )  # fmt: skip
    assert [one.invoice_number for one in page.invoices] == ["SDK-2", "SDK-1"]
    assert (page.pagination.page_count, page.pagination.item_count, len(page.invoices[0].line_items)) == (2, 3, 1)
    assert own.api.get_invoices(own.tenant, if_modified_since=datetime(2027, 1, 1, tzinfo=UTC)).invoices == []
    assert own.api.get_invoice(own.tenant, "SDK-2").invoices[0].date == date(2026, 3, 1)


def test_credit_notes_and_allocations(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Cy Example (3)")
    invoice = own.api.create_invoices(own.tenant, m.Invoices(invoices=[new_invoice(contact, "SDK-CN-I")])).invoices[0]
    note = m.CreditNote(type="ACCRECCREDIT", credit_note_number="SDK-CN", contact=m.Contact(contact_id=contact.contact_id),
                        date=date(2026, 3, 2), line_amount_types=m.LineAmountTypes.INCLUSIVE, status="AUTHORISED",
                        line_items=[new_line(20.0)])  # fmt: skip
    made = own.api.create_credit_notes(own.tenant, m.CreditNotes(credit_notes=[note])).credit_notes[0]
    wish = m.Allocation(invoice=m.Invoice(invoice_id=invoice.invoice_id), amount=20.0, date=date(2026, 3, 2))
    [allocation] = own.api.create_credit_note_allocation(
        own.tenant, made.credit_note_id, m.Allocations(allocations=[wish]), summarize_errors=False
    ).allocations
    assert (allocation.amount, allocation.date) == (Decimal("20.00"), date(2026, 3, 2))
    note_now = own.api.get_credit_note(own.tenant, made.credit_note_id).credit_notes[0]
    assert (note_now.status, note_now.remaining_credit, len(note_now.allocations)) == ("PAID", Decimal("0.00"), 1)
    gone = own.api.delete_credit_note_allocations(own.tenant, made.credit_note_id, allocation.allocation_id)
    assert gone.is_deleted
    assert own.api.get_invoice(own.tenant, invoice.invoice_id).invoices[0].amount_due == Decimal("120.00")
    assert own.api.get_credit_notes(own.tenant, page=1).credit_notes


def test_payments(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Di Example (4)")
    invoice = own.api.create_invoices(own.tenant, m.Invoices(invoices=[new_invoice(contact, "SDK-PAY")])).invoices[0]
    wish = m.Payment(invoice=m.Invoice(invoice_id=invoice.invoice_id), account=m.Account(code="612"), amount=120.0,
                     date=date(2026, 3, 3), reference="HX-PT-1")  # fmt: skip
    made = own.api.create_payments(own.tenant, m.Payments(payments=[wish]), summarize_errors=False).payments[0]
    assert (made.payment_type, made.invoice.status, made.invoice.amount_due) == (
        "ACCRECPAYMENT",
        "PAID",
        Decimal("0.00"),
    )
    found = own.api.get_payments(own.tenant, where=f'Invoice.InvoiceID==guid("{invoice.invoice_id}")').payments
    assert [one.reference for one in found] == ["HX-PT-1"]
    gone = own.api.delete_payment(own.tenant, made.payment_id, m.PaymentDelete(status="DELETED")).payments[0]
    assert (gone.status, gone.invoice.status) == ("DELETED", "AUTHORISED")
    single = own.api.create_payment(own.tenant, wish).payments[0]
    assert own.api.get_payment(own.tenant, single.payment_id).payments[0].status == "AUTHORISED"


def test_bank_transactions_overpayments_and_prepayments(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Eve Example (5)")
    who, bank = m.Contact(contact_id=contact.contact_id), m.Account(code="612")
    spend = m.BankTransaction(type="SPEND", contact=who, bank_account=bank, date=date(2026, 3, 1), reference="HX-EX-1",
                              line_items=[new_line(5.5, "404", "INPUT")])  # fmt: skip
    over = m.BankTransaction(type="RECEIVE-OVERPAYMENT", contact=who, bank_account=bank, date=date(2026, 3, 1),
                             line_amount_types=m.LineAmountTypes.NOTAX,
                             line_items=[m.LineItem(description="HX-PT-7", line_amount=30.0)])  # fmt: skip
    pre = m.BankTransaction(type="RECEIVE-PREPAYMENT", contact=who, bank_account=bank, date=date(2026, 3, 1),
                            line_items=[new_line(50.0, "835", "BASEXCLUDED")])  # fmt: skip
    wish = m.BankTransactions(bank_transactions=[spend, over, pre])
    made = own.api.create_bank_transactions(own.tenant, wish, summarize_errors=False).bank_transactions
    assert [one.status_attribute_string for one in made] == ["OK"] * 3
    assert (made[0].sub_total, made[0].total_tax) == (Decimal("5.00"), Decimal("0.50"))
    invoice = own.api.create_invoices(own.tenant, m.Invoices(invoices=[new_invoice(contact, "SDK-OVER")])).invoices[0]
    part = m.Allocation(invoice=m.Invoice(invoice_id=invoice.invoice_id), amount=30.0, date=date(2026, 3, 1))
    own.api.create_overpayment_allocations(own.tenant, made[1].overpayment_id, m.Allocations(allocations=[part]))
    part.amount = 50.0
    [used] = own.api.create_prepayment_allocations(
        own.tenant, made[2].prepayment_id, m.Allocations(allocations=[part])
    ).allocations
    invoice = own.api.get_invoice(own.tenant, invoice.invoice_id).invoices[0]
    assert (invoice.amount_due, len(invoice.overpayments), len(invoice.prepayments)) == (Decimal("40.00"), 1, 1)
    assert own.api.get_overpayments(own.tenant, page=1).overpayments[-1].remaining_credit == Decimal("0.00")
    own.api.delete_prepayment_allocations(own.tenant, made[2].prepayment_id, used.allocation_id)
    assert own.api.get_prepayment(own.tenant, made[2].prepayment_id).prepayments[0].remaining_credit == Decimal("50.00")
    gone = own.api.update_bank_transaction(
        own.tenant, made[0].bank_transaction_id,
        m.BankTransactions(bank_transactions=[m.BankTransaction(type="SPEND", bank_account=bank, line_items=[],
                                                                status="DELETED")]),
    ).bank_transactions[0]  # fmt: skip
    assert gone.status == "DELETED"
    assert own.api.get_bank_transactions(own.tenant, page=1).bank_transactions


def test_batches_transfers_and_journals(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Flo Example (6)")
    invoice = own.api.create_invoices(own.tenant, m.Invoices(invoices=[new_invoice(contact, "SDK-B")])).invoices[0]
    accounts = {one.code: one for one in own.api.get_accounts(own.tenant).accounts}
    batch = m.BatchPayment(account=m.Account(account_id=accounts["612"].account_id), date=date(2026, 3, 1),
                           reference="HX-DEP-1",
                           payments=[m.Payment(invoice=m.Invoice(invoice_id=invoice.invoice_id), amount=120.0)])  # fmt: skip
    made = own.api.create_batch_payment(own.tenant, m.BatchPayments(batch_payments=[batch])).batch_payments[0]
    assert (made.type, made.total_amount) == ("RECBATCH", Decimal("120.00"))
    transfer = m.BankTransfer(from_bank_account=m.Account(code="612"), to_bank_account=m.Account(code="090"), amount=120.0,
                              date=date(2026, 3, 2), reference="Pay run 1")  # fmt: skip
    assert (
        own.api.create_bank_transfer(own.tenant, m.BankTransfers(bank_transfers=[transfer])).bank_transfers[0].amount
        == 120
    )
    rows = [
        m.ManualJournalLine(line_amount=amount, account_code=code) for amount, code in ((10.0, "407"), (-10.0, "200"))
    ]
    journal = m.ManualJournal(narration="Bad debt", date=date(2026, 3, 2), status=m.ManualJournal.status and "POSTED",
                              journal_lines=rows)  # fmt: skip
    assert (
        own.api.create_manual_journals(own.tenant, m.ManualJournals(manual_journals=[journal]))
        .manual_journals[0]
        .status
        == "POSTED"
    )


def test_settings(xero_python: Official) -> None:
    own = xero_python
    organisation = own.api.get_organisations(own.tenant).organisations[0]
    assert (organisation.timezone.value, organisation.country_code.value) == ("AUSEASTERNSTANDARDTIME", "AU")
    accounts = own.api.get_accounts(own.tenant, where='Type=="BANK"').accounts
    assert {one.code for one in accounts} == {"090", "091", "611", "612", "613", "614", "615", "616", "617"}
    rates = {one.tax_type: one.effective_rate for one in own.api.get_tax_rates(own.tenant).tax_rates}
    assert (rates["OUTPUT"], rates["EXEMPTOUTPUT"]) == (10, 0)
    categories = own.api.get_tracking_categories(own.tenant).tracking_categories
    assert [[option.name for option in one.options] for one in categories] == [
        ["Manly", "Newtown"],
        ["Jane Liu", "Sam Hart"],
    ]
    account = m.Account(code="486", name="Telephone", type=m.AccountType.EXPENSE, tax_type="INPUT")
    made = own.api.create_account(own.tenant, account).accounts[0]
    gone = own.api.update_account(
        own.tenant, made.account_id, m.Accounts(accounts=[m.Account(status="ARCHIVED")])
    ).accounts[0]
    assert gone.status == "ARCHIVED"
    assert own.api.get_organisation_actions(own.tenant).actions
    assert own.api.create_tracking_options(
        own.tenant, categories[0].tracking_category_id, m.TrackingOption(name="Bondi")
    ).options


def test_history_notes(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Gus Example (7)")
    invoice = own.api.create_invoices(own.tenant, m.Invoices(invoices=[new_invoice(contact, "SDK-H")])).invoices[0]
    own.api.create_invoice_history(
        own.tenant, invoice.invoice_id, m.HistoryRecords(history_records=[m.HistoryRecord(details="Posted by rule 7")])
    )
    notes = own.api.get_invoice_history(own.tenant, invoice.invoice_id).history_records
    assert [note.details for note in notes] == ["Posted by rule 7"]


def test_the_same_key_and_bytes_execute_once(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Hal Example (8)")
    wish = m.Invoices(invoices=[new_invoice(contact, None, type="ACCPAY", line_items=[new_line(10.0, "404", "INPUT")])])
    first, again = (
        own.api.create_invoices(own.tenant, wish, idempotency_key="key-1").invoices[0].invoice_id for _ in range(2)
    )
    assert first == again
    with pytest.raises(AccountingBadRequestException):
        own.api.create_contacts(own.tenant, m.Contacts(contacts=[m.Contact(name="x")]), idempotency_key="key-1")


def test_refusals_raise_what_the_client_promises(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Ida Example (9)")
    bad = new_invoice(contact, "SDK-BAD", line_items=[new_line(10.0, "9999")])
    with pytest.raises(AccountingBadRequestException) as refused:
        own.api.create_invoices(own.tenant, m.Invoices(invoices=[bad, new_invoice(contact, "SDK-GOOD")]))
    assert refused.value.reason == "Account code '9999' is not a valid code for this document."
    assert own.api.get_invoice(own.tenant, "SDK-GOOD").invoices[0].status == "AUTHORISED"
    rows = own.api.create_invoices(
        own.tenant, m.Invoices(invoices=[bad, new_invoice(contact, "SDK-GOOD")]), summarize_errors=False
    ).invoices
    assert [one.status_attribute_string for one in rows] == ["ERROR", "ERROR"]
    assert rows[1].validation_errors[0].message == "Invoice # must be unique."
    with pytest.raises(NotFoundException):
        own.api.get_invoice(own.tenant, "no-such-number")
    with pytest.raises(AccountingBadRequestException):
        own.api.get_invoices(own.tenant, where="Nonsense==1")
    with pytest.raises(HTTPStatusException) as barred:
        own.api.get_invoices("70784a63-d24b-46a9-a4db-0e70a274b056")
    assert barred.value.status == 403


def test_a_limit_raises_with_its_name() -> None:
    sandbox = XeroSandbox(client_secret=SECRET, minute_limit=2)
    server = Server(sandbox, lambda: NOW)
    server.sandbox = sandbox
    try:
        own = official(server)
        for _ in range(2):
            own.api.get_organisations(own.tenant)
        with pytest.raises(RateLimitException) as limited:
            own.api.get_organisations(own.tenant)
        assert limited.value.rate_limit == "minute"
    finally:
        server.close()


def test_disconnecting_one_organisation_bars_it(xero_python: Official) -> None:
    [connection] = xero_python.identity.get_connections()
    xero_python.identity.delete_connection(connection.id)
    with pytest.raises(HTTPStatusException) as barred:
        xero_python.api.get_organisations(xero_python.tenant)
    assert barred.value.status == 403
    assert xero_python.identity.get_connections() == []


def test_revoking_ends_the_refresh_token(xero_python: Official) -> None:
    xero_python.client.revoke_oauth2_token()
    assert xero_python.store["token"]["refresh_token"] is None


def test_items_quotes_and_purchase_orders(xero_python: Official) -> None:
    own = xero_python
    item = m.Item(code="BAND-1", name="Band", sales_details=m.Purchase(unit_price=19.9, account_code="205"))
    made = own.api.create_items(own.tenant, m.Items(items=[item])).items[0]
    assert own.api.get_item(own.tenant, made.item_id).items[0].sales_details.unit_price == Decimal("19.9")
    contact = new_contact(own, "Quinn Sample")
    who = {"contact": m.Contact(contact_id=contact.contact_id), "date": date(2026, 3, 1), "line_items": [new_line()]}
    quote = m.Quote(quote_number="SDK-Q-1", line_amount_types=m.QuoteLineAmountTypes.INCLUSIVE, **who)
    quoted = own.api.create_quotes(own.tenant, m.Quotes(quotes=[quote])).quotes[0]
    sent = m.Quote(status=m.QuoteStatusCodes.SENT, **{**who, "line_items": None})
    assert own.api.update_quote(own.tenant, quoted.quote_id, m.Quotes(quotes=[sent])).quotes[0].status.value == "SENT"
    [found] = own.api.get_quotes(own.tenant, quote_number="SDK-Q-1").quotes
    assert (found.quote_id, found.total) == (quoted.quote_id, Decimal(120))
    order = m.PurchaseOrder(purchase_order_number="SDK-PO-1", **{**who, "line_items": [new_line(5, "404", "INPUT")]})
    ordered = own.api.create_purchase_orders(own.tenant, m.PurchaseOrders(purchase_orders=[order])).purchase_orders[0]
    assert own.api.get_purchase_order_by_number(own.tenant, "SDK-PO-1").purchase_orders[0].purchase_order_id == (
        ordered.purchase_order_id
    )
    own.api.delete_item(own.tenant, made.item_id)
    with pytest.raises(NotFoundException):
        own.api.get_item(own.tenant, made.item_id)


def test_contact_groups(xero_python: Official) -> None:
    own = xero_python
    contact = new_contact(own, "Gail Sample")
    group = own.api.create_contact_group(
        own.tenant, m.ContactGroups(contact_groups=[m.ContactGroup(name="SDK group")])
    ).contact_groups[0]
    member = m.Contacts(contacts=[m.Contact(contact_id=contact.contact_id)])
    own.api.create_contact_group_contacts(own.tenant, group.contact_group_id, member)
    whole = own.api.get_contact_group(own.tenant, group.contact_group_id).contact_groups[0]
    assert [one.contact_id for one in whole.contacts] == [contact.contact_id]
    own.api.delete_contact_group_contact(own.tenant, group.contact_group_id, contact.contact_id)
    assert not own.api.get_contact_group(own.tenant, group.contact_group_id).contact_groups[0].contacts


def test_attachments_pdf_and_reports(xero_python: Official, tmp_path: Any) -> None:
    own = xero_python
    contact = new_contact(own, "Rae Sample")
    invoice = own.api.create_invoices(own.tenant, m.Invoices(invoices=[new_invoice(contact, "SDK-A-1")])).invoices[0]
    attached = own.api.create_invoice_attachment_by_file_name(own.tenant, invoice.invoice_id, "a.txt", b"words")
    assert attached.attachments[0].content_length == 5
    assert own.api.get_invoice_attachments(own.tenant, invoice.invoice_id).attachments[0].file_name == "a.txt"
    with open(own.api.get_invoice_as_pdf(own.tenant, invoice.invoice_id), "rb") as file:
        assert file.read(4) == b"%PDF"
    aged = own.api.get_report_aged_receivables_by_contact(own.tenant, contact.contact_id, date=date(2026, 3, 31))
    assert aged.reports[0].report_name == "Aged Receivables By Contact"
    assert own.api.get_report_bank_summary(own.tenant).reports[0].rows
    trial = own.api.get_report_trial_balance(own.tenant).reports[0]
    assert trial.rows[0].row_type.value == "Header"
