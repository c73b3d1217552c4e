"""Requests that set-up makes of both sides, at once and counted like any other.

What an answer means is decided in the steps.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from engine.compose.setup.memory import connection_of
from engine.compose.workspace import Workspace
from engine.core.times import local_day
from engine.errors import UserError
from engine.runtime.budgets import count, state_of
from engine.runtime.flows import drive
from engine.runtime.poll import Polls
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response

Json = Any
T = TypeVar("T")
DAYS_BACK = 90
_TIMEOUT_SECONDS = 60.0


def ask(workspace: Workspace, connector: str, flow: Generator[Request, Response, T]) -> T:
    """Drive a flow over the practice's connection of a connector.

    Raises:
        UserError: It is not connected.
        NotSent, NoAnswer, SignInNeeded: As the door raises them.
    """
    connection = connection_of(workspace, connector)
    must_be_open(workspace, connection.name)
    return drive(workspace.parts, connection, flow, "read")


def must_be_open(workspace: Workspace, name: str) -> None:
    """Raises UserError, with what to do, for a connection that is not in use."""
    row = state_of(workspace.parts, name)
    if row is None or row["state"] != "open":
        reason = f": {row['reason']}" if row is not None and row["reason"] else "."
        raise UserError(f"{name} is not connected{reason}", f'Run "daybook connect {name}".', "not-connected")


def ask_one(workspace: Workspace, connector: str, request: Request) -> Response:
    """One request, also over a connection that is paused: how else could a person look at why."""
    connection = connection_of(workspace, connector)
    workspace.store.write((count(connection.name, "read", workspace.clock.now()),))
    connection.door.prepare()
    return connection.door.send(request, lambda: True, _TIMEOUT_SECONDS)


def call(workspace: Workspace, connector: str, action: str, payload: Mapping[str, Json]) -> Mapping[str, Json]:
    """One call of an action; gives its result.

    Raises:
        UserError: The vendor refused it; its own words are in it.
    """
    known: Call = connection_of(workspace, connector).connector.calls[action]
    outcome = ask(workspace, connector, _one(known, Element("", payload)))
    if isinstance(outcome, Done):
        return outcome.result
    mend = outcome.mend if isinstance(outcome, Rejected) else "Try it again; what stands already is found by its name."
    what = outcome.what if hasattr(outcome, "what") else "Xero asked to wait."
    raise UserError(f"Xero did not do it: {what}", mend, "refused")


def _one(known: Call, element: Element) -> Generator[Request, Response, Outcome]:
    response = yield known.request([element])
    return known.outcomes([element], response)[0]


def read_again(workspace: Workspace, connection: str, poll: str) -> None:
    """Have one poll made now; its find is stored as always, and nothing is posted by that."""
    must_be_open(workspace, connection)
    polls = Polls(workspace.parts)
    polls.soon(connection, workspace.clock.now(), poll)
    polls.run_one(connection, poll, workspace.clock.now())


def last_days(workspace: Workspace) -> tuple[date, date]:
    """First and last day of the time that set-up looks back on."""
    today = local_day(workspace.clock.now(), workspace.config.practice.timezone)
    return today - timedelta(days=DAYS_BACK), today
