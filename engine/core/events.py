"""Events: things that happened, immutable, known by (source, id), and the names they give to rules.

No storing, no matching.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        id: Our own id of it.
        source: The connector it came from; `connection` which of its connections.
        key: Makes it known once per connection (the vendor's id or our diff key).
        data: Its objects by name, plain values.
        accepted_at: When we stored it; waits count from here.
    """

    id: str
    source: str
    connection: str
    type: str
    key: str
    time: datetime
    title: str
    accepted_at: datetime
    subject: str = ""
    amount: Decimal | None = None
    data: Mapping[str, Json] = field(default_factory=dict)


def names_of(event: Event) -> dict[str, Json]:
    """What an expression sees of an event: its envelope as `event`, and its objects under their names."""
    envelope = {
        "id": event.id,
        "type": event.type,
        "title": event.title,
        "amount": event.amount,
        "source": event.source,
        "connection": event.connection,
        "time": event.time,
    }
    return {**event.data, "event": envelope}
