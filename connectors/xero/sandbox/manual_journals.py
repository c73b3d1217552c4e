"""Manual journals: free double entries.

Source: Xero fact sheet 8.17. No tax is computed: lines are posted as they stand, which is what NoTax means.
"""

from __future__ import annotations

from typing import Any

from engine.sdk.sandbox import Answer

from .arithmetic import ZERO, cents
from .call import Call
from .ledger import Entry
from .locks import check_lock
from .paging import select
from .postings import account_name
from .problems import Findings, Invalid, Unknown
from .state import Account, Plain
from .where import Fields
from .wire import NO_ID, day_out, day_text, moment_out, present, read_day, read_number, text_of
from .writing import Element, write_many, write_one

Json = Any

_FROM = {"": ("DRAFT", "POSTED"), "DRAFT": ("DRAFT", "POSTED", "DELETED"), "POSTED": ("POSTED", "VOIDED")}
_BARRED = ("DEBTORS", "CREDITORS", "RETAINEDEARNINGS", "GST")


def list_journals(call: Call) -> Answer:
    """GET /ManualJournals; lines only with `page`."""
    page = select(call, call.books.journals.values(), _fields())
    rows = [_out(journal) if page.full else {**_out(journal), "JournalLines": []} for journal in page.rows]
    return call.envelope("ManualJournals", rows, page.pagination)


def get_journal(call: Call, key: str) -> Answer:
    """GET /ManualJournals/{ManualJournalID}."""
    return call.envelope("ManualJournals", [_out(_known(call, key))])


def create_journals(call: Call) -> Answer:
    """PUT /ManualJournals."""
    return write_many(call, "ManualJournals", lambda sent: (_saved(call, sent, None), []), _echo)


def save_journals(call: Call) -> Answer:
    """POST /ManualJournals: changes the one with the sent id, else creates."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        key = text_of(sent.get("ManualJournalID"))
        return _saved(call, sent, _known(call, key) if key else None), []

    return write_many(call, "ManualJournals", save, _echo)


def update_journal(call: Call, key: str) -> Answer:
    """POST /ManualJournals/{ManualJournalID}."""
    standing = _known(call, key)
    return write_one(call, "ManualJournals", lambda sent: (_saved(call, sent, standing), []), _echo)


def _saved(call: Call, sent: Element, standing: Plain | None) -> Element:
    findings = Findings()
    fields: Element = dict(standing.fields) if standing else {"Status": "", "Narration": "", "JournalLines": []}
    _read_head(call, sent, fields, findings)
    if sent.get("JournalLines") is not None:
        fields["JournalLines"] = _lines(call, sent["JournalLines"], findings)
    total = sum((line["LineAmount"] for line in fields["JournalLines"]), ZERO)
    if total or len(fields["JournalLines"]) < 2:
        debits = sum((line["LineAmount"] for line in fields["JournalLines"] if line["LineAmount"] > 0), ZERO)
        findings.add(f"The total debits ({debits:.2f}) must equal total credits ({total - debits:.2f})")
    on = read_day(fields["Date"]) or call.today
    if fields["Status"] in ("POSTED", "VOIDED"):
        check_lock(call.books, on, findings)
    findings.settle()
    made = Plain(standing.id if standing else call.books.ids.next(), call.now, fields)
    call.books.journals[made.id] = made
    entries = [Entry(line["AccountCode"], line["LineAmount"]) for line in fields["JournalLines"]]
    call.books.ledger.post(made.id, on, entries if fields["Status"] == "POSTED" else ())
    return _out(made)


def _read_head(call: Call, sent: Element, fields: Element, findings: Findings) -> None:
    status = text_of(sent.get("Status")) or fields["Status"] or "DRAFT"
    if status not in _FROM.get(fields["Status"], ()):
        findings.add("Manual journal not of valid status for modification")
    on = read_day(sent.get("Date")) or read_day(fields.get("Date")) or call.today
    fields["Narration"] = text_of(sent.get("Narration")) or fields["Narration"]
    if not fields["Narration"]:
        findings.add("The Narration must be specified")
    fields |= {
        "Status": status,
        "DateString": day_text(on),
        "Date": day_out(on),
        "LineAmountTypes": text_of(sent.get("LineAmountTypes")) or fields.get("LineAmountTypes", "NoTax"),
        "ShowOnCashBasisReports": sent.get("ShowOnCashBasisReports", fields.get("ShowOnCashBasisReports", True))
        is True,
        "HasAttachments": False,
    }
    if sent.get("Url"):
        fields["Url"] = text_of(sent["Url"])


def _lines(call: Call, sent: Json, findings: Findings) -> list[Element]:
    made = []
    for index, row in enumerate(sent if isinstance(sent, list) else []):
        code = text_of(row.get("AccountCode"))
        account = call.books.account_by_code(code) if code else call.books.accounts.get(text_of(row.get("AccountID")))
        if account is None or not _usable(account):
            findings.add_line(index, f"Account code '{code}' is not a valid code for this document.")
            continue
        amount = cents(read_number(row.get("LineAmount"), "LineAmount") or ZERO)
        made.append(
            {
                "LineAmount": amount,
                "AccountCode": account_name(account),
                "AccountID": account.id,
                "TaxAmount": ZERO,
                **present({name: text_of(row.get(name)) for name in ("Description", "TaxType")}),
                "Tracking": [],
                "IsBlank": False,
            }
        )
    return made


def _usable(account: Account) -> bool:
    return account.status == "ACTIVE" and account.type != "BANK" and account.system not in _BARRED


def _out(journal: Plain) -> Element:
    return {"ManualJournalID": journal.id, **journal.fields, "UpdatedDateUTC": moment_out(journal.updated)}


def _known(call: Call, key: str) -> Plain:
    found = call.books.journals.get(key.lower())
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    row = {"ManualJournalID": NO_ID, "Narration": text_of(sent.get("Narration"))}
    return {**row, "JournalLines": [], "ValidationErrors": problem.errors()}


def _fields() -> Fields[Plain]:
    return {
        "ManualJournalID": lambda journal: journal.id,
        "Narration": lambda journal: journal.fields["Narration"],
        "Date": lambda journal: read_day(journal.fields["Date"]),
        "Status": lambda journal: journal.fields["Status"],
        "UpdatedDateUTC": lambda journal: journal.updated,
    }
