"""reconcile, its repairs and the audit log: over a month in the sandboxes that people changed on both sides."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beside_sandboxes import ANSWERS, Done, connected, daybook, lead_to

from engine.clock import SystemClock
from engine.compose.sandboxes import Sandboxes
from engine.compose.workspace import Workspace
from engine.core.times import local_day
from engine.library.files import packaged_examples
from engine.sdk.capabilities import LedgerBooks, LedgerDocument
from engine.sdk.contract import write_json

Json = Any


class Practice:
    """A practice of its own, whose month is in Xero."""

    def __init__(self, folder: Path, sandboxes: Sandboxes, first: str) -> None:
        self.folder, self.sandboxes, self.first = folder, sandboxes, first

    def daybook(self, *words: str) -> Done:
        return daybook(*words, "--workspace", str(self.folder))

    def report(self) -> Json:
        return json.loads(self.daybook("reconcile", "--from", self.first, "--json").out)

    def said(self) -> set[tuple[str, str]]:
        return {(item["code"], item["number"]) for item in self.report()["items"]}

    def person(self, **deed: Json) -> Json:
        return self.sandboxes.tell("xero", "/_sandbox/people", write_json(deed))

    def ledger(self) -> LedgerBooks:
        today = local_day(SystemClock().now(), "Australia/Sydney")
        with Workspace(self.folder, os.environ) as workspace:
            return workspace.reader.ledger_books(today.replace(year=today.year - 1), today)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    today = local_day(SystemClock().now(), "Australia/Sydney")
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1).isoformat()
    folder = tmp_path_factory.mktemp("agreement") / "practice"
    with Sandboxes(calls_a_minute=6000) as sandboxes:
        month = {"first": first, "invoices": 40, "seed": 11}
        sandboxes.tell("halaxy", "/_sandbox/seed", write_json({"month": month}))
        assert daybook("init", str(folder), *ANSWERS, "--start-date", first).code == 0
        shutil.copytree(packaged_examples() / "harbour" / "maps", folder / "maps", dirs_exist_ok=True)
        lead_to(folder, sandboxes)
        file = folder / "daybook.yaml"
        file.write_text(file.read_text().replace("  xero:\n", "  xero:\n    limits:\n      minute: 6000\n", 1))
        connected(folder)
        with Workspace(folder, os.environ) as workspace:
            workspace.activate("xero")
        practice = Practice(folder, sandboxes, first)
        assert practice.daybook("sync", "now").code == 0
        yield practice


@pytest.fixture(scope="module")
def changed(own: Practice) -> dict[str, LedgerDocument]:
    """What people did to documents of their own choice, by what they did."""
    assert own.said() == set()
    documents = [each for each in own.ledger().documents if each.status in ("approved", "paid")]
    unpaid = [each for each in documents if not each.payments]
    settled = [each for each in documents if len(each.payments) == 1 and each.due == 0]
    done = dict(zip(("voided", "edited"), unpaid, strict=False))
    own.person(do="void", invoice=done["voided"].number)
    line = done["edited"].lines[0]
    lines = [{"Description": "Edited", "Quantity": 1, "UnitAmount": float(line.amount) + 5, "AccountCode": line.account,
              "TaxType": line.tax_type}]  # fmt: skip
    own.person(do="edit", invoice=done["edited"].number, set={"LineItems": lines})
    names = ("unpaid", "elsewhere", "too little")
    for name, each in zip(names, settled, strict=False):
        done[name] = each
        (payment,) = each.payments
        own.person(do="unpay", payment=payment.id)
        again = {"do": "pay", "invoice": each.number, "date": payment.date.isoformat(), "reference": payment.reference}
        account = "613" if payment.account != "613" else "612"
        if name == "elsewhere":
            own.person(**again, account=account, amount=float(payment.amount))
        elif name == "too little":
            own.person(**again, account=payment.account, amount=float(payment.amount) - 0.01)
    done["doubled"] = settled[len(names)]
    twin = done["doubled"]
    own.person(
        do="create",
        set={
            "Type": "ACCREC", "Status": "AUTHORISED", "Date": twin.date.isoformat(), "DueDate": twin.date.isoformat(),
            "InvoiceNumber": "INV-0042", "LineAmountTypes": "Inclusive", "Contact": {"ContactNumber": twin.contact},
            "LineItems": [{"Description": "By hand", "Quantity": 1, "UnitAmount": float(row.amount), "AccountCode": row.account,
                           "TaxType": row.tax_type} for row in twin.lines],
        },
    )  # fmt: skip
    return done


def test_what_people_did_is_found_and_nothing_else(own: Practice, changed: dict[str, LedgerDocument]) -> None:
    report = own.report()
    assert own.said() == {
        ("invoice voided", changed["voided"].number),
        ("total", changed["edited"].number),
        ("payment missing", changed["unpaid"].number),
        ("payment account", changed["elsewhere"].number),
        ("payment amount", changed["too little"].number),
        ("suspected duplicate", "INV-0042"),
    }
    wanted = (
        changed["voided"].total + abs(changed["edited"].lines[0].amount + 5 - changed["edited"].total)
        + changed["unpaid"].payments[0].amount + changed["elsewhere"].payments[0].amount
        + changed["doubled"].total + Decimal("0.01")
    )  # fmt: skip
    assert report["difference"] == f"{wanted:.2f}"
    assert {row["number"] for row in report["changed"]} >= {changed["voided"].number, changed["edited"].number}
    assert [proof["name"] for proof in report["proofs"]] == ["sales", "cash", "debtors", "deposits", "gst"]


def test_every_form_tells_the_same(own: Practice, changed: dict[str, LedgerDocument]) -> None:
    report = own.report()
    ids = {item["id"] for item in report["items"]}
    text = own.daybook("reconcile", "--from", own.first)
    assert text.code == 1
    assert f"difference {report['difference']}" in text.out.splitlines()[0]
    assert set(re.findall(r"D-[0-9a-f]{8}", text.out)) == ids
    rows = list(csv.DictReader(io.StringIO(own.daybook("reconcile", "--from", own.first, "--csv").out)))
    assert {row["id"] for row in rows} == ids
    page = own.daybook("reconcile", "--from", own.first, "--html").out
    assert set(re.findall(r"D-[0-9a-f]{8}", page)) == ids
    assert "<script" not in page
    assert own.daybook("reconcile", "--csv", "--json").code == 3


def test_a_difference_may_stand_with_a_reason_and_is_in_the_log(
    own: Practice, changed: dict[str, LedgerDocument]
) -> None:
    before = own.report()
    item = next(each for each in before["items"] if each["code"] == "payment account")
    repair = ("reconcile", "--from", own.first, "repair", item["id"])
    assert own.daybook(*repair, "--do", "accept").code == 3
    assert own.daybook(*repair, "--do", "link", "--reason", "x").code == 3
    assert (
        own.daybook("reconcile", "--from", own.first, "repair", "D-00000000", "--do", "accept", "--reason", "x").code
        == 3
    )
    done = own.daybook(*repair, "--do", "accept", "--reason", "paid into the other till", "--by", "Robin Vale")
    assert done.code == 0, done.err
    after = own.report()
    assert item["id"] not in {each["id"] for each in after["items"]}
    assert [each["reason"] for each in after["settled"]] == ["paid into the other till"]
    (entry,) = json.loads(own.daybook("audit", "--item", item["id"], "--json").out)
    assert (entry["by"], entry["action"], entry["about"]) == ("Robin Vale", "accept", item["about"])
    assert entry["before"]["money"] == item["money"]
    assert json.loads(own.daybook("audit", "--by", "nobody", "--json").out) == []
    numbers = json.loads(own.daybook("audit", "--numbers", "--json").out)
    assert numbers[-1]["difference"] == after["difference"]


@pytest.mark.parametrize("code, what", [("payment missing", "unpaid"), ("invoice voided", "voided")])
def test_what_is_posted_again_agrees(own: Practice, changed: dict[str, LedgerDocument], code: str, what: str) -> None:
    item = next(each for each in own.report()["items"] if each["code"] == code)
    done = own.daybook("reconcile", "--from", own.first, "repair", item["id"], "--do", "post")
    assert done.code == 0, done.err
    assert own.daybook("sync", "now").code == 0
    assert item["about"] not in {each["about"] for each in own.report()["items"]}
    (entry,) = json.loads(own.daybook("audit", "--item", item["id"], "--json").out)
    assert entry["action"] == "post"
