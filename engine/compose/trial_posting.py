"""The test of a new connection: one real invoice and its payments posted, then read back from Xero field by field.

Reads Xero itself and believes nothing that the engine has noted of its own writes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.xero import payloads
from connectors.xero.outcomes import rows_of
from engine.compose.asked import post_again, read_invoices, sale_named
from engine.compose.preview.documents import Document
from engine.compose.preview.preview import Preview, preview
from engine.compose.service import work_until_quiet
from engine.compose.setup.asking import ask_one
from engine.compose.setup.memory import connection_of, note
from engine.compose.workspace import Workspace
from engine.core.holds import sentence
from engine.core.money import ZERO, total
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.sdk.contract import Request

Json = Any
_MONEY_IN = ("payment", "deposit_applied")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the result: what was looked at, what Xero has, what was wanted."""

    what: str
    ok: bool
    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Tested:
    """What the test came to; `planned` is what was announced before anything was sent."""

    invoice: str
    checks: tuple[Check, ...]
    planned: Preview

    @property
    def passed(self) -> bool:
        """Whether every line is right."""
        return bool(self.checks) and all(check.ok for check in self.checks)


def try_out(workspace: Workspace, invoice: str, stop: threading.Event | None = None) -> Tested:
    """Post one invoice with its money for real, and verify what stands in Xero.

    Raises:
        UserError: Nothing is known of it, or it is held: the hold says why.
    """
    read_invoices(workspace, [str(sale_named(workspace, invoice)["id"])])
    sale = sale_named(workspace, invoice)
    planned = preview(workspace, str(sale["id"]))
    post_again(workspace, [sale], "is posted as a test")
    work_until_quiet(workspace.loop, workspace.clock, stop or threading.Event())
    fresh = sale_named(workspace, str(sale["id"]))
    checks = tuple(_checks(workspace, fresh, planned))
    tested = Tested(str(sale["id"]), checks, planned)
    if tested.passed:
        note(workspace, "tested", {"invoice": tested.invoice, "at": workspace.clock.now()})
    return tested


def _checks(workspace: Workspace, sale: Mapping[str, Json], planned: Preview) -> Iterator[Check]:
    link = _link(workspace, sale)
    row = _read(workspace, link["vendor_id"])
    shown = payloads.invoice_seen(row)
    wanted = next((one for one in planned.documents if one.kind == "invoice" and one.verb == "new"), None)
    contact = _contact(workspace, shown["contact_id"])
    yield _same("customer", contact, wanted.contact if wanted else contact)
    yield _same("number", shown["number"], link["marker"])
    yield _same("date", shown["date"], wanted.date if wanted else shown["date"])
    yield _same("total", shown["total"], sale["totals"]["gross"])
    yield _same("GST", shown["tax"], sale["totals"]["tax"])
    yield from _lines(shown["lines"], _planned_lines(link, wanted))
    yield from _money(workspace, sale, shown)


def _planned_lines(link: Mapping[str, Json], wanted: Document | None) -> list[tuple[Json, ...]]:
    """Amount, account and tax type of each line: as announced; of an invoice that stood before, as it was posted."""
    if wanted is not None:
        return [(line.amount, line.account, line.tax_type) for line in wanted.lines]
    written = loads(link["written"])
    return [(row["amount"], row["account"], row["tax_type"]) for row in written.get("fees") or written.get("lines", ())]


def _lines(lines: Sequence[Mapping[str, Json]], wanted: Sequence[tuple[Json, ...]]) -> Iterator[Check]:
    yield _same("lines", len(lines), len(wanted))
    for number, (line, plan) in enumerate(zip(lines, wanted, strict=False), 1):
        for what, name, value in zip(
            ("amount", "account", "tax type"), ("amount", "account", "tax_type"), plan, strict=True
        ):
            yield _same(f"line {number} {what}", line[name], value)


def _money(workspace: Workspace, sale: Mapping[str, Json], shown: Mapping[str, Json]) -> Iterator[Check]:
    expected = total(tuple(one["amount"] for one in sale["payments"] if one["kind"] in _MONEY_IN))
    if shown["status"] in ("DRAFT", "SUBMITTED"):
        if expected:
            text = "waits until a person approves the draft in Xero"
            yield Check("payment", True, text, text)
        return
    yield _same("applied payments", shown["paid"], _paid(sale))
    yield _same("still owed", shown["due"], sale["totals"]["balance"])
    linked = {row["part"]: row for row in _links(workspace, sale) if row["kind"] == "payment" and not row["gone"]}
    for row in linked.values():
        there = [one for one in shown["payments"] if one["id"] == row["vendor_id"]]
        amount = there[0]["amount"] if there else "missing"
        yield _same(f"{row['part']} applied", amount, _amount_of(row))


def _paid(sale: Mapping[str, Json]) -> Decimal:
    """What the payments of the sale come to on its document: no more than the document asks for."""
    came = total(tuple(one["amount"] for one in sale["payments"] if one["kind"] == "payment"))
    went = total(tuple(one["amount"] for one in sale["payments"] if one["kind"] in ("refund", "dishonour")))
    gross: Decimal = sale["totals"]["gross"]
    return max(min(came - went, gross), ZERO)


def _amount_of(row: Mapping[str, Json]) -> Json:
    return loads(row["written"]).get("amount")


def _link(workspace: Workspace, sale: Mapping[str, Json]) -> Mapping[str, Json]:
    for row in _links(workspace, sale):
        if row["kind"] == "invoice" and not row["gone"]:
            return row
    holds = [row for row in workspace.store.rows("holds") if row["subject"] == str(sale["id"])]
    if holds:
        hold = holds[0]
        raise UserError(f"The invoice is held, {hold['code']}: {sentence(hold['code'])}", f"{hold['cause']}.", "held")
    raise UserError("Nothing of this invoice is in Xero.", f'See "daybook why {sale["id"]}".', "not-posted")


def _links(workspace: Workspace, sale: Mapping[str, Json]) -> list[dict[str, Json]]:
    xero = connection_of(workspace, "xero").name
    return workspace.store.rows("links", connection=xero, sources=dumps([f"halaxy invoice {sale['id']}"]))


def _read(workspace: Workspace, id: str) -> Mapping[str, Json]:
    rows = rows_of(ask_one(workspace, "xero", Request("GET", f"/Invoices/{id}")), "Invoices")
    return rows[0]


def _contact(workspace: Workspace, id: str) -> str:
    rows = rows_of(ask_one(workspace, "xero", Request("GET", f"/Contacts/{id}")), "Contacts")
    return str(rows[0].get("Name") or "")


def _same(what: str, found: Json, wanted: Json) -> Check:
    return Check(what, found == wanted, str(found), str(wanted))
