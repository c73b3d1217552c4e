"""The checker of cases can fail: each kind of wrong expectation is found, and told in words that name the place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import logs
from engine.cli.main import run
from engine.compose.cases.form import Row, read_case
from engine.compose.cases.judge import Seen, judge
from engine.compose.cases.matching import Handles
from engine.compose.cases.play import Marks, Result, seen_since
from engine.compose.cases.show import lines_of
from engine.compose.cases.states import ending
from engine.compose.cases.world import World
from engine.errors import Problems

FOLDER = Path(__file__).parent / "cases"
PAID = """\
case: AC-X
given:
  now: "2026-03-09T18:00+11:00"
  xero_before: {no_contact_for: [HX-P-501]}
  halaxy:
    invoices:
      - head: {id: 1021, type: invoice, status: active, date: "2026-03-09", payer: {kind: patient, id: 501, name: Ava Nguyen}, location: CL-1}
        lines:
          - {id: 1, description: Initial physio consult, category: Consultation, tax: 0.00, gross: 120.00}
      - head: {id: 1022, type: invoice, status: active, date: "2026-03-09", payer: {kind: patient, id: 502, name: Ben Okafor}, location: CL-1}
        lines:
          - {id: 1, description: Ergonomic assessment, category: Report, tax: 1.00, gross: 110.00}
    payments:
      - {id: 9003, created: "2026-03-09T10:15:00+11:00", method: EFTPOS, kind: payment, amount: 120.00, invoice: 1021}
expect:
  xero:
    - {put: Contact, ContactNumber: HX-P-501, Name: "Ava Nguyen (HX-P-501)"}
    - put: Invoice
      set: {Type: ACCREC, InvoiceNumber: HX-1021, Contact: HX-P-501, Date: "2026-03-09", DueDate: "2026-03-16", Reference: pt 501, Status: AUTHORISED}
      LineItems:
        - {Description: physio, Quantity: 1, LineAmount: 120.00, AccountCode: "200", TaxType: EXEMPTOUTPUT, TaxAmount: 0.00}
      totals: {SubTotal: 120.00, TotalTax: 0.00, Total: 120.00}
    - {put: Payment, key: HX-PT-9003, Invoice: HX-1021, Account: "612", Date: "2026-03-09", Amount: 120.00}
    - {hold: TAX_MISMATCH, about: invoice 1022}
    - {no_write: invoice 1022, linked: false}
  writes: 3
  ledger:
    - ["2026-03-09", "610", 120.00, 0.00]
    - ["2026-03-09", "200", 0.00, 120.00]
    - ["2026-03-09", "612", 120.00, 0.00]
    - ["2026-03-09", "610", 0.00, 120.00]
  after:
    HX-1021: {Status: PAID, Total: 120.00, AmountPaid: 120.00, AmountDue: 0.00}
  balances: {"610": 0.00}
  documents_in_xero: {invoices: 1, payments: 1}
balances_at_end: {"200": -120.00, "612": 120.00}
"""
PAYMENT = (
    '    - {put: Payment, key: HX-PT-9003, Invoice: HX-1021, Account: "612", Date: "2026-03-09", Amount: 120.00}\n'
)
CONTACT = '    - {put: Contact, ContactNumber: HX-P-501, Name: "Ava Nguyen (HX-P-501)"}\n'


@pytest.fixture(autouse=True, scope="module")
def _quiet_logs():
    logs.set_up("console", "error")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The case above, played once: what it left behind, and the world that it was played in."""
    case = read_case("x.yaml", PAID)
    with World(tmp_path_factory.mktemp("case"), case) as world:
        world.begin(case.stages[0].given)
        marks = Marks.of(world)
        world.play(case.stages[0].given)
        yield world, seen_since(world, marks, case.stages[0])


def _findings(played: tuple[World, Seen], text: str) -> list[str]:
    world, seen = played
    case = read_case("x.yaml", text)
    verdict = judge(case.stages[0], seen, Handles(), {"9003": "1021"}, world.books)
    return [*verdict.findings, *ending(case.balances_at_end or {}, world.books)]


