"""The books' actions as the engine does them: compare through capabilities, tasks in the notebook, the manifest."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from connectors.books.client import open_door
from connectors.books.connector import CONNECTOR
from engine.core.values import encode
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.sdk.capabilities import LedgerBooks, LedgerDocument, LedgerPayment, SalesBooks
from engine.sdk.contract import Done, DoorNeeds, Element, Outcome, Record, Rejected, Response, Retry, Unknown
from engine.sdk.records import Payer, Receipt, Sale, SaleLine, Totals

# Tuesday 31 March 2026, 09:30 in Sydney; still the 30th in UTC.
NOW = dt.datetime(2026, 3, 30, 22, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 31)
ZERO = Decimal("0.00")
MANIFEST = Path(__file__).parents[2] / "connectors" / "books" / "manifest.yaml"


def a_sale(day: dt.date = DAY) -> Sale:
    price = Decimal("95.00")
    paid = Receipt("9001", "payment", NOW, day, "EFTPOS", price)
    return Sale(
        "1001", "1001", 1, "invoice", "active", False, day, Payer("patient", "501", "Ava Nguyen"), "AUD",
        Totals(price, ZERO, price, price, ZERO), True, (SaleLine("1", "Consult", price, ZERO),), (paid,),
    )  # fmt: skip


def its_document(day: dt.date = DAY) -> LedgerDocument:
    price = Decimal("95.00")
    paid = LedgerPayment("x1", day, price, "612", "HX-PT-9001 EFTPOS")
    return LedgerDocument("invoice", "d1", "HX-1001", day, price, ZERO, ZERO, "paid", (paid,))


class Side:
    """A sales source and ledger that answers from memory or fails, and remembers what it was asked."""

    def __init__(self, *holds: Any, fails: Exception | None = None) -> None:
        self.holds, self.fails, self.asked = holds, fails, []  # type: ignore[var-annotated]

    def _read(self, first: dt.date, last: dt.date) -> tuple[Any, ...]:
        self.asked.append((first, last))
        if self.fails is not None:
            raise self.fails
        return tuple(self.holds)

    def sales_books(self, first: dt.date, last: dt.date) -> SalesBooks:
        return SalesBooks(self._read(first, last))

    def sales_of(self, ids: Sequence[str]) -> SalesBooks:
        return SalesBooks((), (), frozenset(ids))

    def ledger_books(self, first: dt.date, last: dt.date) -> LedgerBooks:
        return LedgerBooks(first, self._read(first, last))


class Memory:
    """What the engine remembers: nothing yet; keeps the numbers."""

    def __init__(self) -> None:
        self.numbers: list[tuple[Any, ...]] = []

    def written(self) -> Mapping[str, Any]:
        return {}

    def holds(self) -> tuple[Any, ...]:
        return ()

    def noted(self) -> Mapping[str, Any]:
        return {}

    def compared(self, *number: Any) -> None:
        self.numbers.append(number)


class Pages:
    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}

    def get(self, kind: str, id: str) -> Record | None:
        return self.records.get((kind, id))

    def all(self, kind: str) -> tuple[Record, ...]:
        return tuple(record for (kept, _), record in self.records.items() if kept == kind)

    def put(self, kind: str, id: str, data: Any, parent: str = "") -> None:
        self.records[kind, id] = Record(kind, id, 1, data, parent)


class NoVault:
    def get(self, name: str) -> str | None:
        return None

    def put(self, values: object) -> None: ...
    def lease(self, name: str, seconds: float) -> bool:
        return True

    def release(self, name: str) -> None: ...


class NoWire:
    def send(self, *_: object) -> Response:
        raise AssertionError("the books took the network")


def do(
    action: str, services: Mapping[str, Any], inputs: Mapping[str, Any], marker: str = "run_1/step", **settings: Any
) -> Outcome:
    """One action through call and door."""
    needs = DoorNeeds({"timezone": "Australia/Sydney", **settings}, NoVault(), NoWire(), lambda: NOW, services)
    call, elements = CONNECTOR.calls[action], (Element(marker, inputs),)
    (outcome,) = call.outcomes(elements, open_door(needs).send(call.request(elements), lambda: True, 30.0))
    return outcome


def result_of(services: Mapping[str, Any], inputs: Mapping[str, Any], **settings: Any) -> Mapping[str, Any]:
    outcome = do("compare", services, inputs, **settings)
    assert isinstance(outcome, Done)
    return outcome.result


def conforms(result: Mapping[str, Any]) -> None:
    """The result fits the manifest's schema once it is plain JSON."""
    schema = yaml.safe_load(MANIFEST.read_text())["actions"]["compare"]["outputs"]
    plain = json.loads(
        json.dumps(encode(result)),
        object_hook=lambda o: _number(next(iter(o.values()))) if len(o) == 1 and next(iter(o)).startswith("$") else o,
    )
    jsonschema.Draft202012Validator(schema).validate(plain)


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def test_both_sides_are_read_for_this_month_up_to_the_practices_today() -> None:
    sales, ledger = Side(a_sale()), Side(its_document())
    result = result_of({"sales_source": sales, "ledger": ledger}, {})
    assert sales.asked == ledger.asked == [(dt.date(2026, 3, 1), DAY)]
    assert result["agrees"] is True
    assert result["difference"] == ZERO
    assert result["sales"] == {
        "known": True,
        "invoices": 1,
        "invoiced": Decimal("95.00"),
        "payments": 1,
        "paid": Decimal("95.00"),
    }
    assert result["ledger"] == result["sales"]
    assert result["days"] == [{"day": DAY, "sales": result["sales"], "ledger": result["sales"]}]
    conforms(result)


