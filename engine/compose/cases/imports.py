"""What reports tell and Halaxy's API does not: due dates, fees, pay runs, dispute fees, payouts, expenses.

Stores them as an import does: records on the Halaxy connection, and an event for each payout and expense that is new
or another than before. What the engine makes of them is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from connectors.halaxy.report_facts import INVOICE_FACTS, PAYMENT_FACTS, InvoiceFacts, PaymentFacts
from engine.compose.cases.form import Given
from engine.compose.workspace import Workspace
from engine.core.money import decimal
from engine.core.values import loads
from engine.runtime.ingest import take_in
from engine.sdk.contract import Found, NewEvent, Record
from engine.sdk.records import Expense, Payout, from_plain, to_plain

Json = Any
Plain = Mapping[str, Json]
_WITHHELD = "deduct"
_CLASSES: Mapping[str, type[Payout | Expense]] = {"payout": Payout, "expense": Expense}


def import_reports(workspace: Workspace, given: Given) -> None:
    """Take in everything that reports tell in a stage."""
    rows: list[tuple[str, InvoiceFacts | PaymentFacts]] = [(INVOICE_FACTS, one) for one in invoice_facts(given)]
    rows += [(PAYMENT_FACTS, one) for one in payment_facts(given)]
    facts = tuple(Record(kind, one.id, 1, asdict(one)) for kind, one in rows)
    told = [_told(workspace, record) for record in (*_reported(given), *_removed(workspace, given))]
    now = workspace.clock.now()
    found = Found(None, (*facts, *(record for record, _ in told)), tuple(event for _, event in told))
    workspace.store.write(tuple(take_in(workspace.parts, "halaxy", "halaxy", found, now)))


def invoice_facts(given: Given) -> Iterator[InvoiceFacts]:
    """Due dates, from the invoices themselves and from imports."""
    for facts in _added(given):
        for invoice in (*_one(facts.get("invoice")), *facts.get("invoices", ())):
            if "due" in invoice["head"]:
                yield InvoiceFacts(invoice["head"]["id"], due_reported=date.fromisoformat(invoice["head"]["due"]))
    for row in given.imports.get("due", ()):
        yield InvoiceFacts(row["invoice"], due_reported=date.fromisoformat(row["due"]))


def payment_facts(given: Given) -> Iterator[PaymentFacts]:
    """Fees that the processor withheld, pay runs, and what a dishonour reversed and cost."""
    for facts in _added(given):
        for row in facts.get("payments", ()):
            found = PaymentFacts(
                row["id"],
                fee=_fee(row.get("fee")),
                pay_run=row.get("pay_run"),
                dispute_fee=decimal(row["dispute_fee"]) if "dispute_fee" in row else None,
                reverses=row.get("payment") if row["kind"] == "dishonour" else None,
            )
            if any(value is not None for name, value in asdict(found).items() if name != "id"):
                yield found
    for row in given.imports.get("fees", ()):
        yield PaymentFacts(row["payment"], fee=_fee(row))


def _added(given: Given) -> Iterator[Plain]:
    return (change for change in given.halaxy if change["do"] == "add")


def _reported(given: Given) -> Iterator[Payout | Expense]:
    for facts in (*_added(given), given.imports):
        yield from (_payout(row) for row in facts.get("payouts", ()))
        yield from (_expense(row) for row in (*_one(facts.get("expense")), *facts.get("expenses", ())))


def _removed(workspace: Workspace, given: Given) -> Iterator[Payout | Expense]:
    """What a report no longer has, such as `expense 301`."""
    for about in given.imports.get("removed", ()):
        kind, id = about.split(" ")
        for row in workspace.store.rows("record", connection="halaxy", kind=kind, id=id):
            known: Payout | Expense = from_plain(_CLASSES[kind], loads(row["body"]))
            yield replace(known, deleted=True)


def _told(workspace: Workspace, report: Payout | Expense) -> tuple[Record, NewEvent]:
    """The next version of a report's row, and the event that tells of it."""
    kind = "payout" if isinstance(report, Payout) else "expense"
    rows = workspace.store.rows("record", connection="halaxy", kind=kind, id=report.id)
    now, version = workspace.clock.now(), rows[0]["version"] + 1 if rows else 1
    data = to_plain(replace(report, version=version, changed_at=now))
    amount = report.net if isinstance(report, Payout) else report.gross
    event = NewEvent(
        type=f"halaxy.{kind}.changed",
        key=f"{kind}:{report.id}:v{version}",
        time=now,
        title=f"{kind.capitalize()} {report.id} changed",
        data={kind: data},
        amount=amount,
        subject=report.id,
    )
    return Record(kind, report.id, version, data), event


def _payout(row: Plain) -> Payout:
    return Payout(
        id=row["id"],
        version=0,
        deleted=False,
        method=row["method"],
        bank_date=date.fromisoformat(row["bank_date"]),
        net=decimal(row["net"]),
        text=row.get("text", row["id"]),
        covers=tuple(row.get("covers", ())),
    )


def _expense(row: Plain) -> Expense:
    receipt = row.get("type") == "Halaxy receipt"
    category = row.get("category") or row["what"]
    paid = row.get("paid", "null")
    return Expense(
        id=row["id"],
        version=0,
        deleted=False,
        kind="receipt" if receipt else "expense",
        date=date.fromisoformat(row["date"]),
        supplier=row.get("supplier", "Halaxy"),
        description=row.get("what", category),
        category=category,
        gross=decimal(row["gross"]),
        tax=decimal(row["tax"]),
        currency="AUD",
        due=date.fromisoformat(row["due"]) if "due" in row else None,
        paid=None if paid == "null" else date.fromisoformat(paid),
        method=row.get("method"),
    )


def _fee(fee: Plain | None) -> Any:
    """A fee that is billed apart is no fact of the payment."""
    return decimal(fee["amount"]) if fee is not None and fee.get("remittance", _WITHHELD) == _WITHHELD else None


def _one(row: Plain | None) -> Iterable[Plain]:
    return () if row is None else (row,)
