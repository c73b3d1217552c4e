"""What an answer of Halaxy means for a call: one table for all actions.

PURE. All actions are reads, so a refusal or a broken answer never leaves an effect behind; the polls
judge their answers in `reading.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.sdk.contract import Outcome, RateLimited, Rejected, Response, Retry, SignIn

Json = Any


def refusal(response: Response) -> Outcome | None:
    """The outcome of an answer that brings no resource; None when it does (fact sheet 3.6)."""
    match response.status:
        case 401:
            return SignIn("Halaxy no longer accepts the sign-in.")
        case 403:
            return Rejected("FORBIDDEN", "The Halaxy API key may not read this.", "Give the key that scope in Halaxy.")
        case 404 | 410:
            return Rejected("NOT_FOUND", "Halaxy does not have it.")
        case 429:
            return RateLimited("minute", retry_after(response))
        case 408 | 425:
            return Retry("Halaxy was too slow.")
        case status if status >= 500:
            return Retry(f"Halaxy is out of order (HTTP {status}).", retry_after(response))
        case status if status != 200:
            return Rejected(
                "WHOLE_CALL", f"Halaxy refuses the request (HTTP {status}).", "Check the inputs of the step."
            )
    return None if _kind(response) == "Bundle" else Retry("Halaxy's answer cannot be read.")


def retry_after(response: Response) -> float | None:
    """Seconds that Halaxy asks to wait, where it says so in seconds."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _kind(response: Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    return str(body.get("resourceType") or "") if isinstance(body, Mapping) else ""
