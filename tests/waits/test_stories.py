"""More than thirty follow-ups on a virtual clock: as they are, with a death after every step, and several at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from office import Office
from stories import STORIES, Story

from engine.compose.calendar import calendar_of
from engine.sdk.contract import Done

Json = Any
COPIES = 4
_IDS = ("id", "subject")


class Fragile(Office):
    """An office whose process dies after everything that it does."""

    def work(self) -> None:
        while self.loop.step(self.clock.now()):
            self.die()


def play(folder: Path, story: Story, kind: type[Office] = Office, copies: int = 1) -> Office:
    """What happens in a story happens, `copies` times over for different invoices and patients."""
    zone = ZoneInfo(story.practice.timezone)
    start = min(at_local(each.at, zone) for each in story.happens)
    calendar = calendar_of(story.practice, start.year)
    rules = {"follow_ups/story": f"rule: A story\n{story.rule}"}
    office = kind(folder, rules, start, calendar=calendar, practice=story.practice)
    balances = sorted((at_local(at, zone), Decimal(balance)) for at, balance in story.balances.items())

    def find(inputs: Mapping[str, Json]) -> Done:
        known = [balance for at, balance in balances if at <= office.clock.now()]
        balance = known[-1] if known else Decimal("110.00")
        return Done({"invoice": {"id": inputs["id"], "totals": {"balance": balance}}}) if inputs else Done({})

    office.answers["halaxy.find_invoice"] = find
    for each in sorted(story.happens, key=lambda each: at_local(each.at, zone)):
        go_on(office, at_local(each.at, zone))
        for copy in range(copies):
            office.happen(each.kind, **copied(each.data, copy))
    go_on(office, at_local(story.until, zone))
    return office


def go_on(office: Office, until: datetime) -> None:
    office.pass_time(seconds=(until - office.clock.now()).total_seconds())


def at_local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def copied(data: Mapping[str, Json], copy: int) -> dict[str, Json]:
    """The same objects with ids of their own."""
    return {
        name: copied(value, copy)
        if isinstance(value, Mapping)
        else f"{copy}-{value}"
        if name in _IDS
        else value
        for name, value in data.items()
    }  # fmt: skip


def told(office: Office) -> list[str]:
    """What was sent, with local times; a time that comes twice is not told apart."""
    return [f"{office.local(at)} {inputs.get('title') or inputs.get('subject')}" for at, _, inputs in office.sent]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_follow_up_does_what_its_rule_says_when_it_says_so(tmp_path: Path, story: Story) -> None:
    office = play(tmp_path, story)

    assert list(story.sent) == told(office)
    assert set(office.statuses()) <= {"succeeded", "cancelled"}, office.runs()
    if story.ends is not None:
        assert story.ends == office.statuses()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_and_so_it_does_when_the_process_dies_after_every_step(tmp_path: Path, story: Story) -> None:
    assert list(story.sent) == told(play(tmp_path, story, Fragile))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_and_when_there_are_several_at_once(tmp_path: Path, story: Story) -> None:
    office = play(tmp_path, story, copies=COPIES)

    assert {line: count * COPIES for line, count in Counter(story.sent).items()} == Counter(told(office))
