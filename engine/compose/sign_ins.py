"""Connects and disconnects one connection: keeps what a person gives, and proves it with a real request.

Opens only that connection, so that it works while another one, or a rule file, is broken. Asks nobody anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from connectors.xero.outcomes import rows_of
from connectors.xero.payloads import organisation_fact
from connectors.xero.triggers import PINNED
from engine.clock import SystemClock, SystemIds, unguessable
from engine.compose.connectors import Outfit, connector, first_state, needs_of
from engine.config.read import read_config
from engine.core.rule import Setting
from engine.core.times import text_of
from engine.core.values import loads
from engine.errors import NotSent, Problems, SignInNeeded, UserError
from engine.lang.faults import did_you_mean
from engine.library.reading import read_library
from engine.ports import Change, Insert, Update
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import DoorNeeds, Found, PollTime, Request, Response
from engine.sdk.http import HttpWire
from engine.store.secrets import KEY_VARIABLE, open_box
from engine.store.sqlite import SqliteStore

Json = Any
_TIMEOUT_SECONDS = 30.0
_TOKENS = ("access_token", "refresh_token", "expires_at")
# Which settings say that a secret is needed at all; without an entry the manifest's secrets always are.
_ONLY_WITH: Mapping[str, Callable[[Mapping[str, Json]], bool]] = {
    "xero": lambda settings: settings.get("mode") in ("secret", "custom"),
    "email": lambda settings: bool(settings.get("username")),
}


class SignIn(AbstractContextManager["SignIn"]):
    """A connection of a workspace, for connecting and disconnecting.

    Raises:
        Problems: `daybook.yaml` or the manifest has faults.
        UserError: There is no such connection, or the workspace has no key.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], name: str) -> None:
        self.config = read_config(folder, environment)
        if name not in self.config.connections:
            mend = did_you_mean(name, self.config.connections) or "Add it below `connections:` in daybook.yaml."
            raise UserError(f'There is no connection "{name}".', mend, "no-such-connection")
        self.name, self._settings = name, self.config.connections[name]
        self.connector = connector(self._settings.connector)
        library = read_library(folder, (), (self.connector.name,))
        if self.connector.name not in library.manifests:
            raise Problems(library.problems)
        self.manifest = library.manifests[self.connector.name]
        self._clock = SystemClock()
        box = open_box(folder / "data" / "key", environment.get(KEY_VARIABLE))
        self.config.database.parent.mkdir(parents=True, exist_ok=True)
        self._store = SqliteStore(self.config.database)
        self._wire = HttpWire()
        outfit = Outfit(
            self.config,
            self._store,
            box,
            self._clock,
            self._wire,
            SystemIds().new("sign_in"),
            library.manifests,
            {},
            {},
        )
        self._needs: DoorNeeds = needs_of(outfit, self._settings)
        row = {"name": name, "connector": self.connector.name, "state": first_state(self.connector.name)}
        self._store.write((Insert("connections", row, ignore=True),))

    # --- what is missing ---

    def missing_settings(self) -> tuple[Setting, ...]:
        """Settings that have neither a value in `daybook.yaml` nor a default."""
        given = self._settings.settings
        return tuple(one for one in self.manifest.settings if not one.has_default and one.name not in given)

    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that a person has to give."""
        only_with = _ONLY_WITH.get(self.connector.name)
        needed = only_with is None or only_with(self._needs.settings)
        return self.manifest.secrets if needed else ()

    @property
    def by_consent(self) -> bool:
        """Whether a person has to give consent in a browser."""
        return self.connector.sign_in is not None and self._needs.settings.get("mode") != "custom"

    @property
    def redirect(self) -> str:
        """Where the browser comes back to after consent."""
        return str(self._needs.settings.get("redirect") or "")

    # --- connecting ---

    def keep(self, secrets: Mapping[str, str]) -> None:
        """Keep secrets, encrypted, and prove them; when they are refused, what was kept before stands again.

        Raises:
            SignInNeeded, NotSent, NoAnswer, UserError: The proof failed.
        """
        vault = self._needs.vault
        names = (*secrets, *(() if self.by_consent else _TOKENS))
        before = {name: vault.get(name) for name in names}
        vault.put({**dict.fromkeys(names), **secrets})
        proved = self.by_consent
        try:
            if not proved:
                self._prove()
                proved = True
        finally:
            if not proved:
                vault.put(before)

    def consent(self, come_back: Callable[[str], str]) -> str:
        """Have a person give consent.

        Args:
            come_back: Shows the address to open, and gives the address to which the browser came back.

        Returns:
            The organisation's name.

        Raises:
            UserError: Consent was refused, or given for another organisation than the one this connection is for.
        """
        if self.connector.sign_in is None:
            raise UserError(f"{self.manifest.title} needs no consent.", "", "no-consent-needed")
        flow = self.connector.sign_in(self._needs)
        state, verifier = unguessable(), unguessable()
        returned = come_back(flow.start(state, verifier))
        return str(flow.finish(returned, state, verifier).get("tenant_name") or "")

    def connected(self) -> None:
        """Its work may begin, or go on.

        Raises:
            UserError: It is another organisation than the one that a person confirmed; the work stays where it is.
        """
        if frozen := self._another_organisation():
            self._set({"state": "paused", "reason": frozen, "not_before": None})
            mend = 'If the new one is meant, confirm it with "daybook setup organisation"; else connect again.'
            raise UserError(frozen, mend, "another-organisation")
        self._set({"state": "open", "reason": "", "not_before": None, "failures": 0})
        now = text_of(self._clock.now())
        again: Change = Update("cursors", {"connection": self.name}, {"next_at": now, "failures": 0}, expect=None)
        self._store.write((again,))

    def disconnect(self) -> str:
        """End it at the vendor where that can be done, and forget the secrets.

        Returns:
            What could not be done, in a sentence; empty when all was.
        """
        left = ""
        if self.connector.sign_in is not None:
            try:
                self.connector.sign_in(self._needs).disconnect()
            except (NotSent, SignInNeeded) as fault:
                left = f"{fault.what} Remove the connection in {self.manifest.title} itself too."
        self._needs.vault.put(dict.fromkeys((*self.manifest.secrets, *_TOKENS)))
        self._set({"state": "new", "reason": "disconnected by a person"})
        return left

    # --- the proof ---

    def _prove(self) -> None:
        """One real request: a sign-in at the mail server, or the first thing that the first poll would ask for."""
        if self.connector.name == "email":
            _greet_mail_server(self._needs)
            return
        request = self._first_request()
        if request is None or self.connector.open_door is None:
            return
        door = self.connector.open_door(self._needs)
        door.prepare()
        answer = door.send(request, lambda: True, _TIMEOUT_SECONDS)
        if not 200 <= answer.status < 300:
            raise UserError(
                f"{self.manifest.title} took the sign-in and then answered HTTP {answer.status}.",
                "Check that the key or app has the permissions that docs/cli.md names.",
                "not-permitted",
            )

    def _another_organisation(self) -> str:
        """Why nothing may be posted to where the connection leads now; empty when it is as confirmed, or never was."""
        rows = self._store.rows("record", connection=self.name, kind=PINNED, id=PINNED)
        if not rows or self.connector.name != "xero" or self.connector.open_door is None:
            return ""
        door = self.connector.open_door(self._needs)
        door.prepare()
        answer = door.send(Request("GET", "/Organisation"), lambda: True, _TIMEOUT_SECONDS)
        shown = organisation_fact(rows_of(answer, "Organisations")[0])
        pinned = loads(rows[0]["body"])
        if shown["id"] == pinned["id"]:
            return ""
        return f"Xero answers as {shown['name']}, but this practice posts to {pinned['name']}. Nothing is posted."

    def _first_request(self) -> Request | None:
        shelf = StoreShelf(self._store, self.name, self._clock.now)
        time = PollTime(self._clock.now(), self.config.practice.timezone, self._needs.settings)
        for poll in self.connector.polls:
            flow: Generator[Request, Response, Found] = poll.run(None, shelf, time)
            with suppress(StopIteration):
                return next(flow)
        return None

    def _set(self, row: Mapping[str, Json]) -> None:
        self._store.write((Update("connections", {"name": self.name}, row),))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()
        self._store.close()


def needing_consent(names: Sequence[str]) -> tuple[str, ...]:
    """Of these connectors, those that a person has to connect before anything can be done."""
    return tuple(name for name in names if first_state(name) == "new")


def _greet_mail_server(needs: DoorNeeds) -> None:
    """Connect, agree on TLS, sign in, take leave; no mail is sent."""
    from connectors.email.server import read_sender, read_server  # noqa: PLC0415 - only for mail
    from connectors.email.talk import Deadline, Stopped, Talk  # noqa: PLC0415 - the same

    sender = read_sender(needs.settings)
    until = Deadline(needs.now, needs.now() + timedelta(seconds=_TIMEOUT_SECONDS))
    talk = Talk(read_server(needs.settings, needs.vault), sender.domain, until)
    try:
        talk.open()
    except Stopped as end:
        raise SignInNeeded(_said(end.result), "Check host, port, user name and password.") from None
    finally:
        talk.close()


def _said(result: Mapping[str, Json]) -> str:
    return str(result.get("what") or "The mail server did not take the sign-in.")
