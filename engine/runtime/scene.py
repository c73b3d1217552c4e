"""What the expressions of a run see: its event, its forms and maps, the practice, the time.

Reads the store, writes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.core.events import Event, names_of
from engine.core.rule import Rule
from engine.core.stack import Scene
from engine.core.times import local_day, time_of
from engine.runtime.parts import Parts

Json = Any


def rule_names(parts: Parts, rule: Rule, event: Event, now: datetime) -> dict[str, Json]:
    """The names that a rule's conditions see."""
    holidays = sorted(parts.calendar.holidays)
    return {
        **parts.rules.names(rule.id),
        **names_of(event),
        "practice": {**parts.practice.names(), "holidays": holidays},
        "now": now,
        "today": local_day(now, parts.practice.timezone),
        "rule": {"title": rule.title, "id": rule.id, "owner": rule.owner},
    }


def scene_of(parts: Parts, rule: Rule, event: Event, run: dict[str, Any], now: datetime) -> Scene:
    """The scene of a run's next step."""
    names = rule_names(parts, rule, event, now)
    names["run"] = {"id": run["id"], "started": time_of(run["created_at"])}
    addressees = _addressees(parts) if rule.quiet_hours == "keep" else {}
    readers = parts.readers.get(event.type, {})
    return Scene(names, now, parts.practice.timezone, parts.calendar, readers, addressees, parts.staff)


def _addressees(parts: Parts) -> dict[str, str]:
    """The actions that write to people's addresses, each with the input that holds the address."""
    found: dict[str, str] = {}
    for connection in parts.connections.values():
        for name, terms in connection.terms.items():
            to = terms.inputs.get("properties", {}).get("to", {})
            if terms.writes and to.get("x-type") in ("email", "phone"):
                found[f"{connection.connector.name}.{name}"] = "to"
    return found
