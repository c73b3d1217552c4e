"""R4, R5, R6 and R29: the lines of a document, so that its sums are the practice system's to the cent.

PURE. One Xero line for each line of the sale, tax-inclusive at two decimals, plus at most one rounding line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.xero.posting.policy import look_up
from connectors.xero.posting.situation import Account, Situation
from connectors.xero.posting.tax import FREE, OUTSIDE, TAXED, included_tax, line_taxes
from engine.core.money import CENT, ZERO, cents, total
from engine.core.values import dumps
from engine.sdk.contract import Hold
from engine.sdk.records import Sale, SaleLine, to_plain

Json = Any
FUNDS = "practitioner funds"
REMAP = "REMAP"
_NO_FEES = ("voided", "unassigned")
_ROUNDING = Decimal("0.05")
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Lines:
    """A document's lines and what its sums have to be; `amounts` is Xero's LineAmountTypes."""

    rows: tuple[Mapping[str, Json], ...]
    total: Decimal
    tax: Decimal
    amounts: str


def fee_lines(sale: Sale) -> tuple[SaleLine, ...]:
    """The lines that were charged: written off ones too, for that is a bad debt and no other fee (R15, R17)."""
    return tuple(line for line in sale.lines if line.status not in _NO_FEES)


def written_off_lines(sale: Sale) -> tuple[SaleLine, ...]:
    """The fees that the practice gave up; of an invoice that is written off whole, all (R17)."""
    marked = tuple(line for line in sale.lines if line.status == "write-off")
    return marked if marked or sale.status != "write-off" else fee_lines(sale)


def active_lines(sale: Sale) -> tuple[SaleLine, ...]:
    """The fees that the practice still asks for; what a first posting carries (R1)."""
    given_up = {line.id for line in written_off_lines(sale)}
    return tuple(line for line in fee_lines(sale) if line.id not in given_up)


def basis(sale: Sale) -> str:
    """A digest of what of the sale makes the document, so that a changed map or setting never rewrites old ones."""
    payer = [sale.payer.kind, sale.payer.id, sale.subject, sale.claim]
    head = [sale.date, sale.due_reported, *payer, sale.currency, sale.location]
    lines = [{**to_plain(line), "status": ""} for line in fee_lines(sale)]
    header = [] if written_off_lines(sale) else [sale.totals.gross, sale.totals.tax]
    facts = [*head, *header, lines, sale.deleted, sale.kind]
    return hashlib.sha256(dumps(facts).encode()).hexdigest()[:32]


def build(now: Situation, lines: Sequence[SaleLine]) -> Lines | Hold:
    """The lines of the sale's document, or the hold that names the first thing in the way.

    Args:
        lines: The fees that it carries. The header's sums count only where it speaks of the same lines: those of a
            sale that is written off in part or whole are not known to (accounting cases, section 1).
    """
    header = same_as_header(now.sale, lines)
    taxes = line_taxes(now, lines, header)
    if isinstance(taxes, Hold):
        return taxes
    rows: list[Mapping[str, Json]] = []
    for line, tax in zip(lines, taxes, strict=True):
        row = _row(now, line, tax)
        if isinstance(row, Hold):
            return row
        rows.append(row)
    rounding = _rounding(now, total(tuple(row["amount"] for row in rows))) if header else ()
    if isinstance(rounding, Hold):
        return rounding
    rows.extend(rounding)
    amounts = "Inclusive" if now.registered else "NoTax"
    gross, tax = (total(tuple(row[name] for row in rows)) for name in ("amount", "tax"))
    return Lines(tuple(rows), gross, tax, amounts)


def same_as_header(sale: Sale, lines: Sequence[SaleLine]) -> bool:
    """Whether the header's sums are those of these lines."""
    return sale.status != "write-off" and tuple(lines) == active_lines(sale)


def _row(now: Situation, line: SaleLine, tax: Decimal) -> Mapping[str, Json] | Hold:
    account = _account(now, line)
    if isinstance(account, Hold):
        return account
    tracking = _tracking(now, line)
    if isinstance(tracking, Hold):
        return tracking
    tax_type = OUTSIDE if account.liability or not now.registered else TAXED if tax != ZERO else FREE
    counted = ZERO if tax_type == OUTSIDE else tax
    row: dict[str, Json] = _price(line, _text(now, line))
    row |= {"amount": cents(line.gross), "account": account.code, "tax_type": tax_type, "tax": counted}
    row |= {"line": line.id, "category": line.category}
    if included_tax(line.gross, now.rate(tax_type)) != counted:
        row["override_tax"] = True
    return row | ({"tracking": tracking} if tracking else {})


