"""Which receipts a payout holds where its report does not say: by pay run, payment id or invoice number.

PURE over an overlay. Only what the payout's id or bank text names outright; sums are never matched, for two may be
equal. A report that lists the receipts is never added to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from connectors.halaxy.overlay import Overlay
from connectors.halaxy.settings import Moment
from engine.sdk.contract import NewEvent
from engine.sdk.records import Payout, Receipt, Sale, from_plain, to_plain

_REACHES_BACK = timedelta(days=60)
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")
_NAMED = re.compile(r"(?P<kind>HX|EFT|PT|HX-PT)-(?P<id>\w+)", re.IGNORECASE)


def complete_payouts(overlay: Overlay, touched: Iterable[str], at: Moment) -> tuple[NewEvent, ...]:
    """Payouts that were imported before the payments in them: these sales' payments are found, kept and told."""
    records = [overlay.get("sale", id) for id in sorted(touched)]
    sales = [from_plain(Sale, record.data) for record in records if record is not None and not record.data["deleted"]]
    told: list[NewEvent] = []
    for record in overlay.all("payout") if sales else ():
        payout = from_plain(Payout, record.data)
        found = set() if payout.deleted else set(named_in(payout, sales))
        if found - set(payout.covers) and (not payout.covers or found.intersection(payout.covers)):
            covers = tuple(sorted(found.union(payout.covers)))
            after = replace(payout, covers=covers, version=record.version + 1, changed_at=at.now)
            overlay.put("payout", after.id, to_plain(after), record.parent)
            told.append(_event(after, at))
    return tuple(told)


def _event(payout: Payout, at: Moment) -> NewEvent:
    """What a payout tells when a poll has completed it."""
    return NewEvent(
        type="halaxy.payout.changed",
        key=f"payout:{payout.id}:changed:v{payout.version}",
        time=at.now,
        title=f"Payout {payout.id} changed",
        data={"payout": to_plain(payout)},
        amount=payout.net,
        subject=payout.id,
    )


def named_in(payout: Payout, sales: Iterable[Sale]) -> tuple[str, ...]:
    """The ids of the payments that a payout's id or bank text names, in order."""
    tokens = set(_TOKEN.findall(f"{payout.id} {payout.text}"))
    digits = {part for token in tokens for part in re.split(r"[_-]", token) if part.isdecimal() and len(part) >= 4}
    named = {(found["kind"].upper(), found["id"]) for token in tokens if (found := _NAMED.fullmatch(token))}
    held = {receipt.id for sale in sales for receipt in _money(sale, payout) if _names(sale, receipt, digits, named)}
    return tuple(sorted(held))


def _money(sale: Sale, payout: Payout) -> Iterator[Receipt]:
    for receipt in sale.payments:
        if receipt.kind == "payment" and payout.bank_date - _REACHES_BACK <= receipt.date <= payout.bank_date:
            yield receipt


def _names(sale: Sale, receipt: Receipt, digits: set[str], named: set[tuple[str, str]]) -> bool:
    if receipt.pay_run is not None:
        return receipt.pay_run in digits
    return ("HX", sale.number) in named or any((kind, receipt.id) in named for kind in ("EFT", "PT", "HX-PT"))
