"""What is accepted at the door for Xero's webhook, and what is read again for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from doing import Doing
from hypothesis import given
from hypothesis import strategies as st

from connectors.xero.connector import CONNECTOR
from connectors.xero.webhooks import SIGNATURE, Accepted, Refused, judge, missed

KEY = "a-signing-key+/="
TENANT = "70784a63-d24b-46a9-a4db-0e70a274b056"
OTHER = "11111111-d24b-46a9-a4db-0e70a274b056"
ID = "66666666-6666-4666-8666-666666666666"


def sign(body, key=KEY):
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def event(category="INVOICE", tenant=TENANT, **more):
    row = {"resourceUrl": f"https://api.xero.com/{ID}", "resourceId": ID, "tenantId": tenant, "eventType": "UPDATE"}
    return {**row, "eventCategory": category, "eventDateUtc": "2026-03-01T01:15:39.902", **more}


def body_of(*events, first=1):
    last = first + len(events) - 1
    return json.dumps({"events": list(events), "firstEventSequence": first, "lastEventSequence": last}).encode()


def judged(body, **headers):
    return judge({SIGNATURE: sign(body), **headers}, body, KEY, TENANT)


def test_an_event_says_what_to_read_again():
    accepted = judged(body_of(event(), event("CONTACT"), event("CREDITNOTE", data={"Type": "ACCRECCREDIT"})))
    assert 200 == accepted.status
    assert [f"Invoices/{ID}", f"Contacts/{ID}", f"CreditNotes/{ID}"] == [one.resource for one in accepted.told]
    assert ("documents", "invoices", "payments", "contacts", "credit_notes") == accepted.polls
    assert set(accepted.polls) <= {poll.name for poll in CONNECTOR.polls}


@pytest.mark.parametrize("events", [[], None])
def test_an_intent_to_receive_is_answered(events):
    body = json.dumps({"events": events, "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "X"}).encode()
    assert Accepted((), ()) == judged(body)
    assert 401 == judge({SIGNATURE: sign(body, "other")}, body, KEY, TENANT).status


def test_names_of_headers_have_no_case():
    body = body_of(event())
    assert isinstance(judge({"X-Xero-Signature": f" {sign(body)} "}, body, KEY, TENANT), Accepted)


BAD = ["", "x", sign(b"another body"), sign(body_of(event()), "other"), sign(body_of(event()))[:-1], "é" * 44, "====",
       sign(body_of(event())).lower(), f"{sign(body_of(event()))}A"]  # fmt: skip


@pytest.mark.parametrize("signature", BAD)
def test_any_bad_signature_is_401(signature):
    refused = judge({SIGNATURE: signature}, body_of(event()), KEY, TENANT)
    assert isinstance(refused, Refused)
    assert 401 == refused.status
    assert KEY not in refused.what


def test_without_header_or_key_nothing_is_accepted():
    body = body_of(event())
    assert 401 == judge({}, body, KEY, TENANT).status
    assert 401 == judge({SIGNATURE: sign(body, "")}, body, "", TENANT).status


def test_one_changed_byte_or_a_reformatted_body_is_refused():
    body = body_of(event())
    for changed in (body.replace(b"UPDATE", b"CREATE"), body + b" ", json.dumps(json.loads(body), indent=1).encode()):
        assert 401 == judge({SIGNATURE: sign(body)}, changed, KEY, TENANT).status


def test_other_organisations_are_counted_and_left_alone():
    accepted = judged(body_of(event(tenant=OTHER), event(tenant=TENANT.upper())))
    assert (1, 1) == (len(accepted.told), accepted.others)


def test_a_repeat_has_the_same_key_and_counts_once():
    accepted = judged(body_of(event(), event(), event(eventDateUtc="2026-03-01T01:15:40.000")))
    assert 2 == len(accepted.told)
    assert judged(body_of(event(), first=9)).told[0].key == accepted.told[0].key


@pytest.mark.parametrize("before, first, gap", [(0, 7, False), (6, 7, False), (5, 7, True), (7, 7, False)])
def test_a_gap_in_the_numbers_says_that_some_were_missed(before, first, gap):
    assert gap == missed(before, judged(body_of(event(), first=first)))


ODD = [b"", b"null", b"[]", b"\xff\xfe", b'{"events": 5}', b'{"events": [1, null, {}]}', b"[" * 5000,
       body_of(event(resourceId="../../Payments")), body_of(event("SUBSCRIPTION")), body_of(event(tenantId=None)),
       b'{"events": [], "firstEventSequence": true, "lastEventSequence": -4}']  # fmt: skip


@pytest.mark.parametrize("body", ODD)
def test_what_is_rightly_signed_but_odd_is_answered_and_leads_nowhere_strange(body):
    accepted = judged(body)
    assert 200 == accepted.status
    assert () == accepted.told


@given(st.binary(max_size=200), st.text(max_size=60))
def test_no_bytes_make_it_fall_over(body, signature):
    assert judge({SIGNATURE: signature}, body, KEY, TENANT).status == 401
    assert judged(body).status == 200


# --- with the sandbox ------------------------------------------------------------------------------------


class Told:
    """A sandbox with a webhook, and a door that judges what it posts."""

    def __init__(self):
        self.rule = Doing()
        self.rule.xero.lever("POST", "/_sandbox/webhook", {"url": "https://books.practice.example/x", "key": KEY})
        self.tenant = next(iter(self.rule.xero.sandbox.tenants))

    def take(self, **more):
        return self.rule.xero.lever("POST", "/_sandbox/deliveries", more)

    def judge(self, delivery):
        return judge(delivery["headers"], delivery["body"].encode(), KEY, self.tenant)


def test_the_intent_to_receive_is_answered_rightly_every_time():
    told = Told()
    intents = told.take()
    assert {True, False} == {one["well_signed"] for one in intents}
    for one in intents:
        assert (200 if one["well_signed"] else 401) == told.judge(one).status


def test_what_people_and_apps_do_is_told_with_numbers_that_follow():
    told = Told()
    told.take()
    id = told.rule.invoice("HX-1")
    told.rule.person(do="pay", invoice="HX-1", account="612", date="2026-03-05")
    told.rule.person(do="rename contact", contact="HX-P-1", name="Jane Q. Citizen")
    answers = [told.judge(one) for one in told.take()]
    wanted = [f"Invoices/{id}", f"Invoices/{id}", f"Contacts/{told.rule.contact}"]
    assert wanted == [accepted.told[0].resource for accepted in answers]
    assert not missed(answers[0].last, answers[1])
    assert [] == told.take(), "taken is taken"


def test_what_was_not_answered_comes_again_later():
    told = Told()
    told.take()
    told.rule.invoice("HX-1")
    [first] = told.take()
    assert [] == told.take(again=[first["number"]])
    told.rule.xero.lever("POST", "/_sandbox/clock", {"offset_seconds": 16 * 60})
    assert [first] == told.take()
