"""Report files as rows of text, whatever program wrote them.

PURE. CSV is read here, spreadsheets in `workbooks`; what the cells mean stands in `cells` and `columns`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from connectors.halaxy.imports.faults import UnreadableFile
from connectors.halaxy.imports.rows import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS, Row
from connectors.halaxy.imports.workbooks import workbook_rows

_DELIMITERS = (",", ";", "\t")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_AS_CSV = "Save it as CSV or XLSX and import that."


def read_table(content: bytes) -> tuple[Row, ...]:
    """The rows of a CSV or XLSX file that hold anything.

    Raises:
        UnreadableFile: It is too large, empty, or neither of them.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"The file is larger than {MAX_BYTES // 1_000_000} MB.", "Export a shorter period.")
    if content.startswith(_OLD_OFFICE):
        raise UnreadableFile("This is an old Excel file (XLS), or one with a password.", _AS_CSV)
    found = workbook_rows(content) if content.startswith(b"PK") else _csv_rows(text_of(content))
    rows = tuple(row for row in found if any(row.cells))
    if not rows:
        raise UnreadableFile("The file is empty.", "Export it again.")
    return rows


def text_of(content: bytes) -> str:
    """Bytes as text: by their mark, else UTF-8, else Windows-1252.

    Raises:
        UnreadableFile: None of them fits.
    """
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = [encoding for mark, encoding in marks if content.startswith(mark)]
    for encoding in marked or ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile("This is no text file.", _AS_CSV)


def _csv_rows(text: str) -> Iterator[Row]:
    lines = io.StringIO(text, newline="")
    delimiter = _delimiter(text)
    if text[:4].lower() == "sep=":
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    count = 0
    try:
        for cells in reader:
            count += 1
            yield _row(count + (text[:4].lower() == "sep="), cells)
    except csv.Error as problem:
        what = f"Row {count + 1} cannot be read as CSV: {problem}."
        raise UnreadableFile(what, "A quote may be missing there.") from None


def _row(number: int, cells: list[str]) -> Row:
    if number > MAX_ROWS or len(cells) > MAX_COLUMNS:
        raise UnreadableFile(f"The file has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns.", "Export less.")
    if any(len(cell) > MAX_CELL for cell in cells):
        raise UnreadableFile(f"Row {number} has a cell of more than {MAX_CELL} characters.", "Shorten it.")
    return Row(number, tuple(" ".join(cell.replace("\xa0", " ").split()) for cell in cells))


def _delimiter(text: str) -> str:
    """The one that the first lines agree on best; `sep=;` in the first line says it outright."""
    if text[:4].lower() == "sep=" and text[4:5] in _DELIMITERS:
        return text[4]
    head = [line for line in text.splitlines() if line.strip()][:20]
    return max(_DELIMITERS, key=lambda mark: sum(_outside_quotes(line, mark) for line in head))


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])
