"""The chart of accounts: read, create, change, archive, delete; and the look-ups of documents.

Source: Xero fact sheet 8.11.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .chart import CLASS_OF_TYPE
from .paging import changed_since, filtered, sort
from .problems import Findings, Invalid, Unknown, validation_failure
from .state import Account, Books, Line
from .where import Fields
from .wire import moment_out, present, text_of
from .writing import Element, write_one

Json = Any

_KEPT = ("Description", "BankAccountNumber", "BankAccountType", "CurrencyCode", "ShowInExpenseClaims", "AddToWatchlist")


def list_accounts(call: Call) -> Answer:
    """GET /Accounts: all but deleted ones, never paged."""
    live = [account for account in call.books.accounts.values() if account.status != "DELETED"]
    found = sort(call, filtered(call, changed_since(call, live), _fields()), _fields())
    if not call.asked.param("order"):
        found.sort(key=lambda account: account.code)
    return call.envelope("Accounts", [account_out(account) for account in found])


def get_account(call: Call, key: str) -> Answer:
    """GET /Accounts/{AccountID}."""
    return call.envelope("Accounts", [account_out(_known(call, key))])


def create_account(call: Call) -> Answer:
    """PUT /Accounts: one at a time, always refused with a 400."""
    return write_one(call, "Accounts", lambda sent: (account_out(_saved(call, sent, None)), []), _echo)


def update_account(call: Call, key: str) -> Answer:
    """POST /Accounts/{AccountID}: also archives."""
    standing = _known(call, key)
    return write_one(call, "Accounts", lambda sent: (account_out(_saved(call, sent, standing)), []), _echo)


def delete_account(call: Call, key: str) -> Answer:
    """DELETE /Accounts/{AccountID}: only when nothing uses it."""
    account = _known(call, key)
    if account.system or _is_used(call.books, account):
        problem = Invalid("The account cannot be deleted because it is in use")
        return validation_failure([{**account_out(account), "ValidationErrors": problem.errors()}])
    account.status, account.updated = "DELETED", call.now
    call.books.account_codes.pop(account.code.casefold(), None)
    return call.envelope("Accounts", [account_out(account)])


def find_account(books: Books, sent: Json) -> Account | None:
    """The account that {AccountID} or {Code} names, in any status but deleted."""
    if not isinstance(sent, dict):
        return None
    if key := text_of(sent.get("AccountID")):
        found = books.accounts.get(key.lower())
        return found if found and found.status != "DELETED" else None
    code = text_of(sent.get("Code"))
    return books.account_by_code(code) if code else None


def account_out(account: Account) -> Element:
    """An account as the API shows it."""
    row = {
        "AccountID": account.id,
        "Code": account.code,
        "Name": account.name,
        "Status": account.status,
        "Type": account.type,
        "TaxType": account.tax_type,
        "Class": account.group,
        "SystemAccount": account.system,
        "EnablePaymentsToAccount": account.payments,
        "ShowInExpenseClaims": False,
        "AddToWatchlist": False,
        "HasAttachments": False,
        **account.fields,
        "UpdatedDateUTC": moment_out(account.updated),
    }
    return present(row)


def account_brief(account: Account) -> Element:
    """An account inside a payment or a bank transaction."""
    return present({"AccountID": account.id, "Code": account.code, "Name": account.name})


def _saved(call: Call, sent: Element, standing: Account | None) -> Account:
    made = replace(standing, fields=dict(standing.fields)) if standing else Account("", "", "", "", "", "BASEXCLUDED")
    if standing is not None and standing.system and sent.get("Status") == "ARCHIVED":
        raise Invalid("The account cannot be archived because it is a system account")
    made.code = text_of(sent.get("Code", made.code)).strip()
    made.name = text_of(sent.get("Name", made.name)).strip()
    made.type = text_of(sent.get("Type")) or made.type
    made.tax_type = text_of(sent.get("TaxType")) or made.tax_type
    made.status = text_of(sent.get("Status")) or made.status
    made.payments = sent.get("EnablePaymentsToAccount", made.payments) is True
    made.fields |= {name: sent[name] for name in _KEPT if sent.get(name) is not None}
    _check(call.books, made, standing)
    made.group = CLASS_OF_TYPE[made.type]
    if made.type == "BANK":
        made.fields = {"BankAccountType": "BANK", "CurrencyCode": "AUD", **made.fields}
    made.id, made.updated = made.id or call.books.ids.next(), call.now
    if standing is not None:
        call.books.account_codes.pop(standing.code.casefold(), None)
    call.books.accounts[made.id] = made
    if made.code:
        call.books.account_codes[made.code.casefold()] = made.id
    return made


def _check(books: Books, made: Account, standing: Account | None) -> None:
    findings = Findings()
    others = [other for other in books.accounts.values() if other.id != made.id and other.status != "DELETED"]
    if not made.code and made.type != "BANK":
        findings.add("The Account Code must be specified")
    if len(made.code) > 10:
        findings.add("Account Code is too long. Maximum of 10 characters allowed")
    if made.code and any(other.code.casefold() == made.code.casefold() for other in others):
        findings.add("Please enter a unique Code.")
    if not made.name or any(other.name.casefold() == made.name.casefold() for other in others):
        findings.add("Please enter a unique Name.")
    if made.type not in CLASS_OF_TYPE or (standing is not None and standing.system and made.type != standing.type):
        findings.add("Account Type is not valid")
    if made.type == "BANK" and not made.fields.get("BankAccountNumber"):
        findings.add("The Bank Account Number must be specified")
    if made.fields.get("CurrencyCode", "AUD") not in books.organisation.currencies:
        findings.add(f"Organisation is not subscribed to currency {made.fields['CurrencyCode']}")
    if made.fields.get("BankAccountType", "BANK") not in ("BANK", "CREDITCARD", "PAYPAL", "NONE"):
        findings.add("Bank Account Type is not valid")
    if made.tax_type not in books.tax_rates:
        findings.add("Tax rate must be valid.")
    if made.status not in ("ACTIVE", "ARCHIVED"):
        findings.add("Account Status is not valid")
    findings.settle()


def _is_used(books: Books, account: Account) -> bool:
    lines: list[Line] = [
        line for kind in books.documents.values() for document in kind.values() for line in document.lines
    ]
    return any(line.account == account.id for line in lines) or any(
        row.account in (account.code, account.id) for row in books.ledger.rows
    )


def _known(call: Call, key: str) -> Account:
    found = call.books.accounts.get(key.lower())
    if found is None or found.status == "DELETED":
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    row = present({name: text_of(sent.get(name)) for name in ("AccountID", "Code", "Name", "Description")})
    return {**row, "ValidationErrors": problem.errors()}


def _fields() -> Fields[Account]:
    return {
        "AccountID": lambda account: account.id,
        "Code": lambda account: account.code or None,
        "Name": lambda account: account.name,
        "Type": lambda account: account.type,
        "Status": lambda account: account.status,
        "Class": lambda account: account.group,
        "TaxType": lambda account: account.tax_type,
        "SystemAccount": lambda account: account.system or None,
        "EnablePaymentsToAccount": lambda account: account.payments,
        "BankAccountNumber": lambda account: account.fields.get("BankAccountNumber"),
        "BankAccountType": lambda account: account.fields.get("BankAccountType"),
        "UpdatedDateUTC": lambda account: account.updated,
    }
