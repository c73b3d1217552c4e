"""Bank transfers: money between two own bank accounts.

Source: Xero fact sheet 8.19.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from engine.sdk.sandbox import Answer

from .accounts import account_brief, find_account
from .arithmetic import ZERO, cents
from .call import Call
from .echoes import number_or_none
from .ledger import Entry
from .locks import check_lock
from .paging import changed_since, filtered, sort
from .postings import account_name
from .problems import Findings, Invalid, Unknown
from .state import Account, Plain
from .where import Fields
from .wire import NO_ID, day_out, day_text, moment_out, read_day, read_number, text_of
from .writing import Element, write_many, write_one

Json = Any


def list_transfers(call: Call) -> Answer:
    """GET /BankTransfers: never paged."""
    fields = _fields()
    found = sort(call, filtered(call, changed_since(call, call.books.transfers.values()), fields), fields)
    return call.envelope("BankTransfers", [_out(transfer) for transfer in found])


def get_transfer(call: Call, key: str) -> Answer:
    """GET /BankTransfers/{BankTransferID}."""
    return call.envelope("BankTransfers", [_out(_known(call, key))])


def create_transfers(call: Call) -> Answer:
    """PUT /BankTransfers."""
    return write_many(call, "BankTransfers", lambda sent: (_created(call, sent), []), _echo)


def delete_transfers(call: Call) -> Answer:
    """POST /BankTransfers with BankTransferID and Status DELETED."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        return _deleted(call, _known(call, text_of(sent.get("BankTransferID"))), sent), []

    return write_many(call, "BankTransfers", save, _echo)


def delete_transfer(call: Call, key: str) -> Answer:
    """POST /BankTransfers/{BankTransferID} with Status DELETED."""
    transfer = _known(call, key)
    return write_one(call, "BankTransfers", lambda sent: (_deleted(call, transfer, sent), []), _echo)


def _created(call: Call, sent: Element) -> Element:
    findings = Findings()
    source, target = (_bank(call, sent.get(name), findings) for name in ("FromBankAccount", "ToBankAccount"))
    amount = cents(read_number(sent.get("Amount"), "Amount") or ZERO)
    on = read_day(sent.get("Date")) or call.today
    if amount <= 0:
        findings.add("The amount of the transfer must be greater than zero")
    if source is not None and source is target:
        findings.add("The two bank accounts of a transfer must differ")
    check_lock(call.books, on, findings)
    findings.settle()
    if source is None or target is None:
        raise Invalid("Account must be valid.")
    made = Plain(call.books.ids.next(), call.now, _fields_of(call, source, target, amount, on))
    made.fields["Reference"] = text_of(sent.get("Reference"))
    call.books.transfers[made.id] = made
    call.books.ledger.post(made.id, on, (Entry(account_name(target), amount), Entry(account_name(source), -amount)))
    return _out(made)


def _fields_of(call: Call, source: Account, target: Account, amount: Decimal, on: date) -> Element:
    return {
        "FromBankAccount": account_brief(source),
        "ToBankAccount": account_brief(target),
        "Amount": amount,
        "DateString": day_text(on),
        "Date": day_out(on),
        "FromBankTransactionID": call.books.ids.next(),
        "ToBankTransactionID": call.books.ids.next(),
        "FromIsReconciled": False,
        "ToIsReconciled": False,
        "CurrencyRate": 1,
        "HasAttachments": False,
        "Status": "AUTHORISED",
        "CreatedDateUTC": moment_out(call.now),
    }


def _deleted(call: Call, transfer: Plain, sent: Element) -> Element:
    if text_of(sent.get("Status")) != "DELETED" or transfer.fields["Status"] == "DELETED":
        raise Invalid("Bank transfers can not be modified, only their status can be set to DELETED")
    findings = Findings()
    on = read_day(transfer.fields["Date"])
    if on is not None:
        check_lock(call.books, on, findings)
    findings.settle()
    transfer.fields["Status"], transfer.updated = "DELETED", call.now
    call.books.ledger.remove(transfer.id)
    return _out(transfer)


def _bank(call: Call, sent: Json, findings: Findings) -> Account | None:
    found = find_account(call.books, sent)
    if found is None or found.type != "BANK" or found.status != "ACTIVE":
        findings.add("Account must be valid.")
        return None
    return found


def _out(transfer: Plain) -> Element:
    return {"BankTransferID": transfer.id, **transfer.fields}


def _known(call: Call, key: str) -> Plain:
    found = call.books.transfers.get(key.lower())
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    row: Element = {"BankTransferID": NO_ID, "Amount": number_or_none(sent.get("Amount")) or ZERO}
    for name in ("FromBankAccount", "ToBankAccount"):
        account = sent.get(name)
        texts = {key: text_of(account.get(key)) for key in ("AccountID", "Code")} if isinstance(account, dict) else {}
        row[name] = {key: value for key, value in texts.items() if value}
    return {**row, "ValidationErrors": problem.errors()}


def _fields() -> Fields[Plain]:
    return {
        "BankTransferID": lambda transfer: transfer.id,
        "Amount": lambda transfer: transfer.fields["Amount"],
        "Date": lambda transfer: read_day(transfer.fields["Date"]),
        "Reference": lambda transfer: transfer.fields["Reference"] or None,
        "Status": lambda transfer: transfer.fields["Status"],
        "FromBankAccount.AccountID": lambda transfer: transfer.fields["FromBankAccount"]["AccountID"],
        "ToBankAccount.AccountID": lambda transfer: transfer.fields["ToBankAccount"]["AccountID"],
    }
