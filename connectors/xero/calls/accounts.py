"""Calls on the chart of accounts (fact sheet 8.11): read whole, and a new account.

PURE. The daily poll keeps the same rows as facts for the postings; the read is for rules and drop-downs. An account is
known by its code and its name, both of which Xero keeps unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.listing import listing
from connectors.xero.calls.shape import done, found_in
from connectors.xero.outcomes import by_element
from connectors.xero.payloads import account_fact
from engine.sdk.contract import Call, Element, Outcome, Request, Response, write_json

Json = Any


def account_row(value: Mapping[str, Json]) -> dict[str, Json]:
    """An account `{code, name, type, tax_type?, takes_payments?, bank_number?}` for Xero."""
    row = {"Code": value["code"], "Name": value["name"], "Type": value["type"]}
    if value.get("tax_type"):
        row["TaxType"] = value["tax_type"]
    if value["type"] == "BANK":
        # Xero asks for a number with every bank account; a clearing account has none of its own.
        row["BankAccountNumber"] = value.get("bank_number") or f"CLEARING-{value['code']}"
    elif value.get("takes_payments"):
        row["EnablePaymentsToAccount"] = True
    return row


def _create(elements: Sequence[Element]) -> Request:
    # One at a time and bare: the collection takes no list (fact sheet 2).
    return Request("PUT", "/Accounts", body=write_json(account_row(elements[0].payload)))


def _created(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "Accounts", lambda element, row: done("account", element, account_fact(row)))


def _all(elements: Sequence[Element]) -> Request:
    return Request("GET", "/Accounts")


def _same(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    return bool(row["code"] == wanted["code"] and row["name"] == wanted["name"])


CALLS = {
    "list_accounts": listing("list_accounts", "/Accounts", "Accounts", account_fact),
    "create_account": Call(
        "create_account",
        _create,
        _created,
        _all,
        found_in("account", "Accounts", account_fact, _same),
        example=examples.account,
    ),
}
