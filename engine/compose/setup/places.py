"""The step for names in Xero of locations and practitioners, and the tracking categories that settings ask for.

Names come from Halaxy; a row that a person has written is never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.compose.setup.accounts import rows_of, write_rows
from engine.compose.setup.asking import call, read_again
from engine.compose.setup.memory import all_kept, connection_of
from engine.compose.setup.step import Answer, Finding, Looked, Proposal
from engine.compose.setup.values import Used, last_known
from engine.compose.workspace import Workspace
from engine.library.reading import Library

Json = Any
_RULESET = "financial_sync"
_KINDS = {"locations": "clinic", "practitioners": "practitioner"}


def looked(workspace: Workspace) -> Looked:
    """What the two maps lack for what was used, and which categories or options tracking lacks in Xero."""
    proposals = tuple(_proposals(workspace))
    findings = list(_categories(workspace))
    if not proposals and not findings:
        findings.append(Finding("ok", "Locations, practitioners and tracking are complete."))
    return Looked("tracking", tuple(findings), proposals=proposals)


def answered(workspace: Workspace, answer: Answer) -> tuple[Finding, ...]:
    """Write the names, and make categories and options in Xero where that is allowed."""
    rows: dict[str, dict[str, str]] = {}
    for one in _proposals(workspace):
        if value := answer.rows.get((one.map, one.key), one.value if answer.word == "yes" else ""):
            rows.setdefault(one.map, {})[one.key] = value
    found = [write_rows(workspace, name, some) for name, some in rows.items()]
    if answer.create:
        found += _made(workspace)
    return tuple(found)


def tracking_of(library: Library) -> Mapping[str, str]:
    """Which categories are filled, and from which map: `Location` from `locations`."""
    wished = library.filled.get(_RULESET, {}).get("tracking") or {}
    return {name: "locations" if "location" in by else "practitioners" for name, by in wished.items()}


def _proposals(workspace: Workspace) -> Iterator[Proposal]:
    values, tracked = last_known(workspace), set(tracking_of(workspace.library).values())
    halaxy = connection_of(workspace, "halaxy").name
    groups: tuple[tuple[str, Mapping[str, Used]], ...] = (
        ("locations", values.locations),
        ("practitioners", values.practitioners),
    )
    for name, used in groups:
        known = {row["id"]: str(row.get("name") or "") for row in all_kept(workspace, halaxy, _KINDS[name])}
        known |= dict(workspace.config.practice.locations) if name == "locations" else {}
        rows = rows_of(workspace, name)
        for id in sorted(used):
            if id not in rows and (known.get(id) or name in tracked):
                reason = "that is its name in Halaxy" if known.get(id) else "Halaxy does not tell its name"
                yield Proposal(name, id, known.get(id) or id, 90 if known.get(id) else 30, reason)


def _categories(workspace: Workspace) -> Iterator[Finding]:
    for name, missing in _missing(workspace).items():
        if missing is None:
            yield Finding("gap", f'Xero has no tracking category "{name}".', 'Run "daybook setup tracking --create".')
        elif missing:
            text = f'The tracking category "{name}" has no option {", ".join(missing)}.'
            yield Finding("gap", text, 'Run "daybook setup tracking --create".')


def _missing(workspace: Workspace) -> dict[str, list[str] | None]:
    """By category that settings ask for: its missing options; None where there is no such category."""
    there = {row["name"]: row for row in all_kept(workspace, connection_of(workspace, "xero").name, "tracking")}
    found: dict[str, list[str] | None] = {}
    for name, table in tracking_of(workspace.library).items():
        wanted = {str(value) for value in rows_of(workspace, table).values()}
        found[name] = sorted(wanted - set(there[name]["options"])) if name in there else None
    return found


def _made(workspace: Workspace) -> list[Finding]:
    missing, xero = _missing(workspace), connection_of(workspace, "xero").name
    found: list[Finding] = []
    for name, options in missing.items():
        if options is None:
            call(workspace, "xero", "create_tracking_category", {"name": name})
            found.append(Finding("ok", f'Made the tracking category "{name}" in Xero.'))
    if any(options is None for options in missing.values()):
        read_again(workspace, xero, "facts")
    ids = {row["name"]: row["id"] for row in call(workspace, "xero", "list_tracking", {})["rows"]}
    for name, options in _missing(workspace).items():
        for option in options or ():
            call(workspace, "xero", "create_tracking_option", {"category_id": ids[name], "name": option})
            found.append(Finding("ok", f'Made the option "{option}" of "{name}" in Xero.'))
    if found:
        read_again(workspace, xero, "facts")
    return found
