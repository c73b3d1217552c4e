"""R24: one summary for each location and day instead of an invoice for each patient: the chapters, in their order.

PURE. What a summary cannot tell of is posted by itself (`modes`). The day is posted when it is over, and again whenever
one of its sales changes; nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.xero.posting import day_documents, day_payments, day_refunds, fees
from connectors.xero.posting.beginning import Said, ask_in_turn, policy_of, raised
from connectors.xero.posting.day_sums import DaySituation, amount_of, charged_under
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.identity import source_key
from connectors.xero.posting.modes import DAILY, day_key, in_daily_mode
from connectors.xero.posting.standing import documents
from engine.core.money import ZERO, total
from engine.sdk.contract import Decision, Finished, Hold, Known, Later, Posting, Refused, Today
from engine.sdk.records import Day, Sale

Json = Any
_LOOK_AGAIN = timedelta(minutes=10)


def decide(day: Day, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that it holds the sums of this day, and its money."""
    policy = policy_of(inputs)
    if isinstance(policy, Refused):
        return policy
    if policy.mode != DAILY:
        return Finished({"skipped": "every invoice is posted by itself"})
    key, policy = day_key(day.location, day.date), in_daily_mode(policy)
    now = DaySituation(known, policy, today, key, f"day {day.id}", day.location, day.changed_at, day)
    return ask_in_turn(now, day.version, CHAPTERS)


def _closing(now: DaySituation) -> Said:
    """A day is posted in its last hours, when nearly all of it is known."""
    over = datetime.combine(now.day.date, time(now.policy.summary_hour), ZoneInfo(now.today.timezone))
    return Later(over, "the day is not over") if now.today.now < over else None


def _look(now: DaySituation) -> Said:
    """What stands is read before anything of it is changed; a day that needs nothing is not read."""
    return day_documents.read_documents(now) if documents(now) and _has_work(now) else None


def _has_work(now: DaySituation) -> bool:
    if isinstance(now.wanted, Hold):
        return False
    wanted = [row for sale in now.wanted for row in sale.fees]
    if fees.difference(charged_under(now, now.key), wanted):
        return True
    return day_payments.unfulfilled(now, now.wanted)


def _finished(now: DaySituation) -> Finished | Later:
    """All stands, but for fees that are owed again, which wait for the note of their refund."""
    if not isinstance(now.wanted, Hold) and any(sale.unnoted != ZERO for sale in now.wanted):
        return Later(now.today.now + _LOOK_AGAIN, "a refund of the day is not posted yet")
    standing = documents(now)
    if not standing:
        return Finished({"skipped": "nothing of the day belongs into a summary"}, raised(now, now.day.version))
    sums = {"total": amount_of(charged_under(now, now.key)), "due": total(tuple(item.due for item in standing))}
    number, id = standing[0].link.marker, standing[0].link.id
    return Finished({"number": number, "invoice_id": id, **sums}, raised(now, now.day.version))


def shared(day: Day, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    """Further keys whose links are read: the shared contact, the sales' own documents, the days of refunds."""
    sales = (*day.sales, *day.refunded)
    days = {day_key(sale.location, on) for sale in sales for on in _days(sale)} - {day_key(day.location, day.date)}
    return (f"halaxy summary {day.location or 'all'}", *sorted(map(source_key, sales)), *sorted(days))


def _days(sale: Sale) -> set[Any]:
    return {sale.date, *(item.date for item in sale.payments if item.kind == "refund")}


CHAPTERS: tuple[Callable[[DaySituation], Said], ...] = (
    _closing,
    _look,
    day_refunds.retract,
    day_payments.take_back,
    day_refunds.write_notes,
    day_documents.correct,
    day_documents.use_notes,
    day_payments.receive,
    day_refunds.pay_out,
    _finished,
)

POST_DAY = Posting(
    name="post_day",
    record="day",
    input="day",
    keys=lambda day: (day_key(day.location, day.date),),
    shared=shared,
    decide=decide,
    example_facts=example_facts,
)
