"""What a connector says of its vendor's webhook: its addresses, its secrets, and how a delivery is judged.

Pure data. A delivery only says where to look; what is there is read over the API, and the polls find it without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Names of a connection's secrets: what its webhook sends along, what it signs with, the last part of each address.
HEADER_SECRET = "webhook_header"
KEY_SECRET = "webhook_key"


def path_secret(event: str) -> str:
    """The name of the secret last part of an event's address."""
    return f"webhook_path {event}"


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that a delivery names.

    Attributes:
        id: The vendor's own id of it.
        polls: The polls that find what became of it.
        read: What the connector's `reread` is asked for, as `Invoice/1001`; empty when only polls read it.
    """

    id: str
    polls: tuple[str, ...] = ()
    read: str = ""


@dataclass(frozen=True, slots=True)
class Genuine:
    """A delivery that is the vendor's own.

    Attributes:
        mentions: What it names.
        polls: Polls to run whatever it names.
        first, last: The vendor's numbers of its events, 0 where there are none; a gap tells that some were lost.
    """

    mentions: tuple[Mention, ...] = ()
    polls: tuple[str, ...] = ()
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A delivery that is not to be acted on: the status to answer with, and why, without any secret."""

    status: int
    what: str


Kept = Callable[[str], str | None]
Judge = Callable[[str, Mapping[str, str], bytes, Kept], Genuine | TurnedAway]


@dataclass(frozen=True, slots=True)
class Webhook:
    """The webhook of a vendor.

    Attributes:
        judge: (event of the address, headers, raw body, secrets of the connection by name) -> what it is; never raises.
        status: What a genuine delivery is answered with, and an empty body.
        polls: Every poll that a delivery may ask for.
        events: By the address's part, what the vendor's screen calls it; empty when there is one address for all.
        signed: The vendor shows a key that a person brings here; else we make a header's value that is typed there.
        rest_seconds: A poll is not asked for again sooner than this after its last run, however much is delivered.
        where: Where in the vendor's screens the addresses are typed in.
    """

    judge: Judge
    status: int
    polls: tuple[str, ...]
    events: Mapping[str, str] = field(default_factory=dict)
    signed: bool = False
    rest_seconds: int = 30
    where: str = ""