def test_the_right_expectation_passes(played):
    assert _findings(played, PAID) == []


@pytest.mark.parametrize(
    "right,wrong,found",
    [
        ("Amount: 120.00}", "Amount: 120.01}", "put Payment HX-PT-9003: Amount: expected 120.01, was 120"),
        ('Account: "612"', 'Account: "611"', "put Payment HX-PT-9003: Account: expected 611, was 612"),
        ('DueDate: "2026-03-16"', 'DueDate: "2026-03-17"', "DueDate: expected 2026-03-17, was 2026-03-16"),
        ("Status: AUTHORISED}", "Status: DRAFT}", "Status: expected DRAFT, was AUTHORISED"),
        ("Contact: HX-P-501,", "Contact: HX-P-502,", "Contact: expected HX-P-502, was HX-P-501"),
        (
            "Invoice: HX-1021, Acc",
            "Invoice: HX-1022, Acc",
            "put Payment HX-PT-9003: Invoice: expected HX-1022, was HX-1021",
        ),
        ("Reference: pt 501", "Reference: pt 502", "Reference: expected pt 502, was HX pt 501"),
        ("TaxType: EXEMPTOUTPUT", "TaxType: OUTPUT", "line 1 TaxType: expected OUTPUT, was EXEMPTOUTPUT"),
        ('AccountCode: "200"', 'AccountCode: "201"', "line 1 AccountCode: expected 201, was 200"),
        ("Description: physio", "Description: massage", "line 1 Description: expected massage"),
        ("TaxAmount: 0.00}", "TaxAmount: 0.01}", "line 1 TaxAmount: expected 0.01, was 0"),
        ("TaxAmount: 0.00}", "TaxAmount: 0.00, Tracking: [{Name: A, Option: B}]}", "Tracking: expected A B, was none"),
        ("TaxAmount: 0.00}\n", "TaxAmount: 0.00}\n        - {Description: b}\n", "lines: expected 2, was 1"),
        ("totals: {SubTotal: 120.00", "totals: {SubTotal: 100.00", "SubTotal: expected 100.00, was 120"),
        ("put: Payment, key", "post: Payment, key", "expected post Payment, was put Payment"),
        (PAYMENT, "", "not expected: put Payment"),
        (PAYMENT, PAYMENT.replace("9003", "900"), "put Payment HX-PT-900: it does not carry HX-PT-900"),
        (PAYMENT, PAYMENT + PAYMENT.replace("9003", "9004"), "missing: put Payment HX-PT-9004"),
        ("writes: 3", "writes: 2", "writes: expected 2, was 3"),
        ('"612", 120.00, 0.00]', '"611", 120.00, 0.00]', "ledger: missing 2026-03-09 611 debit 120.00 credit 0.00"),
        (
            '"612", 120.00, 0.00]',
            '"611", 120.00, 0.00]',
            "ledger: not expected 2026-03-09 612 debit 120.00 credit 0.00",
        ),
        ('["2026-03-09", "200"', '["2026-03-10", "200"', "ledger: missing 2026-03-10 200 debit 0.00 credit 120.00"),
        ("AmountDue: 0.00}", "AmountDue: 1.00}", "after: HX-1021 AmountDue: expected 1.00, was 0"),
        ("{Status: PAID", "{Status: AUTHORISED", "after: HX-1021 Status: expected AUTHORISED, was PAID"),
        ("    HX-1021: {", "    HX-1099: {", "after: there is no document HX-1099"),
        ('balances: {"610": 0.00}', 'balances: {"610": 5.00}', "the balance of 610: expected 5.00, was 0.00"),
        (
            '{"200": -120.00, "612": 120.00}',
            '{"200": -120.00}',
            "at the end, the balance of 612: expected 0.00, was 120",
        ),
        ("invoices: 1", "invoices: 2", "invoices in Xero: expected 2, was 1"),
        ("hold: TAX_MISMATCH", "hold: TOTAL_MISMATCH", "missing: hold TOTAL_MISMATCH about invoice 1022"),
        ("hold: TAX_MISMATCH", "hold: TOTAL_MISMATCH", "not expected: hold TAX_MISMATCH about invoice 1022"),
        ("about: invoice 1022}", "about: invoice 102}", "missing: hold TAX_MISMATCH about invoice 102"),
        ("about: invoice 1022}", "about: invoice 1022, options: [burn it]}", "does not offer: burn it"),
        ("about: invoice 1022}", "about: invoice 1022, detail: {tax: 77.77}}", "does not tell tax 77.77"),
        ("linked: false", "linked: true", "invoice 1022 is not linked"),
        ("no_write: invoice 1022, linked: false", "no_write: payment 9003", "not expected about payment 9003"),
        (
            "no_write: invoice 1022, linked: false",
            "event: payment.failed, about: [invoice 1021]",
            "missing: event payment.failed",
        ),
        (
            "no_write: invoice 1022, linked: false",
            "by_person: approve, document: HX-1021",
            "nobody did: approve HX-1021",
        ),
    ],
)
def test_a_wrong_expectation_is_found(played, right, wrong, found):
    assert PAID.count(right) >= 1
    assert any(found in finding for finding in _findings(played, PAID.replace(right, wrong, 1)))


