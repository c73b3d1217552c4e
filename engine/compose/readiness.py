"""Whether a practice may go live: both sides connected and read, and a row in the maps for everything known.

Reads only; the words are for the person who activates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.compose.sign_ins import needing_consent
from engine.compose.workspace import Workspace
from engine.core.values import loads
from engine.lang.forms import MapNeed
from engine.lang.maps import Map

Json = Any


def obstacles(workspace: Workspace) -> list[str]:
    """What stands in the way, a sentence each; empty when nothing does."""
    found = [*_not_connected(workspace), *_unfinished(workspace)]
    if found:
        return found
    sales = _records(workspace, "sale")
    accounts = _accounts(workspace)
    if not sales:
        found.append('Nothing was read from Halaxy yet: run "daybook sync now".')
    if not accounts:
        found.append('Xero\'s chart of accounts was not read yet: run "daybook sync now".')
    if found:
        return found
    keys = {
        "revenue_accounts": _categories(sales, _records(workspace, "fee")),
        "payment_accounts": _methods(sales),
    }
    for ruleset in workspace.library.rulesets.values():
        for need in ruleset.maps:
            found += _gaps(need, workspace.library.maps.get(need.name), keys.get(need.name, set()), accounts)
    return found


def _not_connected(workspace: Workspace) -> Iterator[str]:
    states = {row["name"]: row for row in workspace.store.rows("connections")}
    for name, settings in workspace.config.connections.items():
        if needing_consent((settings.connector,)) and states[name]["state"] != "open":
            reason = f" ({states[name]['reason']})" if states[name]["reason"] else ""
            yield f'{name} is not connected{reason}: run "daybook connect {name}".'


def _unfinished(workspace: Workspace) -> Iterator[str]:
    """What `check` lets pass while a practice is being set up: settings and maps that are not there yet."""
    for problem in workspace.library.check(going_live=True):
        if problem.severity == "error":
            yield str(problem)


def _records(workspace: Workspace, kind: str) -> list[Json]:
    return [
        loads(row["body"])
        for connection in workspace.config.connections
        for row in workspace.store.rows("records", connection=connection, kind=kind)
    ]


def _categories(sales: Iterable[Mapping[str, Json]], fees: Iterable[Mapping[str, Json]]) -> set[str]:
    """Fee categories in use: of live invoice lines, and of the fees that are still sold."""
    sold = {line["category"] for sale in sales if not sale["deleted"] for line in sale["lines"]}
    offered = {fee["category"] for fee in fees if fee["active"]}
    return {category for category in sold | offered if category}


def _methods(sales: Iterable[Mapping[str, Json]]) -> set[str]:
    return {paid["method"] for sale in sales if not sale["deleted"] for paid in sale["payments"] if paid["method"]}


def _accounts(workspace: Workspace) -> dict[str, Json]:
    """Accounts of the chart by code and by id."""
    found: dict[str, Json] = {}
    for account in _records(workspace, "account"):
        found |= {name: account for name in (account["code"], account["id"]) if name}
    return found


def _gaps(need: MapNeed, table: Map | None, keys: set[str], accounts: Mapping[str, Json]) -> Iterator[str]:
    file = f"maps/{need.name}.yaml"
    rows = _rows(table) if table is not None else {}
    for key in sorted(keys - rows.keys()):
        yield f'{file} has no row for "{key}".'
    if need.to_type != "xero account":
        return
    for key, values in sorted(rows.items()):
        for value in sorted(values - set(need.also)):
            account = accounts.get(value)
            if account is None or account["status"] != "ACTIVE":
                yield f'{file} books "{key}" to the account {value}, which Xero {_why_not(account)}.'


def _why_not(account: Mapping[str, Json] | None) -> str:
    return "does not have" if account is None else "has archived"


def _rows(table: Map) -> dict[str, set[str]]:
    """Every value of each key; in a map by location a key counts with all the values of its locations."""
    found: dict[str, set[str]] = {}
    for key, value in table.plain().items():
        if isinstance(value, dict):
            for inner, text in value.items():
                found.setdefault(inner, set()).add(text)
        else:
            found.setdefault(key, set()).add(value)
    return found
