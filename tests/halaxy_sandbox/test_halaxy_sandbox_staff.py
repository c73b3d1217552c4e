"""What each staff action does to the money of an invoice, and what Halaxy would refuse."""

from __future__ import annotations

from decimal import Decimal

import pytest

ONE, TWO, QUOTE = "410000101", "410000102", "410000103"
CONSULT, ITEM = "880000200", "880000201"


def run(practice, *steps):
    for step in steps:
        practice.wait(seconds=1)
        practice.admin("staff", step)


PAID = {"do": "record_payment", "invoice": ONE, "id": "1", "method": "EFTPOS"}
PART = {**PAID, "amount": 100}
DEPOSIT = {"do": "take_deposit", "subject": "70000001", "amount": 50, "id": "2"}

# what is done, then net, tax, gross, paid, balance and status of the first invoice (200 + 3 GST)
EFFECTS = [
    ([], "200.00 3.00 203.00 0.00 203.00 active"),
    ([PAID], "200.00 3.00 203.00 203.00 0.00 active"),
    ([PART], "200.00 3.00 203.00 100.00 103.00 active"),
    ([{**PART, "amount": 250}], "200.00 3.00 203.00 250.00 -47.00 active"),
    ([{**PART, "surcharge": "1.50"}], "200.00 3.00 203.00 100.00 103.00 active"),
    ([{"do": "fail_payment", "invoice": ONE}], "200.00 3.00 203.00 0.00 203.00 active"),
    ([PAID, {"do": "fail_payment", "payment": "1"}], "200.00 3.00 203.00 0.00 203.00 active"),
    ([{"do": "discount", "invoice": ONE, "amount": 10}], "200.00 3.00 203.00 10.00 193.00 active"),
    ([PAID, {"do": "refund", "payment": "1"}], "200.00 3.00 203.00 0.00 203.00 active"),
    ([PAID, {"do": "refund", "payment": "1", "amount": 33}], "200.00 3.00 203.00 170.00 33.00 active"),
    ([PAID, {"do": "delete_payment", "payment": "1"}], "200.00 3.00 203.00 0.00 203.00 active"),
    ([PAID, {"do": "edit_payment", "payment": "1", "amount": 20}], "200.00 3.00 203.00 20.00 183.00 active"),
    ([DEPOSIT], "200.00 3.00 203.00 0.00 203.00 active"),
    ([DEPOSIT, {"do": "use_deposit", "deposit": "2", "invoice": ONE}], "200.00 3.00 203.00 50.00 153.00 active"),
    ([PAID, {"do": "to_deposit", "payment": "1", "amount": 33}], "200.00 3.00 203.00 170.00 33.00 active"),
    ([{"do": "void_line", "line": ITEM}], "170.00 0.00 170.00 0.00 170.00 active"),
    (
        [{"do": "void_line", "line": ITEM}, {"do": "restore_line", "line": ITEM}],
        "200.00 3.00 203.00 0.00 203.00 active",
    ),
    ([{"do": "delete_line", "line": CONSULT}], "30.00 3.00 33.00 0.00 33.00 active"),
    ([{"do": "unassign_line", "line": CONSULT}], "30.00 3.00 33.00 0.00 33.00 active"),
    ([{"do": "move_line", "line": ITEM, "to": TWO}], "170.00 0.00 170.00 0.00 170.00 active"),
    ([PART, {"do": "write_off_line", "line": ITEM}], "170.00 0.00 170.00 100.00 70.00 active"),
    ([{"do": "write_off_invoice", "invoice": ONE}], "0.00 0.00 0.00 0.00 0.00 write-off"),
    (
        [{"do": "write_off_invoice", "invoice": ONE}, {"do": "undo_write_off", "invoice": ONE}],
        "200.00 3.00 203.00 0.00 203.00 active",
    ),
    ([{"do": "edit_line", "line": ITEM, "gross": "55.00"}], "220.00 5.00 225.00 0.00 225.00 active"),
    ([{"do": "edit_line", "line": ITEM, "quantity": 3}], "260.00 9.00 269.00 0.00 269.00 active"),
    ([{"do": "edit_line", "line": ITEM, "taxable": False}], "203.00 0.00 203.00 0.00 203.00 active"),
    ([{"do": "edit_line", "line": ITEM, "description": "Other"}], "200.00 3.00 203.00 0.00 203.00 active"),
    (
        [{"do": "add_line", "invoice": ONE, "line": {"description": "Band", "gross": 22, "taxable": True}}],
        "220.00 5.00 225.00 0.00 225.00 active",
    ),
    ([{"do": "issue_invoice", "invoice": ONE}, PAID], "200.00 3.00 203.00 203.00 0.00 issued"),
]


