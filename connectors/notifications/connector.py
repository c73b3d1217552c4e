"""The notifications connector as the engine sees it.

Names parts only; what each does stands in calls.py and client.py.
"""

from __future__ import annotations

from connectors.notifications.calls import CALLS
from connectors.notifications.client import open_door
from engine.sdk.contract import Connector

CONNECTOR = Connector(name="notifications", calls={call.name: call for call in CALLS}, open_door=open_door)
