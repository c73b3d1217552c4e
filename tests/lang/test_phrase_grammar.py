"""Schedules, events, loops, keys, retries and lengths of time."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from engine.core.rule import Retry, Span
from engine.lang import phrases, schedules
from engine.lang.durations import read_duration, read_signed
from engine.lang.faults import LangError


@pytest.mark.parametrize(
    "text, span",
    [
        ("7 days", Span(7, "days")),
        ("1 day", Span(1, "days")),
        ("3 business days", Span(3, "business days")),
        ("1 Month", Span(1, "months")),
        (" 2  weeks ", Span(2, "weeks")),
        ("90 minutes", Span(90, "minutes")),
    ],
)
def test_lengths_of_time(text, span):
    assert span == read_duration(text)


def test_a_length_may_go_back_where_it_is_added():
    assert Span(-45, "days") == read_signed("-45 days")


@pytest.mark.parametrize(
    "text", ["", "7", "days", "7 fortnights", "1.5 days", "-7 days", "999999 days", "P3D", "٧ days"]
)
def test_no_length_of_time(text):
    with pytest.raises(LangError):
        read_duration(text)


@pytest.mark.parametrize(
    "text, cron",
    [
        ("every day at 09:00", ("0 9 * * *",)),
        ("every weekday at 9:30", ("30 9 * * 1-5",)),
        ("every monday at 09:00, 17:15", ("0 9 * * 1", "15 17 * * 1")),
        ("every sunday at 09:00", ("0 9 * * 0",)),
        ("every month on day 1 at 00:00", ("0 0 1 * *",)),
        ("every 15 minutes", ("*/15 * * * *",)),
        ("every hour", ("0 * * * *",)),
        ("every 6 hours", ("0 0,6,12,18 * * *",)),
        ("cron 0 9 * * 1", ("0 9 * * 1",)),
        ("EVERY  Day AT 09:00", ("0 9 * * *",)),
    ],
)
def test_schedules(text, cron):
    assert schedules.is_schedule(text)
    lowered = text.replace("AT", "at")
    assert cron == schedules.read_schedule(lowered).cron


@pytest.mark.parametrize(
    "text, code",
    [
        ("every day", "schedule-needs-time"),
        ("every day at 25:00", "time-unreadable"),
        ("every day at noon", "time-unreadable"),
        ("every munday at 09:00", "schedule-unreadable"),
        ("every month on day 32 at 09:00", "schedule-unreadable"),
        ("every 10 minutes at 09:00", "schedule-unreadable"),
        ("every 0 minutes", "schedule-unreadable"),
        ("every 99999 hours", "schedule-unreadable"),
        ("cron 0 0 31 2 *", "cron-unreadable"),
        ("cron * * * *", "cron-unreadable"),
    ],
)
def test_no_schedule(text, code):
    with pytest.raises(LangError) as caught:
        schedules.read_schedule(text)
    assert code == caught.value.code


def test_a_schedule_without_a_time_proposes_one():
    with pytest.raises(LangError, match='Write "every day at 09:00"'):
        schedules.read_schedule("every day")


def test_a_misspelt_weekday_is_named():
    with pytest.raises(LangError, match='Did you mean "monday"'):
        schedules.read_schedule("every munday at 09:00")


def test_phrases_are_split_outside_quotes_and_brackets_first():
    phrase = phrases.read_event_phrase('a.b with same invoice.id where new.x == " where " and (new.y in [1, 2])')
    assert ["invoice.id"] == [path for path, _ in phrase.same]
    assert 'new.x == " where " and (new.y in [1, 2])' == phrase.where.text


@pytest.mark.parametrize(
    "text, same",
    [
        ("halaxy.invoice.paid with same invoice.id", [("invoice.id", "invoice.id")]),
        (
            "a.b with same invoice.id, invoice.payer.id",
            [("invoice.id", "invoice.id"), ("invoice.payer.id", "invoice.payer.id")],
        ),
        ("a.b where new.payment.invoice == invoice.id", [("payment.invoice", "invoice.id")]),
        ("a.b where invoice.id == new.payment.invoice and new.x > 1", [("payment.invoice", "invoice.id")]),
    ],
)
def test_an_awaited_event_has_its_equalities(text, same):
    assert same == [(path, own.text) for path, own in phrases.read_event_phrase(text).same]


@pytest.mark.parametrize(
    "text, code",
    [
        ("halaxy.invoice.paid", "event-without-equality"),
        ("a.b where new.x > 1", "event-without-equality"),
        ("a.b where new.x == new.y", "event-without-equality"),
        ("a.b where new.x == y or z", "event-without-equality"),
        ("a.b with same invoice", "path-unreadable"),
        ("Paid with same invoice.id", "event-unreadable"),
    ],
)
def test_an_event_that_nothing_ties_to_the_run_is_refused(text, code):
    with pytest.raises(LangError) as caught:
        phrases.read_event_phrase(text)
    assert code == caught.value.code


@pytest.mark.parametrize(
    "text, name, items",
    [
        ("line in invoice.lines", "line", "invoice.lines"),
        ('x in [1, 2] if "a" in b else []', "x", '[1, 2] if "a" in b else []'),
    ],
)
def test_loops(text, name, items):
    found = phrases.read_loop(text)
    assert (name, items) == (found[0], found[1].text)


@pytest.mark.parametrize("text", ["line", "in x", "line of x", "event in x", "2x in y", "a b in y", "true in x"])
def test_no_loop(text):
    with pytest.raises(LangError):
        phrases.read_loop(text)


def test_keys_are_split_at_the_commas_of_the_top_level():
    keys = phrases.read_keys('invoice.id, [a, b], x | default("c, d")')
    assert ["invoice.id", "[a, b]", 'x | default("c, d")'] == [key.text for key in keys]


@pytest.mark.parametrize(
    "text, retry",
    [("5 times over 2 hours", Retry(5, timedelta(hours=2))), ("never", Retry(0, timedelta(0)))],
)
def test_retries(text, retry):
    assert retry == phrases.read_retry(text)


@pytest.mark.parametrize(
    "text", ["", "5 times", "0 times over 1 hour", "5 times over 2 months", "9999 times over 1 day"]
)
def test_no_retry(text):
    with pytest.raises(LangError):
        phrases.read_retry(text)


def test_a_wait_may_name_its_time_of_day():
    assert (Span(3, "days"), time(9, 0)) == phrases.read_wait("3 days at 09:00")
    with pytest.raises(LangError):
        phrases.read_wait("3 hours at 09:00")
