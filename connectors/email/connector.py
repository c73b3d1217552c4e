"""The e-mail connector as the engine sees it.

Names parts only; what each does stands in calls.py, client.py and lists.py.
"""

from __future__ import annotations

from connectors.email.calls import CALLS
from connectors.email.client import open_door, send_message
from engine.sdk.contract import Connector

CONNECTOR = Connector(
    name="email",
    calls={call.name: call for call in CALLS},
    open_door=open_door,
    capabilities={"mailer": send_message},
)
