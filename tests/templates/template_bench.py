"""Templates filled in by the real child process, with a small practice's names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from engine.errors import CannotTell
from engine.lang.maps import Map
from engine.lang.template_files.nodes import Letter, Template
from engine.lang.template_files.reading import read_template
from engine.runtime.template_worker import Worker
from engine.runtime.templates import TemplateFiles

Json = Any
NAMES: Mapping[str, Json] = {
    "invoice": {
        "number": "INV-7",
        "due": date(2026, 3, 9),
        "note": None,
        "kind": "invoice",
        "settled": False,
        "count": 3,
        "payer": {"name": "Robin *Sample*", "email": "robin_s@sample.example", "given": "Robin"},
        "totals": {"gross": Decimal("1234.50"), "paid": Decimal("0.00"), "rate": Decimal("0.1")},
        "lines": [
            {"name": "Consultation", "gross": Decimal("1200.00"), "items": ["a", "b"], "code": None},
            {"name": "Strap", "gross": Decimal("34.50"), "items": [], "code": "S1"},
        ],
        "empty": [],
    },
    "maps": {"accounts": Map("accounts", {"Consultation": "200"})},
    "practice": {"name": "Sample Practice", "timezone": "Australia/Sydney", "currency": "AUD", "holidays": []},
    "now": datetime(2026, 3, 9, 22, 30, tzinfo=UTC),
    "today": date(2026, 3, 10),
}


class Bench:
    """One child for many templates."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.shelf: dict[str, Template] = {}
        self.files = TemplateFiles(lambda rule: self.shelf, self.worker)

    def letter(self, text: str, kind: str = "md", names: Mapping[str, Json] = NAMES, **others: str) -> Letter:
        """What a template comes to; raises CannotTell with the code of the first problem when it cannot be read."""
        self.shelf = {}
        for name, each in {**others, "x": text}.items():
            template, problems = read_template(name, f"templates/{name}.md", each, "md" if kind == "md" else "txt")
            if template is None:
                raise CannotTell(f"{problems[0].line}: {problems[0].message}", problems[0].mend, problems[0].code)
            self.shelf[name] = template
        return self.files.letter("follow_ups/x", "x", names)

    def body(self, text: str, kind: str = "txt", names: Mapping[str, Json] = NAMES, **others: str) -> str:
        """The body alone; plain text unless asked otherwise."""
        return self.letter(text, kind, names, **others).body

    def close(self) -> None:
        self.files.close()
