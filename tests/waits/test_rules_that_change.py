"""Runs keep the rule that they began with until a person says otherwise; a rule that is off keeps its events."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import Office, sent

from engine.runtime.apply_rule import Choice, apply_rule, older_runs
from engine.runtime.missed import missed, run_missed, skip_missed

OLD = """rule: A test
when: shop.asked
steps:
  - pause:
      wait: 3 days
  - tell:
      do: books.task
"""
NEW = """rule: A test
when: shop.asked
steps:
  - check first:
      set:
        x: = 1
  - pause:
      wait: 5 days
  - make:
      do: shop.make
  - tell:
      do: books.task
"""
GONE = NEW.replace("- pause:", "- another pause:")


def changed(folder: Path, new: str) -> Office:
    """A run of the old text waits since a day; the rule has the new text now."""
    office = Office(folder, {"test/rule": OLD})
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=1)
    office.rules["test/rule"] = new
    office.die()
    return office


def choose(office: Office, choice: Choice) -> tuple[int, int]:
    (rule,) = office.book.current()
    applied = apply_rule(office.parts, rule, choice, office.clock.now())
    office.work()
    return applied.done, len(applied.left)


def test_a_run_keeps_the_rule_that_it_began_with(tmp_path: Path) -> None:
    office = changed(tmp_path, NEW)
    office.happen("shop.asked", invoice={"id": "2"})
    office.pass_time(days=3)
    assert sent(office) == [("Thu 05 Mar 09:00", "books.task")]

    office.pass_time(days=4)
    assert [action for _, action in sent(office)] == ["books.task", "shop.make", "books.task"]


def test_older_runs_are_listed_with_where_they_stand(tmp_path: Path) -> None:
    office = changed(tmp_path, NEW)

    assert [(run.status, run.step) for run in older_runs(office.parts, office.book.current())] == [("waiting", "pause")]


@pytest.mark.parametrize(
    "new, choice, done, happened",
    [
        (NEW, "keep", (1, 0), [("Thu 05 Mar 09:00", "books.task")]),
        (NEW, "move", (1, 0), [("Sat 07 Mar 09:00", "shop.make"), ("Sat 07 Mar 09:00", "books.task")]),
        (NEW, "stop", (1, 0), []),
        (GONE, "move", (0, 1), [("Thu 05 Mar 09:00", "books.task")]),
    ],
)
def test_waiting_runs_are_kept_moved_or_stopped(
    tmp_path: Path, new: str, choice: Choice, done: tuple[int, int], happened: list[tuple[str, str]]
) -> None:
    office = changed(tmp_path, new)

    assert choose(office, choice) == done
    office.pass_time(deaths=True, days=10)
    assert sent(office) == happened


def test_a_run_that_was_let_be_is_not_asked_about_until_the_rule_changes_again(tmp_path: Path) -> None:
    office = changed(tmp_path, NEW)
    assert [run.kept for run in older_runs(office.parts, office.book.current())] == [False]
    choose(office, "keep")
    office.die()
    assert [run.kept for run in older_runs(office.parts, office.book.current())] == [True]

    office.rules["test/rule"] = GONE
    office.die()
    assert [run.kept for run in older_runs(office.parts, office.book.current())] == [False]


def test_a_moved_run_takes_over_what_the_new_text_waits_for(tmp_path: Path) -> None:
    office = changed(tmp_path, NEW.replace("steps:", "stop when:\n  - shop.paid with same invoice.id\nsteps:"))
    assert choose(office, "move") == (1, 0)
    assert older_runs(office.parts, office.book.current()) == ()

    office.happen("shop.paid", invoice={"id": "1"})
    office.pass_time(days=10)
    assert (office.sent, office.statuses()) == ([], {"cancelled": 1})


SHORT = """rule: A test
when: shop.asked
if: invoice.id != "3"
steps:
  - make:
      do: shop.make
      with:
        n: = invoice.id
"""


def off_and_on(folder: Path) -> Office:
    """Three events while the rule is off, of which it would take two; then it is on again."""
    office = Office(folder, {"test/rule": SHORT})
    office.switch("test/rule", on=False)
    for id in ("1", "2", "3"):
        office.happen("shop.asked", invoice={"id": id})
    office.work()
    return office


def test_a_rule_that_is_off_keeps_its_events_and_starts_nothing(tmp_path: Path) -> None:
    office = off_and_on(tmp_path)

    assert (missed(office.parts, office.book.current()[0]), office.sent) == (2, [])


def test_kept_events_are_run_once_when_a_person_wants_it(tmp_path: Path) -> None:
    office = off_and_on(tmp_path)
    office.switch("test/rule", on=True)
    (rule,) = office.book.current()

    assert run_missed(office.parts, rule, office.clock.now()) == 2
    assert run_missed(office.parts, rule, office.clock.now()) == 0
    office.work()
    assert [inputs["n"] for _, _, inputs in office.sent] == ["1", "2"]


def test_kept_events_are_let_be_when_a_person_wants_that(tmp_path: Path) -> None:
    office = off_and_on(tmp_path)
    office.switch("test/rule", on=True)
    (rule,) = office.book.current()
    skip_missed(office.parts, rule, office.clock.now())
    office.happen("shop.asked", invoice={"id": "4"})
    office.work()

    assert missed(office.parts, rule) == 0
    assert [inputs["n"] for _, _, inputs in office.sent] == ["4"]
