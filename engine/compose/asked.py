"""What a person asks for out of turn: an invoice read and posted again, whatever its last run came to.

A snapshot under a new version is what starts a posting; it compares with what stands, so doing it twice writes once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.halaxy.rereading import reread
from engine.compose.setup.asking import ask, must_be_open
from engine.compose.setup.memory import all_kept, connection_of
from engine.compose.workspace import Workspace
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.ports import Change, Insert, Put, Update
from engine.runtime.holds import release
from engine.runtime.ingest import take_in
from engine.runtime.rows import event_row
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import NewEvent, PollTime

Json = Any
CHANGED = "halaxy.invoice.changed"


def sale_named(workspace: Workspace, invoice: str) -> dict[str, Json]:
    """The newest snapshot of an invoice, with its version; by id, number, or number in Xero.

    Raises:
        UserError: Nothing is known of it.
    """
    halaxy, wanted = connection_of(workspace, "halaxy").name, invoice.strip().removeprefix("HX-")
    rows = workspace.store.rows("record", connection=halaxy, kind="sale", id=wanted) or [
        row
        for row in workspace.store.rows("records", connection=halaxy, kind="sale")
        if str(loads(row["body"]).get("number")) in (wanted, invoice.strip())
    ]
    if not rows:
        mend = 'Look at its number in Halaxy, and read the practice with "daybook sync now".'
        raise UserError(f'Nothing is known of the invoice "{invoice}".', mend, "no-such-invoice")
    return {**loads(rows[0]["body"]), "version": rows[0]["version"]}


def read_invoices(workspace: Workspace, ids: Sequence[str]) -> None:
    """Read invoices afresh from Halaxy; what is new of them is stored as a poll would store it."""
    halaxy = connection_of(workspace, "halaxy")
    must_be_open(workspace, halaxy.name)
    now = workspace.clock.now()
    shelf = StoreShelf(workspace.store, halaxy.name, workspace.clock.now)
    time = PollTime(now, workspace.config.practice.timezone, halaxy.settings)
    found = ask(workspace, "halaxy", reread([f"Invoice/{id}" for id in ids], shelf, time))
    workspace.store.write(tuple(take_in(workspace.parts, halaxy.connector.name, halaxy.name, found, now)))


def ids_of_day(workspace: Workspace, day: date) -> list[str]:
    """Invoices dated on a day: those that Halaxy has now, and those known of it."""
    halaxy = connection_of(workspace, "halaxy").name
    known = {row["id"] for row in all_kept(workspace, halaxy, "sale") if row["date"] == day}
    return sorted(known | {sale.id for sale in workspace.reader.sales(day, day)})


def post_again(workspace: Workspace, sales: Iterable[Mapping[str, Json]], why: str, more: Sequence[Change] = ()) -> int:
    """Have the postings of these sales begin, each in one unit; gives how many there are.

    Args:
        sales: Snapshots with their versions, as `sale_named` gives them.
        why: What the event says of it: `Invoice HX-1001 {why}`.
        more: Changes that belong into the unit of a single sale.
    """
    connection = connection_of(workspace, "halaxy")
    now = workspace.clock.now()
    units = []
    for sale in sales:
        version = int(sale["version"]) + 1
        fresh = {**sale, "version": version}
        key = {"connection": connection.name, "kind": "sale", "id": str(sale["id"])}
        told = NewEvent(
            CHANGED,
            f"inv:{sale['id']}:changed:v{version}",
            now,
            f"Invoice {sale['number']} {why}",
            {"invoice": fresh},
            sale["totals"]["gross"],
            str(sale["id"]),
        )
        row = event_row(told, workspace.parts.ids.new("evt"), connection.connector.name, connection.name, now)
        guard = Update("records", {**key, "version": sale["version"]},
                       {"version": version, "body": dumps(fresh), "updated_at": text_of(now)})  # fmt: skip
        released = release(workspace.parts, (f"record sale {sale['id']}",), now)
        units.append((guard, Insert("events", row, ignore=True), *released, *more))
    return sum(workspace.store.write(*units)) if units else 0


def keep_choice(workspace: Workspace, sale: Mapping[str, Json], code: str, choice: str, version: int) -> Change:
    """A person's word on a sale, as its posting will know it (`Known.choices`)."""
    key = {
        "connection": connection_of(workspace, "xero").name,
        "source": f"halaxy invoice {sale['id']}",
        "code": code,
        "about": f"invoice {sale['id']}",
    }
    now = text_of(workspace.clock.now())
    return Put("choices", key, {"choice": choice, "record_version": version, "hold": "", "at": now})
