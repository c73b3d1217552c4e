"""Calls on spent and received money, over- and prepayments included (fact sheet 8.9).

PURE. SPEND and RECEIVE are known by their Reference; over- and prepayments have none, so by the text of their line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import found_in, judged, on_day, read_each, text, written_list
from connectors.xero.payloads import bank_transaction_body, bank_transaction_seen
from engine.sdk.contract import Call, Element, Request

Json = Any
_PAGE = (("page", "1"), ("pageSize", "1000"))


def _of_the_day(elements: Sequence[Element]) -> Request:
    """All of one type on one day: Reference is not among the optimised filters here (fact sheet 5.3)."""
    wanted = elements[0].payload
    where = f"Type=={text(str(wanted['type']))} AND {on_day(wanted['date'])}"
    return Request("GET", "/BankTransactions", (("where", where), *_PAGE))


def _stands(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    texts = {row["reference"], *(line["description"] for line in row["lines"])}
    same = (
        row["type"] == wanted["type"]
        and row["date"] == wanted["date"]
        and row["total"] == wanted.get("wanted_total", row["total"])
    )
    return same and element.marker in texts and row["status"] not in ("DELETED", "VOIDED")


def _changed(element: Element, row: Mapping[str, Json]) -> bool:
    """Whether the change stands: every field that it sent is what Xero shows."""
    wanted = {**element.payload, "total": element.payload.get("wanted_total", row["total"])}
    names = ("status", "total", "date", "contact_id", "reference")
    return all(row[name] == wanted[name] for name in names if name in wanted)


def _by_id(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/BankTransactions/{elements[0].payload['id']}")


CALLS = {
    "create_bank_transaction": Call(
        "create_bank_transaction",
        written_list("PUT", "/BankTransactions", "BankTransactions", bank_transaction_body),
        judged("bank transaction", "BankTransactions", bank_transaction_seen, ""),
        _of_the_day,
        found_in("bank transaction", "BankTransactions", bank_transaction_seen, _stands),
        example=examples.bank_transaction,
    ),
    "update_bank_transaction": Call(
        "update_bank_transaction",
        written_list("POST", "/BankTransactions", "BankTransactions", bank_transaction_body),
        judged("bank transaction", "BankTransactions", bank_transaction_seen, ""),
        _by_id,
        found_in(
            "bank transaction",
            "BankTransactions",
            bank_transaction_seen,
            _changed,
        ),
        example=examples.bank_transaction,
    ),
    "find_bank_transaction": Call(
        "find_bank_transaction",
        _by_id,
        read_each(
            "BankTransactions",
            bank_transaction_seen,
            lambda element, row: bool(row["id"] == element.payload["id"]),
        ),
        example=examples.found_bank_transaction,
    ),
}
