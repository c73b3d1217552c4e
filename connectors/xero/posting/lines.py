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
_NOT_POSTED = ("voided", "write-off", "unassigned")
_ROUNDING = Decimal("0.05")
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Lines:
    """A document's lines and what its sums have to be; `amounts` is Xero's LineAmountTypes."""

    rows: tuple[Mapping[str, Json], ...]
    total: Decimal
    tax: Decimal
    amounts: str


def posted_lines(sale: Sale) -> tuple[SaleLine, ...]:
    """The lines that count: those voided, written off or moved away are left out."""
    return tuple(line for line in sale.lines if line.status not in _NOT_POSTED)


def basis(sale: Sale) -> str:
    """A digest of what of the sale makes the document, so that a changed map or setting never rewrites old ones."""
    head = [sale.date, sale.due, sale.payer.kind, sale.payer.id, sale.subject, sale.claim, sale.currency, sale.location]
    facts = [*head, sale.totals.gross, sale.totals.tax, to_plain(posted_lines(sale))]
    return hashlib.sha256(dumps(facts).encode()).hexdigest()[:32]


def build(now: Situation) -> Lines | Hold:
    """The lines of the sale's document, or the hold that names the first thing in the way."""
    lines = posted_lines(now.sale)
    taxes = line_taxes(now, lines)
    if isinstance(taxes, Hold):
        return taxes
    rows: list[Mapping[str, Json]] = []
    for line, tax in zip(lines, taxes, strict=True):
        row = _row(now, line, tax)
        if isinstance(row, Hold):
            return row
        rows.append(row)
    rounding = _rounding(now, total(tuple(row["amount"] for row in rows)))
    if isinstance(rounding, Hold):
        return rounding
    rows.extend(rounding)
    amounts = "Inclusive" if now.registered else "NoTax"
    return Lines(tuple(rows), now.sale.totals.gross, total(tuple(row["tax"] for row in rows)), amounts)


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
    code = look_up(now.policy.revenue_accounts, line.category, now.sale.location)
    if code is None:
        shown = line.category or "(no category)"
        cause = f"category {shown} is not mapped"
        return now.hold("UNMAPPED", about, cause, "map revenue_accounts", "settings", category=shown)
    return usable(now, code, about, "map revenue_accounts")


def usable(now: Situation, code: str, about: str, mapped_by: str) -> Account | Hold:
    """A mapped account that exists and is active, or the hold that names it."""
    account = now.account(code)
    if account is None:
        return now.hold("UNMAPPED", about, f"account {code} does not exist", mapped_by, "facts", account=code)
    if not account.active:
        return now.hold("ACCOUNT_ARCHIVED", about, f"account {code} is archived", mapped_by, "facts", account=code)
    return account


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
    return (row | {"account": code, "tax_type": OUTSIDE, "tax": ZERO},)


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
