"""Lists and consents: no consent is a result, a withdrawal is obeyed, a repeat changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.email.client import open_door
from connectors.email.connector import CONNECTOR
from engine.errors import NotSent
from engine.sdk.contract import Done, DoorNeeds, Element, Outcome, Record, Rejected, Response

JANE = "jane@patients.example"
START = dt.datetime(2026, 11, 22, 22, 0, tzinfo=dt.UTC)


class Pages:
    """A notebook in memory that counts its writes."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}
        self.writes = 0

    def get(self, kind: str, id: str) -> Record | None:
        return self.records.get((kind, id))

    def all(self, kind: str) -> tuple[Record, ...]:
        return tuple(record for (kept, _), record in self.records.items() if kept == kind)

    def put(self, kind: str, id: str, data: Any, parent: str = "") -> None:
        known = self.get(kind, id)
        self.records[kind, id] = Record(kind, id, known.version + 1 if known else 1, data, parent)
        self.writes += 1


class NoVault:
    def get(self, name: str) -> str | None:
        return None

    def put(self, values: object) -> None: ...
    def lease(self, name: str, seconds: float) -> bool:
        return True

    def release(self, name: str) -> None: ...


class NoWire:
    def send(self, *_: object) -> Response:
        raise AssertionError("lists took the network")


class Practice:
    """A connection with its notebook, and a clock that moves on by hand."""

    def __init__(self) -> None:
        self.pages = Pages()
        self.now = START

    def door(self) -> Any:
        form = {"host": "mail.harbour.example", "from": "desk@harbour.example"}
        return open_door(DoorNeeds(form, NoVault(), NoWire(), lambda: self.now, {"notebook": self.pages}))

    def do(self, action: str, *inputs: Mapping[str, object]) -> tuple[Outcome, ...]:
        call = CONNECTOR.calls[action]
        elements = tuple(Element(f"m{index}", given) for index, given in enumerate(inputs))
        return call.outcomes(elements, self.door().send(call.request(elements), lambda: True, 30.0))

    def one(self, action: str, **inputs: object) -> Mapping[str, Any]:
        (outcome,) = self.do(action, {"email": JANE, "list": "newsletter", **inputs})
        assert isinstance(outcome, Done)
        return outcome.result

    def later(self, **passed: int) -> None:
        self.now += dt.timedelta(**passed)


@pytest.fixture
def practice() -> Practice:
    return Practice()


def test_no_consent_is_a_result_and_nothing_is_kept(practice: Practice) -> None:
    assert practice.one("add_to_list") == {"added": False, "reason": "no consent", "list": "newsletter"}
    assert practice.pages.writes == 0


@pytest.mark.parametrize("said", ["", "  ", "no", "No", "none", "FALSE", None, False, True, 1])
def test_an_empty_or_negative_record_is_no_consent(practice: Practice, said: object) -> None:
    assert practice.one("add_to_list", consent=said)["reason"] == "no consent"


def test_a_consent_that_comes_along_is_kept_and_the_address_added(practice: Practice) -> None:
    added = practice.one(
        "add_to_list", name="Jane Doe", consent="ticked on the intake form", consent_given_on=START.date()
    )
    assert added == {"added": True, "reason": "", "list": "newsletter"}
    (member,) = practice.pages.all("member")
    (consent,) = practice.pages.all("consent")
    assert member.data["name"] == "Jane Doe"
    assert consent.data["how"] == "ticked on the intake form"
    assert consent.data["given_on"] == "2026-11-22"


def test_a_recorded_consent_serves_later_and_only_for_its_list(practice: Practice) -> None:
    practice.one("record_consent", how="signed form")
    assert practice.one("add_to_list")["added"] is True
    assert practice.one("add_to_list", list="events")["reason"] == "no consent"


def test_a_repeat_changes_nothing_and_says_the_same(practice: Practice) -> None:
    practice.one("add_to_list", consent="form")
    practice.later(minutes=3)
    before = practice.pages.writes
    assert practice.one("add_to_list", consent="form", email=f" {JANE.upper()} ")["added"] is True
    assert practice.pages.writes == before


def test_ids_hold_no_address_and_those_who_left_keep_none(practice: Practice) -> None:
    practice.one("add_to_list", consent="form")
    practice.one("withdraw_consent")
    assert all("jane" not in record.id.lower() for record in practice.pages.records.values())
    assert all("jane" not in str(record.data).lower() for record in practice.pages.records.values())


def test_a_withdrawal_takes_off_the_list_and_outweighs_an_older_consent(practice: Practice) -> None:
    practice.one("add_to_list", consent="form", consent_given_on="2026-11-01")
    practice.later(days=1)
    assert practice.one("withdraw_consent") == {"withdrawn": True, "removed_from": 1}
    assert practice.one("add_to_list")["reason"] == "consent withdrawn"
    again = practice.one("add_to_list", consent="form", consent_given_on="2026-11-01")
    assert again["reason"] == "consent withdrawn"
    assert practice.one("add_to_list", consent="form")["reason"] == "consent withdrawn"


def test_a_newer_consent_counts_again(practice: Practice) -> None:
    practice.one("withdraw_consent")
    practice.later(days=2)
    assert practice.one("add_to_list", consent="phone call", consent_given_on=practice.now.date())["added"] is True
    practice.one("withdraw_consent")
    practice.later(hours=1)
    practice.one("record_consent", how="asked for it at the desk")
    assert practice.one("add_to_list")["added"] is True


def test_a_withdrawal_without_a_list_means_every_list_also_later_ones(practice: Practice) -> None:
    for name in ("newsletter", "events"):
        practice.one("add_to_list", list=name, consent="form")
    practice.one("add_to_list", email="ben@patients.example", consent="form")
    practice.later(hours=1)
    assert practice.one("withdraw_consent", list=None) == {"withdrawn": True, "removed_from": 2}
    for name in ("newsletter", "events", "research"):
        assert practice.one("add_to_list", list=name)["reason"] == "consent withdrawn"
    assert practice.one("add_to_list", email="ben@patients.example")["added"] is True


def test_leaving_a_list_is_no_error_when_not_on_it(practice: Practice) -> None:
    practice.one("add_to_list", consent="form")
    assert practice.one("remove_from_list") == {"removed": True, "reason": "", "list": "newsletter"}
    assert practice.one("remove_from_list")["reason"] == "not on the list"
    assert practice.one("add_to_list")["added"] is True


def test_one_bad_entry_of_a_batch_touches_no_other(practice: Practice) -> None:
    entries = [{"email": f"p{n}@patients.example", "list": "news", "consent": "form"} for n in range(50)]
    entries[7]["email"] = "p7@patients.example, x@evil.example"
    entries[9]["list"] = " "
    outcomes = practice.do("add_to_list", *entries)
    refused = {index: outcome.code for index, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)}
    assert refused == {7: "BAD_ADDRESS", 9: "NO_LIST"}
    assert len(practice.pages.all("member")) == 48


def test_a_consent_without_a_record_of_how_is_refused(practice: Practice) -> None:
    (outcome,) = practice.do("record_consent", {"email": JANE, "list": "news", "how": " "})
    assert isinstance(outcome, Rejected)
    assert outcome.code == "NO_RECORD"


def test_a_late_entry_is_not_made(practice: Practice) -> None:
    call = CONNECTOR.calls["record_consent"]
    request = call.request((Element("m", {"email": JANE, "list": "news", "how": "form"}),))
    with pytest.raises(NotSent):
        practice.door().send(request, lambda: False, 30.0)
    assert practice.pages.writes == 0
