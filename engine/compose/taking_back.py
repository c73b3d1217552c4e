"""The reset of an import: opening balances taken back out of Xero, with the money posted on them (AC-71).

What a posting makes of it is its own: the sale is then as if it were gone, until a person links it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from connectors.xero.posting.theirs import TAKEN_BACK
from engine.compose.asked import keep_choice, post_again
from engine.compose.setup.memory import connection_of
from engine.compose.workspace import Workspace
from engine.core.values import dumps, loads
from engine.errors import UserError

Json = Any
_RULESET = "financial_sync"


def opening_sales(workspace: Workspace) -> list[Mapping[str, Json]]:
    """The invoices from before the start date of which something stands in Xero."""
    start = workspace.library.filled.get(_RULESET, {}).get("start_date")
    if not isinstance(start, date):
        return []
    return [sale for sale in _posted(workspace) if sale["date"] < start]


def take_back(workspace: Workspace, reason: str) -> int:
    """Have all opening balances taken out of Xero; gives how many.

    Raises:
        UserError: None was imported.
    """
    sales = opening_sales(workspace)
    if not sales:
        raise UserError("No opening balance is in Xero.", "There is nothing to take back.", "nothing-imported")
    return sum(
        post_again(
            workspace,
            [sale],
            "is taken back",
            [keep_choice(workspace, sale, TAKEN_BACK, f"taken back: {reason}", int(sale["version"]))],
        )
        for sale in sales
    )


def _posted(workspace: Workspace) -> Iterator[Mapping[str, Json]]:
    xero, halaxy = connection_of(workspace, "xero").name, connection_of(workspace, "halaxy").name
    for row in workspace.store.rows("records", connection=halaxy, kind="sale"):
        links = workspace.store.rows("links", connection=xero, sources=dumps([f"halaxy invoice {row['id']}"]))
        if any(link["kind"] == "invoice" and not link["gone"] for link in links):
            yield {**loads(row["body"]), "version": row["version"]}
