"""CSV and XLSX files of many programs, and hostile ones: read as tables or refused in a sentence."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_files import DATE, MAIN, REL, csv_file, sheet, xlsx_file

from connectors.halaxy.imports.faults import UnreadableFile
from connectors.halaxy.imports.tables import read_table

ROWS = [("Date", "Supplier", "Amount"), ("16/03/2026", "Café Ångström", "1,234.50")]


def cells(content):
    return [row.cells for row in read_table(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_csv_is_the_same_table(encoding, delimiter):
    assert ROWS == cells(csv_file(*ROWS, delimiter=delimiter, encoding=encoding))


def test_a_csv_may_say_its_delimiter_and_hold_quotes_line_ends_and_blank_rows():
    content = b'sep=;\r\nA;B\r\n\r\n"x;""y""";"two\r\nlines, and a comma"\r\n;\r\n'
    assert [("A", "B"), ('x;"y"', "two lines, and a comma")] == cells(content)


def test_a_spreadsheet_gives_dates_as_days_and_numbers_as_they_are_shown():
    content = xlsx_file(("Date", "Amount"), ((46097, DATE), 19.989999999999998), ((46097.75, DATE), "0.1"))
    assert [("Date", "Amount"), ("2026-03-16", "19.99"), ("2026-03-16", "0.1")] == cells(content)


def test_a_spreadsheet_may_share_texts_skip_cells_and_hide_sheets():
    shared = f'<sst xmlns="{MAIN}"><si><r><t>Off</t></r><r><t>ice</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>'
    rows = '<row r="3"><c r="C3" t="s"><v>0</v></c><c r="D3" t="b"><v>1</v></c><c r="F3" t="str"><v>f</v></c></row>'
    body = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><workbookPr date1904="1"/><sheets>'
    book += '<sheet name="H" state="hidden" r:id="r9"/><sheet name="S" r:id="r1"/></sheets></workbook>'
    content = xlsx_file(xl__workbook=book, xl__sharedStrings=shared, xl__worksheets__sheet1=body)
    (row,) = read_table(content)
    assert (3, ("", "", "Office", "yes", "", "f")) == (row.number, row.cells)


def zipped(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + sheet([("&b;",)]).replace("&amp;b;", "&b;")
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + sheet([("x",)])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n,,\n",
        b"\x00\x01\x02,\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b'A,B\n"unclosed,1\n',
        b"\x81\x8d,\x81\n",
        b"PK\x03\x04 not a zip",
        zipped(**{"a.txt": b"hello"}),
        xlsx_file(xl__worksheets__sheet1=BOMB),
        xlsx_file(xl__worksheets__sheet1=FILE),
        xlsx_file(xl__worksheets__sheet1="<worksheet><sheetData>"),
        xlsx_file(xl__worksheets__sheet1="<a>" * 60 + "</a>" * 60),
        xlsx_file(xl__worksheets__sheet1=" " * 61_000_000),
        xlsx_file(
            xl__worksheets__sheet1=f'<worksheet xmlns="{MAIN}"><sheetData><row r="200000"/></sheetData></worksheet>'
        ),
        xlsx_file(("x",), xl__workbook=f'<workbook xmlns="{MAIN}"><sheets/></workbook>'),
        (",".join(["x"] * 300) + "\n").encode(),
        b"A\n" * 100_002,
        b"x" * 20_000_001,
    ],
    ids=[
        *("empty", "blank", "binary", "old Excel", "quote", "no encoding", "no zip", "no workbook", "entities"),
        *("outside file", "broken xml", "deep", "huge part", "far row", "no sheet", "wide", "long", "huge"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content):
    with pytest.raises(UnreadableFile) as caught:
        read_table(content)
    assert caught.value.what.endswith((".", "reports."))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400))
def test_damaged_files_are_read_or_refused_and_never_break(noise, at):
    for content in (csv_file(*ROWS), xlsx_file(("Date", "Amount"), ((46097, DATE), 5))):
        damaged = content[:at] + noise + content[at + len(noise) :]
        with suppress(UnreadableFile):
            read_table(damaged)
