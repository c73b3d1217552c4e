"""A rule as a plan: frozen data with compiled expressions, made by `engine.lang`, run by `engine.core.run`.

Holds no text positions beyond each step's place and no behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Literal

from engine.core.expression import Expression

Json = Any
BusyMode = Literal["wait", "skip", "newest"]
OnError = Literal["stop", "continue"]
QuietHours = Literal["keep", "ignore"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; lines and columns count from one."""

    file: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in one unit, as written: business days and months have no fixed length."""

    count: int
    unit: Literal["minutes", "hours", "days", "weeks", "months", "business days"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timed rule starts, in the practice's time zone; `cron` has five fields and one entry a time of day.

    `last_business_day` narrows a daily cron to the month's last business day, `business_days` to those days.
    `every_minutes` is set instead of `cron` for lengths that do not fit the hour or the day (`every 45 minutes`).
    """

    text: str
    cron: tuple[str, ...]
    business_days: bool = False
    last_business_day: bool = False
    every_minutes: int = 0


@dataclass(frozen=True, slots=True)
class EventPhrase:
    """An event that is awaited: its type, the equalities that find the run, and a further condition."""

    type: str
    same: tuple[tuple[str, Expression], ...] = ()
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a busy or broken service is tried again, over how long."""

    times: int
    over: timedelta


@dataclass(frozen=True, slots=True)
class AgainAfter:
    """`7 days per patient.id`: the rule does not run again within the span, for each value of `per`."""

    span: Span
    per: Expression | None = None


IfMissing = Literal["stop", "continue"] | Span  # a span: how long to look for it again


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a rule's or ruleset's form; `default` is already cast by `type`."""

    name: str
    type: str
    ask: str
    default: Json = None
    has_default: bool = False
    choices: tuple[str, ...] = ()
    about: str = ""


# --- verbs ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loop:
    """`for each NAME in ITEMS`, filtered by `where`; `gather_as` names the list of last results."""

    name: str
    items: Expression
    where: Expression | None = None
    side_by_side: bool = False
    gather_as: str | None = None


@dataclass(frozen=True, slots=True)
class Do:
    """An action of a connector with its inputs, in the order written; `places` tells where each of them stands."""

    action: str
    inputs: tuple[tuple[str, Expression], ...]
    connection: Expression | None = None
    loop: Loop | None = None
    places: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Set:
    """Names for values."""

    values: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """The first branch whose conditions hold; `otherwise` when none does."""

    branches: tuple[tuple[tuple[Expression, ...], tuple[Step, ...]], ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ForEach:
    """Steps for every item."""

    loop: Loop
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A durable pause: for a span (to a time of day), or until the value of an expression."""

    span: Span | None = None
    at: time | None = None
    until: Expression | None = None


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Until an event arrives, at most so long."""

    event: EventPhrase
    at_most: Span | Expression
    on_timeout: Literal["stop", "continue", "fail"] | tuple[Step, ...] = "stop"


@dataclass(frozen=True, slots=True)
class Stop:
    """Ends the run as succeeded."""

    reason: Expression


@dataclass(frozen=True, slots=True)
class Fail:
    """Ends the run as failed."""

    reason: Expression


Verb = Do | Set | Choose | ForEach | Wait | WaitFor | Stop | Fail


@dataclass(frozen=True, slots=True)
class Step:
    """One named place of a rule with exactly one verb and its modifiers.

    `at_most` limits how long an action may take; that of a `wait for` stands in its verb.
    `places` tells where the value of each of its words stands, and each name that it makes.
    """

    name: str
    verb: Verb
    place: Place
    conditions: tuple[Expression, ...] = ()
    save_as: str | None = None
    retry: Retry | None = None
    on_error: OnError | tuple[Step, ...] = "stop"
    then_stop: bool = False
    if_missing: IfMissing | None = None
    at_most: Span | Expression | None = None
    places: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A whole rule. `id` is its path below the rules folder, `version` the hash of its text and settings form.

    `places` tells where each word of the rule and each of its events stands, and, by number from 0, what is listed
    under `stop when` and `keep fresh`.
    """

    id: str
    version: str
    title: str
    place: Place
    events: tuple[str, ...] = ()
    schedule: Schedule | None = None
    if_missed: Literal["run once", "skip"] = "run once"
    about: str = ""
    owner: str | None = None
    enabled: bool = True
    settings: tuple[Setting, ...] = ()
    once_per: tuple[Expression, ...] = ()
    one_at_a_time_per: tuple[Expression, ...] = ()
    when_busy: BusyMode = "wait"
    conditions: tuple[Expression, ...] = ()
    any_conditions: tuple[Expression, ...] = ()
    stop_if: tuple[Expression, ...] = ()
    stop_when: tuple[EventPhrase, ...] = ()
    steps: tuple[Step, ...] = ()
    retry: Retry | None = None
    on_error: tuple[Step, ...] = ()
    places: tuple[tuple[str, Place], ...] = ()
    again_after: AgainAfter | None = None
    keep_fresh: tuple[str, ...] = ()
    quiet_hours: QuietHours = "ignore"