def test_a_difference_is_a_result_with_every_item() -> None:
    result = result_of({"sales_source": Side(a_sale()), "ledger": Side()}, {"first": "2026-03-01", "last": DAY})
    assert result["agrees"] is False
    assert result["difference"] == Decimal("190.00")
    (item,) = result["items"]
    wanted = {
        "kind": "only in sales",
        "code": "invoice missing",
        "about": "invoice 1001",
        "number": "HX-1001",
        "field": "invoice",
        "sales": Decimal("95.00"),
        "ledger": None,
        "money": Decimal("190.00"),
        "repairs": ["post", "accept", "ignore"],
    }
    assert {name: item[name] for name in wanted} == wanted
    assert result["text"].splitlines()[0].endswith("difference 190.00, 1 item to look at")
    conforms(result)


def test_the_number_of_each_comparison_is_kept_and_unknown_is_none() -> None:
    memory, days = Memory(), {"first": "2026-03-01", "last": DAY}
    result_of({"sales_source": Side(a_sale()), "ledger": Side(), "memory": memory}, days)
    result_of({"sales_source": Side(a_sale()), "memory": memory}, days)
    first = dt.date(2026, 3, 1)
    assert memory.numbers == [(first, DAY, Decimal("190.00"), 1), (first, DAY, None, None)]


def test_corrections_made_after_the_period_are_read_with_it() -> None:
    ledger = Side()
    result_of({"sales_source": Side(), "ledger": ledger}, {"first": dt.date(2026, 1, 1), "last": dt.date(2026, 1, 31)})
    assert ledger.asked == [(dt.date(2026, 1, 1), DAY)]


def test_the_start_date_comes_from_the_step_or_the_form() -> None:
    both = {"sales_source": Side(a_sale()), "ledger": Side()}
    for inputs, settings in (({"start_date": "2026-04-01"}, {}), ({}, {"start_date": "2026-04-01"})):
        result = result_of(both, {**inputs, "first": "2026-03-01"}, **settings)
        assert [each["reason"] for each in result["outside"]] == ["settled before the start date"]
    assert result_of(both, {"start_date": "2026-03-31"}, start_date="2026-04-01")["outside"] == []


@pytest.mark.parametrize("error", [NoAnswer("x"), NotSent("x"), SignInNeeded("x"), ValueError("no list")])
@pytest.mark.parametrize("broken", ["sales_source", "ledger"])
def test_a_side_that_cannot_be_read_is_unknown_and_never_zero(error: Exception, broken: str) -> None:
    services = {"sales_source": Side(a_sale()), "ledger": Side(its_document())}
    result = result_of({**services, broken: Side(fails=error)}, {})
    silent = "sales" if broken == "sales_source" else "ledger"
    assert result["agrees"] is False
    assert result["difference"] is None
    assert result["unknown"] == [silent]
    assert result[silent] == {"known": False, "invoices": None, "invoiced": None, "payments": None, "paid": None}
    assert result["text"].splitlines()[0].endswith("unknown")
    assert result["items"] == []
    conforms(result)


@pytest.mark.parametrize("busy", ["sales_source", "ledger"])
def test_a_used_up_limit_is_no_unreadable_side_but_a_reason_to_come_back(busy: str) -> None:
    services = {"sales_source": Side(a_sale()), "ledger": Side(its_document())}
    waits = Side(fails=NotSent("The connection has to wait.", code="rate-limited"))
    assert isinstance(do("compare", {**services, busy: waits}, {}), Retry)


