"""Follow-ups as admins write them, with what happens and what has to be sent when, on the practice's own clocks.

Data only; `test_stories.py` plays them. Days and public holidays are those of the real calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal
from typing import Any

from engine.config.model import Hours, Practice

Json = Any
NSW = Practice("Harbour", "Australia/Sydney", state="NSW")
VIC = Practice("Bay", "Australia/Melbourne", state="VIC")
WA = Practice("Swan", "Australia/Perth", state="WA")
SA = Practice("Gulf", "Australia/Adelaide", state="SA")
QLD = Practice("River", "Australia/Brisbane", state="QLD")
LORD_HOWE = Practice("Island", "Australia/Lord_Howe", state="NSW")


@dataclass(frozen=True, slots=True)
class Happening:
    """An event at a local time."""

    at: str
    kind: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Story:
    """One rule, what happens to it, and what it sends.

    Attributes:
        rule: The rule's text without its title.
        sent: Local time and what was sent: the title of a task, the subject of a mail, the address first.
        until: The local time at which the story ends.
        balances: What `halaxy.find_invoice` answers from a local time on.
        ends: How the runs ended; None leaves it unsaid.
    """

    name: str
    rule: str
    happens: tuple[Happening, ...]
    sent: tuple[str, ...]
    until: str
    practice: Practice = NSW
    balances: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, int] | None = None


def invoice(**more: Json) -> dict[str, Json]:
    """The objects of an event about an invoice."""
    payer = {"kind": "patient", "id": "p", "email": "robin@sample.example"}
    found = {
        "id": "1", "number": "1", "kind": "invoice", "subject": "s", "payer": payer, "due": None, "date": None,
        "totals": {"gross": Decimal("110.00"), "balance": Decimal("110.00")}, "lines": [], "version": 1,
    }  # fmt: skip
    return {"invoice": {**found, **more}}


def payment(amount: str, method: str = "EFTPOS", **more: Json) -> dict[str, Json]:
    """The objects of an event about money."""
    return {"payment": {"id": "m", "amount": Decimal(amount), "method": method}, **invoice(**more)}


def created(at: str, **more: Json) -> Happening:
    return Happening(at, "halaxy.invoice.created", invoice(**more))


def paid(at: str, **more: Json) -> Happening:
    return Happening(at, "halaxy.invoice.paid", invoice(**more))


def overdue(at: str, **more: Json) -> Happening:
    return Happening(at, "halaxy.invoice.overdue", invoice(**more))


def task(title: str, indent: int = 2) -> str:
    """A step that gives somebody a task; its name is the title."""
    gap = " " * indent
    return f"{gap}- {title}:\n{gap}    do: books.task\n{gap}    with:\n{gap}      for: front desk\n{gap}      title: {title}\n"


def mail(subject: str, indent: int = 2) -> str:
    """A step that writes to the payer; its name is the subject."""
    gap = " " * indent
    return (
        f"{gap}- {subject}:\n{gap}    do: email.send\n{gap}    with:\n{gap}      to: = invoice.payer.email\n"
        f"{gap}      subject: {subject}\n{gap}      body: Dear patient\n"
    )


def waits(*lengths: str) -> str:
    """Steps that wait and then give a task, one after the other."""
    pairs = (f"  - pause {n}:\n      wait: {length}\n{task(f'task {n}')}" for n, length in enumerate(lengths, 1))
    return "steps:\n" + "".join(pairs)


ON_CREATED = "when: halaxy.invoice.created\n"
REMINDER = (
    """\
when: halaxy.invoice.overdue
once per: invoice.id
if:
  - invoice.payer.kind == "patient"
  - invoice.totals.balance > 5
keep fresh: invoice
quiet hours: keep
stop if: invoice.totals.balance <= 5
stop when:
  - halaxy.invoice.paid with same invoice.id
  - halaxy.invoice.written_off with same invoice.id
  - halaxy.invoice.deleted with same invoice.id
