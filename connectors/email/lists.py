"""The register of consents and list members: who agreed to what, and who therefore stands on which list.

Kept in the connection's notebook. No consent is a result, never an error; nothing is sent from here. Ids are
digests, so that no address stands in one; who leaves a list keeps no address in it either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from connectors.email.payloads import Fault, as_text, display_name, read_address
from engine.sdk.capabilities import Notebook

Json = Any
Result = dict[str, Json]

EVERY_LIST = "*"

# What people write for "did not agree" in a text field; a word like these is no record of a consent.
_NO = ("", "no", "none", "false", "n", "0", "-")


@dataclass(frozen=True, slots=True)
class Place:
    """One address on one list, as the register knows it."""

    email: str
    list: str

    @property
    def id(self) -> str:
        """A digest of both, equal for every way of writing them."""
        known_by = f"{self.email.lower()}\n{self.list.casefold()}"
        return hashlib.sha256(known_by.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Register:
    """Consents and members in a notebook, at one moment (`now` is an aware UTC time)."""

    notebook: Notebook
    now: datetime

    def add(self, inputs: Mapping[str, Json]) -> Result | Fault:
        """Put an address on a list if its consent is on record, or is recorded with this request."""
        place = _place(inputs)
        if isinstance(place, Fault):
            return place
        if refusal := self._consent_missing(place, inputs):
            return {"added": False, "reason": refusal, "list": place.list}
        if self._is_member(place):
            return {"added": True, "reason": "already on the list", "list": place.list}
        name = display_name(inputs.get("name"))
        member = {"email": place.email, "name": name, "list": place.list, "state": "member", "since": self._time}
        self.notebook.put("member", place.id, member)
        return {"added": True, "reason": "", "list": place.list}

    def remove(self, inputs: Mapping[str, Json]) -> Result | Fault:
        """Take an address off a list; the consent stays as it is."""
        place = _place(inputs)
        if isinstance(place, Fault):
            return place
        removed = self._drop(place)
        return {"removed": removed, "reason": "" if removed else "not on the list", "list": place.list}

    def record(self, inputs: Mapping[str, Json]) -> Result | Fault:
        """Keep that a person agreed, how, and on which day (today when not said)."""
        place = _place(inputs)
        if isinstance(place, Fault):
            return place
        how = as_text(inputs.get("how"))
        if how.casefold() in _NO:
            return Fault("NO_RECORD", "The consent does not say how it was given.", "Write how, as in: signed form.")
        self._keep_consent(place, how, _day(inputs.get("given_on")) or self.now.date())
        return {"recorded": True, "list": place.list}

    def withdraw(self, inputs: Mapping[str, Json]) -> Result | Fault:
        """Keep that a person no longer agrees, and take them off: from one list, or from all when none is named."""
        named = as_text(inputs.get("list")) or EVERY_LIST
        place = _place({**inputs, "list": named})
        if isinstance(place, Fault):
            return place
        left = self._places_of(place.email) if named == EVERY_LIST else (place,)
        removed = sum(self._drop(each) for each in left)
        if self._standing(place)[0] != "withdrawn":
            self.notebook.put("consent", place.id, {"list": place.list, "state": "withdrawn", "at": self._time})
        return {"withdrawn": True, "removed_from": removed}

    @property
    def _time(self) -> str:
        return self.now.isoformat()

    def _consent_missing(self, place: Place, inputs: Mapping[str, Json]) -> str:
        """Why this address may not be added; empty when it may. A consent that comes along is kept."""
        state, at = self._standing(place)
        how = as_text(inputs.get("consent"))
        given_on = _day(inputs.get("consent_given_on"))
        said = how.casefold() not in _NO
        if state == "withdrawn":
            # Only a consent that is surely newer than the withdrawal undoes it.
            if not said or given_on is None or given_on.isoformat() <= at[:10]:
                return "consent withdrawn"
        elif state == "given" and not said:
            return ""
        if not said:
            return "no consent"
        self._keep_consent(place, how, given_on or self.now.date())
        return ""

    def _standing(self, place: Place) -> tuple[str, str]:
        """What was said last about this list or about every list, and when: given, withdrawn or nothing."""
        ids = (place.id, Place(place.email, EVERY_LIST).id)
        said = [record.data for id in ids if (record := self.notebook.get("consent", id)) is not None]
        newest = max(said, key=lambda entry: str(entry["at"]), default={"state": "", "at": ""})
        return str(newest["state"]), str(newest["at"])

    def _keep_consent(self, place: Place, how: str, given_on: date) -> None:
        known = self.notebook.get("consent", place.id)
        same = {"state": "given", "how": how, "given_on": given_on.isoformat()}
        if self._standing(place)[0] == "given" and known and {**known.data, **same} == known.data:
            return
        consent = {"email": place.email, "list": place.list, **same, "at": self._time}
        self.notebook.put("consent", place.id, consent)

    def _is_member(self, place: Place) -> bool:
        member = self.notebook.get("member", place.id)
        return member is not None and member.data["state"] == "member"

    def _drop(self, place: Place) -> bool:
        if not self._is_member(place):
            return False
        self.notebook.put("member", place.id, {"list": place.list, "state": "removed", "since": self._time})
        return True

    def _places_of(self, email: str) -> tuple[Place, ...]:
        members = (record.data for record in self.notebook.all("member") if record.data["state"] == "member")
        return tuple(Place(email, data["list"]) for data in members if data["email"].lower() == email.lower())


def _place(inputs: Mapping[str, Json]) -> Place | Fault:
    email = read_address(inputs.get("email"), "email")
    if isinstance(email, Fault):
        return email
    named = as_text(inputs.get("list"))
    if not named:
        return Fault("NO_LIST", "The step names no e-mail list.", "Give the name of the list.")
    return Place(email, named)


def _day(value: Json) -> date | None:
    """A day from a date, a time or ISO text; nothing else counts."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(as_text(value))
    except ValueError:
        return None