@pytest.mark.parametrize("steps, expected", EFFECTS)
def test_an_action_has_its_effect_on_the_totals(practice, steps, expected):
    run(practice, *steps)
    shape = practice.get(f"Invoice/{ONE}")
    assert " ".join((*practice.money(ONE), shape["status"])) == expected


@pytest.mark.parametrize("steps, expected", EFFECTS)
def test_an_action_moves_last_updated_of_its_invoice(practice, steps, expected):
    before = practice.now.isoformat()
    run(practice, *steps)
    moved = practice.ids("Invoice", _lastUpdated=f"gt{before}")
    assert (ONE in moved) is bool(steps and steps != [DEPOSIT])


@pytest.mark.parametrize(
    "switch, steps, expected",
    [
        (
            {"discount_counts_in_paid": False},
            [{"do": "discount", "invoice": ONE, "amount": 10}],
            "200.00 3.00 203.00 0.00 193.00",
        ),
        (
            {"write_off_lowers_totals": False},
            [{"do": "write_off_invoice", "invoice": ONE}],
            "200.00 3.00 203.00 0.00 0.00",
        ),
        (
            {"write_off_lowers_totals": False},
            [PART, {"do": "write_off_line", "line": ITEM}],
            "200.00 3.00 203.00 100.00 70.00",
        ),
    ],
)
def test_money_switches_change_the_totals(practice, switch, steps, expected):
    practice.admin("switches", switch)
    run(practice, *steps)
    assert " ".join(practice.money(ONE)) == expected


@pytest.mark.parametrize(
    "switch, prepared, step",
    [
        ("moves_on_payment", [], PAID),
        ("moves_on_payment", [], {"do": "discount", "invoice": ONE, "amount": 10}),
        ("moves_on_payment_edit", [PAID], {"do": "edit_payment", "payment": "1", "amount": 20}),
        ("moves_on_payment_delete", [PAID], {"do": "delete_payment", "payment": "1"}),
        ("moves_on_line_change", [], {"do": "edit_line", "line": ITEM, "gross": "55.00"}),
        ("moves_on_line_change", [], {"do": "delete_line", "line": ITEM}),
        ("moves_on_line_void", [], {"do": "void_line", "line": ITEM}),
        ("moves_on_write_off", [], {"do": "write_off_line", "line": ITEM}),
        ("moves_on_payer_change", [], {"do": "change_payer", "invoice": ONE, "payer": "Organization/OG-3000001"}),
        ("moves_on_payer_details", [], {"do": "edit_patient", "patient": "70000001", "family": "New"}),
    ],
)
@pytest.mark.parametrize("moves", [True, False])
def test_each_kind_of_change_moves_last_updated_only_if_switched_so(practice, switch, prepared, step, moves):
    practice.admin("switches", {switch: moves})
    run(practice, *prepared)
    before = practice.now.isoformat()
    run(practice, step)
    assert (ONE in practice.ids("Invoice", _lastUpdated=f"gt{before}")) is moves


@pytest.mark.parametrize(
    "sign, word, value", [("negative", "Refund", -33), ("positive", "Refund", 33), ("negative", "Payment", -33)]
)
def test_a_refund_has_the_sign_and_word_that_are_set(practice, sign, word, value):
    practice.admin("switches", {"refund_sign": sign, "refund_type": word})
    run(practice, PAID)
    made = practice.staff("refund", payment="1", amount=33)
    shape = practice.get(f"PaymentTransaction/{made['payment']}")
    assert (shape["type"]["text"], shape["priceComponent"][0]["amount"]["value"]) == (word, value)
    assert practice.money(ONE)[3:] == ("170.00", "33.00")


@pytest.mark.parametrize("way, words", [("type", ("Deposit", "EFTPOS")), ("method", ("Payment", "Deposit"))])
def test_a_used_deposit_says_so_by_type_or_method(practice, way, words):
    practice.admin("switches", {"applied_deposit": way})
    run(practice, DEPOSIT)
    made = practice.staff("use_deposit", deposit="2", invoice=ONE, amount=20)
    shape = practice.get(f"PaymentTransaction/{made['payment']}")
    assert (shape["type"]["text"], shape["method"]["text"]) == words
    assert shape["invoice"]["reference"].endswith(ONE)
    practice.staff("use_deposit", deposit="2", invoice=ONE, amount=31, expect=409)
    practice.staff("delete_payment", payment="2", expect=409)


