"""What happened to a sale, told from its last snapshot and the fresh one.

PURE. The events and their dedupe keys are the rows marked "Diff" or "Poll" for invoices and payments in
section 2 of the Halaxy fact sheet, with `halaxy.` before the names, plus the coarse `invoice.changed`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.core.money import ZERO
from engine.sdk.contract import NewEvent
from engine.sdk.records import Deposit, Receipt, Sale, to_plain

Json = Any

OVERDUE_DAYS = (1, 7, 14, 30, 60, 90)

_FIRST_SEEN = {
    "payment": ("payment.recorded", "recorded", "received"),
    "refund": ("payment.refunded", "refunded", "refunded"),
    "to_deposit": ("payment.refunded", "refunded", "turned into a deposit"),
    "dishonour": ("payment.refunded", "refunded", "dishonoured"),
    "failed": ("payment.failed", "failed", "failed"),
    "discount": ("discount.applied", "discount", "is a discount"),
    "deposit": ("deposit.received", "deposit", "received as a deposit"),
    "deposit_applied": ("deposit.applied", "depapplied", "applied from a deposit"),
}


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Our snapshot versions of a sale's lines and payments, and the payments that stand elsewhere.

    An id that is not named counts with the sale's own version. A payment in `elsewhere` has left this
    invoice but not Halaxy (moved to another invoice), so it was not removed.
    """

    lines: Mapping[str, int] = field(default_factory=dict)
    payments: Mapping[str, int] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()


def events(before: Sale | None, after: Sale, at: datetime, snapshots: Snapshots | None = None) -> tuple[NewEvent, ...]:
    """Every event that leads from one snapshot to the next; none when they hold the same.

    Args:
        before: The last stored snapshot; None for an invoice seen for the first time, which then counts
            as one that was empty, open and unpaid.
        after: The fresh snapshot with its own version.
        at: When the change was seen; Halaxy dates none of them (R19).
        snapshots: Versions of the parts, for their keys.
    """
    if before is not None and same(before, after):
        return ()
    known = snapshots or Snapshots()
    baseline = before if before is not None and before.kind == after.kind else None
    if after.kind == "quote":
        found = tuple(_quote(baseline, after, at))
        return found if before is None or before.kind == "quote" else (*found, _changed(after, at))
    return (
        *_head(baseline, after, at),
        *_lines(baseline, after, at, known),
        *_payments(before, after, at, known),
        _changed(after, at),
    )


def same(one: Sale, other: Sale) -> bool:
    """Whether two snapshots hold the same, whatever their version and time."""
    return replace(one, version=0, changed_at=None) == replace(other, version=0, changed_at=None)


def overdue(sale: Sale, today: date, at: datetime) -> tuple[NewEvent, ...]:
    """`invoice.overdue` for the bucket of days that an open invoice has reached."""
    if sale.deleted or sale.kind != "invoice" or sale.totals.balance <= 0 or sale.due is None:
        return ()
    late = (today - sale.due).days
    bucket = max((days for days in OVERDUE_DAYS if late >= days), default=None)
    if bucket is None:
        return ()
    return (_event(sale, at, "invoice.overdue", f"overdue:{bucket}", f"is {bucket} days overdue", sale.totals.balance),)


def loose(
    before: Receipt | None, after: Receipt | None, at: datetime, version: int, deposit: Deposit | None = None
) -> tuple[NewEvent, ...]:
    """Events of a transaction on no invoice known to us: a deposit, or money whose invoice is missing."""
    if before == after:
        return ()
    if after is not None:
        told = tuple(_payment(None, before, after, at, version))
    elif before is not None:
        told = (_payment_event(None, before, at, "payment.removed", "removed", "was removed"),)
    if deposit is None:
        return told
    return tuple(replace(event, data={**event.data, "deposit": to_plain(deposit)}) for event in told)


def _head(before: Sale | None, after: Sale, at: datetime) -> Iterator[NewEvent]:
    if after.deleted:
        if before is None or not before.deleted:
            yield _event(after, at, "invoice.deleted", "deleted", "was deleted")
        return
    version = f"v{after.version}"
    was = (
        before.totals if before else replace(after.totals, paid=ZERO, balance=max(after.totals.gross, Decimal("0.01")))
    )
    now = after.totals
    if before is None:
        yield _event(after, at, "invoice.created", "created", "was created")
    elif not _same_content(before, after):
        yield _event(after, at, "invoice.updated", f"upd:{version}", "was updated")
    if after.status == "issued" and (before is None or before.status != "issued"):
        yield _event(after, at, "invoice.issued", f"issued:{version}", "was issued")
    if (was.gross, was.net, was.tax) != (now.gross, now.net, now.tax):
        yield _event(after, at, "invoice.amount_changed", f"amt:{version}", "has a new amount")
    if now.paid > was.paid and now.balance > 0:
        yield _event(after, at, "invoice.partially_paid", f"paid:{version}", "is partly paid", now.paid)
    if was.balance > 0 >= now.balance and now.paid > 0:
        yield _event(after, at, "invoice.paid", f"settled:{version}", "is settled", now.paid)
    # A booking makes an invoice of zero whose fee comes later: that was never settled.
    if was.balance <= 0 < now.balance and (was.gross != 0 or was.paid != 0):
        yield _event(after, at, "invoice.reopened", f"reopened:{version}", "is open again", now.balance)
    if _newly_written_off(before, after):
        yield _event(after, at, "invoice.written_off", f"wo:{version}", "was written off")
    if before is not None and (before.payer.kind, before.payer.id) != (after.payer.kind, after.payer.id):
        yield _event(after, at, "invoice.payer_changed", f"payer:{version}", "has another payer")


