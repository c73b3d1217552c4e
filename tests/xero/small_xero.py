"""A few pages of bookkeeping that answer the connector's requests, and a desk that runs a posting against them.

For tests of decisions only: no OAuth, no limits, no filters beyond what the postings ask. The sandbox is the
faithful stand-in; this one is small enough to see through, and shares no code with it or with the connector.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from connectors.xero.connector import CONNECTOR
from engine.core.values import dumps, loads
from engine.sdk.contract import (
    Ask,
    Calls,
    Done,
    Element,
    Finished,
    Hold,
    Known,
    Link,
    Request,
    Response,
    Today,
    write_json,
)

SYDNEY = ZoneInfo("Australia/Sydney")
RATES = {"OUTPUT": Decimal(10), "EXEMPTOUTPUT": Decimal(0), "BASEXCLUDED": Decimal(0), "": Decimal(0)}
CENT = Decimal("0.01")


def money(value):
    return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)


def accounts():
    """The test practice's chart, as the facts poll keeps it."""
    rows = {"610": ("CURRENT", "ASSET", "DEBTORS"), "860": ("CURRLIAB", "LIABILITY", "ROUNDING")}
    rows |= dict.fromkeys(("090", "611", "612", "613", "614", "615", "616", "617"), ("BANK", "ASSET", ""))
    rows |= dict.fromkeys(("200", "201", "202", "203", "205"), ("REVENUE", "REVENUE", ""))
    rows |= {"836": ("CURRLIAB", "LIABILITY", "")}
    return {
        code: {
            "id": f"acc0{code}",
            "code": code,
            "type": kind,
            "class": group,
            "status": "ACTIVE",
            "system": system,
            "takes_payments": kind == "BANK" or code == "836",
        }
        for code, (kind, group, system) in rows.items()
    }


def facts(**organisation):
    head = {"pays_tax": True, "timezone": "AUSEASTERNSTANDARDTIME", "base_currency": "AUD"}
    head |= {"period_lock": None, "year_lock": None} | organisation
    options = {"Location": ["Manly", "Newtown"], "Practitioner": ["Jane Liu", "Sam Hart"]}
    return {
        "organisation": {"organisation": head},
        "account": accounts(),
        "tax rate": {name: {"rate": rate} for name, rate in RATES.items() if name},
        "tracking": {name: {"name": name, "options": values} for name, values in options.items()},
    }


