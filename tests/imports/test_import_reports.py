"""What reports tell: kinds, headings, bad rows all at once, repeats, overlaps, older files, covers of payouts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from report_files import DATE, csv_file, xlsx_file

from connectors.halaxy.imports.faults import BadFile
from connectors.halaxy.imports.reports import read_report
from connectors.halaxy.imports.tables import read_table
from connectors.halaxy.imports.taking_in import absent, summed, take_in
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payout_covers import complete_payouts, named_in
from connectors.halaxy.settings import Moment
from engine.core.values import dumps, loads
from engine.sdk.contract import Record
from engine.sdk.records import Payer, Payout, Receipt, Sale, Totals, to_plain

NOW = datetime(2026, 4, 1, tzinfo=UTC)
EXPENSES = ("Expense ID", "Type", "Date", "Paid", "Supplier", "Category", "Amount (inc GST)", "GST", "Payment method")
ROW = ("301", "Expense", "16/03/2026", "16/03/2026", "Officeworks", "Office supplies", "$88.00", "8.00", "Credit Card")
RENT = ("302", "Expense", "16/03/2026", "No", "Harbour Property Trust", "Rent", "2200.00", "200.00", "")


class Shelf:
    """Stored snapshots in memory, as JSON like the store's."""

    def __init__(self):
        self.records = {}

    def get(self, kind, id):
        return self.records.get((kind, id))

    def all(self, kind):
        return tuple(record for (of, _), record in self.records.items() if of == kind)

    def children(self, kind, parent):
        return ()

    def links_of(self, kind):
        return ()

    def keep(self, taken):
        for record in taken.found.records:
            self.records[record.kind, record.id] = replace(record, data=loads(dumps(record.data)))


def report(kind, content, **own):
    return read_report(kind, read_table(content), own, "AUD")


def imported(shelf, kind, *rows, older_too=False):
    """What an import of these rows did: new, changed, older, known."""
    content = csv_file(*rows)
    taken = take_in(report(kind, content), content, shelf, NOW, older_too)
    if not taken.older:
        shelf.keep(taken)
    return len(taken.new), len(taken.changed), len(taken.older), taken.known


def test_expenses_are_read_with_their_kind_tax_and_payment():
    own = ("303", "Halaxy receipt", "31/03/2026", "Yes", "", "Halaxy credits", "(55.00)", "-5.00", "Credit Card")
    one, two, three = (said.told for said in report("expenses", csv_file(EXPENSES, ROW, RENT, own)).said)
    assert ("301", "expense", Decimal("88.00"), Decimal("8.00")) == (one.id, one.kind, one.gross, one.tax)
    assert (date(2026, 3, 16), None, date(2026, 3, 31)) == (one.paid, two.paid, three.paid)
    assert ("receipt", "Halaxy", Decimal("-55.00")) == (three.kind, three.supplier, three.gross)


def test_a_spreadsheet_below_a_title_with_totals_is_the_same_report():
    head = ("Date", "Supplier", "Category", "Total", "GST")
    rows = (
        ("Expenses of March",),
        (),
        head,
        ((46097, DATE), "Officeworks", "Rent", 88, 8),
        ("Total", None, None, 88, 8),
    )
    found = report("expenses", xlsx_file(*rows))
    assert (1, (5,)) == (len(found.said), found.totals)
    assert date(2026, 3, 16) == found.said[0].told.date


def test_own_headings_go_before_the_usual_ones():
    content = csv_file(
        ("Date", "Who", "Category", "Total", "Sum with GST", "GST"), ("1/3/2026", "A", "B", "1", "2", "0")
    )
    found = report("expenses", content, supplier="who", gross="SUM with gst")
    assert ("A", Decimal("2.00")) == (found.said[0].told.supplier, found.said[0].told.gross)


def test_every_bad_row_is_told_at_once_with_row_and_column():
    bad = [list(ROW) for _ in range(5)]
    bad[0][2], bad[1][6], bad[2][4], bad[3][6], bad[4][7] = "03/16/2026", "1.234,50", "", "", "88.01"
    with pytest.raises(BadFile) as caught:
        report("expenses", csv_file(EXPENSES, *bad))
    assert [(2, 3), (3, 7), (4, 0), (5, 7), (6, 0)] == [(fault.row, fault.column) for fault in caught.value.faults][:5]
    assert all(fault.what and fault.mend for fault in caught.value.faults)