def _lines(before: Sale | None, after: Sale, at: datetime, known: Snapshots) -> Iterator[NewEvent]:
    if before is None or after.deleted:
        return
    fresh = {line.id: line for line in after.lines}
    for line in before.lines:
        key = f"line:{line.id}:{{}}:v{known.lines.get(line.id, after.version)}"
        now = fresh.get(line.id)
        if now is None:
            yield _keyed(after, at, "invoice.line_removed", key.format("removed"), "lost a line", line.gross)
        elif now.status == "voided" != line.status:
            yield _keyed(after, at, "invoice.line_voided", key.format("voided"), "has a line voided", line.gross)


def _payments(before: Sale | None, after: Sale, at: datetime, known: Snapshots) -> Iterator[NewEvent]:
    old = {receipt.id: receipt for receipt in before.payments} if before else {}
    fresh = {receipt.id: receipt for receipt in after.payments}
    for receipt in after.payments:
        if old.get(receipt.id) != receipt:
            yield from _payment(after, old.get(receipt.id), receipt, at, known.payments.get(receipt.id))
    for receipt in old.values():
        if receipt.id not in fresh and receipt.id not in known.elsewhere:
            yield _payment_event(after, receipt, at, "payment.removed", "removed", "was removed")


def _payment(
    sale: Sale | None, before: Receipt | None, after: Receipt, at: datetime, version: int | None
) -> Iterator[NewEvent]:
    """A transaction known under another invoice (or none) before was changed, not recorded anew."""
    if before is None or before.kind != after.kind:
        name, key, words = _FIRST_SEEN[after.kind]
        yield _payment_event(sale, after, at, name, key, words)
    if before is not None or (version or 1) > 1:
        number = version or (sale.version if sale else 1)
        yield _payment_event(sale, after, at, "payment.updated", f"upd:v{number}", "was changed")


def _quote(before: Sale | None, after: Sale, at: datetime) -> Iterator[NewEvent]:
    name, key, words = (
        ("created", "created", "was made") if before is None else ("updated", f"upd:v{after.version}", "changed")
    )
    yield NewEvent(
        type=f"halaxy.quote.{name}",
        key=f"quote:{after.id}:{key}",
        time=at,
        title=f"Quote {after.number} {words}",
        data={"invoice": to_plain(after)},
        amount=after.totals.gross,
        subject=after.id,
    )


def _changed(sale: Sale, at: datetime) -> NewEvent:
    return _event(sale, at, "invoice.changed", f"changed:v{sale.version}", "changed")


def _newly_written_off(before: Sale | None, after: Sale) -> bool:
    if after.status == "write-off" and (before is None or before.status != "write-off"):
        return True
    known = {line.id for line in before.lines if line.status == "write-off"} if before else set()
    return any(line.status == "write-off" and line.id not in known for line in after.lines)


def _same_content(one: Sale, other: Sale) -> bool:
    return same(replace(one, payments=()), replace(other, payments=()))


def _event(sale: Sale, at: datetime, name: str, key: str, words: str, amount: Decimal | None = None) -> NewEvent:
    return _keyed(sale, at, name, f"inv:{sale.id}:{key}", words, amount)


def _keyed(sale: Sale, at: datetime, name: str, key: str, words: str, amount: Decimal | None) -> NewEvent:
    return NewEvent(
        type=f"halaxy.{name}",
        key=key,
        time=at,
        title=f"Invoice {sale.number} {words}",
        data={"invoice": to_plain(sale)},
        amount=sale.totals.gross if amount is None else amount,
        subject=sale.id,
    )


def _payment_event(sale: Sale | None, receipt: Receipt, at: datetime, name: str, key: str, words: str) -> NewEvent:
    data = {"payment": to_plain(receipt)} if sale is None else {"invoice": to_plain(sale), "payment": to_plain(receipt)}
    return NewEvent(
        type=f"halaxy.{name}",
        key=f"pay:{receipt.id}:{key}",
        time=at,
        title=f"Payment {receipt.id} {words}",
        data=data,
        amount=receipt.amount,
        subject=sale.id if sale else receipt.invoice or "",
    )