class SmallXero:
    """Contacts, invoices, credit notes, payments and overpayments in memory, with every write noted."""

    def __init__(self):
        self.contacts, self.invoices, self.credits, self.payments, self.banks = {}, {}, {}, {}, {}
        self.writes, self.reads, self.count = [], 0, 0

    def handle(self, request: Request) -> Response:
        body = json.loads(request.body, parse_float=Decimal) if request.body else {}
        if request.method == "GET":
            self.reads += 1
        path = request.path.strip("/").split("/")
        rows = getattr(self, f"_{request.method.lower()}_{path[0].lower()}")(path[1:], dict(request.query), body)
        if rows is None:
            return Response(404, {}, b"not found")
        return Response(200, {}, write_json(rows))

    def _id(self, letter):
        self.count += 1
        return f"{letter}{self.count:07}-0000-4000-8000-000000000000"

    # contacts

    def _put_contacts(self, path, query, body):
        return {"Contacts": [self._new_contact(row) for row in body["Contacts"]]}

    def _new_contact(self, row):
        for other in self.contacts.values():
            if other["Name"] == row["Name"]:
                return _bad(
                    row, f"The contact name {row['Name']} is already assigned to another contact. Names are unique."
                )
            if other.get("ContactNumber") == row.get("ContactNumber"):
                return _bad(row, f"The contact number {row['ContactNumber']} is already assigned to another contact.")
        made = {"ContactStatus": "ACTIVE", **row, "ContactID": self._id("c")}
        self.contacts[made["ContactID"]] = made
        self.writes.append(("put Contact", row))
        return made

    def _post_contacts(self, path, query, body):
        for row in body["Contacts"]:
            self.contacts[row["ContactID"]].update(row)
            self.writes.append(("post Contact", row))
        return {"Contacts": [self.contacts[row["ContactID"]] for row in body["Contacts"]]}

    def _get_contacts(self, path, query, body):
        rows = [row for row in self.contacts.values() if path[0] in (row["ContactID"], row.get("ContactNumber"))]
        return {"Contacts": rows} if rows else None

    # invoices

    def _put_invoices(self, path, query, body):
        return {"Invoices": [self._new_invoice(row) for row in body["Invoices"]]}

    def _new_invoice(self, row):
        if any(other["InvoiceNumber"] == row["InvoiceNumber"] for other in self.invoices.values()):
            return _bad(row, "Invoice # must be unique.")
        if self.contacts[row["Contact"]["ContactID"]]["ContactStatus"] == "ARCHIVED":
            return _bad(row, "The contact with the specified contact details has been archived. Un-archive it.")
        made = {**row, "InvoiceID": self._id("1"), "Payments": [], "CreditNotes": []}
        self._sum(made)
        self.invoices[made["InvoiceID"]] = made
        self.writes.append(("put Invoice", self._named(row)))
        return self._invoice(made)

    def _post_invoices(self, path, query, body):
        answers = []
        for row in body["Invoices"]:
            made = self.invoices[row["InvoiceID"]]
            if row.get("Status") == "VOIDED" and self._applied(made):
                answers.append(
                    _bad(row, "This document cannot be edited as it has a payment or credit note allocated to it.")
                )
                continue
            made.update(row)
            self._sum(made)
            self.writes.append(("post Invoice", self._named({"InvoiceNumber": made["InvoiceNumber"], **row})))
            answers.append(self._invoice(made))
        return {"Invoices": answers}

    def _get_invoices(self, path, query, body):
        wanted = query.get("IDs", query.get("InvoiceNumbers", "")).split(",")
        key = "InvoiceID" if "IDs" in query else "InvoiceNumber"
        return {"Invoices": [self._invoice(row) for row in self.invoices.values() if row[key] in wanted]}

    def _invoice(self, made):
        paid, credited = self._paid(made), self._credited(made)
        live = [pay for pay in self.payments.values() if pay["Invoice"]["InvoiceID"] == made["InvoiceID"]]
        shown = {**made, "AmountPaid": paid, "AmountCredited": credited, "AmountDue": made["Total"] - paid - credited}
        shown["Payments"] = [pay for pay in live if pay["Status"] == "AUTHORISED"]
        shown["CreditNotes"] = [
            {"CreditNoteID": credit["CreditNoteID"], "AppliedAmount": item["Amount"]}
            for credit in self.credits.values()
            for item in credit["Allocations"]
            if item["Invoice"]["InvoiceID"] == made["InvoiceID"]
        ]
        if shown["Status"] == "AUTHORISED" and shown["AmountDue"] == 0:
            shown["Status"] = "PAID"
        return shown

    def _applied(self, made):
        return self._paid(made) + self._credited(made) != 0

    def _paid(self, made):
        live = [pay for pay in self.payments.values() if pay["Status"] == "AUTHORISED"]
        return sum((money(pay["Amount"]) for pay in live if pay["Invoice"]["InvoiceID"] == made["InvoiceID"]), money(0))

    def _credited(self, made):
        items = [item for credit in self.credits.values() for item in credit["Allocations"]]
        return sum((money(i["Amount"]) for i in items if i["Invoice"]["InvoiceID"] == made["InvoiceID"]), money(0))

    def _sum(self, made):
        """Fact sheet 9.1: tax is rounded per line, then summed; an override is taken as it is."""
        for line in made["LineItems"]:
            line.setdefault("LineItemID", self._id("2"))
            quantity, unit = Decimal(str(line.get("Quantity", 1))), money(line.get("UnitAmount", line["LineAmount"]))
            line["LineAmount"] = money(quantity * unit) - money(line.get("DiscountAmount", 0))
            rate = RATES[line.get("TaxType", "")] if made["LineAmountTypes"] == "Inclusive" else Decimal(0)
            line["TaxAmount"] = money(line.get("TaxAmount", line["LineAmount"] * rate / (100 + rate)))
        made["Total"] = sum((line["LineAmount"] for line in made["LineItems"]), money(0))
        made["TotalTax"] = sum((line["TaxAmount"] for line in made["LineItems"]), money(0))

    def _named(self, row):
        """The row with the contact's number instead of its id, as the cases write it."""
        row = {key: value for key, value in row.items() if key != "InvoiceID"}
        if contact := row.pop("Contact", None):
            row["Contact"] = self.contacts[contact["ContactID"]]["ContactNumber"]
        return row

    # payments

    def _put_payments(self, path, query, body):
        return {"Payments": [self._new_payment(row) for row in body["Payments"]]}

    def _new_payment(self, row):
        invoice = self.invoices[row["Invoice"]["InvoiceID"]]
        if invoice["Status"] not in ("AUTHORISED", "PAID"):
            return _bad(row, "Payments can only be made against Authorised documents")
        if money(row["Amount"]) > self._invoice(invoice)["AmountDue"]:
            return _bad(row, "Payment amount exceeds the amount outstanding on this document")
        made = {**row, "PaymentID": self._id("3"), "Status": "AUTHORISED"}
        self.payments[made["PaymentID"]] = made
        account = row["Account"]["AccountID"].removeprefix("acc0")
        self.writes.append(("put Payment", {**row, "Invoice": invoice["InvoiceNumber"], "Account": account}))
        return {**made, "Invoice": self._invoice(invoice)}

    def _post_payments(self, path, query, body):
        made = self.payments[path[0]]
        made["Status"] = body["Status"]
        self.writes.append(("post Payment", {"Reference": made["Reference"], "Status": body["Status"]}))
        return {"Payments": [made]}

    def _get_payments(self, path, query, body):
        wanted = re.findall(r'guid\("([^"]+)"\)', query.get("where", ""))
        return {"Payments": [row for row in self.payments.values() if row["PaymentID"] in wanted]}

    # credit notes

    def _put_creditnotes(self, path, query, body):
        if len(path) == 2:
            return {"Allocations": [self._allocate(self.credits[path[0]], row) for row in body["Allocations"]]}
        return {"CreditNotes": [self._new_credit(row) for row in body["CreditNotes"]]}

    def _new_credit(self, row):
        if any(other["CreditNoteNumber"] == row["CreditNoteNumber"] for other in self.credits.values()):
            return _bad(row, "Credit Note # must be unique.")
        made = {**row, "CreditNoteID": self._id("4"), "Allocations": []}
        self._sum(made)
        made["RemainingCredit"] = made["Total"]
        self.credits[made["CreditNoteID"]] = made
        self.writes.append(("put CreditNote", self._named(row)))
        return made

    def _allocate(self, credit, row):
        made = {**row, "AllocationID": self._id("5")}
        credit["Allocations"].append(made)
        credit["RemainingCredit"] -= money(row["Amount"])
        number = self.invoices[row["Invoice"]["InvoiceID"]]["InvoiceNumber"]
        note = {
            "CreditNote": credit["CreditNoteNumber"],
            "Invoice": number,
            "Amount": row["Amount"],
            "Date": row["Date"],
        }
        self.writes.append(("put Allocation", note))
        return made

    def _delete_creditnotes(self, path, query, body):
        credit = self.credits[path[0]]
        credit["Allocations"] = [item for item in credit["Allocations"] if item["AllocationID"] != path[2]]
        self.writes.append(("delete Allocation", {"CreditNote": credit["CreditNoteNumber"]}))
        return {"AllocationId": path[2], "IsDeleted": True}

    def _post_creditnotes(self, path, query, body):
        for row in body["CreditNotes"]:
            made = self.credits[row["CreditNoteID"]]
            made.update(row)
            self.writes.append(
                ("post CreditNote", {"CreditNoteNumber": made["CreditNoteNumber"], "Status": row["Status"]})
            )
        return {"CreditNotes": [self.credits[row["CreditNoteID"]] for row in body["CreditNotes"]]}

    def _get_creditnotes(self, path, query, body):
        rows = [row for row in self.credits.values() if path[0] in (row["CreditNoteID"], row["CreditNoteNumber"])]
        return {"CreditNotes": rows} if rows else None

    # bank transactions

    def _put_banktransactions(self, path, query, body):
        answers = []
        for row in body["BankTransactions"]:
            made = {**row, "BankTransactionID": self._id("6"), "OverpaymentID": self._id("7")}
            made["LineItems"] = [{**line} for line in row["LineItems"]]
            self._sum(made)
            self.banks[made["BankTransactionID"]] = made
            account = row["BankAccount"]["AccountID"].removeprefix("acc0")
            self.writes.append(("put BankTransaction", {**self._named(row), "BankAccount": account}))
            answers.append(made)
        return {"BankTransactions": answers}


