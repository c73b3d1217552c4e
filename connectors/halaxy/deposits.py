"""From payers' credit to deposits under new versions, with the events of what changed.

PURE over an overlay. Which use is drawn from which deposit is settled in `credits.py`; the uses themselves
stand on the sales that they pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from connectors.halaxy.crediting import Accounts, owner_key
from connectors.halaxy.credits import Account, Credit, part_id
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import Party
from connectors.halaxy.report_facts import PAYMENT_FACTS, PaymentFacts, receipt_with_facts
from connectors.halaxy.sales import known_payer
from connectors.halaxy.settings import Moment
from engine.core.money import ZERO
from engine.sdk.contract import NewEvent
from engine.sdk.records import Deposit, Payer, Receipt, from_plain, to_plain


def rejoin_deposits(overlay: Overlay, owners: Iterable[str], at: Moment) -> tuple[NewEvent, ...]:
    """Build the deposits of these payers anew, keep those that differ and tell what happened to them."""
    accounts = Accounts(overlay)
    told: list[NewEvent] = []
    for owner in sorted(owners):
        credit = accounts.of(owner)
        payer = _payer(overlay, owner)
        for deposit in (*_standing(overlay, credit, payer, at), *_gone(overlay, owner, credit)):
            told.extend(_keep(overlay, owner, deposit, credit, at))
    return tuple(told)


def deposit_events(before: Deposit | None, after: Deposit, at: datetime) -> Iterator[NewEvent]:
    """What happened to a deposit besides being received; `deposit.changed` always comes last."""
    known = {item.id for item in before.refunds} if before else set()
    for item in after.refunds:
        if item.id not in known:
            yield _event(after, at, "refunded", f"refunded:{item.id}", "was given back", item)
    if after.deleted and before is not None and not before.deleted:
        yield _event(after, at, "removed", f"removed:v{after.version}", "was removed")
    yield _event(after, at, "changed", f"changed:v{after.version}", "changed")


def _standing(overlay: Overlay, credit: Account, payer: Payer, at: Moment) -> Iterator[Deposit]:
    for source in credit.sources:
        sale = overlay.get("sale", source.invoice) if source.invoice else None
        yield Deposit(
            id=source.id,
            version=0,
            deleted=False,
            payer=payer,
            at=source.at,
            date=source.at.astimezone(at.zone).date(),
            method=source.method,
            amount=source.amount,
            currency=sale.data["currency"] if sale else at.currency,
            refunds=tuple(_refunds(overlay, source, credit, at)),
            location=source.clinic or (sale.data["location"] if sale else None),
            invoice=source.invoice,
        )


def _refunds(overlay: Overlay, source: Credit, credit: Account, at: Moment) -> Iterator[Receipt]:
    for draw in (item for item in credit.draws if item.kind != "deposit_applied"):
        for number, part in enumerate(credit.parts[draw.id]):
            if part.deposit == source.id:
                known = overlay.get(PAYMENT_FACTS, draw.id)
                receipt = Receipt(
                    id=part_id(draw.id, number),
                    kind=draw.kind,
                    at=draw.at,
                    date=draw.at.astimezone(at.zone).date(),
                    method=draw.method,
                    amount=part.amount,
                    deposit=source.id,
                    reverses=source.id if draw.kind == "dishonour" else None,
                )
                yield receipt_with_facts(receipt, from_plain(PaymentFacts, known.data) if known else None)


def _gone(overlay: Overlay, owner: str, credit: Account) -> Iterator[Deposit]:
    """Stored deposits that Halaxy no longer has; one that went over to another payer is not among them."""
    standing = {source.id for source in credit.sources}
    for record in overlay.children("deposit", owner):
        now = overlay.get("credit", record.id)
        moved = now is not None and now.parent != owner and not now.data["gone"]
        if record.id not in standing and not moved:
            yield replace(from_plain(Deposit, record.data), deleted=True, refunds=())


def _keep(overlay: Overlay, owner: str, fresh: Deposit, credit: Account, at: Moment) -> tuple[NewEvent, ...]:
    stored = overlay.stored("deposit", fresh.id)
    before = from_plain(Deposit, stored.data) if stored else None
    if before is not None and stored is not None and _same(before, fresh) and stored.parent == owner:
        return ()
    after = replace(fresh, version=stored.version + 1 if stored else 1, changed_at=at.now)
    overlay.put("deposit", fresh.id, to_plain(after), owner)
    if before is None and _is_history(after, credit, at):
        return ()
    return tuple(deposit_events(before, after, at.now))


def _same(one: Deposit, other: Deposit) -> bool:
    return replace(one, version=0, changed_at=None) == replace(other, version=0, changed_at=None)


def _is_history(deposit: Deposit, credit: Account, at: Moment) -> bool:
    """Whether it was taken and used up before the start date; that is no news."""
    later = [draw.id for draw in credit.draws if draw.at >= at.start]
    used = any(part.deposit == deposit.id for id in later for part in credit.parts[id])
    return deposit.date < at.start_date and not used and credit.left.get(deposit.id, ZERO) == ZERO


def _payer(overlay: Overlay, owner: str) -> Payer:
    kind, id = owner_key(owner)
    record = overlay.get(kind, id)
    party = from_plain(Party, record.data) if record else None
    return known_payer(kind, id, party.name if party else "", party)


def _event(deposit: Deposit, at: datetime, name: str, key: str, words: str, receipt: Receipt | None = None) -> NewEvent:
    data = {"deposit": to_plain(deposit)}
    return NewEvent(
        type=f"halaxy.deposit.{name}",
        key=f"dep:{deposit.id}:{key}",
        time=at,
        title=f"Deposit {deposit.id} {words}",
        data={**data, "payment": to_plain(receipt)} if receipt else data,
        amount=receipt.amount if receipt else deposit.amount,
        subject=deposit.id,
    )
