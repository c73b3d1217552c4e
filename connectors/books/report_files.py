"""A report as files: CSV for a spreadsheet, and one self-contained page to read or print.

PURE. A cell of the CSV is never a formula; the page has no script, loads nothing and escapes every value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from connectors.books.report_text import heading, shown

Json = Any
Report = Mapping[str, Json]
_COLUMNS = (
    "id", "code", "kind", "about", "number", "field", "day", "payer", "sales", "ledger", "money", "by_person",
    "sentence", "repairs", "proofs",
)  # fmt: skip
# What a spreadsheet would take for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --wrong: #b3261e; --right: #1b7f3b; }
@media (prefers-color-scheme: dark) { :root { --wrong: #ff8a80; --right: #7ddb9a; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
.wrong { color: var(--wrong); } .right { color: var(--right); }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td.sum { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } tr { break-inside: avoid; } }
"""


def csv_of(report: Report) -> str:
    """The differences, a row each; an unknown comparison has one row that says so."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    if report["difference"] is None:
        told = {"code": "unknown", "sentence": " ".join(report["problems"])}
        writer.writerow([safe(told.get(name, "")) for name in _COLUMNS])
    for item in report["items"]:
        writer.writerow([safe(_plain(item[name])) for name in _COLUMNS])
    return text.getvalue()


def safe(text: str) -> str:
    """A cell that no spreadsheet runs: what looks like a formula is put behind an apostrophe, but for numbers."""
    if text.startswith(_FORMULA) and not text.removeprefix("-").replace(".", "", 1).isdecimal():
        return f"'{text}"
    return text


def html_of(report: Report) -> str:
    """One page."""
    title = heading(report)
    tone = "right" if report["agrees"] else "wrong"
    parts = [f'<h1 class="{tone}">{escape(title)}</h1>', *(f"<p>{escape(text)}</p>" for text in report["problems"])]
    if report["difference"] is not None:
        parts += [*_proofs(report), *_lists(report)]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _proofs(report: Report) -> Iterable[str]:
    sums = ("sales", "ledger", "difference")
    rows = [[proof["name"], *(proof[name] for name in sums), len(proof["items"])] for proof in report["proofs"]]
    yield _table("The five proofs", ("proof", "Halaxy", "Xero", "difference", "items"), rows)
    for proof in report["proofs"]:
        wrong = [row for row in proof["rows"] if row["difference"]]
        if wrong:
            heads = (*proof["by"], "Halaxy", "Xero", "difference")
            yield _table(proof["name"], heads, [[row[name] for name in (*proof["by"], *sums)] for row in wrong])


def _lists(report: Report) -> Iterable[str]:
    for title, name, columns in _LISTS:
        if report[name]:
            yield _table(title, columns, [[row[column] for column in columns] for row in report[name]])
    if report["settled"]:
        rows = [
            [each["item"]["id"], each["item"]["about"], each["item"]["money"], each["decision"], each["reason"],
             each["by"]]
            for each in report["settled"]
        ]  # fmt: skip
        yield _table("Let stand", ("item", "about", "money", "how", "because", "by"), rows)


_LISTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("To look at", "items", ("id", "day", "about", "payer", "sales", "ledger", "money", "sentence")),
    ("Held", "holds", ("about", "days", "sentence")),
    ("Money that should have been paid out", "clearing", ("account", "came", "went", "left", "since", "days")),
    ("Perhaps entered twice", "suspected", ("about", "amount", "what")),
    ("Changed in Xero by a person", "changed", ("number", "fields")),
    ("Not compared", "outside", ("about", "amount", "reason")),
)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[Json]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "\n".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2>\n<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _cell(value: Json) -> str:
    text = escape(_plain(value) or "-")
    return f'<td class="sum">{text}</td>' if _is_number(value) else f"<td>{text}</td>"


def _is_number(value: Json) -> bool:
    return not isinstance(value, str | list | bool) and shown(value).replace(".", "").replace("-", "").isdecimal()


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else shown(value)
