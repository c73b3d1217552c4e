"""Which account of a live chart fits a fee category, a payment method or a role: a score with its reason.

PURE. Proposes and never decides: a person takes each proposal or names another account. Account types and default tax
types are Xero's (fact sheet 8.11, 11.1); that clearing accounts are of type BANK is section 2 of the accounting cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.compose.setup.step import Proposal
from engine.compose.setup.values import Used
from engine.core.money import ZERO

Json = Any
Account = Mapping[str, Json]
SURE = 60
NOT_MONEY = "discount"
_TAXED, _FREE, _OUTSIDE = "OUTPUT", "EXEMPTOUTPUT", "BASEXCLUDED"
_WORDS = re.compile(r"[a-z0-9]+")
_EMPTY = frozenset({"the", "and", "of", "for", "a", "to", "sales", "clearing", "account", "income", "fees", "fee"})
# Words of practices and of charts that mean the same.
_SAME = {
    "consult": "consultation", "consults": "consultation", "consultations": "consultation", "session": "consultation",
    "sessions": "consultation", "treatment": "consultation", "therapy": "consultation", "products": "product",
    "retail": "product", "goods": "product", "reports": "report", "dna": "attendance", "cancellation": "attendance",
    "cancellations": "attendance", "dva": "medicare", "rebate": "medicare", "hicaps": "health", "funds": "health",
    "fund": "health", "tyro": "eftpos", "terminal": "eftpos",
    "braintree": "halaxy", "bpay": "halaxy", "transfer": "deposit",
    "vouchers": "voucher", "gift": "voucher",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Role:
    """An account with a part of its own in the books; `new` says how to make it: first code, name, type, tax."""

    name: str
    types: tuple[str, ...]
    words: tuple[str, ...]
    new: tuple[int, str, str, str]


ROLES = (
    Role("patient deposits", ("CURRLIAB", "LIABILITY"), ("deposit", "prepaid"),
         (835, "Patient Deposits Held", "CURRLIAB", _OUTSIDE)),
    Role("bad debts", ("EXPENSE", "OVERHEADS"), ("bad debts", "bad debt", "write off"),
         (407, "Bad Debts", "EXPENSE", _OUTSIDE)),
    Role("bad debts recovered", ("OTHERINCOME", "REVENUE"), ("bad debts recovered", "recovered"),
         (265, "Bad Debts Recovered", "OTHERINCOME", _OUTSIDE)),
    Role("dishonoured payments", ("CURRENT", "CURRLIAB"), ("dishonour", "reversed"),
         (812, "Dishonoured and Reversed Payments", "CURRENT", _OUTSIDE)),
    Role("processing fees", ("EXPENSE", "OVERHEADS"), ("merchant", "bank fees", "processing"),
         (404, "Bank and Merchant Fees", "EXPENSE", "INPUT")),
    Role("card surcharges", ("REVENUE", "SALES", "OTHERINCOME"), ("surcharge",),
         (204, "Sales: Surcharges", "REVENUE", _FREE)),
    Role("opening balances", ("CURRLIAB", "LIABILITY", "EQUITY"), ("opening balance",),
         (899, "Halaxy Opening Balances", "CURRLIAB", _OUTSIDE)),
)  # fmt: skip


def propose(map_name: str, missing: Mapping[str, Used], chart: Sequence[Account]) -> Iterator[Proposal]:
    """One proposal for each name that a map lacks; accounts to be made get codes that are free."""
    codes = {str(account["code"]) for account in chart}
    for key in sorted(missing):
        match map_name:
            case "revenue_accounts":
                found = _revenue(key, missing[key], chart, codes)
            case "payment_accounts":
                found = _method(key, chart, codes)
            case _:
                found = _role(key, chart, codes)
        if found.new is not None:
            codes.add(str(found.new["code"]))
        yield found


def _revenue(key: str, used: Used, chart: Sequence[Account], codes: set[str]) -> Proposal:
    fitting = [one for one in _active(chart) if one["type"] in ("REVENUE", "SALES", "OTHERINCOME")]
    tax = _TAXED if used.amount and used.taxed * 2 > used.amount else _FREE
    scored = [(_alike(key, one["name"]) + (10 if one["tax_type"] == tax else 0), one) for one in fitting]
    score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
    if best is not None and score >= SURE:
        why = f"its name fits, and its default tax is {best['tax_type']}"
        return _to("revenue_accounts", key, best, min(score, 100), why)
    new = {"code": _free(200, codes), "name": f"Sales: {key}", "type": "REVENUE", "tax_type": tax}
    return Proposal("revenue_accounts", key, new["code"], 50, "no revenue account has a name like it", new)


def _method(key: str, chart: Sequence[Account], codes: set[str]) -> Proposal:
    if _words(key) & {"discount", "discounts"}:
        return Proposal("payment_accounts", key, NOT_MONEY, 95, "a discount is no money but a lower price")
    if "voucher" in _words(key):
        return _voucher(key, chart, codes)
    clearing = [one for one in _active(chart) if one["type"] == "BANK" and "clearing" in one["name"].casefold()]
    score, best = max(
        ((_alike(key, one["name"]), one) for one in clearing), key=lambda pair: pair[0], default=(0, None)
    )
    if best is not None and score >= SURE:
        return _to(
            "payment_accounts", key, best, min(score, 100), "it is a clearing account of type BANK with that name"
        )
    new = {"code": _free(611, codes), "name": f"Clearing: {key}", "type": "BANK"}
    reason = "each payment method needs a clearing account of type BANK of its own, and none has a name like it"
    return Proposal("payment_accounts", key, new["code"], 50, reason, new)


def _voucher(key: str, chart: Sequence[Account], codes: set[str]) -> Proposal:
    fitting = [one for one in _active(chart) if one["type"] in ("CURRLIAB", "LIABILITY") and one["takes_payments"]]
    best = next((one for one in fitting if "voucher" in _words(one["name"])), None)
    if best is not None:
        return _to("payment_accounts", key, best, 90, "it is the liability for vouchers, and takes payments")
    new = {"code": _free(836, codes), "name": "Gift Vouchers Issued", "type": "CURRLIAB", "tax_type": _OUTSIDE}
    reason = "vouchers are owed until they are used"
    return Proposal("payment_accounts", key, new["code"], 50, reason, {**new, "takes_payments": True})


def _role(key: str, chart: Sequence[Account], codes: set[str]) -> Proposal:
    role = next(one for one in ROLES if one.name == key)
    fitting = [one for one in _active(chart) if one["type"] in role.types and not one["system"]]
    for word in sorted(role.words, key=len, reverse=True):
        named = [one for one in fitting if word in one["name"].casefold() and not _means_another(one, role)]
        if named:
            return _to("special_accounts", key, named[0], 90, f'its name has "{word}", and its type fits')
    code, name, kind, tax = role.new
    new = {"code": _free(code, codes), "name": name, "type": kind, "tax_type": tax}
    return Proposal("special_accounts", key, new["code"], 50, "no account of a fitting type has such a name", new)


def _means_another(account: Account, role: Role) -> bool:
    """`Bad Debts Recovered` is no account for bad debts."""
    name = account["name"].casefold()
    return any(other is not role and len(word) > max(map(len, role.words)) and word in name
               for other in ROLES for word in other.words)  # fmt: skip


def _to(map_name: str, key: str, account: Account, score: int, why: str) -> Proposal:
    return Proposal(map_name, key, str(account["code"] or account["id"]), score, f"{account['name']}: {why}")


def _active(chart: Iterable[Account]) -> list[Account]:
    return [one for one in chart if one["status"] == "ACTIVE" and not one["system"] and (one["code"] or one["id"])]


def _alike(key: str, name: str) -> int:
    """0 to 90: how much of the words of a name of the practice stands in an account's name."""
    wanted, there = _words(key), _words(name)
    if not wanted:
        return 0
    return round(90 * len(wanted & there) / len(wanted))


def _words(text: str) -> frozenset[str]:
    found = frozenset(_SAME.get(word, word) for word in _WORDS.findall(text.casefold().replace("non-", "")))
    return found - _EMPTY or found


def _free(start: int, taken: set[str]) -> str:
    """The first code from a number on that no account has."""
    code = start
    while str(code) in taken:
        code += 1
    return str(code)


def used_roles() -> dict[str, Used]:
    """Every role, for proposing what the map of roles lacks."""
    return {role.name: Used(amount=ZERO) for role in ROLES}
