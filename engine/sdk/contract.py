"""What a connector is: requests and answers, outcomes, calls, postings, polls, doors.

Pure data and protocols. A connector exports one `Connector` from its `connector.py`; what a machine
can check (schemas, batches, markers, classes) stands in its `manifest.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

import msgspec

from engine.sdk.webhook import Webhook

Json = Any

_READ = msgspec.json.Decoder(float_hook=Decimal)
_WRITE = msgspec.json.Encoder(decimal_format="number")


def read_json(body: bytes) -> Json:
    """Parse JSON with exact numbers; raises ValueError on anything else."""
    return _READ.decode(body)


def write_json(value: Json) -> bytes:
    """JSON bytes; Decimals become plain numbers, dates ISO text."""
    return _WRITE.encode(value)


# --- what goes over the wire -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a vendor; `path` is below the connection's address and starts with a slash."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One complete answer; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Json:
        """The body as JSON with exact numbers; raises ValueError when it is none."""
        return read_json(self.body)


class Door(Protocol):
    """The way out to one vendor connection: signs in, adds headers, sends.

    `prepare` does what may take time before the bytes (a token refresh). `send` raises NotSent when
    `may_send()` is false as the last act before the bytes leave, NoAnswer when no complete answer came.
    """

    def prepare(self) -> None: ...
    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response: ...


# --- what happened ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened. `key` makes it known once per connection; `data` are its objects."""

    type: str
    key: str
    time: datetime
    title: str
    data: Mapping[str, Json]
    amount: Json = None
    subject: str = ""


