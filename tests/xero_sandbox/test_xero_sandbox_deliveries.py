"""Webhook deliveries of the sandbox go wrong as the real ones do, and always in the same way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xero_by_hand import Client

from connectors.xero.sandbox.deliveries import signature
from connectors.xero.sandbox.switches import Switches

KEY = "key"


def told(xero: Client, invoices: int = 40) -> list[dict]:
    xero.lever("POST", "webhook", {"url": "https://books.practice.example/hook", "key": KEY})
    xero.lever("POST", "deliveries")
    contact = xero.contact()
    for number in range(invoices):
        xero.wait(1)
        xero.invoice(contact, f"HX-{number}")
    xero.wait(60)
    return xero.lever("POST", "deliveries")


def numbers(rows: list[dict]) -> list[int]:
    return [row["number"] for row in rows]


def test_every_change_is_told_once_and_in_order(make: Callable[..., Client]) -> None:
    rows = told(make())
    assert sorted(numbers(rows)) == numbers(rows)
    assert len(set(numbers(rows))) == 41
    for row in rows:
        assert row["headers"]["x-xero-signature"] == signature(KEY, row["body"].encode())


@pytest.mark.parametrize(
    "switches, holds",
    [
        ({"webhook_drop_rate": 0.5}, lambda rows: 5 < len(rows) < 36),
        ({"webhook_drop_rate": 1.0}, lambda rows: not rows),
        ({"webhook_duplicate_rate": 0.5}, lambda rows: 46 < len(rows) and len(set(numbers(rows))) == 41),
        ({"webhook_bad_signature_rate": 0.5}, lambda rows: 5 < sum(not row["well_signed"] for row in rows) < 36),
        ({"webhook_out_of_order": True}, lambda rows: sorted(numbers(rows)) != numbers(rows)),
        ({"webhook_delay_seconds": 10_000}, lambda rows: not rows),
    ],
)
def test_switches_make_them_go_wrong_the_same_way_each_time(
    make: Callable[..., Client], switches: dict[str, float], holds: Callable[[list[dict]], bool]
) -> None:
    first, second = (told(make(switches=Switches(**switches))) for _ in range(2))
    assert holds(first)
    assert first == second


def test_a_wrong_signature_is_what_its_mark_says(make: Callable[..., Client]) -> None:
    for row in told(make(switches=Switches(webhook_bad_signature_rate=0.5))):
        right = row["headers"]["x-xero-signature"] == signature(KEY, row["body"].encode())
        assert right == row["well_signed"]


def test_reads_are_told_of_by_nothing(xero: Client) -> None:
    told(xero, 1)
    xero.get("/Invoices")
    xero.get("/Organisation")
    assert xero.lever("POST", "deliveries") == []