steps:
  - seven days:
      wait until: invoice.due | add("7 days")
"""
    + mail("first reminder")
    + """\
  - thirty days:
      wait until: invoice.due | add("30 days")
"""
    + task("hand over")
)
ANSWER = (
    """\
when: halaxy.invoice.created
steps:
  - the money:
      wait for: >-
        halaxy.payment.recorded with same invoice.id, invoice.subject
        where new.payment.amount >= invoice.totals.balance and new.payment.method != "Cash"
      at most: 3 business days
      save as: money
      on timeout:
"""
    + task("ring them", 8)
    + """\
        - a last chance:
            wait: 1 week at 09:00
"""
    + task("give up", 8)
    + """\
        - that is it:
            stop: Nobody paid.
"""
    + task("thank them")
)
LOOP = """\
when: halaxy.invoice.created
steps:
  - each line:
      for each: line in invoice.lines
      where: line.gross > 0
      steps:
        - two reminders:
            for each: turn in ["once", "twice"]
            steps:
              - a night:
                  wait: 1 day at 09:30
              - remind:
                  do: books.task
                  with:
                    for: front desk
                    title: "{{ line.code }} {{ turn }}"
""" + task("done")
CHOICE = (
    """\
when: halaxy.invoice.created
steps:
  - how patient:
      choose:
        - if: invoice.payer.kind == "organisation"
          steps:
            - two weeks:
                wait: 2 weeks at 10:00
"""
    + task("ask the organisation", 12)
    + """\
        - if: invoice.totals.gross > 1000
          steps:
            - a day:
                wait: 1 business day at 08:15
"""
    + task("ask at once", 12)
    + """\
      otherwise:
        - ten days:
            wait: 10 days
"""
    + task("ask kindly", 8)
    + task("note it")
)
STOPPED = (
    """\
when: halaxy.invoice.created
stop when:
  - halaxy.invoice.paid with same invoice.id where new.invoice.totals.balance == 0
steps:
  - first pause:
      wait: 2 days
"""
    + mail("first")
    + "  - second pause:\n      wait: 2 days\n"
    + mail("second")
)
SETTLE = """\
when: halaxy.invoice.updated
one at a time per: invoice.id
when busy: {word}
steps:
  - settle:
      wait: 2 hours
  - tell:
      do: books.task
      with:
        for: bookkeeper
        title: version {{{{ invoice.version }}}}
