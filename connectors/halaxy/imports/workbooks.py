"""XLSX files as rows of text: the first sheet that is shown, dates as ISO text, numbers as Excel shows them.

PURE. Guards against hostile files: nothing is unpacked beyond its limit, no document type and so no entity is read,
and formulas count only by their stored value.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from posixpath import normpath
from typing import Any
from xml.parsers import expat

from connectors.halaxy.imports.faults import UnreadableFile
from connectors.halaxy.imports.rows import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Row

_MAX_PART = 60_000_000
_DEEPEST, _MAX_NODES = 30, 1_500_000
# Built-in number formats that show dates or times (ECMA-376 part 1, 18.8.30).
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
# Excel believes in 29 February 1900, so its days count from here; those of old Macs from 1904.
_EPOCH, _MAC = date(1899, 12, 30), date(1904, 1, 1)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_BROKEN = "The spreadsheet cannot be read."
_SAVE_AGAIN = "Open it, save it again as XLSX or CSV, and import that."


@dataclass(slots=True)
class _Node:
    """An open element of a part that is read whole."""

    name: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)
    children: list[_Node] = field(default_factory=list)

    def all(self, name: str) -> Iterator[_Node]:
        """Every element of a name below this one."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)


def workbook_rows(content: bytes) -> Iterator[Row]:
    """The rows of the first visible sheet.

    Raises:
        UnreadableFile: It is no workbook, or larger or deeper than any report.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from _rows(archive)
    except (zipfile.BadZipFile, zlib.error, KeyError, IndexError, EOFError, RuntimeError, NotImplementedError):
        raise UnreadableFile(_BROKEN, _SAVE_AGAIN) from None


def _rows(archive: zipfile.ZipFile) -> Iterator[Row]:
    book = _tree(archive, "xl/workbook.xml")
    shown = [sheet for sheet in book.all("sheet") if sheet.attributes.get("state", "visible") == "visible"]
    relations = _tree(archive, "xl/_rels/workbook.xml.rels")
    targets = {item.attributes["Id"]: item.attributes["Target"] for item in relations.all("Relationship")}
    id = next(value for name, value in shown[0].attributes.items() if name.rpartition(":")[2] == "id")
    target = targets[id]
    path = target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
    from_1904 = any(node.attributes.get("date1904") in ("1", "true") for node in book.all("workbookPr"))
    names = set(archive.namelist())
    strings = _strings(archive) if "xl/sharedStrings.xml" in names else []
    dated = _date_styles(archive) if "xl/styles.xml" in names else set()
    yield from _sheet(_tree(archive, path), strings, dated, _MAC if from_1904 else _EPOCH)


def _strings(archive: zipfile.ZipFile) -> list[str]:
    return [_text(item) for item in _tree(archive, "xl/sharedStrings.xml").children if item.name == "si"]


def _date_styles(archive: zipfile.ZipFile) -> set[int]:
    styles = _tree(archive, "xl/styles.xml")
    custom = {int(node.attributes["numFmtId"]): node.attributes.get("formatCode", "") for node in styles.all("numFmt")}
    formats = [int(xf.attributes.get("numFmtId", 0)) for part in styles.all("cellXfs") for xf in part.children]
    return {index for index, number in enumerate(formats) if _is_date(number, custom.get(number))}


def _is_date(number: int, code: str | None) -> bool:
    if code is None:
        return number in _DATE_FORMATS
    return bool(re.search(r"[dmyh]", _LITERAL.sub("", code.partition(";")[0]).lower()))


def _sheet(sheet: _Node, strings: list[str], dated: set[int], epoch: date) -> Iterator[Row]:
    number = 0
    for row in sheet.all("row"):
        number = int(row.attributes.get("r", number + 1))
        if number > MAX_ROWS:
            raise UnreadableFile(f"The sheet has more than {MAX_ROWS} rows.", "Export a shorter period.")
        cells: dict[int, str] = {}
        for cell in (child for child in row.children if child.name == "c"):
            column = _column(cell.attributes.get("r", ""), len(cells))
            cells[column] = " ".join(_cell(cell, strings, dated, epoch).replace("\xa0", " ").split())
        yield Row(number, tuple(cells.get(index, "") for index in range(max(cells, default=-1) + 1)))


def _column(reference: str, otherwise: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return otherwise
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if column > MAX_COLUMNS:
        raise UnreadableFile(f"The sheet has more than {MAX_COLUMNS} columns.", "Export less.")
    return column - 1


def _cell(cell: _Node, strings: list[str], dated: set[int], epoch: date) -> str:
    value = next(("".join(node.text) for node in cell.children if node.name == "v"), "")
    match cell.attributes.get("t", "n"):
        case "s":
            return strings[int(value)] if value else ""
        case "inlineStr":
            return "".join(_text(node) for node in cell.children if node.name == "is")
        case "n" if value:
            style = int(cell.attributes.get("s", 0))
            return _day(value, epoch) if style in dated else _number(value)
        case "b":
            return "yes" if value == "1" else "no"
        case _:
            return value


def _number(value: str) -> str:
    """As Excel means it: its numbers have 15 digits, what is stored beyond them is binary dust."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        return value
    places = max(0, 14 - number.adjusted()) if number else 0
    return f"{round(number, min(places, 30)).normalize():f}"


def _day(value: str, epoch: date) -> str:
    """A serial day; its fraction is the time of day."""
    try:
        serial = Decimal(value)
        return (epoch + timedelta(days=int(serial))).isoformat()
    except (InvalidOperation, OverflowError, ValueError):
        return value


def _text(node: _Node) -> str:
    """The texts of an item, of all its runs, but not how it is pronounced."""
    own = "".join(node.text) if node.name == "t" else ""
    text = own + "".join(_text(child) for child in node.children if child.name != "rPh")
    return text[: MAX_CELL + 1]


def _tree(archive: zipfile.ZipFile, path: str) -> _Node:
    """A part as elements without their name spaces; attributes keep their prefix."""
    with archive.open(path) as part:
        content = part.read(_MAX_PART + 1)
    if len(content) > _MAX_PART:
        raise UnreadableFile("The spreadsheet is larger than any report.", "Export a shorter period.")
    root = _Node("", {})
    stack, count = [root], 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        node = _Node(name.rpartition(":")[2], attributes)
        if len(stack) > _DEEPEST or count > _MAX_NODES:
            raise UnreadableFile(_BROKEN, _SAVE_AGAIN)
        stack[-1].children.append(node)
        stack.append(node)

    def add(text: str) -> None:
        stack[-1].text.append(text)

    def refuse(*given: Any) -> None:
        raise UnreadableFile("The spreadsheet holds a document type, which no program writes into reports.", "")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, lambda name: stack.pop()
    parser.CharacterDataHandler = add
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise UnreadableFile(_BROKEN, _SAVE_AGAIN) from None
    return root.children[0]
