"""The step that makes sure that nobody else posts the same sales: Halaxy's own Xero link must be off (R20).

A person is asked, and Xero is searched for documents of the same numbers, payers and totals. What comes out of it is
kept as a fact on the Xero connection (`native sync`), which holds every posting while it is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.xero.strangers import (
    MANY,
    NATIVE_SYNC,
    OFF,
    ON,
    Known,
    Stranger,
    Twin,
    plain_number,
    twins,
    word,
)
from engine.compose.setup.asking import last_days
from engine.compose.setup.memory import connection_of, keep_fact, kept
from engine.compose.setup.step import Answer, Finding, Looked, Question
from engine.compose.workspace import Workspace
from engine.sdk.capabilities import LedgerDocument
from engine.sdk.records import Sale

Json = Any
_NAME = "native-link"
_SHOWN = 5
_HOW_OFF = (
    "In Halaxy: Settings, Payments, Accounting: unlink Xero, or leave Daybook off. Both together double the books."
)


def looked(workspace: Workspace) -> Looked:
    """What a person said, and what Xero shows; asked again whenever the search finds more than was cleared."""
    name = connection_of(workspace, "xero").name
    said = kept(workspace, name, NATIVE_SYNC, NATIVE_SYNC)
    cleared = set(said.get("cleared", ())) if said else set()
    found = [twin for twin in search(workspace) if twin.document.id not in cleared]
    findings = tuple(_shown(found))
    if said is not None and said["state"] == OFF and len(found) < MANY:
        return Looked(_NAME, (*findings, Finding("ok", "Halaxy's own Xero link is off, as you said.")))
    if said is not None and said["state"] == ON:
        gap = Finding("gap", "Halaxy's own Xero link is on: Daybook posts nothing until it is off.", _HOW_OFF)
        return Looked(_NAME, (*findings, gap), _question())
    return Looked(_NAME, findings, _question())


def answered(workspace: Workspace, answer: Answer) -> tuple[Finding, ...]:
    """Keep a person's word: `off` lets postings go on, `on` holds them all."""
    name, state = connection_of(workspace, "xero").name, OFF if answer.word in (OFF, "yes") else ON
    found = search(workspace)
    cleared = [twin.document.id for twin in found] if state == OFF else []
    keep_fact(workspace, name, NATIVE_SYNC, word(state, found, answer.by or "a person", workspace.clock.now(), cleared))
    if state == ON:
        return (
            Finding("gap", "Noted: Halaxy's own Xero link is on. Daybook posts nothing until it is off.", _HOW_OFF),
        )
    return (Finding("ok", "Noted: Halaxy's own Xero link is off."),)


def search(workspace: Workspace) -> tuple[Twin, ...]:
    """Documents in Xero of the last 90 days that are not ours and stand for the same sales."""
    first, last = last_days(workspace)
    sales, documents = workspace.reader.sales(first, last), workspace.reader.documents(first, last)
    rows = workspace.store.rows("links_of_kind", connection=connection_of(workspace, "xero").name, kind="invoice")
    ours = {row["vendor_id"] for row in rows}
    return twins(map(known, sales), [stranger(one) for one in documents if _foreign(one, ours)])


def known(sale: Sale) -> Known:
    """A sale as the search compares it."""
    numbers = frozenset(plain_number(text) for text in (sale.id, sale.number) if text)
    return Known(sale.id, numbers, sale.payer.name, sale.totals.gross, sale.date)


def stranger(document: LedgerDocument) -> Stranger:
    """A document of the ledger as the search compares it."""
    return Stranger(document.id, document.number, document.contact_name, document.total, document.date)


def _foreign(document: LedgerDocument, ours: set[str]) -> bool:
    return document.kind == "invoice" and document.status != "gone" and document.id not in ours


def _shown(found: Sequence[Twin]) -> list[Finding]:
    if not found:
        return [Finding("ok", "Xero has no documents of somebody else for the sales of the last 90 days.")]
    some = "; ".join(map(_like, found[:_SHOWN]))
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    text = f"Xero already has {len(found)} documents that Daybook did not write, for the same sales: {some}{more}."
    if len(found) < MANY:
        return [Finding("note", text, "They look typed by hand; each is taken over or held by itself.")]
    return [Finding("gap", f"{text} That looks like Halaxy's own Xero link.", _HOW_OFF)]


def _like(twin: Twin) -> str:
    return f"{twin.document.number or 'one without a number'} is like Halaxy's invoice {twin.sale} ({twin.alike})"


def _question() -> Question:
    return Question("Is Halaxy's own Xero link off (Halaxy: Settings, Payments, Accounting)?", (OFF, ON))