def test_a_payment_made_a_deposit_leaves_two_transactions(practice):
    run(practice, PAID)
    made = practice.staff("to_deposit", payment="1", amount=33)
    back = practice.get(f"PaymentTransaction/{made['refund']}")
    credit = practice.get(f"PaymentTransaction/{made['deposit']}")
    assert (back["type"]["text"], back["priceComponent"][0]["amount"]["value"]) == ("Refund", -33)
    assert (credit["type"]["text"], credit["priceComponent"][0]["amount"]["value"]) == ("Deposit", 33)
    assert "invoice" in back
    assert "invoice" not in credit


def test_a_deleted_payment_is_gone_and_its_id_is_not_given_again(practice):
    first = practice.staff("record_payment", invoice=ONE, amount=5)["payment"]
    practice.staff("delete_payment", payment=first)
    practice.get(f"PaymentTransaction/{first}", expect=404)
    assert practice.ids("PaymentTransaction", _id=first) == []
    assert practice.staff("record_payment", invoice=ONE, amount=5)["payment"] != first


@pytest.mark.parametrize("way", ["gone", "status"])
def test_a_deleted_invoice_is_gone_or_says_so(practice, way):
    practice.admin("switches", {"deleted_invoice": way})
    practice.staff("delete_invoice", invoice=ONE)
    if way == "gone":
        practice.get(f"Invoice/{ONE}", expect=404)
        practice.get(f"InvoiceLine/{ITEM}", expect=404)
        assert ONE not in practice.ids("Invoice")
    else:
        assert practice.get(f"Invoice/{ONE}")["status"] == "deleted"
        assert practice.ids("Invoice", status="deleted") == [ONE]
    practice.staff("void_line", line=ITEM, expect=409)
    practice.staff("restore_invoice", invoice=ONE)
    assert practice.get(f"Invoice/{ONE}")["status"] == "active"


def test_voided_and_written_off_lines_stay_readable_with_their_status(practice):
    practice.staff("void_line", line=CONSULT)
    practice.staff("write_off_line", line=ITEM)
    lines = practice.get("InvoiceLine", invoice=f"Invoice/{ONE}")["entry"]
    assert [entry["resource"]["status"] for entry in lines] == ["voided", "write-off"]
    assert practice.get(f"Invoice/{ONE}")["status"] == "write-off"


def test_an_unassigned_line_has_no_invoice_until_it_is_moved(practice):
    practice.staff("unassign_line", line=ITEM)
    shape = practice.get(f"InvoiceLine/{ITEM}")
    assert (shape["status"], "invoice" in shape) == ("unassigned", False)
    practice.staff("move_line", line=ITEM, to=TWO)
    assert practice.get(f"InvoiceLine/{ITEM}")["status"] is None
    assert practice.money(TWO)[2] == "213.00"


def test_changing_the_payer_changes_recipient_kind_and_title(practice):
    practice.staff("change_payer", invoice=ONE, payer="Organization/OG-3000001")
    shape = practice.get(f"Invoice/{ONE}")
    assert (shape["payorType"], shape["title"]) == ("organization", "Example Insurer Pty Ltd")
    assert shape["recipient"]["type"] == "Organization"


def test_names_of_payers_follow_into_titles(practice):
    practice.staff("edit_patient", patient="70000001", family="New", email="new@patient.example")
    practice.staff("edit_organisation", organisation="OG-3000001", name="Other Insurer")
    assert practice.get(f"Invoice/{ONE}")["title"] == "Sample New"
    assert practice.get(f"Invoice/{TWO}")["title"] == "Other Insurer"
    assert practice.ids("Patient", email="new@") == ["70000001"]


def test_a_quote_becomes_an_invoice_under_its_id(practice):
    practice.staff("convert_quote", invoice=QUOTE, date="2026-03-12")
    shape = practice.get(f"Invoice/{QUOTE}")
    assert (shape["type"], shape["date"]) == ("invoice", "2026-03-12")


def test_an_issued_invoice_refuses_edits_and_takes_money(practice):
    practice.staff("issue_invoice", invoice=ONE)
    practice.staff("void_line", line=ITEM, expect=409)
    practice.staff("add_line", invoice=ONE, line={"description": "x", "gross": 1}, expect=409)
    practice.staff("change_payer", invoice=ONE, payer="Patient/70000002", expect=409)
    practice.staff("record_payment", invoice=ONE, amount=5)
    practice.staff("issue_invoice", invoice=ONE, issued=False)
    practice.staff("void_line", line=ITEM)


