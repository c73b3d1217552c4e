"""Reading lists and single resources from Halaxy, page by page, without losing a row.

PURE: generators that yield requests and are sent responses. Paging is by page number over live data
(fact sheet 4.3), and filters may be ignored without a word (3.6), so what comes is checked here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from connectors.halaxy.payloads import last_updated
from connectors.halaxy.wire import each, instant, number
from engine.errors import NoAnswer
from engine.sdk.contract import Request, Response

Json = Any
Resources = dict[str, Mapping[str, Json]]

PAGE_SIZE = 100  # the largest that Halaxy gives (fact sheet 4.3)
PAGE_CAP = 2_000
IDS_AT_ONCE = 80  # keeps the address well below 2,000 characters
_ROUNDS = 3
_GONE = (404, 410)
_CLOSED = (401, 403)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One page of a list: resources of the asked type, and whether more follows as far as it says."""

    resources: tuple[Mapping[str, Json], ...]
    total: int | None
    more: bool | None


def since(moment: datetime) -> str:
    """A lower bound for a date filter; an upper one is not honoured everywhere (fact sheet 4.4)."""
    return "ge" + moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def search(kind: str, *filters: tuple[str, str], optional: bool = False) -> Generator[Request, Response, Resources]:
    """All resources of a list by id, reading it again while rows were seen to move between pages.

    Args:
        kind: The resource type, as in the address.
        filters: Query parameters besides the paging.
        optional: A refused list (the key lacks that scope) is then empty instead of an error.

    Raises:
        NoAnswer: Any page could not be read, or the pages never end.
    """
    found: Resources = {}
    for _ in range(_ROUNDS):
        before = len(found)
        steady = yield from _all_pages(kind, filters, optional, found)
        if steady or len(found) == before:
            break
    return found


def by_ids(kind: str, ids: Iterable[str], optional: bool = False) -> Generator[Request, Response, Resources]:
    """The resources with these ids, a list of them to a request; what is missing is not proof of absence."""
    wanted = sorted(set(ids))
    found: Resources = {}
    for start in range(0, len(wanted), IDS_AT_ONCE):
        part = wanted[start : start + IDS_AT_ONCE]
        rows = yield from search(kind, ("_id", ",".join(part)), optional=optional)
        found.update({id: row for id, row in rows.items() if id in part})
    return found


def one(kind: str, id: str) -> Generator[Request, Response, Mapping[str, Json] | None]:
    """One resource; None when Halaxy says that it is not there (404, 410)."""
    response = yield Request("GET", f"/{kind}/{id}")
    if response.status in _GONE:
        return None
    resource = _resource(response, kind)
    if resource.get("resourceType") != kind or str(resource.get("id")) != id:
        raise NoAnswer(f"Halaxy answered with something else than {kind} {id}.")
    return resource


def confirm(kind: str, ids: Iterable[str], found: Resources) -> Generator[Request, Response, frozenset[str]]:
    """Which of the ids are truly gone: each one missing from a list is asked for by itself."""
    gone = set()
    for id in sorted(set(ids) - found.keys()):
        resource = yield from one(kind, id)
        if resource is None:
            gone.add(id)
        else:
            found[id] = resource
    return frozenset(gone)


def changed_since(rows: Resources, moment: datetime, zone: ZoneInfo) -> Resources:
    """The rows that a `_lastUpdated` filter should have left; rows that do not say stay."""
    return {id: row for id, row in rows.items() if (last_updated(row, zone) or moment) >= moment}


def created_since(rows: Resources, moment: datetime, zone: ZoneInfo) -> Resources:
    """The rows that a `created` filter should have left; rows that do not say stay."""
    return {id: row for id, row in rows.items() if (instant(row.get("created"), zone) or moment) >= moment}


def bundle(response: Response, kind: str, page: int = 1) -> Bundle:
    """Read one page of a search.

    Raises:
        NoAnswer: The status is not 200, or the body is no bundle (an OperationOutcome is an error
            whatever its status; "no entry" without a bundle is not "no records").
    """
    body = _resource(response, kind)
    if body.get("resourceType") != "Bundle":
        raise NoAnswer(f"Halaxy answered the search of {kind} with a {body.get('resourceType') or 'nameless thing'}.")
    entries = [entry.get("resource") for entry in each(body.get("entry")) if isinstance(entry, Mapping)]
    rows = tuple(
        row for row in entries if isinstance(row, Mapping) and row.get("resourceType") == kind and row.get("id")
    )
    total = number(body.get("total"))
    return Bundle(rows, None if total is None else int(total), _says_more(body.get("link"), page))


def _all_pages(
    kind: str, filters: Sequence[tuple[str, str]], optional: bool, found: Resources
) -> Generator[Request, Response, bool]:
    """Read every page into `found`; True when nothing hints at rows that slipped between pages."""
    totals: set[int] = set()
    seen: set[str] = set()
    last: tuple[str, ...] = ()
    for page in range(1, PAGE_CAP + 1):
        response = yield Request("GET", f"/{kind}", (*filters, ("_count", str(PAGE_SIZE)), ("page", str(page))))
        if optional and response.status in _CLOSED:
            return True
        answer = bundle(response, kind, page)
        ids = tuple(str(row["id"]) for row in answer.resources)
        if ids and ids == last:
            raise NoAnswer(f"Halaxy gives the same page of {kind} again and again.")
        last = ids
        seen.update(ids)
        found.update({str(row["id"]): row for row in answer.resources})
        totals.update(() if answer.total is None else (answer.total,))
        if not _goes_on(answer, len(seen)):
            return len(totals) < 2 and all(total <= len(seen) for total in totals)
    raise NoAnswer(f"Halaxy's list of {kind} does not end within {PAGE_CAP} pages.")


def _goes_on(answer: Bundle, seen: int) -> bool:
    if not answer.resources:
        return False
    if answer.more is not None:
        return answer.more
    return len(answer.resources) >= PAGE_SIZE or (answer.total is not None and seen < answer.total)


def _says_more(links: Json, page: int) -> bool | None:
    """Whether a further page is named, by a `next` link or the number of the `last` one; None: not said."""
    named = {item.get("relation"): str(item.get("url") or "") for item in each(links) if isinstance(item, Mapping)}
    if named.get("next"):
        return True
    last = parse_qs(urlsplit(named.get("last", "")).query).get("page", [""])[0]
    return int(last) > page if last.isdigit() else None


def _resource(response: Response, kind: str) -> Mapping[str, Json]:
    if response.status != 200:
        raise NoAnswer(f"Halaxy answered HTTP {response.status} when asked for {kind}.")
    try:
        body = response.json()
    except ValueError:
        raise NoAnswer(f"Halaxy's answer about {kind} is not JSON.") from None
    if not isinstance(body, Mapping) or body.get("resourceType") == "OperationOutcome":
        raise NoAnswer(f"Halaxy answered with an error when asked for {kind}.")
    return body
