"""The parts of a payment: how the links of one receipt are told apart.

PURE. `payment 9018` is the payment itself and `payment 9018/2` its share on the next document; `payment 9018 over` is
what of it became the customer's credit, `... over x` its being given back; fee, surcharge, rounding, recovery, pre,
in, out and dispute stand for the other movements of rules R9 to R12, R17, R28 and R30.
"""

from __future__ import annotations

from collections.abc import Iterable

_PAYMENT = "payment "
GIVEN_BACK = "x"


def payment_part(receipt_id: str, role: str = "", number: int = 1) -> str:
    """The name of a part; the first of a kind has no number."""
    text = f"{_PAYMENT}{receipt_id}" + (f" {role}" if role else "")
    return text + (f"/{number}" if number > 1 else "")


def receipt_of(part: str) -> str:
    """The receipt that a part of a payment belongs to; "" for other parts."""
    if not part.startswith(_PAYMENT):
        return ""
    return part.removeprefix(_PAYMENT).partition(" ")[0].partition("/")[0]


def role_of(part: str) -> str:
    """What a part of a payment is: "" for the payment itself, `x` for a credit that was given back."""
    rest = part.removeprefix(_PAYMENT).partition(" ")[2]
    return GIVEN_BACK if rest.endswith(f" {GIVEN_BACK}") else rest.partition("/")[0]


def free_number(taken: Iterable[str], receipt_id: str, role: str = "") -> int:
    """The first number of a kind of part that is not taken."""
    used, number = set(taken), 1
    while payment_part(receipt_id, role, number) in used:
        number += 1
    return number
