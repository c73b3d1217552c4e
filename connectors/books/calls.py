"""The actions of the books: compare both sides, and give a person a task.

PURE. Each is one request to the connector's own door.
"""

from __future__ import annotations

from functools import partial

from connectors.books.outcomes import outcomes_of
from connectors.books.payloads import request_to
from engine.sdk.contract import Call

COMPARE = "/compare"
TASK = "/tasks"

CALLS = (
    Call("compare", partial(request_to, COMPARE), outcomes_of),
    Call("task", partial(request_to, TASK), outcomes_of),
)
