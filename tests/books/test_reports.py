"""The forms of a report: one set of values, safe cells, an escaped page, plain words, and unknown that is never 0."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from books_by_hand import (
    AVA,
    FIRST,
    LAST,
    PERIOD,
    TERMS,
    books,
    compared,
    document,
    line,
    paid,
    receipt,
    row,
    sale,
    sides,
)

from connectors.books.codes import CODES
from connectors.books.compare import compare
from connectors.books.reading import Unreadable
from connectors.books.report import report_of, unknown_report
from connectors.books.report_files import csv_of, html_of, safe
from connectors.books.report_text import aligned, lines_of, text_of
from engine.sdk.capabilities import OpenHold

EVIL = replace(AVA, name='=cmd|"/C calc"!A1 <script>alert(1)</script>')
WRONG = report_of(
    compared(
        [sale("1001", [line("1", "95.00")], [receipt("9001", "95.00")], payer=EVIL)],
        document("HX-1001", row("95.00"), paid("9001", "90.00"), contact="<b>x</b>", contact_name="=1+1"),
    )
)
CALM = report_of(compared([sale("1001", [line("1", "95.00")])], document("HX-1001", row("95.00"))))
UNKNOWN = unknown_report(FIRST, LAST, [Unreadable("ledger", "No complete answer came.")])


@pytest.mark.parametrize(
    "text, cell",
    [
        ("=1+1", "'=1+1"),
        ("+61", "'+61"),
        ("@x", "'@x"),
        ("-5.00", "-5.00"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert safe(text) == cell


def test_csv_has_a_row_an_item_and_says_when_it_is_unknown() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_of(WRONG))))
    assert [each["id"] for each in rows] == [item["id"] for item in WRONG["items"]]
    assert not any(value.startswith("=") for each in rows for value in each.values())
    (unknown,) = csv.DictReader(io.StringIO(csv_of(UNKNOWN)))
    assert (unknown["code"], unknown["money"]) == ("unknown", "")
    assert list(csv.DictReader(io.StringIO(csv_of(CALM)))) == []


class Tags(HTMLParser):
    """Which tags a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("report", [WRONG, CALM, UNKNOWN])
def test_the_page_escapes_every_value_and_loads_nothing(report: dict[str, object]) -> None:
    tags = Tags()
    tags.feed(html_of(report))
    assert not tags.found & {"script", "img", "link", "iframe", "b"}
    assert not tags.attributes & {"src", "href", "onload", "onclick", "style"}
    assert "prefers-color-scheme" in html_of(report)
    assert "@media print" in html_of(report)


def test_the_text_is_short_when_all_is_well_and_aligned_when_not() -> None:
    assert len(lines_of(CALM)) == 3
    assert "difference 0.00, nothing differs" in text_of(CALM)
    assert "difference 5.00" not in text_of(CALM)
    shown = text_of(WRONG)
    assert all(item["sentence"] in shown for item in WRONG["items"])
    assert aligned([("a", "sum"), ("bb", "1.00"), ("c", "10.00")]) == ["  a     sum", "  bb   1.00", "  c   10.00"]


def test_unknown_has_no_number_anywhere() -> None:
    assert UNKNOWN["difference"] is None
    assert text_of(UNKNOWN).splitlines()[0].endswith("unknown")
    assert "0.00" not in text_of(UNKNOWN) + html_of(UNKNOWN) + csv_of(UNKNOWN)
    assert "Xero could not be read: No complete answer came." in text_of(UNKNOWN)


def test_every_form_is_plain_json() -> None:
    for report in (WRONG, CALM, UNKNOWN):
        assert json.loads(json.dumps(report, default=str))["verdict"] in ("agree", "differ", "unknown")


def test_a_long_list_says_how_much_is_left_out() -> None:
    many = [sale(f"2{n:03}", [line("1", "10.00")]) for n in range(60)]
    assert "  and 10 more" in lines_of(report_of(compared(many)))


def test_a_hold_is_told_with_its_age_and_explains_its_item() -> None:
    hold = OpenHold(
        "hold_1", "UNMAPPED", "invoice 1001", "No account for it.", dt.datetime(2026, 3, 21, tzinfo=dt.UTC), "1001"
    )
    both = replace(sides([sale("1001", [line("1", "95.00")])], books()), holds=(hold,))
    report = report_of(compare(both, TERMS, PERIOD))
    assert [(each["about"], each["days"]) for each in report["holds"]] == [("invoice 1001", 10)]
    assert report["items"][0]["sentence"] == "The invoice is not in Xero. No account for it."


def test_every_code_has_a_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in CODES.values())
    assert len(CODES) >= 25
