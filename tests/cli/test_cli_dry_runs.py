"""`daybook test` and `daybook try`: what they print, and that trying sends nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from beside_sandboxes import daybook

from engine.compose.reading import looking_at
from engine.compose.sandboxes import Sandboxes
from engine.core.values import loads
from engine.library.files import packaged_rulesets

SAMPLES = packaged_rulesets() / "financial_sync" / "samples"


def calls_of(sandboxes: Sandboxes) -> dict[str, int]:
    """How many requests the Xero sandbox has had, by method and path."""
    counts: dict[str, int] = sandboxes.ask("xero", "/_sandbox/calls")["by"]
    return counts


def sandboxes_had(now: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """What was added between two counts."""
    return {name: count - before.get(name, 0) for name, count in now.items() if count != before.get(name, 0)}


def an_event(folder: Path, day: str, **changes: Any) -> Path:
    """A sample of a paid invoice of the practice's month."""
    event = json.loads((SAMPLES / "invoice_paid.json").read_text())
    invoice = event["data"]["invoice"]
    invoice |= {"id": "777001", "number": "777001", "date": day, "due": day, **changes}
    invoice["payments"][0] |= {"date": day, "at": f"{day}T01:15:00+00:00", "invoice": "777001", "id": "777901"}
    file = folder / "event.json"
    file.write_text(json.dumps(event))
    return file


def test_the_tests_of_all_rules_pass_in_a_new_workspace(empty: Path) -> None:
    done = daybook("test", "--workspace", str(empty))

    assert done.code == 0, done.out
    assert "passed  financial_sync/sales: an open invoice is created once" in done.out
    assert done.out.strip().endswith(", 0 failed")


def test_a_failing_test_names_step_and_difference_and_the_code_says_so(empty: Path) -> None:
    own = empty / "rules" / "own"
    own.mkdir()
    shutil.copytree(SAMPLES, own / "samples")
    (own / "late.yaml").write_text(
        "rule: Late\nwhen: halaxy.invoice.paid\nsteps:\n  - tell:\n      do: notifications.send\n      with:\n"
        "        to: bookkeeper\n        message: Paid {{ invoice.number }}\ntests:\n  - name: says it\n"
        "    event: samples/invoice_paid.json\n    expect:\n      - do: notifications.send\n        times: 1\n"
        "        with: {message: Paid 1002}\n"
    )
    done = daybook("test", "own/late", "--workspace", str(empty))
    as_data = daybook("test", "own", "--json", "--workspace", str(empty))

    assert done.code == as_data.code == 1
    assert "FAILED  own/late: says it (rules/own/late.yaml:10)" in done.out
    assert 'The step "tell" did it with others:' in done.out
    assert 'message: expected "Paid 1002", got "Paid 1001"' in done.out
    assert done.out.strip().endswith("0 passed, 1 failed")
    found = json.loads(as_data.out)
    assert (found["passed"], found["failed"], found["tests"][0]["line"]) == (0, 1, 10)


@pytest.mark.parametrize("command", [("test", "financial_sync/sale"), ("try", "financial_sync/sale", "--invoice", "1")])
def test_an_unknown_rule_is_told_with_the_nearest(empty: Path, command: tuple[str, ...]) -> None:
    done = daybook(*command, "--workspace", str(empty))

    assert done.code == 3
    assert 'Did you mean "financial_sync/sales"?' in done.err


def test_trying_shows_every_call_masked_and_sends_none(
    practice: Path, sandboxes: Sandboxes, month: str, tmp_path: Path
) -> None:
    before = calls_of(sandboxes)
    file = an_event(tmp_path, f"{month[:8]}15")
    done = daybook("try", "financial_sync/paid_invoice", "--event", str(file), "--workspace", str(practice))

    assert done.code == 0, done.err
    assert calls_of(sandboxes) == before
    for words in (
        "make Xero agree: xero.create_contact HX-P-501",
        "make Xero agree: xero.create_invoice HX-777001",
        "make Xero agree: xero.create_payment HX-PT-777901 EFTPOS",
        "amount 110.00",
        "tell the practice manager: notifications.send",
        "Nothing was sent. Reads made: 0; writes shown only: 5.",
    ):
        assert words in done.out
    assert "Robin" not in done.out
    assert "sample.example" not in done.out


def test_an_invoice_that_is_in_xero_needs_nothing(practice: Path) -> None:
    with looking_at(practice, os.environ) as (_, store):
        links = [row["source"] for row in store.rows("links_of_kind", connection="xero", kind="invoice")]
        row = store.rows("record", connection="halaxy", kind="sale", id=links[0].rpartition(" ")[2])[0]
    number = f"HX-{row['id']}"
    done = daybook("try", "financial_sync/sales", "--invoice", number, "--json", "--workspace", str(practice))
    found = json.loads(done.out)

    assert done.code == 0, done.err
    assert (found["sent"], found["writes"]) == (0, 0)
    assert found["story"][1]["payload"]["number"] == number


