"""Tasks for people of the practice, kept in the notebook under their marker: a repeat changes nothing.

Who is meant is looked up in the people and roles that the connection is given; nobody is told from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.books.payloads import Fault, read_day
from engine.core import values
from engine.sdk.capabilities import Notebook
from engine.sdk.contract import Element

Json = Any

_TITLE_LIMIT = 300


def put_task(
    element: Element, people: Mapping[str, Json], notebook: Notebook, now: datetime
) -> dict[str, Json] | Fault:
    """Keep a task; `now` is an aware UTC time. A task that is there already stays as it is, done or not."""
    inputs = element.payload
    title = " ".join(inputs["title"].split())[:_TITLE_LIMIT] if isinstance(inputs.get("title"), str) else ""
    if not title:
        return Fault("NO_TITLE", "The task has no title.", "Say in a few words what is to be done.")
    who = _role(inputs.get("for"), people)
    if who is None:
        known = ", ".join(sorted(people)) or "nobody yet"
        return Fault("UNKNOWN_PERSON", "The task is for nobody that the workspace knows.", f"Known: {known}.")
    due = read_day(inputs.get("due"))
    if due is None and inputs.get("due") not in (None, ""):
        return Fault("BAD_DATE", "The input due is no date.", "Write it like 2026-03-31.")
    id = element.marker or hashlib.sha256(f"{now.isoformat()}{values.dumps(dict(inputs))}".encode()).hexdigest()
    if notebook.get("task", id) is None:
        day = due.isoformat() if due else None
        task = {"for": who, "title": title, "due": day, "state": "open", "since": now.isoformat()}
        notebook.put("task", id, task)
    return {"id": id, "for": who, "title": title, "due": due}


def _role(wanted: Json, people: Mapping[str, Json]) -> str | None:
    """The name or role as the workspace writes it; a person may be meant by name, role or e-mail address."""
    if not isinstance(wanted, str) or not wanted.strip():
        return None
    text = wanted.strip().casefold()
    for known, entry in people.items():
        entries = entry if isinstance(entry, list | tuple) else (entry,)
        called = {known.casefold()}
        for person in entries:
            called |= {str(person.get(field) or "").casefold() for field in ("name", "email")}
        if text in called:
            return known
    return None
