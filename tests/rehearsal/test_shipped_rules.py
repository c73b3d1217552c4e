"""Every test that stands in a shipped rule passes, and every shipped rule has one."""

from __future__ import annotations

import pytest

from engine.compose.rehearsing import Rehearsable, packaged
from engine.lang.rule_tests import RuleTest
from engine.runtime.rehearsal_tests import run_test

RULES = packaged().chosen(())


def test_every_shipped_rule_has_a_test() -> None:
    assert [one.rule.id for one in RULES if not one.tests] == []


@pytest.mark.parametrize(
    "one, test", [(one, test) for one in RULES for test in one.tests], ids=lambda value: getattr(value, "name", None)
)
def test_it_passes(one: Rehearsable, test: RuleTest) -> None:
    assert run_test(one.rule, test, one.bench).findings == ()
