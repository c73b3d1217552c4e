"""A report for people to read: one number, then only what is wrong, in aligned columns and a bookkeeper's words.

PURE. The terminal shows it, and the daily mail carries it as its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

Json = Any
Report = Mapping[str, Json]
_PROOFS = {
    "sales": "Sales by day and account",
    "cash": "Cash by method and day",
    "debtors": "Debtors by payer",
    "deposits": "Deposits held",
    "gst": "GST collected",
}
_SHOWN = 50


def heading(report: Report) -> str:
    """The one number."""
    days = f"{shown(report['first'])} to {shown(report['last'])}"
    if report["difference"] is None:
        return f"Halaxy and Xero, {days}: unknown"
    words = "nothing differs" if report["agrees"] else f"{_count(len(report['items']), 'item')} to look at"
    return f"Halaxy and Xero, {days}: difference {report['difference']:.2f}, {words}"


def lines_of(report: Report, most: int = _SHOWN) -> list[str]:
    """The heading and what is wrong; `most` rows of each kind."""
    found = [heading(report), *(f"  {problem}" for problem in report["problems"])]
    if report["difference"] is None:
        return found
    for title, write in _SECTIONS:
        rows = write(report)
        if rows:
            found += ["", title, *aligned(rows[: most + 1])]
            found += [f"  and {len(rows) - most - 1} more"] if len(rows) > most + 1 else []
    if report["agrees"]:
        sides = report["sales"]
        sold = f"{_count(sides['invoices'], 'invoice')} over {sides['invoiced']:.2f}"
        paid = f"{_count(sides['payments'], 'payment')} over {sides['paid']:.2f}"
        found += ["", f"{sold} and {paid} are the same."]
    return found


def text_of(report: Report, most: int = _SHOWN) -> str:
    """All of it in one text."""
    return "\n".join(lines_of(report, most))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns under each other; sums are written so that they end alike."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numeric = [all(_is_sum(row[column]) for row in rows[1:]) for column in range(len(widths))]
    return ["  " + "  ".join(_cell(*each) for each in zip(row, widths, numeric, strict=True)).rstrip() for row in rows]


def shown(value: Json) -> str:
    """A value as people write it; nothing is a dash."""
    if value is None or value == "":
        return "-"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(text: str, width: int, numeric: bool) -> str:
    return text.rjust(width) if numeric else text.ljust(width)


def _is_sum(text: str) -> bool:
    return text == "-" or text.replace(".", "").replace("-", "").isdecimal()


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# --- sections -------------------------------------------------------------------------------------


def _proofs(report: Report) -> list[tuple[str, ...]]:
    wrong = [proof for proof in report["proofs"] if proof["difference"] or proof["items"]]
    if not wrong:
        return []
    head = ("proof", "Halaxy", "Xero", "difference", "items")
    rows = (
        (_PROOFS[proof["name"]], *(shown(proof[name]) for name in ("sales", "ledger", "difference")),
         str(len(proof["items"])))
        for proof in wrong
    )  # fmt: skip
    return [head, *rows]


def _items(report: Report) -> list[tuple[str, ...]]:
    head = ("item", "day", "about", "Halaxy", "Xero", "money", "what it is")
    ordered = sorted(report["items"], key=lambda item: -item["money"])
    rows = [tuple(shown(item[name]) for name in _COLUMNS) for item in ordered]
    return [head, *rows] if rows else []


_COLUMNS = ("id", "day", "about", "sales", "ledger", "money", "sentence")


def _holds(report: Report) -> list[tuple[str, ...]]:
    rows = [(hold["about"], _count(hold["days"], "day"), hold["sentence"]) for hold in report["holds"]]
    return [("about", "since", "why it waits"), *rows] if rows else []


def _clearing(report: Report) -> list[tuple[str, ...]]:
    head = ("account", "came", "went", "left", "since")
    rows = [tuple(shown(row[name]) for name in ("account", "came", "went", "left", "since"))
            for row in report["clearing"]]  # fmt: skip
    return [head, *rows] if rows else []


def _suspected(report: Report) -> list[tuple[str, ...]]:
    rows = [(row["about"], shown(row["amount"]), row["what"]) for row in report["suspected"]]
    return [("about", "amount", "what"), *rows] if rows else []


def _changed(report: Report) -> list[tuple[str, ...]]:
    rows = [(row["number"] or row["id"], ", ".join(row["fields"])) for row in report["changed"]]
    return [("document", "changed"), *rows] if rows else []


def _settled(report: Report) -> list[tuple[str, ...]]:
    rows = [
        (each["item"]["id"], each["item"]["about"], shown(each["item"]["money"]), each["decision"], each["reason"])
        for each in report["settled"]
    ]
    return [("item", "about", "money", "stands", "because"), *rows] if rows else []


def _waiting(report: Report) -> list[tuple[str, ...]]:
    return [("invoice",), *((about,) for about in report["waiting_approval"])] if report["waiting_approval"] else []


_SECTIONS: Iterable[tuple[str, Callable[[Report], list[tuple[str, ...]]]]] = (
    ("Proofs that do not come out", _proofs),
    ('To look at (repair with "daybook reconcile repair ITEM --do ...")', _items),
    ("Held", _holds),
    ("Money that should have been paid out", _clearing),
    ("Perhaps entered twice", _suspected),
    ("Changed in Xero by a person", _changed),
    ("Waiting for approval in Xero", _waiting),
    ("Let stand", _settled),
)
