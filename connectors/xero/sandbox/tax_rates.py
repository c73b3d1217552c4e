"""Tax rates: reading them, and the plain kind of making one's own.

Source: Xero fact sheet 8.12.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.sdk.sandbox import Answer

from .arithmetic import ZERO
from .call import Call
from .paging import filtered
from .problems import Invalid, Unknown
from .state import TaxRate
from .where import Fields
from .wire import read_number, text_of
from .writing import Element, write_one

Json = Any

_ALL = ("ASSET", "EQUITY", "EXPENSE", "LIABILITY", "REVENUE")
_PLURALS = dict(zip(_ALL, ("Assets", "Equity", "Expenses", "Liabilities", "Revenue"), strict=True))


def list_tax_rates(call: Call) -> Answer:
    """GET /TaxRates: never paged."""
    found = filtered(call, call.books.tax_rates.values(), _fields())
    return call.envelope("TaxRates", [_out(rate) for rate in found])


def get_tax_rate(call: Call, key: str) -> Answer:
    """GET /TaxRates/{TaxType}."""
    found = call.books.tax_rates.get(key.upper())
    if found is None:
        raise Unknown
    return call.envelope("TaxRates", [_out(found)])


def create_tax_rate(call: Call) -> Answer:
    """PUT /TaxRates: user-made rates are called TAX001 and so on."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        name = text_of(sent.get("Name")).strip()
        if not name or any(rate.name.casefold() == name.casefold() for rate in call.books.tax_rates.values()):
            raise Invalid("Please enter a unique Name.")
        own = sum(kind.startswith("TAX") for kind in call.books.tax_rates)
        made = TaxRate(f"TAX{own + 1:03d}", name, ZERO, frozenset(_ALL), report=text_of(sent.get("ReportTaxType")))
        _read_components(sent, made)
        call.books.tax_rates[made.type] = made
        return _out(made), []

    return write_one(call, "TaxRates", save, _echo)


def update_tax_rate(call: Call) -> Answer:
    """POST /TaxRates: names, components and status of user-made rates; system rates cannot be changed."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        found = call.books.tax_rates.get(text_of(sent.get("TaxType")))
        if found is None or not found.type.startswith("TAX"):
            raise Invalid("Tax rate must be valid.")
        found.name = text_of(sent.get("Name")) or found.name
        found.status = text_of(sent.get("Status")) or found.status
        if sent.get("TaxComponents"):
            _read_components(sent, found)
        return _out(found), []

    return write_one(call, "TaxRates", save, _echo)


def _read_components(sent: Element, rate: TaxRate) -> None:
    rows = sent.get("TaxComponents")
    if not isinstance(rows, list) or not rows:
        raise Invalid("At least one tax component must be specified")
    rate.components = [
        {
            "Name": text_of(row.get("Name")),
            "Rate": read_number(row.get("Rate"), "Rate") or ZERO,
            "IsCompound": row.get("IsCompound") is True,
            "IsNonRecoverable": row.get("IsNonRecoverable") is True,
        }
        for row in rows
    ]
    rate.rate = sum((Decimal(row["Rate"]) for row in rate.components), ZERO)


def _out(rate: TaxRate) -> Element:
    applies = {f"CanApplyTo{plural}": group in rate.groups for group, plural in _PLURALS.items()}
    report = {"ReportTaxType": rate.report} if rate.report else {}
    return {
        "Name": rate.name,
        "TaxType": rate.type,
        **report,
        **applies,
        "DisplayTaxRate": rate.rate,
        "EffectiveRate": rate.rate,
        "Status": rate.status,
        "TaxComponents": rate.components,
    }


def _echo(sent: Element, problem: Invalid) -> Element:
    return {"Name": text_of(sent.get("Name")), "ValidationErrors": problem.errors()}


def _fields() -> Fields[TaxRate]:
    return {
        "Name": lambda rate: rate.name,
        "TaxType": lambda rate: rate.type,
        "Status": lambda rate: rate.status,
        "EffectiveRate": lambda rate: rate.rate,
        "DisplayTaxRate": lambda rate: rate.rate,
        **{f"CanApplyTo{plural}": _applies(group) for group, plural in _PLURALS.items()},
    }


def _applies(group: str) -> Callable[[TaxRate], bool]:
    return lambda rate: group in rate.groups