def test_today_is_the_practices_day_unless_the_form_says_otherwise() -> None:
    class Practice:
        timezone = "Pacific/Auckland"

    ledger = Side()
    do("compare", {"sales_source": Side(), "ledger": ledger, "practice": Practice()}, {}, timezone=None)
    do("compare", {"sales_source": Side(), "ledger": ledger}, {}, timezone=None)
    assert [last for _, last in ledger.asked] == [DAY, dt.date(2026, 3, 30)]


def test_a_practice_without_a_ledger_connection_cannot_tell() -> None:
    assert result_of({}, {})["unknown"] == ["sales", "ledger"]


@pytest.mark.parametrize(
    "inputs, code",
    [
        ({"first": "yesterday"}, "BAD_DATE"),
        ({"last": 20260331}, "BAD_DATE"),
        ({"start_date": True}, "BAD_DATE"),
        ({"first": "2026-03-02", "last": "2026-03-01"}, "BAD_PERIOD"),
    ],
)
def test_days_that_make_no_period_are_refused(inputs: dict[str, Any], code: str) -> None:
    outcome = do("compare", {}, inputs)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, bool(outcome.mend)) == (code, True)


PEOPLE = {
    "practice manager": {"name": "Mia Chen", "email": "mia@harbour.example", "channels": []},
    "reception": [
        {"name": "Sam Hart", "email": "sam@harbour.example"},
        {"name": "Lee Ong", "email": "lee@harbour.example"},
    ],
}


@pytest.mark.parametrize("who", ["practice manager", " Practice Manager ", "Mia Chen", "MIA@harbour.example"])
def test_a_task_is_kept_once_for_whom_it_is_meant(who: str) -> None:
    services = {"notebook": Pages(), "people": PEOPLE}
    inputs = {"for": who, "title": "Overdue 30 days:\ninvoice 1001", "due": "2026-04-02"}
    first = do("task", services, inputs)
    assert (
        first
        == do("task", services, inputs)
        == Done(
            {
                "id": "run_1/step",
                "for": "practice manager",
                "title": "Overdue 30 days: invoice 1001",
                "due": dt.date(2026, 4, 2),
            }
        )
    )
    (task,) = services["notebook"].all("task")  # type: ignore[attr-defined]
    assert task.data["state"] == "open"


def test_a_repeat_does_not_open_a_done_task_again() -> None:
    pages = Pages()
    services = {"notebook": pages, "people": PEOPLE}
    do("task", services, {"for": "reception", "title": "Call"})
    pages.put("task", "run_1/step", {**pages.records["task", "run_1/step"].data, "state": "done"})
    do("task", services, {"for": "reception", "title": "Call"})
    assert pages.records["task", "run_1/step"].data["state"] == "done"


@pytest.mark.parametrize(
    "inputs, code",
    [
        ({"for": "nobody", "title": "x"}, "UNKNOWN_PERSON"),
        ({"for": None, "title": "x"}, "UNKNOWN_PERSON"),
        ({"for": "", "title": "x"}, "UNKNOWN_PERSON"),
        ({"for": "reception", "title": " "}, "NO_TITLE"),
        ({"for": "reception", "title": 7}, "NO_TITLE"),
        ({"for": "reception", "title": "x", "due": "soon"}, "BAD_DATE"),
    ],
)
def test_a_task_that_nobody_would_see_is_refused(inputs: dict[str, Any], code: str) -> None:
    outcome = do("task", {"notebook": Pages(), "people": PEOPLE}, inputs)
    assert isinstance(outcome, Rejected)
    assert outcome.code == code
    assert code != "UNKNOWN_PERSON" or outcome.mend == "Known: practice manager, reception."


def test_nothing_is_done_too_late() -> None:
    needs = DoorNeeds({}, NoVault(), NoWire(), lambda: NOW, {})
    request = CONNECTOR.calls["compare"].request((Element("", {}),))
    with pytest.raises(NotSent):
        open_door(needs).send(request, lambda: False, 30.0)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[{}]", b"no"])
def test_an_unreadable_answer_is_unknown(body: bytes) -> None:
    elements: Sequence[Element] = (Element("", {}),)
    (outcome,) = CONNECTOR.calls["compare"].outcomes(elements, Response(200, {}, body))
    assert isinstance(outcome, Unknown)
