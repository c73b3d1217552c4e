"""Runs postings as the runtime does, against whatever answers Xero's calls; for tests only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.xero.connector import CONNECTOR
from engine.core.values import dumps, loads
from engine.sdk.contract import (
    Ask,
    Calls,
    Done,
    Finished,
    Hold,
    Known,
    Link,
    Today,
)

SYDNEY = ZoneInfo("Australia/Sydney")
RATES = {"OUTPUT": Decimal(10), "EXEMPTOUTPUT": Decimal(0), "BASEXCLUDED": Decimal(0), "": Decimal(0)}
CENT = Decimal("0.01")


def money(value):
    return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)


def accounts():
    """The test practice's chart, as the facts poll keeps it."""
    rows = {"610": ("CURRENT", "ASSET", "DEBTORS"), "860": ("CURRLIAB", "LIABILITY", "ROUNDING")}
    rows |= dict.fromkeys(("090", "611", "612", "613", "614", "615", "616", "617"), ("BANK", "ASSET", ""))
    rows |= dict.fromkeys(("200", "201", "202", "203", "205"), ("REVENUE", "REVENUE", ""))
    rows |= {"836": ("CURRLIAB", "LIABILITY", "")}
    return {
        code: {
            "id": f"acc0{code}",
            "code": code,
            "type": kind,
            "class": group,
            "status": "ACTIVE",
            "system": system,
            "takes_payments": kind == "BANK" or code == "836",
        }
        for code, (kind, group, system) in rows.items()
    }


def facts(**organisation):
    head = {"pays_tax": True, "timezone": "AUSEASTERNSTANDARDTIME", "base_currency": "AUD"}
    head |= {"period_lock": None, "year_lock": None} | organisation
    options = {"Location": ["Manly", "Newtown"], "Practitioner": ["Jane Liu", "Sam Hart"]}
    return {
        "organisation": {"organisation": head},
        "account": accounts(),
        "tax rate": {name: {"rate": rate} for name, rate in RATES.items() if name},
        "tracking": {name: {"name": name, "options": values} for name, values in options.items()},
    }


@dataclass
class Desk:
    """Runs postings as the runtime does: asks, files links and answers, asks again."""

    xero: Any
    links: dict = field(default_factory=dict)
    facts: dict = field(default_factory=facts)
    inputs: dict = field(default_factory=dict)
    rounds: int = 0
    timezone: str = "UTC"
    choices: dict = field(default_factory=dict)

    def post(self, record, now: str, posting="post_sale"):
        """The last decision, after at most 40 rounds."""
        moment = datetime.fromisoformat(now)
        today = Today(moment, moment.astimezone(SYDNEY).date(), self.timezone)
        answers = {}
        for _ in range(40):
            self.rounds += 1
            known = Known({key: _stored(link) for key, link in self.links.items()}, answers, self.facts, self.choices)
            decision = CONNECTOR.postings[posting].decide(record, known, self.inputs, today)
            for link in getattr(decision, "links", ()):
                self.links[link.source, link.part] = link
            if not isinstance(decision, Calls):
                return decision
            assert decision.asks, "a round without a call would never end"
            for ask in decision.asks:
                answers[ask.part] = self._carry_out(ask, getattr(record, "version", 1))
        raise AssertionError("40 rounds")

    def _carry_out(self, ask: Ask, version: int):
        call = CONNECTOR.calls[ask.action]
        element = replace(ask.element, payload=loads(dumps(ask.element.payload)))
        outcome = call.outcomes([element], self.xero.handle(call.request([element])))[0]
        if isinstance(outcome, Done) and ask.link and outcome.link:
            self._file(ask, outcome, version)
        return outcome

    def _file(self, ask, outcome, version):
        made = outcome.link
        link = Link(*ask.link, made.kind, made.id, made.marker, version, made.seen, made.seen)
        self.links[ask.link] = replace(link, gone=ask.ends)


def _stored(link):
    return replace(link, written=loads(dumps(link.written)), seen=loads(dumps(link.seen)))


def outcome_of(decision):
    """`finished`, or the code of what it is."""
    if isinstance(decision, Finished):
        return "finished"
    return decision.code if isinstance(decision, Hold) else type(decision).__name__.lower()
