"""The step that shows which Xero organisation is posted to, and pins it once a person has said that it is the one.

Another organisation later freezes all posting (`connectors.xero.triggers.facts`) until it is confirmed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.xero.outcomes import rows_of
from connectors.xero.payloads import organisation_fact
from connectors.xero.triggers import PINNED
from engine.compose.setup.asking import ask_one, read_again
from engine.compose.setup.memory import connection_of, keep_fact, kept
from engine.compose.setup.step import Answer, Finding, Looked, Question
from engine.compose.workspace import Workspace
from engine.errors import NoAnswer, UserError
from engine.sdk.contract import Request

Json = Any
_NAME = "organisation"
_BASES = {"CASH": "cash", "ACCRUALS": "accruals", "INVOICE": "invoice", "NONE": "no"}


def shown(workspace: Workspace) -> Looked:
    """Name, ABN, currency, GST and lock dates as Xero has them now, and whether this is the organisation confirmed."""
    fresh = fresh_organisation(workspace)
    found = tuple(facts(fresh, workspace.config.practice.currency))
    pinned = kept(workspace, connection_of(workspace, "xero").name, PINNED, PINNED)
    if pinned is not None and pinned["id"] == fresh["id"]:
        return Looked(_NAME, (*found, Finding("ok", f"You confirmed this organisation ({pinned['at']:%d %b %Y}).")))
    text = f"Is {fresh['name']} the organisation that this practice's invoices belong to?"
    if pinned is not None:
        text = f"Until now this practice posted to {pinned['name']}; Xero now answers as {fresh['name']}. Change to it?"
    return Looked(_NAME, found, Question(text))


def confirmed(workspace: Workspace, answer: Answer) -> tuple[Finding, ...]:
    """Pin the organisation that Xero answers as; if posting was frozen for it, it goes on."""
    if answer.word != "yes":
        raise UserError(
            "Nothing is posted before the organisation is confirmed.",
            'Connect the right one with "daybook connect xero".',
            "organisation-not-confirmed",
        )
    fresh, name = fresh_organisation(workspace), connection_of(workspace, "xero").name
    vault = workspace.needs(name).vault
    body = {
        "id": fresh["id"],
        "name": fresh["name"],
        "tenant": vault.get("tenant_id") or "",
        "by": answer.by,
        "at": workspace.clock.now(),
    }
    keep_fact(workspace, name, PINNED, body)
    workspace.connected(name)
    read_again(workspace, name, "facts")
    return (Finding("ok", f"From now on this practice posts to {fresh['name']} and to no other organisation."),)


def fresh_organisation(workspace: Workspace) -> Mapping[str, Json]:
    """The organisation as Xero shows it now.

    Raises:
        NoAnswer: Xero's answer is no organisation.
    """
    try:
        rows = rows_of(ask_one(workspace, "xero", Request("GET", "/Organisation")), "Organisations")
        return organisation_fact(rows[0])
    except (ValueError, IndexError) as fault:
        raise NoAnswer("Xero did not show its organisation.") from fault


def facts(fresh: Mapping[str, Json], currency: str) -> Iterator[Finding]:
    """What a practice manager should see of the organisation, and what cannot work with it."""
    yield Finding("ok", f"Xero organisation: {fresh['name']}.")
    if fresh["version"] and fresh["version"] != "AU":
        text = f"This is a {fresh['version']} edition of Xero; Daybook's GST rules are Australian."
        yield Finding("gap", text, "Connect an Australian organisation.")
    if fresh["tax_number"]:
        yield Finding("ok", f"ABN: {fresh['tax_number']}.")
    else:
        yield Finding("note", "Xero has no ABN of this organisation.", "Enter it in Xero: Settings, General.")
    if fresh["base_currency"] == currency:
        yield Finding("ok", f"Books in {currency}.")
    else:
        text = (
            f"Xero keeps its books in {fresh['base_currency'] or 'an unknown currency'}, daybook.yaml says {currency}."
        )
        yield Finding("gap", text, "Connect the organisation whose books are in that currency, or mend daybook.yaml.")
    yield _gst(fresh)
    locks = [day for name in ("period_lock", "year_lock") if (day := fresh[name])]
    if locks:
        yield Finding("note", f"Locked up to {max(locks):%d %b %Y}: nothing dated until then is written or changed.")


def _gst(fresh: Mapping[str, Json]) -> Finding:
    if not fresh["pays_tax"]:
        text = "Not registered for GST: documents are posted without GST, and Halaxy's must have none either."
        return Finding("note", text)
    basis = _BASES.get(str(fresh["sales_tax_basis"]).upper(), str(fresh["sales_tax_basis"]).lower() or "an unknown")
    return Finding("ok", f"Registered for GST, on {basis} basis.")
