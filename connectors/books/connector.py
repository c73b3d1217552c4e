"""The books as the engine sees them: a built-in connector for what belongs to neither side.

Names parts only; what each does stands in compare.py and tasks.py.
"""

from __future__ import annotations

from connectors.books.calls import CALLS
from connectors.books.client import open_door
from engine.sdk.contract import Connector

CONNECTOR = Connector(name="books", calls={call.name: call for call in CALLS}, open_door=open_door)
