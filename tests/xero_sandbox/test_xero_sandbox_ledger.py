"""Whatever happens, debits equal credits and every balance is explained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from xero_by_hand import Client, invoice_body, line

from connectors.xero.sandbox.app import XeroSandbox

AMOUNTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents) / 100)
KINDS = st.sampled_from(["Inclusive", "Exclusive", "NoTax"])
LINES = st.lists(
    st.tuples(AMOUNTS, st.sampled_from([("200", "EXEMPTOUTPUT"), ("201", "OUTPUT"), ("860", "BASEXCLUDED")])),
    min_size=1, max_size=3,
)  # fmt: skip
PURCHASES = AMOUNTS.map(lambda amount: [line(str(amount), "404", "INPUT")])
DAYS = st.integers(1, 28).map(lambda day: f"2026-03-{day:02d}")
PICK = st.integers(0, 10**6)


def rows_of(lines: list[tuple[Decimal, tuple[str, str]]]) -> list[Any]:
    return [line(str(amount), account, tax) for amount, (account, tax) in lines]


class Doings(RuleBasedStateMachine):
    """Random doings of an app and of people; refusals are fine, wrong books are not."""

    @initialize()
    def start(self) -> None:
        self.xero = Client(XeroSandbox(minute_limit=10**6, day_limit=10**6))
        self.contact = self.xero.contact()
        self.number = 0
        self.documents: list[tuple[str, str]] = []
        self.payments: list[str] = []
        self.credits: list[tuple[str, str]] = []
        self.allocations: list[tuple[str, str, str]] = []

    @rule(lines=LINES, kind=KINDS, status=st.sampled_from(["DRAFT", "AUTHORISED"]), on=DAYS, sale=st.booleans())
    def invoice(self, lines: Any, kind: str, status: str, on: str, sale: bool) -> None:
        self.number += 1
        body = invoice_body(self.contact, f"H-{self.number}", LineAmountTypes=kind, Status=status, Date=on,
                            Type="ACCREC" if sale else "ACCPAY",
                            LineItems=rows_of(lines) if sale else [line("33.33", "404", "INPUT")])  # fmt: skip
        made = self.xero.put("/Invoices", {"Invoices": [body]})["Invoices"][0]
        self.documents.append(("Invoices", made["InvoiceID"]))

    @rule(lines=LINES, kind=KINDS, on=DAYS)
    def credit_note(self, lines: Any, kind: str, on: str) -> None:
        self.number += 1
        body = {**invoice_body(self.contact, Date=on, LineAmountTypes=kind), "Type": "ACCRECCREDIT",
                "CreditNoteNumber": f"C-{self.number}", "LineItems": rows_of(lines)}  # fmt: skip
        made = self.xero.put("/CreditNotes", {"CreditNotes": [body]})["CreditNotes"][0]
        self.documents.append(("CreditNotes", made["CreditNoteID"]))
        self.credits.append(("CreditNotes", made["CreditNoteID"]))

    @rule(amount=AMOUNTS, on=DAYS, kind=st.sampled_from(["RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT", "SPEND", "RECEIVE"]),
          taxed=st.booleans())  # fmt: skip
    def bank(self, amount: Decimal, on: str, kind: str, taxed: bool) -> None:
        lines = {
            "RECEIVE-OVERPAYMENT": [{"Description": "x", "LineAmount": str(amount)}],
            "RECEIVE-PREPAYMENT": [line(str(amount), "835", "OUTPUT" if taxed else "BASEXCLUDED")],
            "SPEND": [line(str(amount), "404", "INPUT")],
            "RECEIVE": [line(str(amount), "265", "BASEXCLUDED")],
        }[kind]
        body = {"Type": kind, "Contact": {"ContactID": self.contact["ContactID"]}, "BankAccount": {"Code": "611"},
                "Date": on, "LineItems": lines}  # fmt: skip
        made = self.xero.put("/BankTransactions", {"BankTransactions": [body]})["BankTransactions"][0]
        for name in ("PrepaymentID", "OverpaymentID"):
            if name in made:
                self.credits.append((name.replace("ID", "s"), made[name]))

    @precondition(lambda self: self.documents)
    @rule(pick=PICK, amount=AMOUNTS, on=DAYS, account=st.sampled_from(["612", "836"]))
    def pay(self, pick: int, amount: Decimal, on: str, account: str) -> None:
        plural, key = self.documents[pick % len(self.documents)]
        kind = plural[:-1]
        body = {kind: {f"{kind}ID": key}, "Account": {"Code": account}, "Amount": str(amount), "Date": on}
        answer = self.xero.put("/Payments", {"Payments": [body]})
        self.payments.extend(row["PaymentID"] for row in answer.get("Payments", ()))

    @precondition(lambda self: self.payments)
    @rule(pick=PICK)
    def unpay(self, pick: int) -> None:
        self.xero.post(f"/Payments/{self.payments[pick % len(self.payments)]}", {"Status": "DELETED"})

    @precondition(lambda self: self.credits and self.documents)
    @rule(pick=PICK, other=PICK, amount=AMOUNTS)
    def allocate(self, pick: int, other: int, amount: Decimal) -> None:
        plural, key = self.credits[pick % len(self.credits)]
        target = self.documents[other % len(self.documents)][1]
        body = {"Allocations": [{"Invoice": {"InvoiceID": target}, "Amount": str(amount), "Date": "2026-03-01"}]}
        for row in self.xero.put(f"/{plural}/{key}/Allocations", body).get("Allocations", ()):
            self.allocations.append((plural, key, row["AllocationID"]))

    @precondition(lambda self: self.allocations)
    @rule(pick=PICK)
    def take_back(self, pick: int) -> None:
        plural, key, allocation = self.allocations.pop(pick % len(self.allocations))
        assert self.xero.call("DELETE", f"/{plural}/{key}/Allocations/{allocation}").status == 200

    @precondition(lambda self: self.documents)
    @rule(pick=PICK, fields=st.sampled_from([{"Status": "AUTHORISED"}, {"Status": "VOIDED"}, {"Status": "DELETED"},
                                             {"Date": "2026-03-20"}, {"LineItems": [line("12.34")]},
                                             {"LineAmountTypes": "Exclusive"}, {"Reference": "x"}]))  # fmt: skip
    def change(self, pick: int, fields: Any) -> None:
        plural, key = self.documents[pick % len(self.documents)]
        assert self.xero.call("POST", f"/{plural}/{key}", {plural: [fields]}).status in (200, 400)

    @invariant()
    def debits_equal_credits(self) -> None:
        rows = self.xero.lever("GET", "ledger")
        assert sum(row["debit"] - row["credit"] for row in rows) == 0
        by_document: dict[tuple[str, str], Decimal] = {}
        for row in rows:
            key = (row["document"], row["date"])
            by_document[key] = by_document.get(key, Decimal(0)) + row["debit"] - row["credit"]
        assert not any(by_document.values())

    @invariant()
    def every_document_adds_up_and_the_debtors_are_what_is_open(self) -> None:
        open_sales = Decimal(0)
        for row in self.xero.get("/Invoices", page="1", pageSize="1000")["Invoices"]:
            paid = sum(payment["Amount"] for payment in row["Payments"])
            credited = sum(
                part["AppliedAmount"] for name in ("CreditNotes", "Prepayments", "Overpayments") for part in row[name]
            )
            assert row["SubTotal"] + row["TotalTax"] == row["Total"]
            assert (row["AmountPaid"], row["AmountCredited"]) == (paid, credited)
            ended = row["Status"] in ("VOIDED", "DELETED")
            assert row["AmountDue"] == (0 if ended else row["Total"] - paid - credited)
            assert (row["Status"] == "PAID") == (row["AmountDue"] == 0 and row["Status"] in ("PAID", "AUTHORISED"))
            open_sales += row["AmountDue"] if row["Type"] == "ACCREC" and row["Status"] in ("AUTHORISED", "PAID") else 0
        for plural in ("CreditNotes", "Overpayments"):
            for row in self.xero.get(f"/{plural}", page="1", pageSize="1000")[plural]:
                open_sales -= row["RemainingCredit"] if row["Status"] in ("AUTHORISED", "PAID") else 0
        assert self.xero.lever("GET", "ledger", balances="1").get("610", Decimal(0)) == open_sales


def test_the_books_stay_right_whatever_is_done() -> None:
    run_state_machine_as_test(
        Doings, settings=settings(max_examples=25, stateful_step_count=30, deadline=None, print_blob=False,
                                  suppress_health_check=list(HealthCheck))
    )  # fmt: skip
