"""The few words in which the door says what became of an element; outcomes.py reads them.

PURE. Texts hold reply numbers and field names, never an address: mail servers like to repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.email.payloads import Fault

Json = Any
Result = dict[str, Json]

# RFC 4954, 6, and RFC 3207: the server wants another sign-in before it takes mail from us.
_SIGN_IN_CODES = (530, 534, 535, 538)
# RFC 3463: class, subject and detail of a reply.
_ENHANCED = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")


def done(result: Mapping[str, Json]) -> Result:
    """The effect stands."""
    return {"state": "done", "result": dict(result)}


def refused(fault: Fault) -> Result:
    """Nothing was done, and a repeat would be refused again."""
    return {"state": "refused", "code": fault.code, "what": fault.what, "mend": fault.mend}


def busy(what: str) -> Result:
    """Nothing was done for now."""
    return {"state": "busy", "what": what}


def sign_in(what: str) -> Result:
    """Nothing was done; a person has to look at the connection."""
    return {"state": "sign in", "what": what}


def of_reply(code: int, said: bytes | str, about: str) -> Result:
    """A reply that is no consent, read by its first digit (RFC 5321, 4.2.1).

    Args:
        code: The three digits; -1 for a reply that has none.
        said: The text beside them.
        about: What was refused, in words: `the recipient`, `the mail`, ...
    """
    if code in _SIGN_IN_CODES:
        return sign_in(f"The mail server refused the sign-in ({code}).")
    found = _ENHANCED.search(said.decode("latin-1") if isinstance(said, bytes) else said)
    number = f"{code} {found[0]}" if found else str(code)
    if not 500 <= code < 600:
        return busy(f"The mail server does not take {about} for now ({number}).")
    if about == "the recipient":
        code_name, mend = "RECIPIENT_REFUSED", "Check the address."
    else:
        code_name, mend = "MAIL_REFUSED", "Ask whoever runs the mail server why."
    return refused(Fault(code_name, f"The mail server refused {about} ({number}).", mend))
