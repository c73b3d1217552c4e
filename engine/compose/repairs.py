"""Repairs of differences: post again, adopt a document, or let a difference stand; each is entered in the audit log.

A repair is a person's deed on one difference as it was just found. The books are changed by the posting alone; here
it is only asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.books.comparison import Item
from connectors.books.report import item_of
from engine.compose.workspace import Workspace
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.ports import Change, Insert, Update
from engine.runtime.audit import Deed, record
from engine.runtime.rows import event_row
from engine.sdk.contract import NewEvent

Json = Any
_SALES, _CHANGED = "halaxy", "halaxy.invoice.changed"
_GONE = ("invoice missing", "invoice voided")


def repair(workspace: Workspace, item: Item, how: str, by: str, reason: str) -> str:
    """Do one repair; gives a sentence that says what follows.

    Args:
        workspace: Open for work.
        item: The difference as it was just found.
        how: post, link, accept or ignore.
        by: Who.
        reason: Why; accept and ignore need one.

    Raises:
        UserError: The repair does not fit the difference, or the reason is missing.
    """
    if how not in item.repairs:
        known = " or ".join(item.repairs)
        raise UserError(f'"{how}" is no repair of {item.key}.', f"Choose {known}.", "no-such-repair")
    if how in ("accept", "ignore"):
        return _let_stand(workspace, item, how, by, reason)
    if how == "link":
        _adopt(workspace, item, by, reason)
    return _post(workspace, item, how, by, reason)


def _let_stand(workspace: Workspace, item: Item, how: str, by: str, reason: str) -> str:
    if not reason.strip():
        raise UserError(f"Say why {item.key} may stand.", "Add --reason.", "no-reason")
    after = {"counts": False, "until": "a side changes" if how == "accept" else "always"}
    workspace.store.write((record(_deed(item, how, by, reason, after), workspace.clock.now()),))
    until = "until one side changes" if how == "accept" else "from now on"
    return f"{item.key} ({item.about}) does not count {until}."


def _post(workspace: Workspace, item: Item, how: str, by: str, reason: str) -> str:
    """The sale is taken for changed, so that its posting runs again on both sides as they are now."""
    now = workspace.clock.now()
    rows = workspace.store.rows("record", connection=_SALES, kind="sale", id=item.invoice)
    if not rows:
        raise UserError(f"Invoice {item.invoice} was not read yet.", 'Run "daybook sync now" first.', "not-read")
    row = rows[0]
    version = int(row["version"]) + 1
    sale = {**loads(row["body"]), "version": version}
    event = NewEvent(
        _CHANGED, f"inv:{item.invoice}:repair:v{version}", now, f"Invoice {item.invoice} is posted again",
        {"invoice": sale}, sale["totals"]["gross"], item.invoice,
    )  # fmt: skip
    mine = {"connection": _SALES, "kind": "sale", "id": item.invoice}
    changes: tuple[Change, ...] = (
        Update("records", {**mine, "version": row["version"]}, {"version": version, "body": dumps(sale)}),
        Insert("events", event_row(event, workspace.parts.ids.new("evt"), "repair", _SALES, now)),
        *_forgotten(workspace, item),
        record(_deed(item, how, by, reason, {"event": event.key}), now),
    )
    if not workspace.store.write(changes)[0]:
        raise UserError(f"Invoice {item.invoice} changed just now.", "Look at it again.", "changed-meanwhile")
    return (
        f'Invoice {item.invoice} is posted again. A running "daybook serve" takes it up; otherwise run '
        '"daybook serve --once".'
    )


def _forgotten(workspace: Workspace, item: Item) -> list[Change]:
    """Links whose document the comparison did not find in the ledger: what they stood for is posted anew."""
    changes: list[Change] = []
    receipt = item.about.removeprefix("payment ")
    for name in workspace.config.connections:
        source = f'["halaxy invoice {item.invoice}"]'
        for link in workspace.store.rows("links", connection=name, sources=source):
            part = link["part"].partition("/")[0]
            lost = item.code in _GONE and (link["kind"] in ("invoice", "payment"))
            lost = lost or (item.ledger is None and part in (f"payment {receipt}", f"refund {receipt}"))
            if lost and not link["gone"]:
                where = {"connection": name, "source": link["source"], "part": link["part"]}
                changes.append(Update("links", where, {"gone": 1, "updated_at": text_of(workspace.clock.now())}))
    return changes


def _adopt(workspace: Workspace, item: Item, by: str, reason: str) -> None:
    """Gives the document our number; the posting then adopts it where payer and total are the same (R20)."""
    if not item.document:
        raise UserError(f"There is no document that {item.key} could be linked to.", "", "nothing-to-link")
    number = f"HX-{item.invoice}"
    deed = _deed(item, "link", by, reason, {"document": item.document, "number": number})
    # The entry comes first: whatever happens to the call, it is known who asked for it.
    workspace.store.write((record(deed, workspace.clock.now()),))
    workspace.reader.patient(60.0).adopt(item.document, number)


def _deed(item: Item, how: str, by: str, reason: str, after: Mapping[str, Json]) -> Deed:
    return Deed(by, how, item.key, item.about, reason, item_of(item), after)
