"""Everything that a running sandbox remembers, in one place for its two doors, `/main` and `/_sandbox`.

Holds; decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.halaxy.sandbox.deliveries import Deliveries
from connectors.halaxy.sandbox.faults import Faults
from connectors.halaxy.sandbox.limits import Calls, Limiter
from connectors.halaxy.sandbox.oauth import SignIn
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import whole


@dataclass(slots=True)
class World:
    """The practice, the settings, the sign-in, the faults, the webhooks, the counts, and how far the clock is ahead."""

    switches: Switches
    sign_in: SignIn
    state: State = field(default_factory=State)
    faults: Faults = field(default_factory=Faults)
    limiter: Limiter = field(default_factory=Limiter)
    deliveries: Deliveries = field(default_factory=Deliveries)
    calls: Calls = field(default_factory=Calls)
    ahead: timedelta = timedelta(0)

    def time(self, now: datetime) -> datetime:
        """The practice's time: what was handed in, moved by `/_sandbox/clock`, in whole UTC seconds."""
        return whole(now + self.ahead)
