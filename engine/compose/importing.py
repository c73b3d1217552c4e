"""Takes report files into a workspace: read, compared with what is stored, and stored in one unit.

What the files mean stands in `connectors/halaxy/imports`; nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connectors.halaxy.imports import taking_in
from connectors.halaxy.imports.columns import KINDS
from connectors.halaxy.imports.faults import BadFile, UnreadableFile
from connectors.halaxy.imports.reports import Report, Said, digest_of, read_report
from connectors.halaxy.imports.rows import MAX_BYTES
from connectors.halaxy.imports.tables import read_table
from connectors.halaxy.imports.taking_in import Taken
from engine.compose.workspace import Workspace
from engine.errors import Problem, Problems, UserError
from engine.lang.faults import did_you_mean
from engine.runtime.ingest import take_in
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import Record

Json = Any
COLUMNS = "import columns"
KIND_NAMES = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked to import.

    Attributes:
        own: The practice's own headings, by column name.
        saved: The name of a column map saved before; `save_as` saves the one that was used.
        whole: Whether the file has everything of its days, so that what it lacks is gone.
        older_too: Whether rows that go back to an earlier state are taken.
    """

    kind: str
    file: Path
    own: Mapping[str, str]
    saved: str = ""
    save_as: str = ""
    whole: bool = False
    older_too: bool = False
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What an import would do, and for which connection."""

    connection: str
    report: Report
    taken: Taken
    columns: Mapping[str, str]


def plan(workspace: Workspace, wish: Wish) -> Planned:
    """Read the file and compare it with what is stored; stores nothing.

    Raises:
        UserError: There is no such file, column map or connection.
        Problems: Every bad row, at once.
    """
    name = _connection(workspace, wish.connection)
    shelf = StoreShelf(workspace.store, name, workspace.clock.now)
    own = {**_saved(shelf, wish), **wish.own}
    content = _content(wish.file)
    currency = str(workspace.parts.connections[name].settings.get("currency") or "AUD")
    try:
        report = read_report(wish.kind, read_table(content), own, currency)
    except UnreadableFile as fault:
        raise UserError(f"{wish.file.name}: {fault.what}", fault.mend, "unreadable-file") from None
    except BadFile as fault:
        raise Problems(
            tuple(
                Problem(wish.file.name, max(item.row, 1), max(item.column, 1), "bad-row", item.what, item.mend)
                for item in fault.faults
            )
        ) from None
    if wish.whole:
        gone = tuple(Said(0, one, digest_of(one)) for one in taking_in.absent(report, shelf))
        report = replace(report, said=(*report.said, *gone))
    taken = taking_in.take_in(report, content, shelf, workspace.clock.now(), wish.older_too)
    return Planned(name, report, taken, own)


def carry_out(workspace: Workspace, wish: Wish, planned: Planned) -> None:
    """Store all of it in one unit, and have what follows from it read soon.

    Raises:
        UserError: Rows say what a newer import has changed since; nothing is stored.
    """
    if planned.taken.older:
        rows = ", ".join(str(one.row) for one in planned.taken.older[:10])
        what = f"Rows {rows} say what an earlier import said, and what was changed since. Is this an older export?"
        raise UserError(what, "Import the newest export, or say --older to go back to this one.", "older-rows")
    now = workspace.clock.now()
    found = planned.taken.found
    if wish.save_as:
        known = StoreShelf(workspace.store, planned.connection, workspace.clock.now).get(COLUMNS, wish.save_as)
        kept = {"kind": wish.kind, "columns": dict(planned.columns)}
        record = Record(COLUMNS, wish.save_as, known.version + 1 if known else 1, kept)
        found = replace(found, records=(*found.records, record))
    connector = workspace.parts.connections[planned.connection].connector.name
    workspace.store.write(tuple(take_in(workspace.parts, connector, planned.connection, found, now)))
    workspace.loop.polls.soon(planned.connection, now)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as fault:
        raise UserError(f"{file} cannot be read: {fault.strerror}.", "Look at the path.", "no-file") from None


def _connection(workspace: Workspace, wished: str) -> str:
    names = [name for name, one in workspace.parts.connections.items() if one.connector.name == "halaxy"]
    if wished and wished not in names:
        raise UserError(f'There is no Halaxy connection "{wished}".', did_you_mean(wished, names), "no-such-connection")
    if not names or (len(names) > 1 and not wished):
        what = "There is no Halaxy connection." if not names else "There are several Halaxy connections."
        raise UserError(what, "Name one with --connection." if names else "Add one to daybook.yaml.", "no-connection")
    return wished or names[0]


def _saved(shelf: StoreShelf, wish: Wish) -> Mapping[str, str]:
    if not wish.saved:
        return {}
    record = shelf.get(COLUMNS, wish.saved)
    if record is None or record.data["kind"] != wish.kind:
        known = [one.id for one in shelf.all(COLUMNS) if one.data["kind"] == wish.kind]
        what = f'There is no column map "{wish.saved}" for {wish.kind}.'
        raise UserError(what, did_you_mean(wish.saved, known), "no-such-columns")
    columns: Mapping[str, str] = record.data["columns"]
    return columns
