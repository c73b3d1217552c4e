"""Webhooks only make it sooner: with polls alone, with lossy webhooks, and with both, a month ends in the same books."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sim import MONTH, Sim

from engine.compose.agreement import compare_now
from engine.compose.webhooks import entries, keep_key
from engine.core.times import local_day
from engine.runtime.hooks import Delivery, Receiver

Json = Any
DAYS = 10  # every third day of a month
INVOICES = 14
SEED = 6
KEY = "a-key-of-the-sandbox"
WEBHOOKS = "\nwebhooks:\n  address: https://books.harbour.example\n"


@dataclass(frozen=True)
class Mode:
    """How changes become known: `poll` is the interval of the watching polls, `lost` a share of all deliveries."""

    poll: str
    webhooks: bool
    lost: float = 0.0


MODES = {
    "polls alone": Mode("every 10 minutes", webhooks=False),
    "webhooks alone, a third lost": Mode("every 23 hours", webhooks=True, lost=0.3),
    "both": Mode("every 10 minutes", webhooks=True, lost=0.1),
}


class Month(Sim):
    """A practice at work for a month, with webhooks at both sides."""

    def __init__(self, folder: Path, mode: Mode) -> None:
        self.mode = mode
        self.dice = random.Random(SEED)
        self.answers: Counter[int] = Counter()
        self.soon = 0  # new invoices that stood in Xero within a quarter of an hour
        super().__init__(folder, INVOICES, SEED)
        self.run()
        if mode.webhooks:
            self._set_up()

    def live(self) -> None:
        """Every third day somebody works."""
        for day in range(DAYS):
            self._work(day)
            self._pass(60)
            self._pass(700)
            self.soon += self._stands(9000 + day)
            self.clock.pass_time(72 * 3600 - 760)
            self.run()
        self.clock.pass_time(25 * 3600)
        self.run()

    def books(self) -> Json:
        """Every document that stands, with its money, and the sums of the ledger; ids aside."""
        today = local_day(self.clock.now(), "Australia/Sydney")
        documents = [
            (one.number, one.status, one.date, one.total, sorted((p.date, p.amount, p.reference) for p in one.payments))
            for one in self.workspace.reader.documents(MONTH, today)
            if one.status != "gone"
        ]
        return sorted(documents), self.ask("xero", "ledger?balances=1")

    def _stands(self, number: int) -> bool:
        links = self.workspace.store.rows("links_of_kind", connection="xero", kind="invoice")
        return any(link["source"] == f"halaxy invoice {number}" for link in links)

    def _work(self, day: int) -> None:
        self.steer("halaxy", "next_day", {"seed": day})
        number = str(9000 + day)
        line = {"description": "Visit", "gross": 90 + day, "code": "10960"}
        today = local_day(self.clock.now(), "Australia/Sydney").isoformat()
        new = {"do": "create_invoice", "id": number, "payer": f"Patient/{number}", "date": today, "lines": [line]}
        patient = {"do": "add_patient", "id": number, "given": "Sample", "family": f"Number{day}"}
        self.steer("halaxy", "staff", [patient, new])
        if day % 3:
            self.steer("halaxy", "staff", [{"do": "record_payment", "invoice": number, "method": "EFTPOS"}])
        if day % 5 == 4:
            documents = self.workspace.reader.documents(MONTH, date.fromisoformat(today))
            standing = next(one for one in sorted(documents, key=lambda one: one.number) if one.status != "gone")
            self.steer("xero", "people", {"do": "edit", "invoice": standing.number, "set": {"DueDate": today}})

    def _pass(self, seconds: float) -> None:
        self.clock.pass_time(seconds)
        if self.mode.webhooks:
            self._deliver()
        self.run()

    def _set_up(self) -> None:
        keep_key(self.workspace, "xero", KEY)
        halaxy, xero = entries(self.workspace)
        hooks = [
            {"event": one.event.lower().replace(" ", "-"), "url": one.url, "header": halaxy.header}
            for one in halaxy.addresses
        ]
        self.steer("halaxy", "webhooks", hooks)
        self.steer("xero", "webhook", {"url": xero.addresses[0].url, "key": KEY})

    def _deliver(self) -> None:
        """What is due, some of it lost, some twice, in any order."""
        due = [one for name in ("halaxy", "xero") for one in self.steer(name, "deliveries", {})]
        arrived = [one for one in due if self.dice.random() >= self.mode.lost]
        arrived += [one for one in arrived if self.dice.random() < 0.2]
        self.dice.shuffle(arrived)
        vaults = {name: self.workspace.needs(name).vault for name in ("halaxy", "xero")}
        receiver = Receiver(self.workspace.parts, lambda connection, name: vaults[connection].get(name), lambda: None)
        for one in arrived:
            parts = urlsplit(one["url"]).path.split("/")[2:]
            address = (*parts, "", "")[:4]
            self.answers[receiver.receive(Delivery(*address, one["headers"], one["body"].encode()))] += 1

    def _make_workspace(self, without: set[str]) -> None:
        super()._make_workspace(without)
        file = self.folder / "daybook.yaml"
        text = file.read_text(encoding="utf-8").replace("    poll: every 10 minutes\n", "")
        for name in ("halaxy", "xero"):
            text = text.replace(f"\n  {name}:\n", f"\n  {name}:\n    poll: {self.mode.poll}\n")
        assert text.count(f"poll: {self.mode.poll}") == 2
        file.write_text(text + WEBHOOKS, encoding="utf-8")


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Month]:
    """The same month, once in each way."""
    made = {}
    for number, (name, mode) in enumerate(MODES.items()):
        made[name] = Month(tmp_path_factory.mktemp(f"month{number}"), mode)
        made[name].live()
    return made


def test_the_books_are_the_same_whichever_way_changes_become_known(months: dict[str, Month]) -> None:
    books = {name: month.books() for name, month in months.items()}
    assert books["webhooks alone, a third lost"] == books["polls alone"]
    assert books["both"] == books["polls alone"]
    assert len(books["both"][0]) > DAYS


def test_both_sides_agree(months: dict[str, Month]) -> None:
    for name, month in months.items():
        assert month.workspace.store.rows("holds") == [], name
        month.clock.pass_time(120)  # room for the calls of a comparison
        found = compare_now(month.workspace, MONTH, None, 0.0).comparison
        assert found is not None, name
        assert (found.items, found.difference) == ((), 0), name


def test_what_came_was_taken_in(months: dict[str, Month]) -> None:
    lossy = months["webhooks alone, a third lost"].answers
    assert set(lossy) == {200, 202, 401}, "401 is the answer to Xero's own wrong signatures"
    assert lossy[202] > DAYS
    assert lossy[401] <= 4


def test_webhooks_make_it_sooner(months: dict[str, Month]) -> None:
    assert months["polls alone"].soon == DAYS
    assert months["both"].soon == DAYS
    assert DAYS / 2 < months["webhooks alone, a third lost"].soon <= DAYS


def test_nothing_waits_that_a_webhook_asked_for(months: dict[str, Month]) -> None:
    for month in months.values():
        rows = month.workspace.store.rows("wakes", connection="halaxy", now="9", limit=9)
        assert rows == []
