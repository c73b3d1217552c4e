"""Whether an action found what it looked for: the meaning of `if missing`.

Pure; what happens then is the step's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.core.run import Settled

Json = Any

# Codes by which connectors say that the thing asked for does not exist.
GONE = frozenset({"NOT_FOUND", "GONE"})


def is_missing(settled: Settled) -> bool:
    """A refusal because the thing does not exist, or a result that holds nothing but its absence.

    Numbers and yes or no beside it, such as how many fit, do not count as a thing that was found.
    """
    if settled.failure is not None:
        return settled.failure.code in GONE
    if not isinstance(settled.result, Mapping):
        return _is_empty(settled.result)
    things = [value for value in settled.result.values() if not _is_number(value)]
    return bool(things) and all(_is_empty(value) for value in things)


def _is_empty(value: Json) -> bool:
    return value is None or value in ("", [], {}, ())


def _is_number(value: Json) -> bool:
    return isinstance(value, int | Decimal)
