"""R1: what is posted at all, and when.

PURE. What stands in Xero already and should not is the matter of `removal`.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.xero.posting.situation import Situation
from engine.core.money import ZERO
from engine.sdk.contract import Decision, Finished, Later
from engine.sdk.records import Sale

# Xero's names of Australian and New Zealand zones (fact sheet 8.15).
_ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
}
_EARLIEST_ZONE = timedelta(hours=14)
_LOOK_AGAIN = timedelta(minutes=15)


def unwanted(sale: Sale) -> str | None:
    """Why this sale should have no document, or None when it should have one."""
    if sale.deleted:
        return "deleted"
    if sale.kind == "quote":
        return "type is quote"
    return "gross total is 0.00" if sale.totals.gross == ZERO else None


def out_of_scope(now: Situation) -> Decision | None:
    """The decision for a sale that is not posted now or ever; None for one that is."""
    sale, policy = now.sale, now.policy
    about = f"invoice {sale.id}"
    if policy.start_date is not None and sale.date < policy.start_date:
        return Finished({"skipped": "before the start date"})
    if sale.totals.gross < ZERO:
        return now.hold("TOTAL_MISMATCH", about, "negative total", header_gross=sale.totals.gross)
    base = now.organisation.get("base_currency")
    if sale.currency and base and sale.currency != base:
        return now.hold("CURRENCY_NOT_ENABLED", about, f"currency {sale.currency}", "facts", currency=sale.currency)
    return _not_yet_due(now) if sale.date > now.today.day else None


def _not_yet_due(now: Situation) -> Decision:
    """An invoice raised at booking waits for its day; money on it would be a prepayment (R11)."""
    sale = now.sale
    if any(receipt.kind not in ("failed", "deposit") for receipt in sale.payments):
        return now.hold(
            "NOT_YET", f"invoice {sale.id}", "paid before its date", f"day {sale.date.isoformat()}", date=sale.date
        )
    return Later(max(start_of_day(now), now.today.now + _LOOK_AGAIN), "the invoice date is in the future")


def start_of_day(now: Situation) -> datetime:
    """When the sale's day begins where the practice is; without a known zone, when it begins first on earth."""
    zone = _ZONES.get(str(now.organisation.get("timezone", "")))
    if zone is None:
        return datetime.combine(now.sale.date, time(), UTC) - _EARLIEST_ZONE
    return datetime.combine(now.sale.date, time(), ZoneInfo(zone)).astimezone(UTC)
