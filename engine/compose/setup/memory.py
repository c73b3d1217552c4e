"""What set-up remembers between two sittings: facts that a person confirmed, and the real values of 90 days.

Kept as records beside what the polls bring, so that postings and polls see them too. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.compose.workspace import Workspace
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.ports import Change, Put, Update
from engine.runtime.holds import release
from engine.runtime.parts import Connection

Json = Any
OWN = "daybook"  # the connection under which the guide's own notes are kept
_KIND = "setup"


def connection_of(workspace: Workspace, connector: str) -> Connection:
    """The practice's connection of a connector.

    Raises:
        UserError: There is none, or more than one.
    """
    fitting = [one for one in workspace.parts.connections.values() if one.connector.name == connector]
    if len(fitting) == 1:
        return fitting[0]
    what = "no connection" if not fitting else "more than one connection"
    raise UserError(
        f"daybook.yaml has {what} of {connector}.", f"Keep exactly one {connector} connection.", "no-such-connection"
    )


def noted(workspace: Workspace, name: str) -> Json:
    """A note of the guide; None when there is none."""
    return kept(workspace, OWN, _KIND, name)


def note(workspace: Workspace, name: str, body: Mapping[str, Json]) -> None:
    """Keep a note of the guide."""
    workspace.store.write((_put(workspace, OWN, _KIND, name, body),))


def kept(workspace: Workspace, connection: str, kind: str, id: str) -> Json:
    """A record's body; None when there is none."""
    rows = workspace.store.rows("record", connection=connection, kind=kind, id=id)
    return loads(rows[0]["body"]) if rows else None


def all_kept(workspace: Workspace, connection: str, kind: str) -> list[Json]:
    """The bodies of all records of a kind, each with its `id`."""
    rows = workspace.store.rows("records", connection=connection, kind=kind)
    return [{"id": row["id"], **loads(row["body"])} for row in rows]


def keep_fact(workspace: Workspace, connection: str, kind: str, body: Mapping[str, Json]) -> None:
    """Keep a fact that postings look at, and let go on what waits for facts.

    A running `daybook serve` learns of it with the facts that it reads next, which is at once.
    """
    now = workspace.clock.now()
    stamp = text_of(now)
    facts = {"connection": connection, "poll": "facts"}
    changes: list[Change] = [
        _put(workspace, connection, kind, kind, body),
        Update("cursors", facts, {"next_at": stamp, "last_at": stamp}, expect=None),
        *release(workspace.parts, ("facts",), now),
    ]
    workspace.store.write(tuple(changes))


def _put(workspace: Workspace, connection: str, kind: str, id: str, body: Mapping[str, Json]) -> Change:
    rows = workspace.store.rows("record", connection=connection, kind=kind, id=id)
    version = rows[0]["version"] + 1 if rows else 1
    row = {"version": version, "parent": "", "body": dumps(dict(body)), "updated_at": text_of(workspace.clock.now())}
    return Put("records", {"connection": connection, "kind": kind, "id": id}, row)
