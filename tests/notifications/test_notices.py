"""Notices: who is meant, what goes where, and that no channel gets one twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from connectors.notifications.client import open_door
from connectors.notifications.connector import CONNECTOR
from engine.errors import NoAnswer, NotSent, UserError
from engine.sdk.capabilities import Message
from engine.sdk.contract import Done, DoorNeeds, Element, Outcome, Record, Rejected, Response, Retry, Unknown

NOW = dt.datetime(2026, 11, 22, 22, 0, tzinfo=dt.UTC)
SEND = CONNECTOR.calls["send"]
HOOK = "https://hooks.example/T1/secret"

MIA = {"name": "Mia Chen", "email": "mia@harbour.example", "channels": ["inbox", "team chat", "mail"]}
SAM = {"name": "Sam Hart", "email": "sam@harbour.example", "channels": ["inbox"]}
LEE = {"name": "Lee Ong", "email": "lee@harbour.example", "channels": []}
PEOPLE = {"practice manager": MIA, "Sam Hart": SAM, "reception": [SAM, LEE]}
CHANNELS = {"team chat": {"kind": "webhook", "address": HOOK}, "mail": {"kind": "mail"}}


class Pages:
    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}

    def get(self, kind: str, id: str) -> Record | None:
        return self.records.get((kind, id))

    def all(self, kind: str) -> tuple[Record, ...]:
        return tuple(record for (kept, _), record in self.records.items() if kept == kind)

    def put(self, kind: str, id: str, data: Any, parent: str = "") -> None:
        known = self.get(kind, id)
        self.records[kind, id] = Record(kind, id, known.version + 1 if known else 1, data, parent)


class NoVault:
    def get(self, name: str) -> str | None:
        return None

    def put(self, values: object) -> None: ...
    def lease(self, name: str, seconds: float) -> bool:
        return True

    def release(self, name: str) -> None: ...


class Wire:
    """Answers in turn: a status, headers with it, or an error; 200 when nothing is planned."""

    def __init__(self, *plan: Any) -> None:
        self.plan = list(plan)
        self.sent: list[tuple[str, Mapping[str, str], Any]] = []

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        assert method == "POST"
        self.sent.append((url, headers, json.loads(body)))
        answer = self.plan.pop(0) if self.plan else 200
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else Response(answer)


class Post:
    """A mailer that fails in turn."""

    def __init__(self, *plan: Exception | None) -> None:
        self.plan = list(plan)
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)
        error = self.plan.pop(0) if self.plan else None
        if error is not None:
            raise error


class Office:
    """A practice's notifications connection."""

    def __init__(self, wire: Wire | None = None, post: Post | None = None, **services: Any) -> None:
        self.pages, self.wire, self.post = Pages(), wire or Wire(), post or Post()
        self.services = {
            "notebook": self.pages,
            "mailer": self.post,
            "people": PEOPLE,
            "channels": CHANNELS,
            **services,
        }

    def tell(self, may_send: Callable[[], bool] = lambda: True, marker: str = "run_1/tell", **inputs: Any) -> Outcome:
        needs = DoorNeeds({}, NoVault(), self.wire, lambda: NOW, self.services)
        elements = (Element(marker, {"to": "practice manager", "message": "Day **done**.", **inputs}),)
        (outcome,) = SEND.outcomes(elements, open_door(needs).send(SEND.request(elements), may_send, 5.0))
        return outcome

    def look(self) -> Done | None:
        """What is known of the notice after an interruption."""
        needs = DoorNeeds({}, NoVault(), self.wire, lambda: NOW, self.services)
        elements = (Element("run_1/tell", {"to": "practice manager", "message": "Day **done**."}),)
        assert SEND.find is not None
        assert SEND.found is not None
        (found,) = SEND.found(elements, open_door(needs).send(SEND.find(elements), lambda: True, 5.0))
        return found


def places(outcome: Outcome) -> list[tuple[str, str]]:
    assert isinstance(outcome, Done)
    return [(each["to"], each["channel"]) for each in outcome.result["delivered"]]


