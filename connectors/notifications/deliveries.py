"""What one channel did with a notice, in the few words that outcomes.py reads.

Data only; no channel is known here by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Json = Any
State = Literal["sent", "refused", "busy", "unknown"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went: sent, refused (for good), busy (surely not sent, for now) or unknown."""

    state: State
    code: str = ""
    what: str = ""
    mend: str = ""
    after_seconds: int | None = None

    def about(self, channel: str, to: str) -> dict[str, Json]:
        """With the place it is about."""
        return {
            "channel": channel,
            "to": to,
            "state": self.state,
            "code": self.code,
            "what": self.what,
            "mend": self.mend,
            "after_seconds": self.after_seconds,
        }


SENT = Delivery("sent")
BUSY = Delivery("busy")
UNKNOWN = Delivery("unknown")


def refused(code: str, what: str, mend: str) -> Delivery:
    """The channel will not take it like this, now or later."""
    return Delivery("refused", code, what, mend)
