"""What Xero refuses, as exceptions that know their answer, and the bodies of gateway errors.

The wording of validation messages stands where the rule is checked. Source: Xero fact sheet section 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.sdk.sandbox import Answer, json_answer

Json = Any

_PLAIN = {"content-type": "text/plain; charset=utf-8"}


class Invalid(Exception):
    """One element breaks rules; other elements of the request are not touched."""

    def __init__(self, *messages: str, lines: dict[int, list[str]] | None = None) -> None:
        super().__init__(*messages)
        self.messages = tuple(dict.fromkeys(messages))
        self.lines = lines or {}

    def errors(self) -> list[Json]:
        """The messages as Xero lists them."""
        return [{"Message": message} for message in self.messages]


class Findings:
    """Collects what is wrong with one element, so that all of it is told at once."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.lines: dict[int, list[str]] = {}

    def add(self, message: str) -> None:
        """Note a fault of the whole element."""
        self.messages.append(message)

    def add_line(self, index: int, message: str) -> None:
        """Note a fault of one line; Xero repeats it at the element."""
        self.lines.setdefault(index, []).append(message)
        self.messages.append(message)

    def settle(self) -> None:
        """Raise Invalid when anything was noted."""
        if self.messages:
            raise Invalid(*self.messages, lines=self.lines)


class Refusal(Exception):
    """The whole request is refused with one answer."""

    def answer(self) -> Answer:
        """The answer that Xero gives."""
        raise TypeError("a refusal has its own answer")


class BadBody(Refusal):
    """The body cannot be read."""

    def answer(self) -> Answer:
        """400, error number 14 (sheet 7.2)."""
        return failure(14, "PostDataInvalidException", str(self))


class BadQuery(Refusal):
    """The where or order clause cannot be read."""

    def answer(self) -> Answer:
        """400, error number 16 (sheet 7.2)."""
        return failure(16, "QueryParseException", str(self))


class Unknown(Refusal):
    """No such object or address."""

    def answer(self) -> Answer:
        """404 as plain text (sheet 7.4)."""
        return Answer(404, _PLAIN, b"The resource you're looking for cannot be found")


class NotBuilt(Refusal):
    """The address exists at Xero, this verb or resource does not exist here."""

    def answer(self) -> Answer:
        """501, error number 3 (sheet 7.1)."""
        body = {
            "ErrorNumber": 3,
            "Type": "ApiMethodNotImplementedException",
            "Message": "The Api Method called is not implemented",
        }
        return json_answer(501, body)


def failure(number: int, kind: str, message: str) -> Answer:
    """A 400 of the accounting service that concerns the whole request."""
    return json_answer(400, {"ErrorNumber": number, "Type": kind, "Message": message})


def validation_failure(elements: Iterable[Json]) -> Answer:
    """A 400 that lists the elements that were not stored (sheet 7.2)."""
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": list(elements),
    }
    return json_answer(400, body)


def gateway_failure(status: int, title: str, detail: str, instance: str) -> Answer:
    """An error of the gateway before the accounting service (sheet 7.4)."""
    own = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": instance}
    body: Json = {**own, "Extensions": {}}
    return json_answer(status, body)


def breakdown(instance: str) -> Answer:
    """The 500 of a fault inside Xero (sheet 7.4)."""
    detail = (
        "An error occurred in Xero. Check the API Status page "
        "http://status.developer.xero.com for current service status."
    )
    return json_answer(500, {"Title": "An error occurred", "Detail": detail, "Status": 500, "Instance": instance})


def offline() -> Answer:
    """The 503 of an organisation that is offline."""
    return Answer(503, _PLAIN, b"The organisation is offline")
