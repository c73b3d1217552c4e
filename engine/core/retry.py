"""When a busy or broken service is tried again: exponential backoff with jitter, capped before it overflows.

Pure: jitter comes in as a number from 0 to 1. A service's own Retry-After wins over the formula.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.core.rule import Retry

# Most faults pass in seconds, a vendor's maintenance in hours: 2 s, 8 s, 32 s ... then each hour.
DEFAULT = Retry(times=12, over=timedelta(hours=6))
_FIRST_SECONDS = 2.0
_DEFAULT_GROWTH, _GROWTH = 4, 2
_LONGEST_SECONDS = 3600.0
_LARGEST_EXPONENT = 20


def next_try(
    policy: Retry, number: int, first_at: datetime, now: datetime, jitter: float, asked_seconds: float | None
) -> datetime | None:
    """The time before which the next attempt must not start, or None when the policy is used up.

    Args:
        policy: How often, over how long.
        number: Number of the attempt that just failed, from 1.
        first_at: When the first attempt was made.
        now: The time of the failure.
        jitter: 0 to 1; spreads retries over half to the whole of the delay.
        asked_seconds: The service's own Retry-After, if it gave one.
    """
    if number > policy.times or now - first_at > policy.over:
        return None
    longest = max(_LONGEST_SECONDS, policy.over.total_seconds() / policy.times)
    growth = _DEFAULT_GROWTH if policy == DEFAULT else _GROWTH
    delay = min(_first_seconds(policy) * growth ** min(number - 1, _LARGEST_EXPONENT), longest)
    delay = delay * (0.5 + 0.5 * jitter)
    if asked_seconds is not None:
        delay = max(delay, asked_seconds)
    return now + timedelta(seconds=delay)


def _first_seconds(policy: Retry) -> float:
    """The default begins at once, since most faults pass in seconds; a phrase of a rule is spread over its time."""
    if policy == DEFAULT:
        return _FIRST_SECONDS
    tries: int = 2 ** min(policy.times, _LARGEST_EXPONENT) - 1
    return max(_FIRST_SECONDS, policy.over.total_seconds() / tries)