@pytest.mark.parametrize(
    "kind, rows, own, says",
    [
        ("expenses", [("Date", "Amount"), ("1/1/2026", "1")], {}, "no column for category"),
        ("expenses", [EXPENSES], {}, "nothing below"),
        ("expenses", [(*EXPENSES, "gst"), ROW], {}, "Two columns"),
        ("expenses", [EXPENSES, ROW], {"gros": "x"}, 'no column "gros"'),
        ("expenses", [EXPENSES, ROW], {"gross": "Brutto"}, "no column for gross"),
        ("expenses", [EXPENSES, ROW, ("301", *RENT[1:])], {}, "stands in row 2 too"),
        ("fees", [("Payment", "Fee"), ("9008", "-3.28")], {}, "negative"),
        ("fees", [("Payment", "Fee"), ("9008", "")], {}, "tells nothing"),
        ("fees", [("Payment", "Fee"), ("90 08", "1")], {}, "no id"),
        ("invoices", [("Invoice", "Due"), ("1001", "31/31/2026")], {}, "no day"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(kind, rows, own, says):
    with pytest.raises(BadFile) as caught:
        report(kind, csv_file(*rows), **own)
    assert any(says in fault.what for fault in caught.value.faults)


def test_the_same_file_and_overlapping_ones_change_nothing():
    shelf = Shelf()
    assert (2, 0, 0, 0) == imported(shelf, "expenses", EXPENSES, ROW, RENT)
    before = dict(shelf.records)
    assert (0, 0, 0, 2) == imported(shelf, "expenses", EXPENSES, ROW, RENT)
    assert before == shelf.records
    third = ("309", *ROW[1:])
    assert (1, 0, 0, 2) == imported(shelf, "expenses", EXPENSES, RENT, third, ROW)
    written_otherwise = (*ROW[:2], "2026-03-16", "Yes", *ROW[4:6], "88", "8", "Credit Card")
    assert (0, 0, 0, 1) == imported(shelf, "expenses", EXPENSES, written_otherwise)


def test_rows_without_an_id_are_known_by_what_they_say_and_equal_ones_are_counted():
    shelf, head, row = Shelf(), EXPENSES[1:], ROW[1:]
    assert (2, 0, 0, 0) == imported(shelf, "expenses", head, row, row)
    assert (1, 0, 0, 2) == imported(shelf, "expenses", head, row, row, row)
    assert (0, 0, 0, 1) == imported(shelf, "expenses", head, row)


def test_a_change_is_a_new_version_with_an_event_and_an_older_export_is_not_taken_unasked():
    shelf = Shelf()
    imported(shelf, "expenses", EXPENSES, RENT)
    paid = (*RENT[:3], "30/03/2026", *RENT[4:8], "Bank")
    content = csv_file(EXPENSES, paid)
    taken = take_in(report("expenses", content), content, shelf, NOW)
    shelf.keep(taken)
    (event,) = taken.found.events
    assert ("halaxy.expense.changed", "expense:302:changed:v2", 2) == (
        event.type,
        event.key,
        event.data["expense"]["version"],
    )
    assert (1, 0, 1, 0) == imported(shelf, "expenses", EXPENSES, RENT, ROW)
    assert (1, 1, 0, 0) == imported(shelf, "expenses", EXPENSES, RENT, ROW, older_too=True)
    assert shelf.get("expense", "302").version == 3


def test_what_a_whole_report_lacks_is_gone():
    shelf = Shelf()
    imported(shelf, "expenses", EXPENSES, ROW, RENT, ("299", *ROW[1:2], "28/02/2026", *ROW[3:]))
    left = report("expenses", csv_file(EXPENSES, ROW))
    assert ["302"] == [one.id for one in absent(left, shelf)]
    deleted = (*EXPENSES, "Status")
    assert (0, 1, 0, 0) == imported(shelf, "expenses", deleted, (*RENT, "Deleted"))
    assert shelf.get("expense", "302").data["deleted"]


def test_fees_add_up_over_reports_and_a_blank_cell_takes_nothing_back():
    shelf = Shelf()
    assert (1, 0, 0, 0) == imported(shelf, "fees", ("Payment", "Fee", "Pay run"), ("HX-PT-9008", "3.28", ""))
    assert (0, 1, 0, 0) == imported(shelf, "fees", ("Payment", "Fee", "Pay run"), ("9008", "", "1234567"))
    assert (0, 0, 0, 1) == imported(shelf, "fees", ("Payment", "Fee", "Pay run"), ("9008", "3.28", "1234567"))
    facts = shelf.get("payment facts", "9008")
    assert (2, Decimal("3.28"), "1234567") == (facts.version, facts.data["fee"], facts.data["pay_run"])
    assert (1, 0, 0, 0) == imported(
        shelf, "invoices", ("Invoice", "Due date", "Claim"), ("1003", "1/4/2026", "WC-88213")
    )
    assert date(2026, 4, 1) == shelf.get("invoice facts", "1003").data["due_reported"]


def sold(id, *payments):
    totals = Totals(*(Decimal(0),) * 5)
    payer = Payer("patient", "5", "Ava Sample")
    on = date(2026, 3, 4)
    return Sale(id, id, 1, "invoice", "active", False, on, payer, "AUD", totals, True, (), payments)


def money(id, on="2026-03-11", **more):
    at = datetime.fromisoformat(f"{on}T00:00+00:00")
    return Receipt(id, more.pop("kind", "payment"), at, at.date(), "Stripe", Decimal("1.00"), **more)


SALES = (
    sold("1023", money("9006", pay_run="1234567"), money("9007")),
    sold("1027", money("9011"), money("9012", kind="refund")),
    sold("1040", money("9033"), money("9034", on="2026-04-20")),
)


@pytest.mark.parametrize(
    "id, text, receipts",
    [
        ("MED-1234567", "", ("9006",)),
        ("r-1", "MEDICARE BENEFIT 1234567", ("9006",)),
        ("EFT-9011", "", ("9011",)),
        ("HX-1040", "", ("9033",)),
        ("r-1", "HALAXY HX-1040", ("9033",)),
        ("po_77", "STRIPE", ()),
        ("po_9011", "", ()),
        ("EFT-9012", "", ()),
    ],
)
def test_a_payout_holds_what_its_id_or_text_names_outright(id, text, receipts):
    paid = Payout(id, 1, False, "Stripe", date(2026, 3, 12), Decimal("1.00"), text)
    assert receipts == named_in(paid, SALES)


PAYOUTS = ("Payout ID", "Method", "Bank date", "Net", "Reference")
EFT = ("EFT-9011", "Direct Deposit", "12/03/2026", "180.00", "")


def moment():
    return Moment(NOW, ZoneInfo("Australia/Sydney"), date(2026, 1, 1), 7, "AUD")


def with_sale(shelf, one):
    shelf.records["sale", one.id] = Record("sale", one.id, 1, loads(dumps(to_plain(one))))


def test_a_payout_imported_before_its_payments_is_completed_by_the_poll_and_never_shrinks():
    shelf = Shelf()
    imported(shelf, "payouts", PAYOUTS, EFT)
    assert () == tuple(shelf.get("payout", "EFT-9011").data["covers"])
    with_sale(shelf, SALES[1])
    overlay = Overlay(shelf)
    (event,) = complete_payouts(overlay, {"1027"}, moment())
    assert (["9011"], 2) == (list(event.data["payout"]["covers"]), event.data["payout"]["version"])
    shelf.records |= {(record.kind, record.id): record for record in overlay.changed()}
    assert () == complete_payouts(Overlay(shelf), {"1027"}, moment())
    with_sale(shelf, replace(SALES[1], payments=()))
    assert (0, 0, 0, 1) == imported(shelf, "payouts", PAYOUTS, EFT, EFT)
    assert ["9011"] == list(shelf.get("payout", "EFT-9011").data["covers"])


def test_a_report_that_lists_its_payments_is_not_added_to():
    shelf = Shelf()
    imported(shelf, "payouts", (*PAYOUTS, "Payments"), (*EFT, "7; 8"))
    with_sale(shelf, SALES[1])
    assert () == complete_payouts(Overlay(shelf), {"1027"}, moment())


def test_a_preview_has_the_sum_of_what_it_shows():
    told = [said.told for said in report("expenses", csv_file(EXPENSES, ROW, RENT)).said]
    assert Decimal("2288.00") == summed(told)
    assert summed([said.told for said in report("invoices", csv_file(("Invoice", "Claim"), ("1", "A"))).said]) is None
