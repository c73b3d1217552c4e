"""The worked accounting cases, written to the sandbox by hand: totals, states and the ledger come out as they say.

Cases that begin with documents told in prose are left out; where the file is absent this one is not collected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from xero_by_hand import Client

Json = Any

FILE = Path(__file__).parents[2] / "../shared/reference/accounting-cases.md"
PLURALS = {
    "Invoice": "Invoices",
    "CreditNote": "CreditNotes",
    "BankTransaction": "BankTransactions",
    "Payment": "Payments",
    "BankTransfer": "BankTransfers",
    "ManualJournal": "ManualJournals",
    "Contact": "Contacts",
}
OPENINGS = ("empty organisation",)
NOTES = ("key", "same", "tenant")


def cases() -> Iterator[Json]:
    """The cases that begin with an organisation and nothing else, in one organisation."""
    text = FILE.read_text(encoding="utf-8")
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        case = yaml.load(block, yaml.BaseLoader)
        before = case.get("given", {}).get("xero_before", "empty organisation")
        plain = before in OPENINGS or (isinstance(before, dict) and set(before) == {"Organisation"})
        if "case" in case and plain and "tenant" not in block:
            yield case


CASES = {case["case"]: case for case in cases()}


class Writer:
    """Turns the steps of a case into requests, and remembers ids by number or key."""

    def __init__(self, xero: Client) -> None:
        self.xero = xero
        self.made: dict[str, tuple[str, Json]] = {}

    def contact(self, name: str) -> Json:
        if name not in self.made:
            body = {"Name": name, "ContactNumber": name}
            self.made[name] = ("Contact", self.xero.post("/Contacts", {"Contacts": [body]})["Contacts"][0])
        return {"ContactID": self.made[name][1]["ContactID"]}

    def carry_out(self, step: Json) -> None:
        for verb, act in (("put", self.put), ("post", self.post), ("delete", self.delete)):
            if verb in step:
                act(step[verb], {name: value for name, value in step.items() if name != verb})

    def put(self, kind: str, step: Json) -> None:
        body, key = self.body(kind, step)
        path = f"/{PLURALS[kind]}" if kind in PLURALS else self.credit_path(step)
        plural = PLURALS.get(kind, "Allocations")
        row = self.xero.put(path, {plural: [body]}, summarizeErrors="false")[plural][0]
        assert not row.get("ValidationErrors"), (step, row["ValidationErrors"])
        self.remember(kind, key, row)
        self.check_totals(step, row)

    def post(self, kind: str, step: Json) -> None:
        body, key = self.body(kind, step)
        _, standing = self.made[key]
        path = f"/{PLURALS[kind]}/{standing[f'{kind}ID']}"
        if "LineItems" in body:
            for line, old in zip(body["LineItems"], standing["LineItems"], strict=False):
                line["LineItemID"] = old["LineItemID"]
        row = self.xero.post(path, {PLURALS[kind]: [body]})
        assert PLURALS[kind] in row, (step, row)
        self.remember(kind, key, row[PLURALS[kind]][0])
        self.check_totals(step, row[PLURALS[kind]][0])

    def delete(self, kind: str, step: Json) -> None:
        path, allocation = self.made[step["key"]]
        assert self.xero.call("DELETE", f"{path}/{allocation['AllocationID']}").status == 200

    def body(self, kind: str, step: Json) -> tuple[Json, str]:
        flat = {**step.get("set", {}), **{name: value for name, value in step.items() if name not in ("set", "totals")}}
        number = flat.get("CreditNoteNumber") if kind == "CreditNote" else flat.get("InvoiceNumber")
        key = flat.get("key") or number or flat.get("ContactNumber")
        body = {name: value for name, value in flat.items() if name not in NOTES}
        if "Contact" in body:
            body["Contact"] = self.contact(body["Contact"])
        for name in ("BankAccount", "FromBankAccount", "ToBankAccount", "Account"):
            if name in body:
                body[name] = {"Code": body[name]}
        for name in ("Invoice", "CreditNote", "Prepayment", "Overpayment"):
            if name in body:
                body[name] = {f"{name}ID": self.made[body[name]][1][f"{name}ID"]}
        return body, key

    def credit_path(self, step: Json) -> str:
        kind = next(name for name in ("CreditNote", "Prepayment", "Overpayment") if name in step)
        return f"/{kind}s/{self.made[step[kind]][1][f'{kind}ID']}/Allocations"

    def remember(self, kind: str, key: str, row: Json) -> None:
        if kind == "Allocation":
            credit = next(name for name in ("CreditNote", "Prepayment", "Overpayment") if name in row)
            self.made[key] = (f"/{credit}s/{row[credit]['ID']}/Allocations", row)
        else:
            self.made[key] = (kind, row)

    def check_totals(self, step: Json, row: Json) -> None:
        for name, value in step.get("totals", {}).items():
            assert Decimal(value) == row[name]
        for told, line in zip(step.get("LineItems", ()), row.get("LineItems", ()), strict=False):
            assert Decimal(told.get("TaxAmount", 0)) == line["TaxAmount"]

    def state_of(self, key: str) -> Json:
        kind, row = self.made[key]
        if kind == "BankTransaction":
            kind = next(name for name in ("Prepayment", "Overpayment") if f"{name}ID" in row)
        return self.xero.get(f"/{kind}s/{row[f'{kind}ID']}")[f"{kind}s"][0]


def sections(case: Json) -> Iterator[Json]:
    return (part for part in case.values() if isinstance(part, dict) and isinstance(part.get("xero"), list))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_comes_out_as_it_says(make: Callable[..., Client], name: str) -> None:
    case, xero = CASES[name], make()
    before = case["given"].get("xero_before", {})
    if isinstance(before, dict):
        facts = {**before.get("Organisation", {})}
        xero.lever("POST", "seed", {"organisation": {**facts, "PaysTax": facts.get("PaysTax", "true") == "true"}})
    writer, seen = Writer(xero), 0
    for part in sections(case):
        for step in part["xero"]:
            writer.carry_out(step)
            if "by_person" in step:
                number = re.findall(r"HX-[\w-]+", step["by_person"])[0]
                xero.lever("POST", "people", {"do": "approve", "invoice": number})
        rows = xero.lever("GET", "ledger")
        if "ledger" in part:
            told = [[on, account, Decimal(debit), Decimal(credit)] for on, account, debit, credit in part["ledger"]]
            came = [[row["date"], row["account"], row["debit"], row["credit"]] for row in rows[seen:]]
            assert told == came
        seen = len(rows)
        for key, told in part.get("after", {}).items():
            check_state(told, writer.state_of(key))
    if "balances_at_end" in case:
        told = {account: Decimal(value) for account, value in case["balances_at_end"].items()}
        assert told == xero.lever("GET", "ledger", balances="1")


def check_state(told: Json, row: Json) -> None:
    for name, value in told.items():
        assert (value if name == "Status" else Decimal(value)) == row[name], name
