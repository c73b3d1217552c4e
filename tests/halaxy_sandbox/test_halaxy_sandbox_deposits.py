"""What staff do with credit, dishonours, restored money, split fees, places and claims, as the API shows it."""

from __future__ import annotations

import pytest

ONE, TWO, QUOTE = "410000101", "410000102", "410000103"
CONSULT, ITEM = "880000200", "880000201"
OWNER = "70000001"


def words(practice, id):
    """Type, method, amount, invoice and subject of a transaction."""
    row = practice.get(f"PaymentTransaction/{id}")
    amount = row["priceComponent"][0]["amount"]["value"]
    pointed = [
        row[name]["reference"].rpartition("/main/")[2] if name in row else None for name in ("invoice", "subject")
    ]
    return (row["type"]["text"], row["method"]["text"], amount, *pointed)


def test_a_patient_and_an_organisation_leave_deposits(practice):
    practice.staff("take_deposit", subject=OWNER, amount=100, method="Cash", id="9023", at="2026-03-01T09:00:00+11:00")
    practice.staff("take_deposit", payer="Organization/OG-3000001", amount=40, id="9024", clinic="CL-40001")
    assert words(practice, "9023") == ("Deposit", "Cash", 100, None, f"Patient/{OWNER}")
    assert practice.get("PaymentTransaction/9023")["created"] == "2026-03-01T09:00:00+11:00"
    assert words(practice, "9024") == ("Deposit", "EFTPOS", 40, None, "Organization/OG-3000001")
    practice.staff("take_deposit", amount=1, expect=409)
    practice.staff("take_deposit", amount=1, subject=OWNER, payer=f"Patient/{OWNER}", expect=409)
    practice.staff("take_deposit", amount=1, payer="Organization/OG-9", expect=409)


def test_a_deposit_is_used_given_back_and_freed_again(practice):
    practice.staff("take_deposit", subject=OWNER, amount=200, id="9026")
    practice.staff("use_deposit", deposit="9026", invoice=ONE, amount=150, id="9027", at="2026-03-02T10:00:00+11:00")
    assert words(practice, "9027") == ("Deposit", "EFTPOS", 150, f"Invoice/{ONE}", f"Patient/{OWNER}")
    practice.staff("refund_deposit", deposit="9026", amount=51, expect=409)
    practice.staff("refund_deposit", deposit="9026", method="Direct Deposit", id="9028")
    assert words(practice, "9028") == ("Refund", "Direct Deposit", -50, None, f"Patient/{OWNER}")
    practice.staff("delete_payment", payment="9026", expect=409)
    practice.staff("delete_payment", payment="9027")
    practice.staff("delete_payment", payment="9028")
    assert practice.money(ONE)[3:] == ("0.00", "203.00")
    practice.staff("edit_payment", payment="9026", amount=180, method="Cash")
    assert words(practice, "9026")[1:3] == ("Cash", 180)
    practice.staff("delete_payment", payment="9026")
    practice.get("PaymentTransaction/9026", expect=404)


def test_deleted_transactions_come_back_under_their_ids(practice):
    practice.staff("take_deposit", subject=OWNER, amount=80, id="9073")
    practice.staff("record_payment", invoice=ONE, amount=20, id="9001")
    before = words(practice, "9073"), words(practice, "9001"), practice.money(ONE)
    for id in ("9073", "9001"):
        practice.staff("restore_payment", payment=id, expect=409)
        practice.staff("delete_payment", payment=id)
        practice.staff("restore_payment", payment=id)
    assert before == (words(practice, "9073"), words(practice, "9001"), practice.money(ONE))
    practice.staff("restore_payment", payment="9001", expect=409)


@pytest.mark.parametrize("entries", ["two", "one"])
@pytest.mark.parametrize("named", ["refund", "deposit"])
def test_a_payment_turned_into_credit_is_used_by_either_name(practice, entries, named):
    practice.admin("switches", {"to_deposit_entries": entries})
    practice.staff("record_payment", invoice=ONE, id="9053")
    made = practice.staff("to_deposit", payment="9053", amount=120, id="9054", credit="9055")
    assert (made["refund"], made["deposit"]) == ("9054", "9055" if entries == "two" else "9054")
    assert words(practice, "9054") == ("Refund", "Deposit", -120, f"Invoice/{ONE}", f"Patient/{OWNER}")
    practice.get("PaymentTransaction/9055", expect=200 if entries == "two" else 404)
    practice.staff("use_deposit", deposit=made[named], invoice=TWO, amount=95, id="9056")
    practice.staff("use_deposit", deposit=made[named], invoice=TWO, amount=26, expect=409)
    practice.staff("refund_deposit", deposit=made[named], id="9057")
    assert words(practice, "9057")[2] == -25


def test_credit_of_an_organisations_invoice_is_the_organisations(practice):
    practice.staff("record_payment", invoice=TWO, id="9001")
    made = practice.staff("to_deposit", payment="9001", amount=30)
    assert words(practice, made["deposit"])[-1] == "Organization/OG-3000001"