def test_a_notice_goes_over_every_channel_of_its_person_and_says_where() -> None:
    office = Office()
    outcome = office.tell(title="Day", urgency="high", link="https://daybook.harbour.example/runs/1")
    assert places(outcome) == [("Mia Chen", "inbox"), ("Mia Chen", "team chat"), ("Mia Chen", "mail")]
    assert office.pages.records["notice", "run_1/tell"].data == {
        "for": ["Mia Chen"],
        "title": "Day",
        "message": "Day **done**.",
        "urgency": "high",
        "link": "https://daybook.harbour.example/runs/1",
        "at": NOW.isoformat(),
    }
    ((url, headers, body),) = office.wire.sent
    assert (url, headers["webhook-id"], body["urgency"], body["to"]) == (HOOK, "run_1/tell", "high", "Mia Chen")
    assert body["text"] == "Day\nDay **done**.\n\n<https://daybook.harbour.example/runs/1>"
    (mail,) = office.post.sent
    assert (mail.to, mail.to_name, mail.subject) == ("mia@harbour.example", "Mia Chen", "Day")
    assert mail.body.endswith("<https://daybook.harbour.example/runs/1>")


def test_a_repeat_reaches_no_channel_a_second_time() -> None:
    office = Office()
    first = office.tell()
    before = dict(office.pages.records)
    assert office.tell() == first
    assert office.pages.records == before
    assert (len(office.wire.sent), len(office.post.sent)) == (1, 1)
    office.tell(marker="run_2/tell")
    assert (len(office.wire.sent), len(office.post.sent)) == (2, 2)


@pytest.mark.parametrize(
    "to, names",
    [
        ("reception", ["Sam Hart", "Lee Ong"]),
        (" Reception ", ["Sam Hart", "Lee Ong"]),
        ("sam hart", ["Sam Hart"]),
        ("Lee Ong", ["Lee Ong"]),
        ("LEE@harbour.example", ["Lee Ong"]),
    ],
)
def test_a_name_a_role_or_an_own_address_tells_who_is_meant_and_the_inbox_is_the_default(
    to: str, names: list[str]
) -> None:
    office = Office()
    assert places(office.tell(to=to)) == [(name, "inbox") for name in names]
    (notice,) = office.pages.all("notice")
    assert notice.data["for"] == names


@pytest.mark.parametrize("to", ["nobody", "ava@patients.example", "", " ", None, True, 1, ["reception"]])
def test_someone_unknown_is_refused_with_the_known_names_and_without_repeating_the_input(to: Any) -> None:
    outcome = Office().tell(to=to)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "UNKNOWN_PERSON"
    assert outcome.mend.startswith("Known people and roles: practice manager, reception, Sam Hart.")
    assert "ava@" not in str(outcome)


@pytest.mark.parametrize(
    "inputs, code",
    [
        ({"message": " "}, "NO_MESSAGE"),
        ({"message": None}, "NO_MESSAGE"),
        ({"message": 12}, "NO_MESSAGE"),
        ({"message": "x" * 20_001}, "MESSAGE_TOO_LONG"),
        ({"urgency": "asap"}, "BAD_URGENCY"),
        ({"urgency": True}, "BAD_URGENCY"),
        ({"link": "javascript:alert(1)"}, "BAD_LINK"),
        ({"link": "https://x.example/ >\n<script>"}, "BAD_LINK"),
        ({"link": "https://"}, "BAD_LINK"),
    ],
)
def test_inputs_that_make_no_notice_are_refused(inputs: dict[str, Any], code: str) -> None:
    outcome = Office().tell(**inputs)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, bool(outcome.mend)) == (code, True)


def test_the_first_line_is_the_title_when_there_is_none() -> None:
    office = Office()
    office.tell(to="Sam Hart", message="# Books\u0000 differ\r\nby a lot")
    assert office.pages.all("notice")[0].data["title"] == "Books differ"
    office.tell(to="Sam Hart", message="word " * 40, marker="m2")
    assert len(office.pages.records["notice", "m2"].data["title"]) <= 80


@pytest.mark.parametrize(
    "answer, kind",
    [
        (200, Done),
        (204, Done),
        (302, Done),
        (404, Done),
        (429, Retry),
        (503, Retry),
        (500, Unknown),
        (502, Unknown),
        (504, Unknown),
        (NotSent("x"), Retry),
        (NoAnswer("x"), Unknown),
    ],
)
def test_a_webhooks_answer_decides_and_a_refusal_does_not_hide_that_others_have_it(
    answer: Any, kind: type[Outcome]
) -> None:
    office = Office(Wire(answer))
    outcome = office.tell()
    assert isinstance(outcome, kind)
    assert len(office.post.sent) == 1
    if isinstance(outcome, Done):
        assert [each["channel"] for each in outcome.result["failed"]] == (["team chat"] if answer in (302, 404) else [])


def test_a_busy_channel_is_tried_again_alone() -> None:
    office = Office(Wire(Response(429, {"retry-after": "17"}), 200))
    assert office.tell() == Retry("These channels did not take the notice for now: team chat.", 17)
    assert places(office.tell()) == [("Mia Chen", "inbox"), ("Mia Chen", "team chat"), ("Mia Chen", "mail")]
    assert (len(office.wire.sent), len(office.post.sent)) == (2, 1)


