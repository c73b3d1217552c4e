"""Plausible facts of an organisation, for rehearsals: what must be there for the maps of a step to fit.

PURE. Every account that the maps name exists and may be used, every tracking option too; GST is registered, nothing
is locked. Live decisions never read this: theirs come from the facts poll.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.xero.posting.policy import NOT_MONEY

Json = Any
# Effective percentages of fact sheet 11.1.
_RATES = {
    **dict.fromkeys(("OUTPUT", "INPUT"), Decimal(10)),
    **dict.fromkeys(("EXEMPTOUTPUT", "EXEMPTEXPENSES", "INPUTTAXED", "BASEXCLUDED"), Decimal(0)),
}
# Account types of the roles of `special accounts`; the others are expenses.
_ROLES = {
    "bank": ("BANK", "ASSET"),
    "patient deposits": ("CURRLIAB", "LIABILITY"),
    "dishonoured payments": ("CURRENT", "ASSET"),
    "opening balances": ("CURRLIAB", "LIABILITY"),
    "card surcharges": ("REVENUE", "REVENUE"),
    "practitioner funds": ("CURRLIAB", "LIABILITY"),
    "service fees": ("REVENUE", "REVENUE"),
    "bad debts recovered": ("OTHERINCOME", "REVENUE"),
}
_CONTROL = (("610", "CURRENT", "ASSET", "DEBTORS"), ("860", "CURRLIAB", "LIABILITY", "ROUNDING"))


def example_facts(inputs: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """Facts by kind and id that fit the inputs of `post_sale`."""
    accounts = {code: _account(code, kind, group, system) for code, kind, group, system in _CONTROL}
    for code in _values(inputs.get("payment accounts")):
        if code != NOT_MONEY:
            accounts[code] = _account(code, "BANK", "ASSET")
    for code in _values(inputs.get("revenue accounts")):
        accounts[code] = _account(code, "REVENUE", "REVENUE")
    accounts |= dict(_of_money(inputs, accounts))
    organisation = {"pays_tax": True, "base_currency": (inputs.get("policy") or {}).get("currency") or "AUD"}
    return {
        "organisation": {"organisation": organisation | {"period_lock": None, "year_lock": None}},
        "account": accounts,
        "tax rate": {name: {"name": name, "rate": rate, "status": "ACTIVE"} for name, rate in _RATES.items()},
        "tracking": dict(_tracking(inputs)),
    }


def _of_money(inputs: Mapping[str, Json], known: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """The accounts of payouts, expenses and particular roles, unless they are known as something else."""
    for name in ("payout accounts", "refund accounts", "expense methods"):
        yield from ((code, _account(code, "BANK", "ASSET")) for code in _values(inputs.get(name)) if code not in known)
    yield from ((code, _account(code, "EXPENSE", "EXPENSE")) for code in _values(inputs.get("expense accounts")))
    for role, code in (inputs.get("special accounts") or {}).items():
        kind, group = _ROLES.get(role, ("EXPENSE", "EXPENSE"))
        yield from ((each, _account(each, kind, group)) for each in _values({role: code}) if each not in known)


def _account(code: str, kind: str, group: str, system: str = "") -> dict[str, Json]:
    fact = {"id": f"example-account-{code}", "code": code, "name": f"Account {code}", "type": kind, "class": group}
    return fact | {"status": "ACTIVE", "system": system, "takes_payments": kind == "BANK"}


def _tracking(inputs: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    options = sorted({*_values(inputs.get("locations")), *_values(inputs.get("practitioners"))})
    for name in (inputs.get("policy") or {}).get("tracking") or {}:
        yield name, {"id": f"example-tracking-{name}", "name": name, "status": "ACTIVE", "options": options}


def _values(table: Json) -> Iterator[str]:
    """The right side of a map, which may be nested one level."""
    for value in (table or {}).values():
        if isinstance(value, Mapping):
            yield from _values(value)
        else:
            yield str(value)
