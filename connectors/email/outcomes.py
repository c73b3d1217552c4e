"""What an answer of this connector's door means for each element: one table.

PURE. The door (client.py) says in its own few words what the mail server or the register did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.core import values
from engine.sdk.contract import Done, Element, Outcome, Rejected, Response, Retry, SignIn, Unknown

Json = Any


def outcomes_of(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """One outcome an element; an answer that cannot be read leaves all of them unknown."""
    unreadable = (Unknown("The answer of the e-mail connector cannot be read."),) * len(elements)
    try:
        results = values.loads(response.body)
    except ValueError:
        return unreadable
    if not isinstance(results, list) or len(results) != len(elements):
        return unreadable
    return tuple(_outcome(result) for result in results)


def _outcome(result: Json) -> Outcome:
    match result:
        case {"state": "done", "result": dict(plain)}:
            return Done(plain)
        case {"state": "refused", "code": str(code), "what": str(what), "mend": str(mend)}:
            return Rejected(code, what, mend)
        case {"state": "busy", "what": str(what)}:
            return Retry(what)
        case {"state": "sign in", "what": str(what)}:
            return SignIn(what)
    return Unknown("The e-mail connector gave an answer of no known form.")