@pytest.mark.parametrize("where", ["none", "field", "extension"])
def test_a_transaction_names_another_only_where_it_is_switched_so(practice, where):
    practice.admin("switches", {"related_reference": where})
    practice.staff("take_deposit", subject=OWNER, amount=200, id="9026")
    practice.staff("use_deposit", deposit="9026", invoice=ONE, amount=20, id="9027")
    row = practice.get("PaymentTransaction/9027")
    shown = {
        "field": row.get("relatedTransaction"),
        "extension": (row.get("extension") or [{}])[0].get("valueReference"),
    }
    assert {name for name, value in shown.items() if value} == ({where} if where != "none" else set())
    assert all(value["reference"].endswith("/PaymentTransaction/9026") for value in shown.values() if value)


@pytest.mark.parametrize("word", ["Dishonoured", "Chargeback", "Reversed"])
def test_a_dishonour_turns_the_payment_or_stands_beside_it(practice, word):
    practice.admin("switches", {"dishonour_type": word, "refund_sign": "positive"})
    practice.staff("record_payment", invoice=ONE, amount=60, id="9033", at="2026-03-01T10:00:00+11:00")
    practice.staff("record_payment", invoice=ONE, amount=60, id="9034")
    practice.staff("dishonour", payment="9033")
    assert words(practice, "9033")[:3] == (word, "Cash", 60)
    assert practice.get("PaymentTransaction/9033")["created"] == "2026-03-01T10:00:00+11:00"
    practice.staff("dishonour", payment="9034", apart=True, id="9035", at="2026-03-02T10:00:00+11:00")
    assert (words(practice, "9034")[0], words(practice, "9035")[:3]) == ("Payment", (word, "Cash", -60))
    assert practice.money(ONE)[3:] == ("0.00", "203.00")
    practice.staff("dishonour", payment="9033", expect=409)


def test_money_given_back_in_full_lets_an_invoice_be_deleted_and_stays_readable(practice):
    practice.staff("record_payment", invoice=ONE, id="9029")
    practice.staff("delete_invoice", invoice=ONE, expect=409)
    practice.staff("refund", payment="9029", method="EFTPOS", id="9030", at="2026-03-02T10:00:00+11:00")
    practice.staff("delete_invoice", invoice=ONE)
    practice.get(f"Invoice/{ONE}", expect=404)
    assert {"9029", "9030"} <= set(practice.ids("PaymentTransaction"))
    practice.admin("switches", {"deleted_invoice_hides_payments": True})
    assert practice.ids("PaymentTransaction") == []
    practice.staff("restore_invoice", invoice=ONE)
    assert practice.money(ONE)[3:] == ("0.00", "203.00")


@pytest.mark.parametrize("line, keep, rest", [(CONSULT, 50, "120.00"), (ITEM, 11, "22.00")])
def test_a_fee_is_split_and_the_rest_written_off(practice, line, keep, rest):
    before = practice.money(ONE)
    made = practice.staff("split_line", line=line, keep=keep, id="2")
    assert (made["line"], practice.money(ONE)) == ("2", before)
    practice.staff("write_off_line", line="2")
    assert practice.money(ONE)[2] == f"{float(before[2]) - float(rest):.2f}"
    practice.staff("undo_write_off", line="2")
    assert practice.money(ONE) == before
    practice.staff("split_line", line=line, keep=keep, expect=409)


def test_a_corrected_clinic_is_the_same_practitioners_role_there(practice):
    practice.staff("edit_invoice", invoice=ONE, clinic="CL-40002")
    assert practice.get(f"Invoice/{ONE}")["practitioner"]["reference"].endswith("/PR-2000012")
    practice.staff("edit_invoice", invoice=ONE, clinic="CL-40009", expect=409)


def test_claim_details_are_noted_and_bookings_take_ids(practice):
    practice.staff("add_coverage", patient=OWNER, organisation="OG-3000001", member="WC-88213", id="3300900")
    assert practice.get("Coverage/3300900")["subscriberId"] == "WC-88213"
    booking = {"patient": OWNER, "role": "PR-2000011", "start": "2026-03-20T09:00:00+11:00", "fee": "6600401"}
    made = practice.staff("book_appointment", **booking, id="55", invoice="1014", line="77")
    assert (made["appointment"], made["invoice"], made["lines"]) == ("55", "1014", ["77"])
    assert practice.get("Invoice/1014")["date"] == "2026-03-20"
    assert practice.staff("discount", invoice="1014", amount=5, id="9041")["payment"] == "9041"


@pytest.mark.parametrize("stated, expected", [
    ({"stated_gross": "203.01"}, ("200.01", "3.00", "203.01", "0.00", "203.01")),
    ({"stated_tax": "2.99"}, ("200.01", "2.99", "203.00", "0.00", "203.00")),
])  # fmt: skip
def test_a_head_may_say_something_else_than_its_lines(practice, stated, expected):
    practice.staff("edit_invoice", invoice=ONE, **stated)
    assert practice.money(ONE) == expected
    practice.staff("record_payment", invoice=ONE, amount=100)
    assert practice.money(ONE)[4] == f"{float(expected[2]) - 100:.2f}"