def _price(line: SaleLine, text: str) -> dict[str, Json]:
    """Quantity and price where they multiply exactly at two decimals, else quantity 1 with the quantity in the text."""
    off = line.discount.gross if line.discount else ZERO
    shown = off > ZERO and line.discount is not None and line.discount.price_before - off == line.gross
    before = line.gross + off if shown else line.gross
    row: dict[str, Json] = {"description": text[:_LONGEST], "quantity": Decimal(1), "unit": cents(before)}
    if line.quantity != 1:
        unit = cents(before / line.quantity) if line.quantity > 0 else ZERO
        if unit * line.quantity == before and line.quantity == line.quantity.quantize(Decimal("0.0001")):
            row |= {"quantity": line.quantity.normalize(), "unit": unit}
        else:
            row["description"] = f"{line.quantity.normalize():f} x {text}"[:_LONGEST]
    return row | ({"discount": cents(off)} if shown else {})


def _text(now: Situation, line: SaleLine) -> str:
    if now.policy.describe == "code_only":
        return line.code or line.category or "Service"
    return line.description.strip() or line.code or line.category or "Service"


def _account(now: Situation, line: SaleLine) -> Account | Hold:
    about = f"invoice {now.sale.id} line {line.id}"
    # The fees of an agent are never the practice's revenue (R25).
    if (line.practitioner or now.sale.practitioner) in now.policy.agents and _posted_account(now, line) is None:
        return now.special(FUNDS, about)
    code = _posted_account(now, line) or look_up(now.policy.revenue_accounts, line.category, now.sale.location)
    if code is None:
        shown = line.category or "(no category)"
        cause = f"category {shown} is not mapped"
        return now.hold("UNMAPPED", about, cause, "map revenue_accounts", "settings", category=shown)
    return now.usable(code, about, "map revenue_accounts")


def is_remapped(now: Situation) -> bool:
    """Whether a person asked for this snapshot to follow the map as it is now, and a posted fee does not yet."""
    if not _remap_asked(now):
        return False
    rows = [row for link in now.live("invoice") for row in link.written.get("fees", ()) if row.get("category")]
    table, location = now.policy.revenue_accounts, now.sale.location
    return any((look_up(table, row["category"], location) or row["account"]) != row["account"] for row in rows)


def _remap_asked(now: Situation) -> bool:
    choice = now.known.choices.get((REMAP, f"invoice {now.sale.id}"))
    return choice is not None and choice.version == now.sale.version


def _posted_account(now: Situation, line: SaleLine) -> str | None:
    """Where the fee stands already: a map that was changed since is no edit of it (see `daybook remap`)."""
    if _remap_asked(now):
        return None
    for link in now.live("invoice"):
        for row in link.written.get("fees", ()):
            if row.get("line") == line.id and row.get("category") == line.category:
                return str(row["account"])
    return None


def _tracking(now: Situation, line: SaleLine) -> Mapping[str, str] | Hold:
    chosen: dict[str, str] = {}
    for category, by in now.policy.tracking.items():
        here = now.sale.location if "location" in by else (line.practitioner or now.sale.practitioner)
        names = now.policy.locations if "location" in by else now.policy.practitioners
        option = names.get(here or "")
        fact = now.known.facts.get("tracking", {}).get(category, {})
        if option is None or option not in fact.get("options", ()):
            about = f"invoice {now.sale.id} line {line.id}"
            cause = f"tracking option of {category} for {here}"
            return now.hold("TRACKING_MISSING", about, cause, "facts", "settings", category=category, of=here)
        chosen[category] = option
    return chosen


def _rounding(now: Situation, lines_gross: Decimal) -> Sequence[Mapping[str, Json]] | Hold:
    """A few cents between header and lines go to the rounding account; more is never papered over (R6)."""
    header = now.sale.totals.gross
    difference = header - lines_gross
    about = f"invoice {now.sale.id}"
    if difference == ZERO:
        return ()
    if abs(difference) > _ROUNDING:
        cause = f"lines of invoice {now.sale.id}"
        return now.hold("TOTAL_MISMATCH", about, cause, lines_gross=lines_gross, header_gross=header)
    code = now.system_account("ROUNDING")
    if code is None:
        return now.hold("ACCOUNT_ARCHIVED", about, "no rounding account", "facts", account="ROUNDING")
    row = {"description": "Rounding", "quantity": Decimal(1), "unit": difference, "amount": difference}
    return (row | {"account": code, "tax_type": OUTSIDE, "tax": ZERO, "line": "rounding"},)


def without_negatives(rows: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]] | None:
    """Lines for a credit note: negative ones netted against those of the same account, tax and tracking (R4).

    Returns:
        The positive rest, or None when a negative line is larger than its fellows.
    """
    rest = [dict(row) for row in rows]
    for row in rest:
        for other in rest:
            if row["amount"] < ZERO and other["amount"] >= CENT and _kind(row) == _kind(other):
                taken = min(-row["amount"], other["amount"])
                row["amount"] += taken
                other["amount"] -= taken
    if any(row["amount"] < ZERO for row in rest):
        return None
    return [row for row in rest if row["amount"] > ZERO]


def _kind(row: Mapping[str, Json]) -> tuple[Json, ...]:
    return (row["account"], row["tax_type"], sorted((row.get("tracking") or {}).items()))
