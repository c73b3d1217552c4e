"""R15, as far as nothing is applied or only words change: a document is updated in place, same lines kept.

PURE. Whether it may be is decided in `corrections`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connectors.xero.posting.fees import fees_of
from connectors.xero.posting.lines import Lines
from connectors.xero.posting.locks import locked
from connectors.xero.posting.situation import Situation, Write
from connectors.xero.posting.theirs import changed_by_person, held_for_person, may_overwrite
from connectors.xero.posting.undoing import notes_of
from engine.core.money import ZERO, total
from engine.sdk.contract import Calls, Hold, Link

Json = Any
UPDATE = "update invoice"
_MONEY = ("quantity", "unit", "amount", "tax_type", "tax")


def edit(now: Situation, link: Link, read: Mapping[str, Json], wanted: Mapping[str, Json]) -> Calls | Hold | None:
    """The update that makes the document what the sale says; None when it says so already."""
    if not difference(read, wanted):
        return None
    about = f"invoice {now.sale.id}"
    if (refusal := now.refusal(UPDATE)) is not None:
        return now.refused(refusal, about)
    changed = changed_by_person(link.written, read)
    if changed and not may_overwrite(now):
        return held_for_person(now, link, changed)
    if now.locked(read["date"]) or now.locked(wanted["date"]):
        return locked(now, about)
    lines = with_ids(read["lines"], wanted["lines"], _of_fees(link))
    payload = {**notes_of(link), **wanted, "id": link.id, "lines": lines}
    return Calls((now.ask("update_invoice", link.marker, payload, Write(UPDATE, link.part, fresh_read=True)),))


def unposted_sums(now: Situation, link: Link) -> Hold | None:
    """The hold of a document whose sums differ from what was asked for: payments wait (R5)."""
    about, written = f"invoice {now.sale.id}", link.written
    cause, release = f"sums of {link.marker}", f"document invoice {link.id}"
    if written.get("total") != written.get("wanted_total", written.get("total")):
        total = {"xero_total": written["total"], "halaxy_total": written["wanted_total"]}
        return now.hold("TOTAL_MISMATCH", about, cause, release, **total)
    if written.get("tax") != written.get("wanted_tax", written.get("tax")):
        return now.hold(
            "TAX_MISMATCH", about, cause, release, xero_tax=written["tax"], halaxy_tax=written["wanted_tax"]
        )
    return None


def wanted_head(lines: Lines) -> dict[str, Json]:
    """The part of a payload that comes from the lines, with the sums that the answer must show."""
    return {"amounts": lines.amounts, "lines": list(lines.rows), **sums(lines.rows), "fees": fees_of(lines.rows)}


def sums(rows: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """What the answer to a document with these lines must show."""
    amount, tax = (total(tuple(row[name] for row in rows)) for name in ("amount", "tax"))
    return {"wanted_total": amount, "wanted_tax": tax}


def difference(read: Mapping[str, Json], wanted: Mapping[str, Json]) -> tuple[str, ...]:
    """The fields in which a document is not as it should be."""
    names = ("contact_id", "date", "due_date", "reference")
    changed = [name for name in names if read[name] != wanted[name]]
    texts = ("description", *_MONEY[2:], "account")
    return (*changed, *(("lines",) if _rows(read["lines"], texts) != _rows(wanted["lines"], texts) else ()))


def moves_money(read: Mapping[str, Json], wanted: Mapping[str, Json]) -> bool:
    """Words, accounts and due dates may change on a paid sale (fact sheet 8.3); payer, date and sums may not."""
    if any(read[name] != wanted[name] for name in ("contact_id", "date")):
        return True
    return _rows(read["lines"], _MONEY[2:]) != _rows(wanted["lines"], _MONEY[2:])


def _rows(lines: Sequence[Mapping[str, Json]], names: Sequence[str]) -> list[tuple[Json, ...]]:
    return [tuple(line.get(name) for name in names) for line in lines]


def with_ids(
    standing: Sequence[Mapping[str, Json]],
    wanted: Sequence[Mapping[str, Json]],
    of_fees: Mapping[str, str] = MappingProxyType({}),
) -> list[Mapping[str, Json]]:
    """Gives wanted lines the ids of standing ones: of the same fee first, then alike, then the same text, then any.

    Args:
        of_fees: The ids of standing lines by the practice system's line, as far as they are known.
    """
    there = {str(row["id"]) for row in standing}
    ids = {index: id for index, line in enumerate(wanted) if (id := of_fees.get(line.get("line", ""), "")) in there}
    free = [row for row in standing if str(row["id"]) not in ids.values()]
    for names in (("description", "amount", "account", "tax_type"), ("description",), ()):
        for index, line in enumerate(wanted):
            match = next((row for row in free if _rows([row], names) == _rows([line], names)), None)
            if index not in ids and match is not None:
                free.remove(match)
                ids[index] = str(match["id"])
    standing_by_id = {str(row["id"]): row for row in standing}
    return [
        _instead_of(standing_by_id[ids[index]], line) if index in ids else line for index, line in enumerate(wanted)
    ]


def _of_fees(link: Link) -> dict[str, str]:
    """Line ids by fee, where the document has just the lines that we wrote."""
    written, noted = link.written.get("lines", ()), link.written.get("fees", ())
    if len(written) != len(noted):
        return {}
    return {str(fee["line"]): str(row["id"]) for fee, row in zip(noted, written, strict=True) if fee.get("line")}


def _instead_of(standing: Mapping[str, Json], wanted: Mapping[str, Json]) -> Mapping[str, Json]:
    """The wanted line under the standing one's id; what is not sent would keep its value, so it is sent empty."""
    emptied: dict[str, Json] = {"id": str(standing["id"])}
    if standing.get("discount") and "discount" not in wanted:
        emptied["discount"] = ZERO
    if standing.get("tracking") and not wanted.get("tracking"):
        emptied["tracking"] = {}
    return {**wanted, **emptied}
