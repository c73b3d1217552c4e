"""The Halaxy connector as the engine sees it.

No behaviour here: the door is in `client.py`, the polls in `triggers.py`, the calls in `calls/`.
"""

from __future__ import annotations

from connectors.halaxy.calls.deposits import FIND_DEPOSIT
from connectors.halaxy.calls.invoices import FIND_INVOICE, LIST_SALES
from connectors.halaxy.calls.patients import FIND_PATIENT
from connectors.halaxy.capability import sales, sales_books, sales_of
from connectors.halaxy.client import open_door
from connectors.halaxy.hooks import WEBHOOK
from connectors.halaxy.rereading import reread
from connectors.halaxy.triggers import POLLS
from engine.sdk.contract import Connector

CONNECTOR = Connector(
    name="halaxy",
    calls={call.name: call for call in (FIND_INVOICE, LIST_SALES, FIND_DEPOSIT, FIND_PATIENT)},
    polls=POLLS,
    open_door=open_door,
    capabilities={"sales": sales, "sales_books": sales_books, "sales_of": sales_of},
    webhook=WEBHOOK,
    reread=reread,
)