"""
NIGHT_MAIL = ON_CREATED + "quiet hours: keep\nsteps:\n" + mail("hello")


def updated(at: str, version: int) -> Happening:
    return Happening(at, "halaxy.invoice.updated", invoice(version=version))


def recorded(at: str, amount: str, method: str = "EFTPOS", **more: Json) -> Happening:
    return Happening(at, "halaxy.payment.recorded", payment(amount, method, **more))


DUE = {"due": "2026-03-24"}
ORGANISATION = {"kind": "organisation", "id": "o", "email": "accounts@sample.example"}
LINES = [{"code": "A", "gross": Decimal(10)}, {"code": "B", "gross": Decimal(0)}, {"code": "C", "gross": Decimal(5)}]

STORIES = (
    # --- the follow-up rule of the language page ---
    Story("overdue, never paid: a mail in the morning, a task after a month, over the end of daylight saving",
          REMINDER, (overdue("2026-03-25T10:00", **DUE),),
          ("Tue 31 Mar 08:00 first reminder", "Thu 23 Apr 00:00 hand over"), "2026-05-01T09:00",
          ends={"succeeded": 1}),
    Story("overdue, paid between the two", REMINDER,
          (overdue("2026-03-25T10:00", **DUE), paid("2026-04-05T02:30", **DUE)),
          ("Tue 31 Mar 08:00 first reminder",), "2026-05-01T09:00", ends={"cancelled": 1}),
    Story("overdue, paid while the mail waits for the morning", REMINDER,
          (overdue("2026-03-25T10:00", **DUE), paid("2026-03-31T07:59", **DUE)),
          (), "2026-05-01T09:00", ends={"cancelled": 1}),
    Story("overdue, settled without an event", REMINDER, (overdue("2026-03-25T10:00", **DUE),),
          ("Tue 31 Mar 08:00 first reminder",), "2026-05-01T09:00",
          balances={"2026-04-10T00:00": "5.00"}, ends={"succeeded": 1}),
    Story("overdue at Easter: the mail goes on Tuesday", REMINDER, (overdue("2026-03-28T10:00", due="2026-03-27"),),
          ("Tue 07 Apr 08:00 first reminder", "Sun 26 Apr 00:00 hand over"), "2026-05-01T09:00"),
    Story("a second event about the same invoice starts nothing", REMINDER,
          (overdue("2026-03-25T10:00", **DUE), overdue("2026-04-01T10:00", **DUE)),
          ("Tue 31 Mar 08:00 first reminder", "Thu 23 Apr 00:00 hand over"), "2026-05-01T09:00"),
    # --- lengths over clock changes ---
    Story("days keep the time of day, hours pass, when the clocks go forward",
          ON_CREATED + waits("1 day at 09:00", "24 hours", "1 day", "1 week at 09:00"), (created("2026-10-02T15:00"),),
          ("Sat 03 Oct 09:00 task 1", "Sun 04 Oct 10:00 task 2", "Mon 05 Oct 10:00 task 3", "Mon 12 Oct 09:00 task 4"),
          "2026-10-20T00:00"),
    Story("and when they go back",
          ON_CREATED + waits("1 day at 09:00", "24 hours", "1 day", "1 week at 09:00"), (created("2026-04-03T15:00"),),
          ("Sat 04 Apr 09:00 task 1", "Sun 05 Apr 08:00 task 2", "Mon 06 Apr 08:00 task 3", "Mon 13 Apr 09:00 task 4"),
          "2026-04-20T00:00"),
    Story("a time of day that does not exist is an hour later", ON_CREATED + waits("1 day at 02:30", "1 day at 02:30"),
          (created("2026-10-03T15:00"),), ("Sun 04 Oct 03:30 task 1", "Mon 05 Oct 02:30 task 2"), "2026-10-09T00:00"),
    Story("one that comes twice is taken once", ON_CREATED + waits("1 day at 02:30", "1 day at 02:30"),
          (created("2026-04-04T15:00"),), ("Sun 05 Apr 02:30 task 1", "Mon 06 Apr 02:30 task 2"), "2026-04-09T00:00"),
    Story("Lord Howe Island moves its clocks by half an hour",
          ON_CREATED + waits("1 day at 02:15", "24 hours", "1 day"), (created("2026-10-03T15:00"),),
          ("Sun 04 Oct 02:45 task 1", "Mon 05 Oct 02:45 task 2", "Tue 06 Oct 02:45 task 3"), "2026-10-09T00:00",
          LORD_HOWE),
    Story("Brisbane does not move them", ON_CREATED + waits("1 day at 02:30", "24 hours"),
          (created("2026-10-03T15:00"),), ("Sun 04 Oct 02:30 task 1", "Mon 05 Oct 02:30 task 2"), "2026-10-09T00:00",
          QLD),
    Story("Adelaide is half an hour apart and moves by an hour", ON_CREATED + waits("36 hours", "1 day at 07:00"),
          (created("2026-10-03T12:00"),), ("Mon 05 Oct 01:00 task 1", "Tue 06 Oct 07:00 task 2"), "2026-10-09T00:00",
          SA),
    # --- months and leap days ---
    Story("a month after the 31st is the last day; a leap day counts", ON_CREATED + waits("1 month at 09:00", "1 month"),
          (created("2028-01-31T15:00"),), ("Tue 29 Feb 09:00 task 1", "Wed 29 Mar 09:00 task 2"), "2028-04-09T00:00"),
    Story("a year after a leap day, from a date",
          ON_CREATED + 'steps:\n  - a year:\n      wait until: invoice.date | add("12 months")\n' + task("renew"),
          (created("2028-02-29T15:00", date="2028-02-29"),), ("Wed 28 Feb 00:00 renew",), "2029-03-09T00:00"),
    Story("what lies in the past is due now",
          ON_CREATED + 'steps:\n  - due:\n      wait until: invoice.due | add("3 days")\n' + task("late"),
          (created("2026-06-10T15:00", due="2026-05-01"),), ("Wed 10 Jun 15:00 late",), "2026-06-12T00:00"),
    # --- business days and public holidays ---
    Story("Labour Day in New South Wales, the day after the clocks changed",
          ON_CREATED + waits("1 business day at 09:00", "3 business days"), (created("2026-10-02T16:00"),),
          ("Tue 06 Oct 09:00 task 1", "Fri 09 Oct 09:00 task 2"), "2026-10-20T00:00"),
    Story("Cup Day in Victoria", ON_CREATED + waits("2 business days at 09:00"), (created("2026-10-30T16:00"),),
          ("Wed 04 Nov 09:00 task 1",), "2026-11-20T00:00", VIC),
    Story("no Cup Day in New South Wales", ON_CREATED + waits("2 business days at 09:00"),
          (created("2026-10-30T16:00"),), ("Tue 03 Nov 09:00 task 1",), "2026-11-20T00:00"),
    Story("King's Birthday in Western Australia is in September", ON_CREATED + waits("1 business day at 09:00"),
          (created("2026-09-25T17:00"),), ("Tue 29 Sep 09:00 task 1",), "2026-10-20T00:00", WA),
    Story("Christmas and New Year", ON_CREATED + waits("5 business days at 10:00"), (created("2026-12-23T12:00"),),
          ("Mon 04 Jan 10:00 task 1",), "2027-01-20T00:00"),
    # --- events that are awaited ---
    Story("only the event that fits in everything counts", ANSWER,
          (created("2026-04-01T10:00"), recorded("2026-04-01T11:00", "50"),
           recorded("2026-04-01T11:30", "110", subject="other"), recorded("2026-04-01T12:00", "110", "Cash"),
           recorded("2026-04-08T09:59", "110"), recorded("2026-04-08T10:30", "110")),
          ("Wed 08 Apr 09:59 thank them",), "2026-05-01T00:00", ends={"succeeded": 1}),
    Story("nobody pays over Easter", ANSWER, (created("2026-04-02T10:00"),),
          ("Thu 09 Apr 10:00 ring them", "Thu 16 Apr 09:00 give up"), "2026-05-01T00:00", ends={"succeeded": 1}),
    Story("a limit that is an expression",
          ON_CREATED + "steps:\n  - money:\n      wait for: halaxy.invoice.paid with same invoice.id\n"
          '      at most: = invoice.due | add("3 days")\n      on timeout: continue\n' + task("go on"),
          (created("2026-09-30T10:00", due="2026-10-01"), created("2026-09-30T10:00", id="2", due="2026-10-05"),
           paid("2026-10-04T03:15", id="2")),
          ("Sun 04 Oct 00:00 go on", "Sun 04 Oct 03:15 go on"), "2026-10-20T00:00"),
    # --- waits inside of others ---
    Story("waits in a loop in a loop, over the end of daylight saving", LOOP, (created("2026-04-03T12:00", lines=LINES),),
          ("Sat 04 Apr 09:30 A once", "Sun 05 Apr 09:30 A twice", "Mon 06 Apr 09:30 C once", "Tue 07 Apr 09:30 C twice",
           "Tue 07 Apr 09:30 done"), "2026-04-20T00:00"),
    Story("a wait in each branch", CHOICE,
          (created("2026-09-25T12:00", payer=ORGANISATION), created("2026-10-02T12:00", id="2"),
           created("2026-10-02T12:00", id="3", totals={"gross": Decimal(1500), "balance": Decimal(1500)})),
          ("Tue 06 Oct 08:15 ask at once", "Tue 06 Oct 08:15 note it", "Fri 09 Oct 10:00 ask the organisation",
           "Fri 09 Oct 10:00 note it", "Mon 12 Oct 12:00 ask kindly", "Mon 12 Oct 12:00 note it"), "2026-10-20T00:00"),
    # --- what ends a run ---
    Story("stopped in the first wait, but not by a part of the money", STOPPED,
          (created("2026-03-02T10:00"), paid("2026-03-03T10:00"),
           created("2026-03-02T10:00", id="2"), paid("2026-03-03T10:00", id="2", totals={"balance": 0})),
          ("Wed 04 Mar 10:00 first", "Fri 06 Mar 10:00 second"), "2026-03-20T00:00",
          ends={"succeeded": 1, "cancelled": 1}),
    Story("stopped between the mails", STOPPED,
          (created("2026-03-02T10:00"), paid("2026-03-06T09:59", totals={"balance": 0})),
          ("Wed 04 Mar 10:00 first",), "2026-03-20T00:00", ends={"cancelled": 1}),
    Story("stopped too late", STOPPED, (created("2026-03-02T10:00"), paid("2026-03-06T10:01", totals={"balance": 0})),
          ("Wed 04 Mar 10:00 first", "Fri 06 Mar 10:00 second"), "2026-03-20T00:00", ends={"succeeded": 1}),
    # --- not too often ---
    Story("again after a month, over New Year", ON_CREATED + "again after: 30 days per invoice.subject\nsteps:\n" + task("hi"),
          (created("2026-12-20T10:00"), created("2026-12-31T10:00", id="2"), created("2027-01-19T09:59", id="3"),
           created("2027-01-19T10:01", id="4")),
          ("Sun 20 Dec 10:00 hi", "Tue 19 Jan 10:01 hi"), "2027-02-20T00:00"),
    Story("the newest of several replaces those that wait", SETTLE.format(word="newest"),
          (updated("2026-10-04T00:30", 1), updated("2026-10-04T01:30", 2), updated("2026-10-04T03:10", 3)),
          ("Sun 04 Oct 05:10 version 3",), "2026-10-05T00:00"),
    Story("the first goes on and later ones are skipped", SETTLE.format(word="skip"),
          (updated("2026-04-05T00:30", 1), updated("2026-04-05T01:30", 2), updated("2026-04-05T03:10", 3)),
          ("Sun 05 Apr 02:30 version 1", "Sun 05 Apr 05:10 version 3"), "2026-04-06T00:00"),
    Story("one after the other", SETTLE.format(word="wait"), (updated("2026-06-05T09:00", 1), updated("2026-06-05T10:00", 2)),
          ("Fri 05 Jun 11:00 version 1", "Fri 05 Jun 13:00 version 2"), "2026-06-06T00:00"),
    # --- quiet hours ---
    Story("a weekend, and a long one", NIGHT_MAIL, (created("2026-06-05T17:59"), created("2026-06-05T18:00", id="2")),
          ("Fri 05 Jun 17:59 hello", "Tue 09 Jun 08:00 hello"), "2026-06-20T00:00"),
    Story("a holiday of another state", NIGHT_MAIL, (created("2026-03-06T19:00"),), ("Tue 10 Mar 08:00 hello",),
          "2026-03-20T00:00", SA),
    Story("which is none here", NIGHT_MAIL, (created("2026-03-06T19:00"),), ("Mon 09 Mar 08:00 hello",),
          "2026-03-20T00:00"),
    Story("the night when the clocks change, in a practice that is open then",
          NIGHT_MAIL, (created("2026-10-04T01:00"),), ("Sun 04 Oct 03:30 hello",), "2026-10-20T00:00",
          replace(NSW, opening_hours=(Hours(6, time(2, 30), time(5)),))),
)  # fmt: skip