@pytest.mark.parametrize(
    "error, kind", [(NotSent("x"), Retry), (NoAnswer("x"), Unknown), (UserError("x", "y", "RECIPIENT_REFUSED"), Done)]
)
def test_what_the_mailer_says_decides(error: Exception, kind: type[Outcome]) -> None:
    assert isinstance(Office(post=Post(error)).tell(), kind)


def test_an_interrupted_notice_is_looked_up_in_the_notebook() -> None:
    office = Office()
    assert office.look() is None
    assert (len(office.wire.sent), len(office.post.sent)) == (0, 0)
    told = office.tell()
    assert isinstance(told, Done)
    assert office.look() is not None


def test_nobody_can_tell_of_a_channel_that_was_being_written_to() -> None:
    office = Office()
    office.tell()
    delivery = office.pages.all("delivery")[0]
    office.pages.put("delivery", delivery.id, {**delivery.data, "state": "sending"})
    with pytest.raises(ValueError, match="under way"):
        office.look()


def test_after_a_persons_decision_only_the_doubtful_channel_goes_again() -> None:
    office = Office(Wire(NoAnswer("x")))
    assert office.tell() == Unknown("Nobody can tell whether these channels have the notice: team chat.")
    assert isinstance(office.tell(), Done)
    assert (len(office.wire.sent), len(office.post.sent)) == (2, 1)


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example/x",
        "http://127.1/x",
        "http://0x7f.1/x",
        "http://localhost.evil.example/x",
        "http://localhost@evil.example/x",
        "https://user:pass@hooks.example/x",
        "https://hooks.example/x y",
        "https://",
        "https://hooks.example:99999999/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "//hooks.example",
        "http://[::1/x",
        "",
        None,
    ],
)
def test_a_webhook_takes_https_only_except_to_this_machine(address: Any) -> None:
    office = Office(
        people={"boss": {**SAM, "channels": ["hook"]}}, channels={"hook": {"kind": "webhook", "address": address}}
    )
    outcome = office.tell(to="boss")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "BAD_ADDRESS"
    assert office.wire.sent == []


@pytest.mark.parametrize(
    "address", ["http://localhost:8123/x", "http://127.0.0.1/x", "http://[::1]:9/x", "https://hooks.example"]
)
def test_a_webhook_on_this_machine_may_be_plain(address: str) -> None:
    office = Office(
        people={"boss": {**SAM, "channels": ["hook"]}}, channels={"hook": {"kind": "webhook", "address": address}}
    )
    assert places(office.tell(to="boss")) == [("Sam Hart", "hook")]


@pytest.mark.parametrize(
    "services, channel, code",
    [
        ({}, "pager", "UNKNOWN_CHANNEL"),
        ({"mailer": None}, "mail", "NO_MAILER"),
        ({"notebook": None}, "inbox", "NO_INBOX"),
        ({"channels": {"sms": {"kind": "fax"}}}, "sms", "UNKNOWN_CHANNEL"),
    ],
)
def test_a_channel_that_is_not_there_is_named_with_a_way_to_mend_it(services: Any, channel: str, code: str) -> None:
    outcome = Office(people={"boss": {**SAM, "channels": [channel]}}, **services).tell(to="boss")
    assert isinstance(outcome, Rejected)
    assert (outcome.code, bool(outcome.mend)) == (code, True)


def test_a_late_notice_reaches_nobody_and_one_that_grows_late_stops() -> None:
    office = Office()
    with pytest.raises(NotSent):
        office.tell(lambda: False)
    assert office.pages.records == {}
    turns = iter([True, True, False, False])
    assert isinstance(office.tell(lambda: next(turns)), Retry)
    assert (len(office.wire.sent), len(office.post.sent)) == (1, 0)
    assert isinstance(office.tell(), Done)
    assert (len(office.wire.sent), len(office.post.sent)) == (1, 1)


def test_deliveries_are_remembered_without_names() -> None:
    office = Office()
    office.tell()
    assert len(office.pages.all("delivery")) == 2
    assert all("mia" not in str(record).lower() for record in office.pages.all("delivery"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[{}]", b'[{"state": "delivered", "deliveries": []}]'])
def test_an_unreadable_answer_is_unknown(body: bytes) -> None:
    (outcome,) = SEND.outcomes((Element("m", {}),), Response(200, {}, body))
    assert isinstance(outcome, Unknown)