# --- outcomes, by what happens next --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What is known of the vendor's document behind a done element; `seen` are its fields as last seen."""

    kind: str
    id: str
    marker: str
    seen: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Done:
    """The effect stands (or the read was answered); `result` are plain values, `events` what it gave rise to."""

    result: Mapping[str, Json] = field(default_factory=dict)
    link: LinkFacts | None = None
    events: tuple[NewEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The vendor said no and stored nothing; a repeat of the same would be refused again."""

    code: str
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Busy or broken for now, and surely nothing was stored: a new attempt follows."""

    what: str
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The whole connection has to wait; no failure."""

    scope: Literal["minute", "day", "concurrent"]
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in is no longer accepted: the connection pauses, not the rule."""

    what: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An answer came, but it does not tell whether the effect stands."""

    what: str


Outcome = Done | Rejected | Retry | RateLimited | SignIn | Unknown


# --- calls ----------------------------------------------------------------------------------------


Further = Callable[[Sequence["Outcome"], "Shelf", "PollTime"], Generator[Request, Response, "tuple[Outcome, ...]"]]


@dataclass(frozen=True, slots=True)
class Element:
    """One attempt's part of a call: what finds its effect at the vendor ("" for reads), and plain values."""

    marker: str
    payload: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Call:
    """An action that is one vendor request over a list of elements; all functions are pure.

    `outcomes` gives one outcome an element, in order; for an answer that refuses the whole call
    without naming an element it gives `Rejected(code="WHOLE_CALL", ...)` for each. `find` asks for the
    effects of elements by their markers (at most `batch.find` of them), `found` tells for each: Done
    when it stands, None when it surely does not. `example` is for rehearsals: a plausible answer to one
    element, given what stands so far by the vendor's id (fields as in `Link.seen`, and their `kind`).
    `further` is for reads that one request does not bring whole: it goes on from the outcomes of the first answer,
    asks for the rest, and gives the outcomes that take their place.
    """

    name: str
    request: Callable[[Sequence[Element]], Request]
    outcomes: Callable[[Sequence[Element], Response], tuple[Outcome, ...]]
    find: Callable[[Sequence[Element]], Request] | None = None
    found: Callable[[Sequence[Element], Response], tuple[Done | None, ...]] | None = None
    example: Callable[[Element, Mapping[str, Mapping[str, Json]]], Response] | None = None
    further: Further | None = None


# --- postings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """What stands at the vendor for one part of a source record (`invoice`, `payment 9001`, `contact`).

    `version` is the snapshot version that it fulfils, `written` the fields as we last wrote them,
    `seen` as last seen; a person's change is where the two differ. `status` is live or gone.
    """

    source: str
    part: str
    kind: str
    id: str
    marker: str
    version: int
    written: Mapping[str, Json] = field(default_factory=dict)
    seen: Mapping[str, Json] = field(default_factory=dict)
    made_by: Literal["us", "adopted", "person"] = "us"
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that a posting wants: the part names the effect; a write says which link it makes.

    `action` is one of the connector's own calls. `link` is (source key, part) to be recorded with the
    outcome's LinkFacts, None for reads. `ends` marks a link whose document the call removes.
    `fresh_read` marks a write decided on a read of an existing document (it goes stale after 60 s).
    """

    part: str
    action: str
    element: Element
    link: tuple[str, str] | None = None
    ends: bool = False
    fresh_read: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """The posting wants these calls, independent of one another; it is asked again when all are settled."""

    asks: tuple[Ask, ...]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more to write: the vendor holds what should be there; `result` is shown to the rule.

    `events` tell what a person should know of it; each is told once by its key, however often the posting runs.
    """

    result: Mapping[str, Json]
    links: tuple[Link, ...] = ()
    events: tuple[NewEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """This item waits; nothing else does. `about` names things by ids, `cause` groups the notices.

    `releases` are the things whose change lets it go on: `map NAME`, `settings`, `facts`,
    `document KIND ID`, `record KIND ID`, `link SOURCE`, `person`, `day YYYY-MM-DD`.
    """

    code: str
    about: str
    cause: str
    releases: tuple[str, ...]
    choices: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing to do before that time; the posting is asked again then. `events` as in Finished."""

    at: datetime
    why: str
    events: tuple[NewEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The posting cannot be done and waiting would not help: the step fails."""

    code: str
    what: str
    mend: str


Decision = Calls | Finished | Hold | Later | Refused


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's word on a hold of a record: one of the hold's own choices, and the snapshot that it was said of."""

    choice: str
    version: int


@dataclass(frozen=True, slots=True)
class Known:
    """All that a posting may depend on.

    Attributes:
        links: By (source key, part), for the posting's own and shared keys; gone ones included.
        answers: Outcome of each part asked for in this posting and settled, newest try.
        facts: The connection's reference records by kind, then by id (accounts, tax rates, ...).
        choices: What a person chose for this record, by hold code and what the hold was about.
    """

    links: Mapping[tuple[str, str], Link]
    answers: Mapping[str, Outcome]
    facts: Mapping[str, Mapping[str, Json]]
    choices: Mapping[tuple[str, str], Choice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Today:
    """The moment of a posting's round: an aware UTC time, the practice's local day and its IANA time zone."""

    now: datetime
    day: date
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Posting:
    """A pure function that compares what should be with what is known and asks for calls.

    Attributes:
        record: Kind of the record it posts (`sale`); `input` is the action's input that carries it.
        keys: The source keys that it locks (`halaxy invoice 1001`), from the record.
        shared: Further source keys whose links it reads without locking (contacts).
        decide: (record, known, inputs of the step, today) -> Decision.
        example_facts: For rehearsals, plausible `Known.facts` that fit the inputs of a step.
        linked: Further source keys to read, from the links so far: for what the record itself tells no more.
    """

    name: str
    record: str
    input: str
    keys: Callable[[Any], tuple[str, ...]]
    shared: Callable[[Any, Mapping[str, Json]], tuple[str, ...]]
    decide: Callable[[Any, Known, Mapping[str, Json], Today], Decision]
    example_facts: Callable[[Mapping[str, Json]], Mapping[str, Mapping[str, Json]]] | None = None
    linked: Callable[[Mapping[tuple[str, str], Link]], tuple[str, ...]] | None = None


# --- polls ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """A snapshot to keep: `parent` is the id of the record it belongs to; `version` counts from 1."""

    kind: str
    id: str
    version: int
    data: Json
    parent: str = ""


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """A vendor document as just read, for the link rows that point to it (None: it is gone)."""

    kind: str
    id: str
    seen: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a poll brings home; all of it is stored in one unit with the cursor."""

    cursor: Json
    records: tuple[Record, ...] = ()
    events: tuple[NewEvent, ...] = ()
    documents: tuple[SeenDocument, ...] = ()


class Shelf(Protocol):
    """The stored snapshots of one connection, read-only."""

    def get(self, kind: str, id: str) -> Record | None: ...
    def all(self, kind: str) -> tuple[Record, ...]: ...
    def children(self, kind: str, parent: str) -> tuple[Record, ...]: ...
    def links_of(self, kind: str) -> tuple[Link, ...]: ...


@dataclass(frozen=True, slots=True)
class PollTime:
    """When a poll runs: aware UTC now, the practice's IANA zone, and the connection's settings."""

    now: datetime
    timezone: str
    settings: Mapping[str, Json]


Flow = Generator[Request, Response, Found]
Reread = Callable[[Sequence[str], Shelf, PollTime], Flow]


@dataclass(frozen=True, slots=True)
class Poll:
    """A timed query, written as a generator: yields requests, is sent responses, returns what it found.

    `every_seconds` is its default interval; polls of one connection run in the order of its table.
    """

    name: str
    run: Callable[[Json, Shelf, PollTime], Flow]
    every_seconds: int


# --- the connector --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connector:
    """All that the engine gets from a connector's folder.

    `reread` reads single things again that the webhook named (`Mention.read`); its `Found.cursor` counts for nothing.
    """

    name: str
    calls: Mapping[str, Call] = field(default_factory=dict)
    postings: Mapping[str, Posting] = field(default_factory=dict)
    polls: tuple[Poll, ...] = ()
    open_door: Callable[[DoorNeeds], Door] | None = None
    sign_in: Callable[[DoorNeeds], SignInFlow] | None = None
    capabilities: Mapping[str, Callable[..., Generator[Request, Response, Json]]] = field(default_factory=dict)
    webhook: Webhook | None = None
    reread: Reread | None = None


class Vault(Protocol):
    """The encrypted values of one connection; `lease` is True for one holder at a time."""

    def get(self, name: str) -> str | None: ...
    def put(self, values: Mapping[str, str | None]) -> None: ...
    def lease(self, name: str, seconds: float) -> bool: ...
    def release(self, name: str) -> None: ...


class Wire(Protocol):
    """Sends bytes over HTTP; the only thing below a door that touches a socket. See engine/sdk/http.py."""

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class DoorNeeds:
    """What a door is built from."""

    settings: Mapping[str, Json]
    vault: Vault
    wire: Wire
    now: Callable[[], datetime]
    services: Mapping[str, Any] = field(default_factory=dict)


class SignInFlow(Protocol):
    """Connecting with a person's consent: an address to open, then the address they came back to."""

    def start(self, state: str, verifier: str) -> str: ...
    def finish(self, returned: str, state: str, verifier: str) -> Mapping[str, Json]: ...
    def disconnect(self) -> None: ...
