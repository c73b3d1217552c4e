"""What reaches Daybook in a case beside its own polls: a person's word, a webhook, a call to read now.

Each goes the way that the command line or a receiver would take it; the world lets time go on afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.halaxy.webhooks import Refused, judge
from engine.compose.cases.files import set_rows
from engine.compose.taking_back import take_back
from engine.compose.unlinking import unlink
from engine.compose.workspace import Workspace
from engine.errors import UserError
from engine.runtime.month_runs import REVERSE, say_of_month
from engine.runtime.resolve_hold import choices_of, resolve_hold
from engine.sdk.contract import write_json

Json = Any
Plain = Mapping[str, Json]
_WEBHOOK_SECRET = "told-to-halaxy-once"


class CannotPlay(UserError):
    """The engine, or a sandbox, offers nothing by which this could be made to happen."""

    code = "cannot-play"


def told(workspace: Workspace, word: Plain) -> bool:
    """A person tells Daybook something; True when it stands in a file, which is read at the next start.

    Raises:
        CannotPlay: There is no such hold or choice, or Daybook takes no such word.
    """
    if "resolve" in word:
        _resolve(workspace, word)
        return False
    if "map" in word:
        set_rows(workspace.folder, word["map"], word["set"])
        return True
    if "reject" in word or word.get("undo") == "service_fees":
        say_of_month(workspace.parts, _month_document(word), REVERSE, workspace.clock.now())
        return False
    if "unlink" in word:
        unlink(workspace, word["unlink"].removeprefix("invoice "), "left to people", "bookkeeper")
        return False
    if word.get("undo") == "import":
        take_back(workspace, "the import is reset")
        return False
    raise CannotPlay(f'The engine offers no "{next(iter(word))}" yet.')


def _month_document(word: Plain) -> str:
    """The number of a month's document."""
    if "reject" in word:
        return str(word["reject"])
    return f"HXS-{word['performer']}-{word['month'].replace('-', '')}"


def _resolve(workspace: Workspace, word: Plain) -> None:
    code, about = word["resolve"], word["about"]
    holds = [row for row in workspace.store.rows("holds") if row["code"] == code and about in row["about"]]
    if not holds:
        raise CannotPlay(f"There is no hold {code} about {about} to be resolved.")
    for hold in holds:  # two rules may wait for one thing
        offered = [choice for choice in choices_of(hold) if word["choose"] in choice]
        if not offered:
            raise CannotPlay(f'The hold offers {" or ".join(choices_of(hold))}, not "{word["choose"]}".')
        resolve_hold(workspace.parts, hold["id"], offered[0], workspace.clock.now())


def deliver(workspace: Workspace, delivery: Plain) -> None:
    """A webhook or a call to read now: it only says where to look, and that at once."""
    for connection, poll in _polls_of(delivery):
        workspace.loop.polls.soon(connection, workspace.clock.now(), poll)


def _polls_of(delivery: Plain) -> Iterator[tuple[str, str | None]]:
    if "poll" in delivery:
        yield delivery["poll"], None
        return
    event = f"{delivery['webhook'].replace('.', '-')}d"
    kind, id = delivery["about"].split(" ")
    notice = {"focus": {"reference": f"{kind.title()}/{id}", "type": kind.title()}, "id": f"{event} {id}"}
    status = {"resourceType": "SubscriptionStatus", "notificationEvent": [notice]}
    body = write_json({"resourceType": "Bundle", "entry": [{"resource": status}]})
    judged = judge(event, {"authorization": _WEBHOOK_SECRET}, body, _WEBHOOK_SECRET)
    if isinstance(judged, Refused):
        raise CannotPlay(f"Daybook refuses the delivery: {judged.what}")
    yield from (("halaxy", poll) for poll in judged.polls)
