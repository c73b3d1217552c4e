"""A person's word on the run of a practitioner's month: it is taken back, or posted again.

Writes one unit: the choice, under the number of the month's document, and the month's event told anew, so that the
rules that listen to it decide again. What they then do is theirs.
"""

from __future__ import annotations

from datetime import datetime

from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.ports import Put
from engine.runtime.ingest import accept
from engine.runtime.parts import Parts
from engine.sdk.contract import NewEvent

REVERSED, REVERSE, POST_AGAIN = "REVERSED", "reverse", "post again"
_RECORD, _EVENT = "practitioner month", "halaxy.practitioner_month.changed"
# The documents of a month by the beginning of their number, and the source keys of their links.
_SOURCES = {"HXC": "halaxy commission", "HXS": "halaxy service fee"}


def say_of_month(parts: Parts, number: str, choice: str, now: datetime) -> None:
    """Have the month's document of this number (`HXC-PR-12-202603`) taken back or posted again.

    Raises:
        UserError: There is no such document or month, or the choice is none of `reverse` and `post again`.
    """
    prefix, _, id = number.partition("-")
    if choice not in (REVERSE, POST_AGAIN):
        raise UserError(
            f'"{choice}" is no choice for a month.', f'Choose "{REVERSE}" or "{POST_AGAIN}".', "no-such-choice"
        )
    connection, event = _month(parts, id)
    source = f"{_SOURCES.get(prefix, '')} {id.rpartition('-')[0]} {id.rpartition('-')[2]}"
    posted = [name for name in parts.connections if _stands(parts, name, source)]
    if not posted or prefix not in _SOURCES:
        raise UserError(f"Nothing was posted as {number}.", "", "no-such-document")
    at = text_of(now)
    told = NewEvent(_EVENT, f"practitioner_month:{id}:{choice}:{at}", now, f"Month {id}: {choice}", event, subject=id)
    chosen = {"choice": choice, "record_version": event["month"]["version"], "hold": "", "at": at}
    keys = [{"connection": name, "source": source, "code": REVERSED, "about": number} for name in posted]
    connector = parts.connection(connection).connector.name
    changes = accept(parts, connector, connection, (told,), now)
    parts.store.write((*(Put("choices", key, chosen) for key in keys), *changes))


def _month(parts: Parts, id: str) -> tuple[str, dict[str, dict[str, object]]]:
    """The connection that keeps the month, and what its event names."""
    for name in parts.connections:
        rows = parts.store.rows("record", connection=name, kind=_RECORD, id=id)
        if rows:
            data = loads(rows[0]["body"])
            named = {field: data[field] for field in ("id", "practitioner", "month")}
            return name, {"month": {**named, "version": rows[0]["version"]}}
    raise UserError(f"There is no month {id}.", "It is named as in PR-12-202603.", "no-such-month")


def _stands(parts: Parts, connection: str, source: str) -> bool:
    return bool(parts.store.rows("links", connection=connection, sources=dumps([source])))
