"""Follow-ups that are stopped in the middle of a call, whose vendor is away, or whose clock jumps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from office import Office
from stories import REMINDER, STOPPED, invoice
from test_stories import Fragile, at_local, told
from test_timed_rules import NSW, zone_of

from engine.sdk.contract import Done, Retry

PAID = {"totals": {"balance": Decimal(0)}}


def begun(folder: Path, rule: str, at: str, kind: type[Office] = Office) -> Office:
    return kind(folder, {"follow_ups/story": f"rule: A story\n{rule}"}, at_local(at, zone_of(NSW)))


def statuses_and_reasons(office: Office) -> list[tuple[str, str]]:
    return [(run["status"], run["reason"]) for run in office.runs()]


@pytest.mark.parametrize("kind", [Office, Fragile])
def test_a_run_is_stopped_while_its_mail_is_tried_again_and_again(tmp_path: Path, kind: type[Office]) -> None:
    office = begun(tmp_path, STOPPED, "2026-03-02T10:00", kind)
    office.answers["email.send"] = lambda inputs: Retry("busy", 7200)
    office.happen("halaxy.invoice.created", **invoice())
    office.pass_time(days=2, hours=1)
    assert ["Wed 04 Mar 10:00 first"] == told(office)

    office.happen("halaxy.invoice.paid", **invoice(**PAID))
    office.pass_time(days=3)
    assert ["Wed 04 Mar 10:00 first"] == told(office)
    assert [("cancelled", "stop when halaxy.invoice.paid")] == statuses_and_reasons(office)


def test_a_run_whose_call_is_open_is_stopped_when_the_call_has_its_answer(tmp_path: Path) -> None:
    office = begun(tmp_path, STOPPED, "2026-03-02T10:00")

    def pays_meanwhile(inputs: dict[str, str]) -> Done:
        if inputs:
            office.happen("halaxy.invoice.paid", **invoice(**PAID))
        return Done({"id": "1"})

    office.answers["email.send"] = pays_meanwhile
    office.happen("halaxy.invoice.created", **invoice())
    office.pass_time(days=9)

    assert ["Wed 04 Mar 10:00 first"] == told(office)
    assert [("cancelled", "stop when halaxy.invoice.paid")] == statuses_and_reasons(office)
    assert ("done", "first") in office.history(office.runs()[0]["id"])


@pytest.mark.parametrize("kind", [Office, Fragile])
def test_a_follow_up_outlives_hours_in_which_the_invoice_cannot_be_read_again(
    tmp_path: Path, kind: type[Office]
) -> None:
    office = begun(tmp_path, REMINDER, "2026-06-15T10:00", kind)
    back = at_local("2026-06-22T04:30", zone_of(NSW))
    fresh = {"invoice": {"id": "1", "totals": {"balance": Decimal(60)}}}
    office.answers["halaxy.find_invoice"] = lambda inputs: Retry("busy") if office.clock.now() < back else Done(fresh)
    office.happen("halaxy.invoice.overdue", **invoice(due="2026-06-15"))
    office.pass_time(days=40)

    assert ["Mon 22 Jun 08:00 first reminder", "Wed 15 Jul 00:00 hand over"] == told(office)


@pytest.mark.parametrize(
    "balance, sent",
    [("110.00", ["Fri 01 May 08:00 first reminder", "Fri 01 May 08:00 hand over"]), ("0.00", [])],
)
def test_what_came_due_while_nothing_ran_is_made_up_for_as_things_stand_now(
    tmp_path: Path, balance: str, sent: list[str]
) -> None:
    office = begun(tmp_path, REMINDER, "2026-03-25T10:00")
    fresh = {"invoice": {"id": "1", "totals": {"balance": Decimal(balance)}}}
    office.answers["halaxy.find_invoice"] = lambda inputs: Done(fresh)
    office.happen("halaxy.invoice.overdue", **invoice(due="2026-03-24"))
    office.pass_time(days=5)
    office.clock.pass_until(at_local("2026-04-30T22:00", zone_of(NSW)))
    office.die()
    office.pass_time(days=3)

    assert sent == told(office)


@pytest.mark.parametrize("jumps", [(9, -9), (-40, 41, 3), (400, -399)])
def test_a_clock_that_jumps_sends_nothing_twice(tmp_path: Path, jumps: tuple[int, ...]) -> None:
    office = begun(tmp_path, STOPPED, "2026-03-02T10:00")
    office.happen("halaxy.invoice.created", **invoice())
    office.work()
    for days in jumps:
        office.clock.set(office.clock.now() + timedelta(days=days))
        office.die()
        office.pass_time(hours=1)
    office.clock.set(at_local("2027-06-01T10:00", zone_of(NSW)))
    office.pass_time(days=5)

    assert ["first", "second"] == [line.split()[-1] for line in told(office)]
