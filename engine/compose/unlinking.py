"""Taking an invoice out of Daybook's hands, and giving it back: what stands in Xero is left as it is (AC-60).

The links are put aside, not lost, and who said so is kept with them; what postings make of it is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xero.posting.theirs import UNLINKED
from engine.compose.asked import keep_choice, post_again, sale_named
from engine.compose.setup.memory import connection_of
from engine.compose.workspace import Workspace
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.ports import Change, Delete, Insert, Put

Json = Any
_KIND = "unlinked"


def unlink(workspace: Workspace, invoice: str, reason: str, by: str) -> tuple[str, ...]:
    """Take an invoice out of Daybook's hands; gives the numbers of what is left alone in Xero.

    Raises:
        UserError: It is unlinked already, or just being worked on.
    """
    sale = sale_named(workspace, invoice)
    xero, source = connection_of(workspace, "xero").name, f"halaxy invoice {sale['id']}"
    if _chosen(workspace, xero, source):
        raise UserError(f"Invoice {sale['number']} is unlinked already.", "", "already-unlinked")
    claims = workspace.store.rows("claims_on", connection=xero, keys=dumps([source]))
    if any(claim["granted"] for claim in claims):
        raise UserError(f"Invoice {sale['number']} is just being posted.", "Try it again in a minute.", "busy")
    rows = workspace.store.rows("links", connection=xero, sources=dumps([source]))
    aside = {"links": rows, "reason": reason, "by": by, "at": workspace.clock.now()}
    number = len(workspace.store.rows("records_of", connection=xero, kind=_KIND, parent=source)) + 1
    record = {"version": 1, "parent": source, "body": dumps(aside), "updated_at": text_of(workspace.clock.now())}
    unit: list[Change] = [
        *(Delete("links", {"connection": xero, "source": source, "part": row["part"]}, expect=1) for row in rows),
        Put("records", {"connection": xero, "kind": _KIND, "id": f"{sale['id']} {number}"}, record),
        keep_choice(workspace, sale, UNLINKED, f"unlinked: {reason}", int(sale["version"])),
    ]
    workspace.store.write(tuple(unit))
    return tuple(row["marker"] or row["vendor_id"] for row in rows if not row["gone"])


def link(workspace: Workspace, invoice: str, by: str) -> int:
    """Give it back: what was put aside is linked again, and the posting compares it with Xero; gives how many links.

    Raises:
        UserError: It is not unlinked.
    """
    sale = sale_named(workspace, invoice)
    xero, source = connection_of(workspace, "xero").name, f"halaxy invoice {sale['id']}"
    if not _chosen(workspace, xero, source):
        raise UserError(f"Invoice {sale['number']} is not unlinked.", "There is nothing to be done.", "not-unlinked")
    rows = workspace.store.rows("records_of", connection=xero, kind=_KIND, parent=source)
    newest = max(rows, key=lambda row: row["updated_at"], default=None)
    aside: Mapping[str, Json] = loads(newest["body"]) if newest else {"links": []}
    gone = {"connection": xero, "source": source, "code": UNLINKED, "about": f"invoice {sale['id']}"}
    back: list[Change] = [Delete("choices", gone, expect=1)]
    back += [Insert("links", row, ignore=True) for row in aside["links"]]
    if newest is not None:
        ended = {**aside, "linked_by": by, "linked_at": workspace.clock.now()}
        key = {name: newest[name] for name in ("connection", "kind", "id")}
        kept = {name: newest[name] for name in ("parent", "updated_at")}
        back.append(Put("records", key, {**kept, "version": newest["version"] + 1, "body": dumps(ended)}))
    post_again(workspace, [sale], "is linked again", back)
    return len(aside["links"])


def _chosen(workspace: Workspace, xero: str, source: str) -> bool:
    return any(row["code"] == UNLINKED for row in workspace.store.rows("choices", connection=xero, source=source))
