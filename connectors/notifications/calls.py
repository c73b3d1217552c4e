"""The one action of the notifications connector: tell a person or a role.

PURE. A notice travels alone: one element is one notice to everyone it is meant for, on all their channels.
"""

from __future__ import annotations

from functools import partial

from connectors.notifications.outcomes import found_of, outcomes_of
from connectors.notifications.payloads import request_to
from engine.sdk.contract import Call

SEND, LOOK = "/send", "/look"

CALLS = (Call("send", partial(request_to, SEND), outcomes_of, partial(request_to, LOOK), found_of),)