@pytest.mark.parametrize("later", [CONTACT, PAYMENT])
def test_a_wrong_order_within_an_invoice_is_found(played, later):
    without = PAID.replace(later, "")
    swapped = {
        CONTACT: without.replace(PAYMENT, CONTACT + PAYMENT),
        PAYMENT: without.replace("    - put: Invoice", f"{PAYMENT}    - put: Invoice"),
    }[later]
    assert [one.partition(":")[0] for one in _findings(played, swapped)] == ["order"]


def test_a_row_that_arose_twice_is_not_taken_for_one(played):
    world, seen = played
    twice = Seen(seen.writes, (*seen.ledger, seen.ledger[0]), seen.holds, seen.held_before, seen.linked, (), ())
    verdict = judge(read_case("x.yaml", PAID).stages[0], twice, Handles(), {}, world.books)
    assert [one.partition(" 2026")[0] for one in verdict.findings] == ["ledger: not expected"]


def test_a_failed_run_fails_the_case(played):
    world, seen = played
    failed = Seen(
        seen.writes, seen.ledger, seen.holds, seen.held_before, seen.linked, (), ("financial_sync/sales bug",)
    )
    verdict = judge(read_case("x.yaml", PAID).stages[0], failed, Handles(), {}, world.books)
    assert verdict.findings == ("a run failed: financial_sync/sales bug",)


def test_the_report_shows_documents_and_ledger_side_by_side(played):
    world, seen = played
    case = read_case(
        "x.yaml", PAID.replace('Account: "612"', 'Account: "611"').replace('"612", 120.00, 0', '"611", 120.00, 0')
    )
    verdict = judge(case.stages[0], seen, Handles(), {}, world.books)
    lines = list(lines_of(Result(case, (verdict,))))
    assert any(
        "Account 611" in line.split("|")[0] and "Account 612" in line.split("|")[1] for line in lines if "|" in line
    )
    rows = [line.split("|") for line in lines if line.startswith("  !") and "2026-03-09  6" in line]
    assert [(left.split()[2], right.split()[1]) for left, right in rows] == [("611", "612")]


