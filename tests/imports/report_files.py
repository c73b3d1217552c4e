"""Report files as programs write them, made by hand."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DATE = 1


def csv_file(*rows, delimiter=",", encoding="utf-8"):
    lines = [delimiter.join(f'"{cell}"' if delimiter in str(cell) else str(cell) for cell in row) for row in rows]
    return "\r\n".join([*lines, ""]).encode(encoding)


def column(index):
    return chr(ord("A") + index)


def cell(place, value):
    """A cell: text as inline text, (number, style) as a styled number, other things as numbers."""
    if isinstance(value, tuple):
        return f'<c r="{place}" s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def sheet(rows):
    inner = "".join(
        f'<row r="{number}">'
        + "".join(cell(f"{column(index)}{number}", value) for index, value in enumerate(row) if value is not None)
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{inner}</sheetData></worksheet>'


def xlsx_file(*rows, **parts):
    """A workbook of one sheet; parts by path (`/` written as `__`) replace or add to it."""
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    relations = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    files = {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relations,
        "xl/styles.xml": styles,
        "xl/worksheets/sheet1.xml": sheet(rows),
    }
    files |= {name.replace("__", "/") + ".xml": text for name, text in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()
