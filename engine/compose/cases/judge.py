"""What a stage came to, held against what the case expects: documents, ledger, holds, events, states, balances.

Documents and their order are compared in `documents`, how things stand at the end in `states`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.xero.sandbox.state import Books
from engine.compose.cases.documents import Pair, differences, out_of_order, paired
from engine.compose.cases.form import Row, Stage
from engine.compose.cases.matching import Handles
from engine.compose.cases.states import after, balance_faults, balances, counts
from engine.compose.cases.writes import Written

Json = Any
_SOURCES = {"payment": "HX-PT-", "deposit": "HX-PT-", "expense": "HX-EX-", "payout": "HX-PO-", "invoice": "HX-"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a stage left behind: what was written in it, and how things stand at its end."""

    writes: tuple[Written, ...]
    ledger: tuple[Row, ...]
    holds: tuple[Mapping[str, Json], ...]
    held_before: frozenset[str]
    linked: Mapping[str, bool]
    events: tuple[Mapping[str, Json], ...]
    failed_runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One stage judged; it passed when nothing was found."""

    stage: str
    line: int
    pairs: tuple[Pair, ...]
    expected_ledger: tuple[Row, ...]
    ledger: tuple[Row, ...]
    findings: tuple[str, ...]


def judge(stage: Stage, seen: Seen, handles: Handles, money: Mapping[str, str], books: Sequence[Books]) -> Verdict:
    """Hold a stage against what was seen of it.

    Args:
        money: The invoice of each payment, for the order within an invoice.
    """
    handles.history.extend(seen.writes)
    pairs = paired(stage.expected, seen.writes, handles)
    findings = [
        *differences(pairs),
        *out_of_order(pairs, seen.writes, money),
        *_count(stage, seen),
        *_ledger(stage.ledger, seen.ledger),
        *_others(stage, seen),
        *after(stage, handles, books),
        *counts(stage, books),
        *balance_faults("the balance of", stage.balances, balances(books), whole=False),
        *(f"a run failed: {run}" for run in seen.failed_runs),
    ]
    return Verdict(stage.name, stage.line, pairs, stage.ledger, seen.ledger, tuple(findings))


def _count(stage: Stage, seen: Seen) -> Iterator[str]:
    if stage.writes != len(seen.writes):
        yield f"writes: expected {stage.writes}, was {len(seen.writes)}"


def _ledger(wanted: Sequence[Row], actual: Sequence[Row]) -> Iterator[str]:
    missing, extra = Counter(wanted), Counter(actual)
    for row in (missing - extra).elements():
        yield f"ledger: missing {_row(row)}"
    for row in (extra - missing).elements():
        yield f"ledger: not expected {_row(row)}"


def _row(row: Row) -> str:
    return f"{row.date} {row.account} debit {row.debit:.2f} credit {row.credit:.2f}"


def _others(stage: Stage, seen: Seen) -> Iterator[str]:
    # Two rules may wait for one thing; that is one hold to a person.
    holds = list({(hold["code"], hold["about"]): hold for hold in reversed(seen.holds)}.values())
    for entry in stage.others:
        if "hold" in entry:
            yield from _hold(entry, holds)
        elif "no_write" in entry:
            yield from _no_write(entry, seen)
        elif "event" in entry:
            yield from _event(entry, seen.events)
        else:
            yield from _by_person(entry, stage)
    for hold in holds:
        if hold["id"] not in seen.held_before:
            yield f"not expected: hold {hold['code']} about {hold['about']} ({hold['cause'] or hold['what']})"


def _hold(entry: Mapping[str, Json], holds: list[Mapping[str, Json]]) -> Iterator[str]:
    """The hold must be open; it is taken off the list, so that one hold answers one expectation."""
    about = re.compile(rf"\b{re.escape(entry['about'])}\b")
    found = [hold for hold in holds if hold["code"] == entry["hold"] and about.search(hold["about"])]
    if not found:
        yield f"missing: hold {entry['hold']} about {entry['about']}"
        return
    hold = found[0]
    holds.remove(hold)
    text = json.dumps({name: str(hold.get(name) or "") for name in ("what", "cause", "about", "detail")})
    for name, value in entry.get("detail", {}).items():
        if str(value) not in text:
            yield f"hold {entry['hold']} about {entry['about']} does not tell {name} {value}"
    for option in entry.get("options", ()):
        if not any(option in choice for choice in hold["choices"]):
            yield f"hold {entry['hold']} about {entry['about']} does not offer: {option}"


def _no_write(entry: Mapping[str, Json], seen: Seen) -> Iterator[str]:
    word, _, id = entry["no_write"].rpartition(" ")
    token = re.compile(rf"{re.escape(_SOURCES.get(word, '') + id)}(?![\w])")
    for write in seen.writes:
        linked = " ".join(str(write.fields.get(name, "")) for name in ("Invoice", "CreditNote"))
        if token.search(f"{write.texts} {linked}"):
            yield f"not expected about {entry['no_write']}: {write.verb} {write.kind} {write.name}"
    if "linked" in entry and seen.linked.get(entry["no_write"], False) != (entry["linked"] == "true"):
        yield f"{entry['no_write']} is {'not ' if entry['linked'] == 'true' else ''}linked"


def _event(entry: Mapping[str, Json], events: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    for event in events:
        text = f"{event['title']} {event['subject']} {event['body']}"
        wanted = [*(about.rpartition(" ")[2] for about in entry.get("about", ())), entry.get("amount", "")]
        if f".{event['type']}".endswith(f".{entry['event']}") and all(
            re.search(rf"(?<!\d){re.escape(w)}(?!\d)", text) for w in wanted
        ):
            return
    yield f"missing: event {entry['event']} about {', '.join(entry.get('about', ()))}"


def _by_person(entry: Mapping[str, Json], stage: Stage) -> Iterator[str]:
    done = ((deed["do"], deed.get("document", "")) for deed in stage.given.xero)
    if (entry["by_person"], entry.get("document", "")) not in done:
        yield f"nobody did: {entry['by_person']} {entry.get('document', '')}".rstrip()