def test_a_patient_and_an_organisation_can_be_added_and_billed(practice):
    patient = practice.staff("add_patient", given="New", family="Person")["patient"]
    firm = practice.staff("add_organisation", name="New Firm")["organisation"]
    line = {"description": "Report", "gross": 1100, "taxable": True}
    made = practice.staff("create_invoice", payer=f"Organization/{firm}", subject=patient, lines=[line])
    assert practice.money(made["invoice"]) == ("1000.00", "100.00", "1100.00", "0.00", "1100.00")
    assert practice.ids("InvoiceLine", subject=f"Patient/{patient}") == made["lines"]


@pytest.mark.parametrize(
    "line",
    [
        {"description": "x"},
        {"description": "x", "gross": 1, "price": {"base": 1}},
        {"description": "x", "gross": 1, "quantity": 0},
    ],
)
def test_a_line_without_one_clear_price_is_refused(practice, line):
    practice.staff("create_invoice", payer="Patient/70000001", lines=[line], expect=409)


@pytest.mark.parametrize(
    "do, fields",
    [
        ("record_payment", {"invoice": "1"}),
        ("record_payment", {"invoice": ONE, "amount": 0}),
        ("record_payment", {"invoice": ONE, "amount": -5}),
        ("record_payment", {"invoice": ONE, "id": "990000301"}),
        ("discount", {"invoice": ONE, "amount": 300}),
        ("refund", {"payment": "990000301", "amount": 204}),
        ("refund", {"payment": "7"}),
        ("delete_invoice", {"invoice": ONE}),
        ("restore_invoice", {"invoice": ONE}),
        ("convert_quote", {"invoice": ONE}),
        ("restore_line", {"line": ITEM}),
        ("undo_write_off", {}),
        ("create_invoice", {"payer": "Patient/1"}),
        ("create_invoice", {"payer": "70000001"}),
        ("use_deposit", {"deposit": "990000301", "invoice": ONE}),
    ],
)
def test_what_halaxy_would_not_allow_is_refused_and_changes_nothing(practice, do, fields):
    practice.staff("record_payment", invoice=ONE)
    before = practice.get("Invoice"), practice.get("PaymentTransaction"), practice.get("InvoiceLine")
    assert "problem" in practice.staff(do, **fields, expect=409)
    assert before == (practice.get("Invoice"), practice.get("PaymentTransaction"), practice.get("InvoiceLine"))


@pytest.mark.parametrize(
    "body",
    [{"do": "unheard_of"}, {"do": "void_line"}, {"do": "void_line", "line": 7}, {"do": "void_line", "lines": "7"}, 7],
)
def test_an_unreadable_action_gets_a_400(practice, body):
    assert "problem" in practice.admin("staff", body, expect=400)


def test_a_list_of_actions_happens_as_a_whole_or_not_at_all(practice):
    practice.admin("staff", [PART, {"do": "void_line", "line": "1"}], expect=409)
    assert practice.get("PaymentTransaction")["total"] == 0
    done = practice.admin("staff", [PART, {"do": "void_line", "line": ITEM}])["done"]
    assert [one["do"] for one in done] == ["record_payment", "void_line"]


def test_the_sums_for_checking_count_live_invoices_and_real_money(practice):
    run(practice, PAID, {"do": "discount", "invoice": TWO, "amount": 10}, DEPOSIT)
    run(practice, {"do": "fail_payment", "invoice": TWO})
    sums = practice.admin("totals", method="GET")
    assert {name: sums[name] for name in ("invoices", "invoiced", "payments", "paid")} == {
        "invoices": 1,
        "invoiced": "203.00",
        "payments": 1,
        "paid": "203.00",
    }
    assert sums["beside"]["invoices"] == {"future": 1, "quotes": 1}
    assert set(sums["beside"]["money"]) == {"deposits", "discounts", "failed"}
    answer = practice.ask("GET", "/_sandbox/totals", {"on": "2026-03-03"})
    assert b'"invoices":2,"invoiced":"383.00"' in answer.body


def test_whatever_is_done_the_head_agrees_with_lines_and_money(practice):
    for steps, _ in EFFECTS:
        for step in steps:
            practice.ask("POST", "/_sandbox/staff", body=step)
            for entry in practice.get("Invoice")["entry"]:
                head = {k: v["value"] for k, v in entry["resource"].items() if k.startswith("total")}
                assert head["totalGross"] == head["totalNet"] + head["totalTax"]
                assert head["totalBalance"] == head["totalGross"] - head["totalPaid"]
                assert all(value == round(value, 2) for value in head.values())
                assert isinstance(head["totalGross"], Decimal)
