"""When a timed rule is due, and moments moved by a span: clock changes and business days done right.

Knows no current time and no store: the moment to start from, the zone and the holidays come in as data.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from engine.core.calendar import Calendar
from engine.core.rule import Schedule, Span
from engine.errors import UserError

_LOOK_BACK = tuple(timedelta(hours=hours) for hours in (2, 50, 24 * 9, 24 * 40, 24 * 400))
# Eleven years of daily candidates: a calendar that leaves no business day in so long has none.
_MOST_CANDIDATES = 4_000
_FIXED = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}


def next_time(schedule: Schedule, after: datetime, timezone: str, calendar: Calendar) -> datetime:
    """The first moment strictly after the given one at which the schedule is due.

    A time of day that the clock skips is due once, at the end of the skipped hour; one that comes twice is due at its
    first coming only. Schedules of so many minutes are not tied to the clock's hands and do not notice its changes.

    Args:
        schedule: What the rule says.
        after: An aware moment.
        timezone: The practice's IANA zone.
        calendar: The practice's holidays.

    Returns:
        An aware UTC time.

    Raises:
        UserError: It is never due again.
    """
    if schedule.every_minutes:
        return _next_tick(schedule.every_minutes, after)
    times = [_next_of(cron, schedule, after, ZoneInfo(timezone), calendar) for cron in schedule.cron]
    due = [moment for moment in times if moment is not None]
    if not due:
        raise UserError(f'"{schedule.text}" is never due.', "Check the day of the month and the holidays.", "never-due")
    return min(due)


def missed(schedule: Schedule, after: datetime, until: datetime, timezone: str, calendar: Calendar) -> datetime | None:
    """The newest time at which the schedule was due after one moment and not later than another, or None.

    A rule that says `if missed: run once` runs once for it, however many times were missed.
    """
    for back in _LOOK_BACK:
        if until - back <= after:
            break
        newest = _newest(schedule, until - back, until, timezone, calendar)
        if newest is not None:
            return newest
    return _newest(schedule, after, until, timezone, calendar)


def check_cron(fields: str) -> bool:
    """Whether five cron fields are understood and can ever be due."""
    if len(fields) > 200 or len(fields.split()) != 5 or not fields.isascii():
        return False
    try:
        next(CronSim(fields, datetime(2024, 1, 1, tzinfo=UTC)), None)
    except CronSimError:
        return False
    return True


def length(span: Span) -> timedelta:
    """The fixed length of a span.

    Raises:
        ValueError: Months and business days have none.
    """
    if span.unit not in _FIXED:
        raise ValueError(f"{span.unit} have no fixed length")
    return span.count * _FIXED[span.unit]


def add(moment: date | datetime, span: Span, calendar: Calendar) -> date | datetime:
    """Move a day or an aware moment by a span; a day stays a day.

    Minutes and hours are elapsed time; days, weeks, months and business days keep the wall clock of the moment's own
    zone (a time that the clock skips becomes the one after the gap). A month's end is kept inside the month.

    Raises:
        ValueError: Minutes or hours are added to a day, or the result lies outside the calendar.
    """
    try:
        if not isinstance(moment, datetime):
            return _add_to_day(moment, span, calendar)
        if span.unit in ("minutes", "hours"):
            return (moment.astimezone(UTC) + length(span)).astimezone(moment.tzinfo)
        day = _add_to_day(moment.date(), span, calendar)
        return at_wall_clock(day, moment.time(), moment.tzinfo)
    except OverflowError:
        raise ValueError("the result lies outside the calendar") from None


def at_wall_clock(day: date, clock: time, zone: object) -> datetime:
    """The moment when the clocks of a zone show that time on that day, moved forward out of a skipped hour."""
    moment = datetime.combine(day, clock).replace(tzinfo=zone, fold=0)  # type: ignore[arg-type]
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def _add_to_day(day: date, span: Span, calendar: Calendar) -> date:
    match span.unit:
        case "minutes" | "hours":
            raise ValueError(f"{span.unit} cannot be added to a day without a time")
        case "business days":
            return calendar.add_business_days(day, span.count)
        case "months":
            index = day.year * 12 + day.month - 1 + span.count
            year, month = divmod(index, 12)
            if not 1 <= year <= 9999:
                raise OverflowError
            return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        case _:
            return day + length(span)


def _next_tick(minutes: int, after: datetime) -> datetime:
    """Ticks are counted from the epoch, so that a restart does not move them."""
    step = minutes * 60
    return datetime.fromtimestamp((int(after.timestamp()) // step + 1) * step, UTC)


def _next_of(cron: str, schedule: Schedule, after: datetime, zone: ZoneInfo, calendar: Calendar) -> datetime | None:
    for local in islice(_candidates(cron, after, zone), _MOST_CANDIDATES):
        if _counts(local.date(), schedule, calendar):
            return local.astimezone(UTC)
    return None


def _candidates(cron: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """What cronsim gives, without the moments that its wall-clock arithmetic puts before the start.

    Inside the hour that comes twice, cronsim would offer the first coming again to one who is in the second.
    """
    for local in CronSim(cron, after.astimezone(zone)):
        if local.astimezone(UTC) > after.astimezone(UTC):
            yield local


def _counts(day: date, schedule: Schedule, calendar: Calendar) -> bool:
    if schedule.last_business_day:
        return day == calendar.last_business_day(day.year, day.month)
    return not schedule.business_days or calendar.is_business_day(day)


def _newest(schedule: Schedule, after: datetime, until: datetime, timezone: str, calendar: Calendar) -> datetime | None:
    newest = None
    try:
        due = next_time(schedule, after, timezone, calendar)
        while due <= until:
            newest = due
            due = next_time(schedule, due, timezone, calendar)
    except UserError:
        return newest
    return newest