# --- the form ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "right,wrong,line,message",
    [
        ("writes: 3", "write: 3", 26, 'Did you mean "writes"?'),
        ("put: Payment", "putt: Payment", 23, 'Did you mean "put"?'),
        ("put: Payment", "put: Paymant", 23, 'Did you mean "Payment"?'),
        ("Account: ", "Acount: ", 23, 'Did you mean "Account"?'),
        ("gross: 120.00", "gros: 120.00", 9, 'Did you mean "gross"?'),
        ("gross: 120.00", "gross: a lot", 9, "which is no number"),
        ('date: "2026-03-09"', 'date: "9 March"', 7, "which is no date"),
        ('now: "2026-03-09T18:00+11:00"', 'now: "2026-03-09T18:00"', 3, "which is no date-time"),
        ("kind: payment", "kind: paiment", 14, 'Did you mean "payment"?'),
        ("expect:", "expected:", 15, 'Did you mean "expect"?'),
        ("no_contact_for: [HX-P-501]", "no_contact_for: HX-P-501", 4, "needs a list"),
        ('["2026-03-09", "612", 120.00, 0.00]', '["2026-03-09", "612", 120.00]', 30, "has 4 values a row"),
        ("hold: TAX_MISMATCH", "hold: TAX_MISSMATCH", 24, 'Did you mean "TAX_MISMATCH"?'),
        ("  writes: 3\n", "", 16, 'needs "writes"'),
    ],
)
def test_a_fault_of_the_form_is_told_with_its_line_and_the_right_word(right, wrong, line, message):
    with pytest.raises(Problems) as caught:
        read_case("case.yaml", PAID.replace(right, wrong, 1))
    assert [problem.line for problem in caught.value.problems if message in str(problem)] == [line]
    assert str(caught.value).startswith("case.yaml:")


def test_an_unknown_change_is_told_with_the_right_word():
    text = PAID + "reverse:\n  given:\n    halaxy:\n      - {do: void_lin, invoice: 1021, line: 1}\n"
    text += "  xero: []\n  writes: 0\n  ledger: []\n"
    with pytest.raises(Problems, match=r'"do" cannot be "void_lin".*Did you mean "void_line"') as caught:
        read_case("case.yaml", text)
    assert [problem.line for problem in caught.value.problems] == [40]


def test_amounts_keep_their_text():
    row = read_case("x.yaml", PAID).stages[0].ledger[0]
    assert isinstance(row, Row)
    assert (str(row.debit), str(row.credit)) == ("120.00", "0.00")


# --- the command ---------------------------------------------------------------------------------------


def test_the_command_counts_and_its_exit_code_tells(tmp_path, capsys):
    (tmp_path / "good.yaml").write_text(PAID, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(
        PAID.replace("case: AC-X", "case: AC-Y").replace("writes: 3", "writes: 9"), encoding="utf-8"
    )
    assert run(["cases", str(tmp_path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("passed  AC-X")
    assert out[1].startswith("FAILED  AC-Y")
    assert out[-1] == "1 passed, 1 failed"


def test_the_command_plays_one_of_many_and_speaks_json(tmp_path, capsys):
    for name in ("AC-X", "AC-Y"):
        (tmp_path / f"{name}.yaml").write_text(PAID.replace("AC-X", name), encoding="utf-8")
    assert run(["cases", str(tmp_path), "--only", "AC-Y", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["passed"], told["failed"], [case["case"] for case in told["cases"]]) == (1, 0, ["AC-Y"])


def test_a_change_that_halaxy_refuses_ends_the_case_with_its_reason(tmp_path, capsys):
    text = PAID.replace("halaxy:\n", "halaxy:\n      - {do: delete_invoice, invoice: 7}\n", 1)
    text = text[: text.index("    invoices:")] + text[text.index("expect:") :]
    (tmp_path / "AC-X.yaml").write_text(text, encoding="utf-8")
    assert run(["cases", str(tmp_path)]) == 1
    assert "there is no invoice 7" in capsys.readouterr().out


def test_a_stage_on_a_day_that_is_past_is_refused(tmp_path, capsys):
    earlier = 'reverse:\n  given: {now: "2026-03-08T18:00+11:00"}\n  xero: []\n  writes: 0\n  ledger: []\n'
    (tmp_path / "AC-X.yaml").write_text(PAID + earlier, encoding="utf-8")
    assert run(["cases", str(tmp_path)]) == 1
    assert "2026-03-08 18:00:00+11:00 is past" in capsys.readouterr().out


def test_a_crash_that_never_came_is_told(tmp_path, capsys):
    text = PAID.replace("given:\n", "given:\n  crash: {after_write: 9}\n", 1)
    (tmp_path / "AC-X.yaml").write_text(text, encoding="utf-8")
    assert run(["cases", str(tmp_path)]) == 1
    assert "the process did not die" in capsys.readouterr().out
