"""A sale whose location was corrected leaves one organisation whole and enters the other (R3, AC-18)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sales import INPUTS, line, patient, receipt, sale
from sandbox_office import Office

from engine.sdk.contract import Finished, Hold

NOW = "2026-03-05T18:00+11:00"
LATER = "2026-03-05T20:00+11:00"
ROLES = {"dishonoured payments": "812", "processing fees": "404", "patient deposits": "835"}
HERE = {**INPUTS, "special accounts": ROLES}
AWAY = {**HERE, "here": False}

CONSULT = [line(1, "Podiatry consult", "Consultation", "89.00")]
MONEY = {
    "unpaid": (),
    "paid": (receipt(9001, "2026-03-05T10:00:00+11:00", "EFTPOS", "89.00"),),
    "paid too much": (receipt(9001, "2026-03-05T10:00:00+11:00", "EFTPOS", "100.00"),),
    "with a discount": (receipt(9001, "2026-03-05T10:00:00+11:00", "Discount", "9.00"),),
}


def made(payments):
    return sale(1019, "2026-03-05", patient(508, "Hugo Sample"), CONSULT, payments)


def offices():
    for inputs in (HERE, HERE):
        office = Office(inputs)
        office.contact("halaxy patient 508", "HX-P-508")
        yield office


@pytest.mark.parametrize("name", MONEY)
def test_the_old_organisation_is_left_as_it_was_and_the_new_one_holds_all(name):
    old, new = offices()
    before = made(MONEY[name])
    assert isinstance(old.post(before, NOW), Finished)
    books = old.xero.balances()
    moved = replace(before, version=2)
    old.inputs = AWAY
    assert isinstance(old.post(moved, LATER), Finished)
    assert old.xero.balances() == {}
    assert isinstance(new.post(moved, LATER), Finished)
    assert new.xero.balances() == books


def test_an_organisation_that_never_had_it_writes_nothing():
    old, _ = offices()
    old.inputs = AWAY
    assert isinstance(old.post(made(MONEY["paid"]), NOW), Finished)
    assert old.xero.writes == []


def test_a_sale_that_comes_back_gets_a_new_number():
    old, _ = offices()
    old.post(made(()), NOW)
    old.inputs = AWAY
    old.post(replace(made(()), version=2), LATER)
    old.inputs = HERE
    result = old.post(replace(made(()), version=3), LATER).result
    assert result["number"] == "HX-1019-R1"


def test_what_cannot_be_voided_holds():
    old, _ = offices()
    old.post(made(MONEY["paid"]), NOW)
    payment = next(link for link in old.links.values() if link.kind == "payment")
    old.xero.lever("POST", "/_sandbox/people", {"do": "reconcile", "payment": payment.id})
    old.inputs = AWAY
    said = old.post(replace(made(MONEY["paid"]), version=2), LATER)
    assert isinstance(said, Hold)
    assert said.code == "DELETE_BLOCKED"