def test_an_edit_of_a_posted_invoice_is_read_and_shown(practice: Path, sandboxes: Sandboxes, tmp_path: Path) -> None:
    with looking_at(practice, os.environ) as (_, store):
        rows = store.rows("links_of_kind", connection="xero", kind="invoice")
        records = [store.rows("record", connection="halaxy", kind="sale", id=row["source"].rpartition(" ")[2])[0]
                   for row in rows]  # fmt: skip
    sale = next(sale for sale in (loads(row["body"]) for row in records) if sale["lines"])
    sale["lines"][0]["description"] = "Another text"
    sale["version"] = 99
    file = tmp_path / "edit.json"
    file.write_text(json.dumps({"type": "halaxy.invoice.changed", "data": {"invoice": sale}}, default=str))
    before = calls_of(sandboxes)
    done = daybook("try", "financial_sync/sales", "--event", str(file), "--workspace", str(practice))

    assert "xero.find_invoice" in done.out
    assert "xero.update_invoice" in done.out
    assert "Nothing was sent. Reads made: 1; writes shown only: 1." in done.out
    assert sandboxes_had(calls_of(sandboxes), before) == {"GET /Invoices": 1}


@pytest.mark.parametrize(
    "words, says",
    [
        ((), "Give --event FILE or --invoice ID."),
        (("--invoice", "nobody"), 'Nothing is known of the invoice "nobody".'),
    ],
)
def test_what_cannot_be_tried_is_said(practice: Path, words: tuple[str, ...], says: str) -> None:
    done = daybook("try", "financial_sync/sales", *words, "--workspace", str(practice))

    assert done.code == 3
    assert says in done.err


WAITING = """rule: Waits
when: halaxy.invoice.changed
keep fresh: invoice
steps:
  - a week:
      wait: 7 days
  - first:
      do: books.task
      with:
        for: bookkeeper
        title: Owing {{ invoice.totals.balance | money }}
  - the money:
      wait for: halaxy.payment.recorded where new.payment.invoice == invoice.id
      at most: 3 days
      on timeout: continue
      save as: paid
  - thanks:
      if: paid is given
      do: books.task
      with:
        for: bookkeeper
        title: Paid {{ invoice.number }}
  - chase:
      if: paid is missing
      do: books.task
      with:
        for: bookkeeper
        title: Chase {{ invoice.number }}
"""


def beside(practice: Path, folder: Path, change: str = "", to: str = "") -> Path:
    """A copy of the practice with a rule that waits, and with one text of its own file changed."""
    copy = folder / "copy"
    shutil.copytree(practice, copy)
    (copy / "rules" / "own").mkdir(parents=True, exist_ok=True)
    (copy / "rules" / "own" / "waits.yaml").write_text(WAITING)
    file = copy / "daybook.yaml"
    file.write_text(re.sub(change, to, file.read_text()) if change else file.read_text())
    return copy


def an_invoice_of(folder: Path) -> str:
    with looking_at(folder, os.environ) as (_, store):
        return str(store.rows("records", connection="halaxy", kind="sale")[0]["id"])


def test_trying_reads_the_invoice_again_and_goes_on_past_every_wait(practice: Path, tmp_path: Path) -> None:
    folder = beside(practice, tmp_path)
    done = daybook("try", "own/waits", "--invoice", an_invoice_of(folder), "--json", "--workspace", str(folder))
    assert done.code == 0, done.err
    found = json.loads(done.out)
    told = [(line["kind"], line["step"], line["text"]) for line in found["story"]]
    way = next(number for number, line in enumerate(told) if line[0] == "way")

    assert found["notice"] == ""
    assert told[1][2].startswith("would wait until ")
    waits_for = next(text for _, step, text in told if step == "the money")
    assert waits_for.startswith("would wait for halaxy.payment.recorded until ")
    assert told[way][2] == "If halaxy.payment.recorded came while it waits:"
    assert {step for _, step, text in told[:way] if "books.task" in text} == {"first", "chase"}
    assert {step for _, step, text in told[way:] if "books.task" in text} == {"thanks"}
    titles = [line["payload"]["title"] for line in found["story"] if line.get("action") == "books.task"]
    assert len(titles) == 3


def test_where_the_practice_cannot_be_read_the_stored_invoice_is_used_and_that_is_said(
    practice: Path, tmp_path: Path
) -> None:
    folder = beside(practice, tmp_path, r"(halaxy:\n(?: +.*\n)*? +address: ).*", r"\1http://127.0.0.1:9/main")
    done = daybook("try", "financial_sync/sales", "--invoice", an_invoice_of(folder), "--workspace", str(folder))

    assert done.code == 0, done.err
    assert "This is the invoice as it was stored on " in done.out
    assert "does not give it now" in done.out
