"""One accounting request with all that its handler needs, and the envelope of its answer.

Decides nothing about any resource. Source: Xero fact sheet section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.sdk.sandbox import Answer, Asked, json_answer

from .problems import BadBody
from .shapes import check_shapes
from .state import Books
from .switches import Switches
from .wire import flag, ticks

Json = Any


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a signed-in app to one organisation, at a time."""

    asked: Asked
    now: datetime
    books: Books
    switches: Switches
    app: str
    provider: str
    id: str

    @property
    def today(self) -> date:
        """The calendar day in the organisation's zone."""
        return self.now.astimezone(self.books.organisation.zone).date()

    @property
    def places(self) -> int:
        """Decimal places of unit amounts: 4 with `unitdp=4`, else 2."""
        return 4 if self.asked.param("unitdp") == "4" else 2

    @property
    def summarize(self) -> bool:
        """Whether one bad element makes the answer a 400; leaving the parameter out does too (sheet 7.3)."""
        return flag(self.asked.param("summarizeErrors", "true"))

    def is_set(self, name: str) -> bool:
        """Whether a boolean of the query is true."""
        return flag(self.asked.param(name))

    def names(self, parameter: str) -> tuple[str, ...]:
        """A comma-separated list of the query; empty when it is absent."""
        return tuple(part.strip() for part in self.asked.param(parameter).split(",") if part.strip())

    def elements(self, plural: str) -> list[dict[str, Json]]:
        """The objects of the body, wrapped or bare.

        Raises:
            BadBody: No JSON, or not objects.
        """
        body = self.body()
        found = body.get(plural, body) if isinstance(body, dict) else body
        rows = found if isinstance(found, list) else [found]
        if not rows or not all(isinstance(row, dict) for row in rows):
            raise BadBody(f"The request needs a list of {plural}")
        for row in rows:
            check_shapes(row)
        return rows

    def body(self) -> Json:
        """The body as JSON.

        Raises:
            BadBody: It is none.
        """
        try:
            return self.asked.json()
        except ValueError:
            raise BadBody("The request body could not be read as JSON") from None

    def envelope(self, plural: str, rows: Sequence[Json], pagination: Json = None) -> Answer:
        """The 200 answer around a list of objects."""
        body = {
            "Id": self.id,
            "Status": "OK",
            "ProviderName": self.provider,
            "DateTimeUTC": f"/Date({ticks(self.now)})/",
        }
        if pagination is not None:
            body["pagination"] = pagination
        return json_answer(200, {**body, plural: rows})
