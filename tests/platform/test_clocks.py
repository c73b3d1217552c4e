"""Time and ids: the machine's, and the settable ones for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.clock import SystemClock, SystemIds, jitter
from engine.ports import Clock, Ids, Jitter
from engine.sdk.testing import CountingIds, VirtualClock, no_jitter


def test_the_machines_clock_is_aware_and_its_boot_time_goes_forward() -> None:
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC
    first = clock.boottime()
    assert 0 < first <= clock.boottime()
    assert clock.boot_id() == SystemClock().boot_id() != ""


def test_ids_sort_in_the_order_of_making_and_never_repeat() -> None:
    ids: Ids = SystemIds()
    made = [ids.new("run") for _ in range(5000)]
    assert made == sorted(set(made))
    assert {len(id) for id in made} == {len("run_") + 26}
    assert SystemIds().new("run") != SystemIds().new("run")


def test_ids_use_only_letters_and_digits_that_are_not_mixed_up() -> None:
    assert set(SystemIds().new("call").removeprefix("call_")) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_chance_lies_between_zero_and_one() -> None:
    chance: Jitter = jitter
    numbers = {chance() for _ in range(200)}
    assert all(0 <= number < 1 for number in numbers)
    assert len(numbers) == 200
    assert no_jitter() == 0


def test_a_virtual_clock_moves_only_when_it_is_moved() -> None:
    clock = VirtualClock(datetime(2026, 7, 1, 10, 0, tzinfo=timezone(timedelta(hours=10))))
    before, boot = clock.now(), clock.boottime()
    assert before == datetime(2026, 7, 1, tzinfo=UTC) == clock.now()
    clock.pass_time(90)
    assert (clock.now() - before, clock.boottime() - boot) == (timedelta(seconds=90), 90)
    clock.pass_until(before)
    assert clock.boottime() - boot == 90


def test_setting_the_wall_clock_back_leaves_the_boot_clock_alone() -> None:
    clock = VirtualClock()
    boot = (clock.boot_id(), clock.boottime())
    clock.set(datetime(2020, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2020
    assert (clock.boot_id(), clock.boottime()) == boot
    clock.reboot()
    assert clock.boottime() == 0
    assert clock.boot_id() != boot[0]


@pytest.mark.parametrize("wrong", [lambda: VirtualClock().pass_time(-1), lambda: VirtualClock(datetime(2026, 1, 1))])
def test_a_virtual_clock_refuses_what_no_clock_does(wrong) -> None:
    with pytest.raises(ValueError, match="time"):
        wrong()


def test_counting_ids_count_within_a_prefix() -> None:
    ids: Ids = CountingIds()
    assert [ids.new("run"), ids.new("call"), ids.new("run")] == ["run_0000000001", "call_0000000001", "run_0000000002"]