def _bad(row, message):
    return {**row, "StatusAttributeString": "ERROR", "HasErrors": True, "ValidationErrors": [{"Message": message}]}


@dataclass
class Desk:
    """Runs postings as the runtime does: asks, files links and answers, asks again."""

    xero: SmallXero = field(default_factory=SmallXero)
    links: dict = field(default_factory=dict)
    facts: dict = field(default_factory=facts)
    inputs: dict = field(default_factory=dict)
    rounds: int = 0

    def post(self, record, now: str, posting="post_sale"):
        """The last decision, after at most 40 rounds."""
        moment = datetime.fromisoformat(now)
        today = Today(moment, moment.astimezone(SYDNEY).date())
        answers = {}
        for _ in range(40):
            self.rounds += 1
            known = Known({key: _stored(link) for key, link in self.links.items()}, answers, self.facts)
            decision = CONNECTOR.postings[posting].decide(record, known, self.inputs, today)
            for link in getattr(decision, "links", ()):
                self.links[link.source, link.part] = link
            if not isinstance(decision, Calls):
                return decision
            assert decision.asks, "a round without a call would never end"
            for ask in decision.asks:
                answers[ask.part] = self._carry_out(ask, getattr(record, "version", 1))
        raise AssertionError("40 rounds")

    def _carry_out(self, ask: Ask, version: int):
        call = CONNECTOR.calls[ask.action]
        element = replace(ask.element, payload=loads(dumps(ask.element.payload)))
        outcome = call.outcomes([element], self.xero.handle(call.request([element])))[0]
        if isinstance(outcome, Done) and ask.link and outcome.link:
            self._file(ask, outcome, version)
        return outcome

    def _file(self, ask, outcome, version):
        made = outcome.link
        link = Link(*ask.link, made.kind, made.id, made.marker, version, made.seen, made.seen)
        self.links[ask.link] = replace(link, gone=ask.ends)

    def see(self, number):
        """What the documents poll would store about an invoice."""
        row = next(row for row in self.xero.invoices.values() if row["InvoiceNumber"] == number)
        response = Response(200, {}, write_json({"Invoices": [self.xero._invoice(row)]}))
        call = CONNECTOR.calls["find_invoice"]
        seen = call.outcomes([Element("", {"number": number})], response)[0].result
        for key, link in self.links.items():
            if link.kind == "invoice" and link.id == seen["id"]:
                self.links[key] = replace(link, seen=seen)

    def contact(self, key, number, name="", status="ACTIVE"):
        """A contact that stands and is linked."""
        id = self.xero._id("c")
        self.xero.contacts[id] = {
            "ContactID": id,
            "ContactNumber": number,
            "Name": name or number,
            "ContactStatus": status,
        }
        self.links[key, "contact"] = Link(key, "contact", "contact", id, number, 1)
        return id


def _stored(link):
    return replace(link, written=loads(dumps(link.written)), seen=loads(dumps(link.seen)))


def outcome_of(decision):
    """`finished`, or the code of what it is."""
    if isinstance(decision, Finished):
        return "finished"
    return decision.code if isinstance(decision, Hold) else type(decision).__name__.lower()


def day(text):
    return date.fromisoformat(text)
