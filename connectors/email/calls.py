"""The actions of the e-mail connector: send, and keeping lists with consent.

PURE. Each is one request to the connector's own door; a mail travels alone, list entries in batches.
"""

from __future__ import annotations

from functools import partial

from connectors.email.outcomes import outcomes_of
from connectors.email.payloads import request_to
from engine.sdk.contract import Call

SEND = "/send"
ADD_TO_LIST = "/lists/add"
REMOVE_FROM_LIST = "/lists/remove"
RECORD_CONSENT = "/consents/record"
WITHDRAW_CONSENT = "/consents/withdraw"

_PATHS = (
    ("send", SEND),
    ("add_to_list", ADD_TO_LIST),
    ("remove_from_list", REMOVE_FROM_LIST),
    ("record_consent", RECORD_CONSENT),
    ("withdraw_consent", WITHDRAW_CONSENT),
)

CALLS = tuple(Call(name, partial(request_to, path), outcomes_of) for name, path in _PATHS)
