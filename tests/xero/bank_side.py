"""Deposits, payouts and expenses of the test practice, and an office that posts them in the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sales import INPUTS, SYDNEY
from sandbox_office import Office

from connectors.xero.connector import CONNECTOR
from engine.sdk.contract import Done, Element, Finished
from engine.sdk.records import Deposit, Expense, Payout, Receipt

SPECIAL = {"bank": "090", "patient deposits": "835", "processing fees": "404", "dishonoured payments": "812"}
MAPS = {
    **INPUTS,
    "special accounts": SPECIAL,
    "refund accounts": {"Braintree": "091"},
    "payout accounts": {"Halaxy Payments": "615", "Medicare": "614"},
    "expense accounts": {
        "Office supplies": "453",
        "Rent": "469",
        "Halaxy credits": "485",
        "Wages": "325",
        "Interest": "404",
        "Processing fees": "404",
    },
    "expense taxes": {"Wages": "none", "Interest": "interest"},
    "expense methods": {"Credit Card": "091", "Bank": "090", "Cash": "611"},
}


def office(organisation=None, **policy):
    """A new office; settings of the policy are given by name."""
    return Office({**MAPS, "policy": {**MAPS["policy"], **policy}}, **(organisation or {}))


def post(office, record, now, posting):
    """The decision, after a second run has shown that a repeat writes nothing."""
    office.xero.writes.clear()
    decision = office.post(record, now, posting)
    writes = list(office.xero.writes)
    again = office.post(record, now, posting)
    assert type(again) is type(decision)
    if isinstance(decision, Finished):
        assert office.xero.writes == writes, "a repeat writes nothing"
    return decision


def balances(office):
    return {code: Decimal(str(value)) for code, value in office.xero.balances().items()}


def money(**sums):
    """Balances by account, written as `_612="100.00"`."""
    return {code.removeprefix("_"): Decimal(value) for code, value in sums.items()}


def call(office, action, payload, marker=""):
    """One call of the connector, as a person or another program would do it."""
    made = CONNECTOR.calls[action]
    elements = [Element(marker, payload)]
    answer = made.outcomes(elements, office.xero.handle(made.request(elements)))[0]
    assert isinstance(answer, Done), answer
    office.xero.writes.clear()
    return answer.result


def deposit(id, created, method, amount, payer, **more):
    at = datetime.fromisoformat(created)
    more.setdefault("version", 1)
    fields = {"deleted": False, "currency": "AUD", "location": "CL-1", **more}
    return Deposit(
        id=str(id),
        payer=payer,
        at=at,
        date=at.astimezone(SYDNEY).date(),
        method=method,
        amount=Decimal(amount),
        **fields,
    )


def given_back(id, created, method, amount, kind="refund"):
    at = datetime.fromisoformat(created)
    return Receipt(str(id), kind, at, at.astimezone(SYDNEY).date(), method, Decimal(amount))


def payout(id, method, on, net, text="", covers=(), **more):
    more.setdefault("version", 1)
    return Payout(
        id=id,
        deleted=more.pop("deleted", False),
        method=method,
        bank_date=date.fromisoformat(on),
        net=Decimal(net),
        text=text or id,
        covers=tuple(covers),
        location="CL-1",
        **more,
    )


def expense(id, on, gross, tax, category="Office supplies", supplier="Officeworks", **more):
    for name in ("due", "paid"):
        if isinstance(more.get(name), str):
            more[name] = date.fromisoformat(more[name])
    fields = {"version": 1, "deleted": False, "kind": "expense", "currency": "AUD", "description": "", **more}
    return Expense(
        id=str(id),
        date=date.fromisoformat(on),
        supplier=supplier,
        category=category,
        gross=Decimal(gross),
        tax=Decimal(tax),
        **fields,
    )


def newer(record, **changes):
    """The next snapshot of a record."""
    return replace(record, version=record.version + 1, **changes)
