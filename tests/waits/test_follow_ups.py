"""The shipped follow-up rule over half a year: across daylight saving, Easter and restarts, on a virtual clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from office import SYDNEY, Office

from engine.compose.calendar import calendar_of, missing_holidays
from engine.compose.checking import check_packaged
from engine.config.model import Hours, Practice
from engine.lang.problems import as_text
from engine.lang.template_files.reading import read_template
from engine.runtime.templates import TemplateFiles
from engine.sdk.contract import Done

FOLDER = Path(__file__).parents[2] / "rules" / "follow_ups"
RULE = FOLDER / "overdue_reminders.yaml"
ZONE = ZoneInfo("Australia/Sydney")
START = datetime(2026, 1, 4, 22, 0, tzinfo=UTC)


def test_the_ruleset_is_read_and_checked_without_a_finding() -> None:
    checked = check_packaged()
    own = tuple(problem for problem in checked.problems if "follow_ups" in problem.file)

    assert as_text(own, checked.texts) == ""


def templates() -> TemplateFiles:
    """The shipped mails."""
    files = {file.stem: (f"templates/{file.name}", file.read_text()) for file in FOLDER.glob("templates/*.md")}
    read = {name: read_template(name, file, text)[0] for name, (file, text) in files.items()}
    shelf = {name: template for name, template in read.items() if template is not None}
    return TemplateFiles(lambda rule: shelf)


class Debtors:
    """Invoices that fall due one a day; each is paid after a number of days, written off, or never."""

    def __init__(self, folder: Path, deaths: bool) -> None:
        calendar = calendar_of(SYDNEY, 2026)
        names = {"settings": {"smallest_balance": Decimal("5.00")}}
        rules = {"follow_ups/overdue_reminders": RULE.read_text()}
        self.office = Office(folder, rules, START, calendar=calendar, names=names, templates=templates())
        self.office.answers["halaxy.find_invoice"] = self._find
        self.balances: dict[str, Decimal] = {}
        self.due: dict[str, date] = {}
        self.deaths = deaths

    def live(self, days: int, and_then: int = 0) -> None:
        """Every day one more is a day overdue, and those whose day it is pay; after that they only pay."""
        for day in range(days + and_then):
            if day < days:
                self._fall_due(f"{day}")
            self._pay(day)
            self.office.pass_time(self.deaths, days=1)

    def _fall_due(self, id: str) -> None:
        today = self.office.clock.now().astimezone(ZONE).date()
        self.balances[id], self.due[id] = Decimal("110.00"), today - timedelta(days=1)
        self.office.happen("halaxy.invoice.overdue", invoice=self.invoice(id))

    def _pay(self, day: int) -> None:
        """By number: 0 never, 1 after 3 days, 2 after 10 days, 3 a part after 10 days, 4 unnoticed after 10 days."""
        for kind, later, left in ((1, 3, "0.00"), (2, 10, "0.00"), (3, 10, "60.00"), (4, 10, "0.00")):
            number = day - later
            if f"{number}" in self.balances and number % 5 == kind:
                self.balances[f"{number}"] = Decimal(left)
                if kind in (1, 2):
                    self.office.happen("halaxy.invoice.paid", invoice=self.invoice(f"{number}"))

    def invoice(self, id: str) -> dict[str, Any]:
        payer = {"kind": "patient", "email": f"payer{id}@sample.example", "given": None}
        totals = {"balance": self.balances[id], "paid": Decimal("110.00") - self.balances[id]}
        return {"id": id, "number": id, "kind": "invoice", "due": self.due[id], "payer": payer, "totals": totals}

    def _find(self, inputs: Mapping[str, Any]) -> Done:
        return Done({"invoice": self.invoice(inputs["id"])}) if inputs else Done({})

    def done(self) -> Counter[tuple[int, str]]:
        """What went out by kind of debtor."""
        found: Counter[tuple[int, str]] = Counter()
        for _, action, inputs in self.office.sent:
            text = inputs.get("subject") or inputs["title"]
            number = text.split("invoice ")[1].split(" ")[0].split(",")[0] if "invoice " in text else text.split(" ")[1]
            word = "task" if action == "books.task" else "second" if text.startswith("Second") else "first"
            found[int(number) % 5, word] += 1
        return found


@pytest.mark.parametrize("deaths", [False, True])
def test_half_a_year_of_reminders(tmp_path: Path, deaths: bool) -> None:
    debtors = Debtors(tmp_path, deaths)
    debtors.live(120, and_then=40)

    each = 120 // 5
    assert debtors.done() == {
        (0, "first"): each, (0, "second"): each, (0, "task"): each,
        (2, "first"): each,
        (3, "first"): each, (3, "second"): each, (3, "task"): each,
        (4, "first"): each,
    }  # fmt: skip
    assert debtors.office.statuses() == {"succeeded": 3 * each, "cancelled": 2 * each}
    for at, action, _ in debtors.office.sent:
        local = at.astimezone(ZONE)
        if action == "email.send":
            assert 8 <= local.hour < 18, local
            assert calendar_of(SYDNEY, 2026).is_business_day(local.date()), local


def test_a_reminder_tells_the_balance_of_its_day(tmp_path: Path) -> None:
    debtors = Debtors(tmp_path, deaths=False)
    debtors.live(25)
    texts = [inputs["body"] for _, _, inputs in debtors.office.sent if inputs.get("subject", "").startswith("Second")]

    assert any("$60.00" in text for text in texts)


@pytest.mark.parametrize(
    "state, day", [("NSW", date(2026, 6, 8)), ("VIC", date(2026, 11, 3)), ("WA", date(2026, 3, 2))]
)
def test_holidays_are_those_of_the_practices_state(state: str, day: date) -> None:
    practice = Practice("Harbour", "Australia/Sydney", state=state)

    assert not calendar_of(practice, 2026).is_business_day(day)
    assert missing_holidays(practice) == ""


def test_opening_hours_are_the_practices_own() -> None:
    hours = (Hours(0, time(9), time(12)), Hours(0, time(13), time(17)), Hours(5, time(9), time(11)))
    calendar = calendar_of(Practice("Harbour", "Australia/Sydney", state="NSW", opening_hours=hours), 2026)

    def opens(*when: int) -> str | None:
        moment = calendar.next_opening(datetime(*when, tzinfo=ZONE))  # type: ignore[arg-type, misc]
        return f"{moment:%a %d %b %H:%M}" if moment else None

    assert opens(2026, 3, 2, 9, 0) is None
    assert opens(2026, 3, 2, 12, 30) == "Mon 02 Mar 13:00"
    assert opens(2026, 3, 2, 17, 0) == "Sat 07 Mar 09:00"
    assert opens(2026, 4, 4, 8, 0) == "Sat 11 Apr 09:00"  # Easter Saturday and Monday are public holidays
