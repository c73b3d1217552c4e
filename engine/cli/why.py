"""`daybook why INVOICE`: the story of an invoice in sentences, and the same as data.

What happened, what each rule decided and why, what stands in Xero, what holds it. The facts come from
`engine.runtime.reports`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from engine.cli.opening import as_json_too, in_workspace, looked_at
from engine.cli.output import print_json, say
from engine.cli.words import local
from engine.config.model import Config
from engine.core.values import loads
from engine.ports import Store
from engine.runtime import reports

Json = Any
_PREFIX = re.compile(r"^(?:halaxy\s+)?(?:invoice\s+)?#?(?:HX-)?", re.IGNORECASE)
_RESULTS = {"not matched": "did not run", "cannot tell": "could not be decided", "repeated": "did not run again"}
_MADE_BY = {"us": "made by Daybook", "adopted": "found there and taken over", "person": "made by a person"}
_ENDS = {"queued": "is about to begin", "running": "is running", "waiting": "waits", "cancelled": "was cancelled"}


@click.command()
@click.argument("invoice")
@as_json_too
@in_workspace
def why(folder: Path | None, invoice: str, as_json: bool) -> None:
    """Tell the story of one invoice, named by its Halaxy id or number, or by its number in Xero."""
    with looked_at(folder) as (config, store):
        subject, sale = subject_of(store, config, invoice)
        found = reports.why(store, subject, list(config.connections))
    found["invoice"] = sale
    found["story"] = list(story(found, config.practice.timezone))
    if as_json:
        print_json(found)
        return
    for line in found["story"]:
        say(line)


def subject_of(store: Store, config: Config, invoice: str) -> tuple[str, dict[str, Json] | None]:
    """The id under which an invoice is known, and what it came to; the id as typed when nothing is known of it."""
    wanted = _PREFIX.sub("", invoice.strip(), count=1)
    for connection in config.connections:
        rows = store.rows("record", connection=connection, kind="sale", id=wanted)
        if not rows:
            rows = [row for row in store.rows("records", connection=connection, kind="sale")
                    if str(loads(row["body"]).get("number")) in (wanted, invoice.strip())]  # fmt: skip
        if rows:
            return rows[0]["id"], _summary(loads(rows[0]["body"]), rows[0]["version"])
    return wanted, None


def _summary(sale: Mapping[str, Json], version: int) -> dict[str, Json]:
    """What may be said of a sale without naming anybody."""
    totals = sale["totals"]
    return {
        "id": sale["id"],
        "number": sale["number"],
        "version": version,
        "date": str(sale["date"]),
        "deleted": sale["deleted"],
        **{name: f"{totals[name]:.2f}" for name in ("gross", "paid", "balance")},
    }


# --- the story ----------------------------------------------------------------------------------------


def story(found: Mapping[str, Json], zone: str) -> Iterator[str]:
    """The sentences of one record's story, in the order in which things happened.

    Args:
        found: What `reports.why` gives, with `invoice` from `subject_of`.
        zone: The practice's time zone.
    """
    yield from _in_halaxy(found)
    runs = {run["id"]: run for run in found["runs"]}
    yield ""
    yield "What happened:"
    for event in found["events"]:
        yield f"  {local(event['time'], zone)}  {event['title']} ({event['type']})"
        for match in event["matches"]:
            yield f"    {_decision(match, runs)}"
    yield ""
    yield from _in_xero(found["links"], zone)
    yield ""
    yield from _held(found["holds"], zone)
    yield _end(found)


def _in_halaxy(found: Mapping[str, Json]) -> Iterator[str]:
    sale = found["invoice"]
    if sale is None:
        yield f"Invoice {found['subject']}: Halaxy's copy is not kept here."
        return
    gone = ", deleted in Halaxy since" if sale["deleted"] else ""
    yield (
        f"Invoice {sale['number']} of {sale['date']}: {sale['gross']} invoiced, {sale['paid']} paid, "
        f"{sale['balance']} open{gone} (version {sale['version']} as read from Halaxy)."
    )


def _decision(match: Mapping[str, Json], runs: Mapping[str, Mapping[str, Json]]) -> str:
    if match["result"] == "matched":
        return f"{match['rule']} ran: {_run(match['run'], runs)}"
    reason = f": {match['reason']}" if match["reason"] else ""
    also = f" ({_run(match['run'], runs)})" if match["result"] == "cannot tell" and match["run"] else ""
    return f"{match['rule']} {_RESULTS.get(match['result'], match['result'])}{reason}{also}"


def _run(id: str, runs: Mapping[str, Mapping[str, Json]]) -> str:
    run = runs.get(id)
    if run is None:
        return id
    reason = f", {run['reason']}" if run["reason"] else ""
    return f"{id} {_ENDS.get(run['status'], run['status'])}{reason}"


def _in_xero(links: list[dict[str, Json]], zone: str) -> Iterator[str]:
    if not links:
        yield "Nothing of it stands in Xero."
        return
    yield "In Xero:"
    for link in links:
        state = "is gone" if link["gone"] else "stands"
        version = f", as of version {link['version']}" if link["version"] else ""
        yield (
            f"  {link['part']}: {link['kind']} {link['marker'] or link['vendor_id']} {state}, "
            f"{_MADE_BY.get(link['made_by'], link['made_by'])}{version}, {local(link['updated_at'], zone)}"
        )


def _held(holds: list[dict[str, Json]], zone: str) -> Iterator[str]:
    for hold in holds:
        yield f"It is held since {local(hold['opened_at'], zone)} by {hold['code']}: {hold['sentence']}"
        yield f"  about {hold['about']}; {hold['cause']} (hold {hold['id']})"


def _end(found: Mapping[str, Json]) -> str:
    if found["holds"]:
        return 'When the cause is gone it goes on by itself; a person can say so with "daybook holds resolve".'
    failed = [run["id"] for run in found["runs"] if run["status"] == "failed"]
    if failed:
        return f'Its last word is a failed run: look at it with "daybook show {failed[-1]}", then "daybook retry" it.'
    if any(run["status"] in ("queued", "running") for run in found["runs"]):
        return "Work on it is under way."
    waiting = [run for run in found["runs"] if run["status"] == "waiting"]
    if waiting:
        return f"It waits: {waiting[-1]['reason'] or 'for its time'}."
    return "Nothing holds it, and nothing is left to do."
