"""What was posted under an account that the map does not name any more: the list, and the mending of it on request.

Revenue is mended in place, line by line, by the posting itself, and only in open periods. Money that arrived on a
clearing account is not re-posted: one transfer between the two accounts moves it, and that is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.xero.posting.lines import REMAP
from connectors.xero.posting.policy import look_up
from engine.compose.asked import keep_choice, post_again, sale_named
from engine.compose.setup.memory import connection_of, kept
from engine.compose.workspace import Workspace
from engine.core.money import ZERO
from engine.core.values import loads
from engine.errors import UserError
from engine.lang.faults import did_you_mean

Json = Any
MENDED, LISTED = "revenue_accounts", "payment_accounts"
_GONE = ("VOIDED", "DELETED")


@dataclass(frozen=True, slots=True)
class Posted:
    """One posted line or payment that the map would now send elsewhere.

    Attributes:
        name: The map's key: a fee category or a payment method.
        fixed: Why it cannot be mended; empty when it can.
    """

    invoice: str
    document: str
    date: date
    name: str
    amount: Decimal
    old: str
    new: str
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Remap:
    """All of them, with their sums by old and new account."""

    map: str
    posted: tuple[Posted, ...]

    @property
    def sums(self) -> dict[tuple[str, str], Decimal]:
        """How much would move from which account to which."""
        found: dict[tuple[str, str], Decimal] = {}
        for one in self.posted:
            found[one.old, one.new] = found.get((one.old, one.new), ZERO) + one.amount
        return found

    def plain(self) -> dict[str, Json]:
        """The same as maps and lists."""
        sums = [{"old": old, "new": new, "amount": amount} for (old, new), amount in self.sums.items()]
        return {"map": self.map, "posted": [asdict(one) for one in self.posted], "sums": sums}


def remap(workspace: Workspace, name: str) -> Remap:
    """What was posted under old rows of a map.

    Raises:
        UserError: It is no map of accounts whose postings are remembered.
    """
    if name not in (MENDED, LISTED):
        known = (MENDED, LISTED)
        mend = did_you_mean(name, known) or f"There are: {', '.join(known)}."
        raise UserError(f'What was posted by the map "{name}" cannot be listed.', mend, "no-such-map")
    table = workspace.library.maps[name].plain() if name in workspace.library.maps else {}
    return Remap(name, tuple(_revenue(workspace, table) if name == MENDED else _money(workspace, table)))


def apply(workspace: Workspace, found: Remap) -> int:
    """Have the postings mend what can be mended; gives how many invoices that are.

    Raises:
        UserError: It is the map of payment methods.
    """
    if found.map != MENDED:
        what = "Payments are not posted again under another account."
        raise UserError(what, "Move the sums by a bank transfer in Xero between the two accounts.", "not-mended")
    ids = sorted({one.invoice for one in found.posted if not one.fixed})
    for id in ids:
        sale = sale_named(workspace, id)
        choice = keep_choice(workspace, sale, REMAP, "follow the map as it is now", int(sale["version"]) + 1)
        post_again(workspace, [sale], "follows the changed map", (choice,))
    return len(ids)


def _revenue(workspace: Workspace, table: Mapping[str, Json]) -> Iterator[Posted]:
    lock = _lock(workspace)
    for row in _links(workspace, "invoice"):
        written = loads(row["written"])
        sale = _sale(workspace, row["source"])
        why = _why_fixed(written, sale, lock)
        for fee in written.get("fees", ()):
            new = look_up(table, fee.get("category"), (sale or {}).get("location"))
            if new is not None and new != fee["account"]:
                id = row["source"].rpartition(" ")[2]
                yield Posted(id, row["marker"], _day(written), fee["category"], fee["amount"], fee["account"], new, why)


def _money(workspace: Workspace, table: Mapping[str, Json]) -> Iterator[Posted]:
    for row in _links(workspace, "payment"):
        written, sale = loads(row["written"]), _sale(workspace, row["source"])
        paid = next((one for one in (sale or {}).get("payments", ()) if row["part"] == f"payment {one['id']}"), None)
        new = look_up(table, paid["method"], (sale or {}).get("location")) if paid else None
        old = str(written.get("account") or "")
        if paid is None or new in (None, old, "discount") or not old:
            continue
        id = row["source"].rpartition(" ")[2]
        why = "money is moved by a bank transfer between the two accounts"
        yield Posted(id, row["marker"], _day(written), paid["method"], written["amount"], old, str(new), why)


def _links(workspace: Workspace, kind: str) -> Sequence[Mapping[str, Json]]:
    rows = workspace.store.rows("links_of_kind", connection=connection_of(workspace, "xero").name, kind=kind)
    ours = (row for row in rows if not row["gone"] and row["source"].startswith("halaxy invoice "))
    return sorted(ours, key=lambda row: (row["source"], row["part"]))


def _sale(workspace: Workspace, source: str) -> Json:
    return kept(workspace, connection_of(workspace, "halaxy").name, "sale", source.rpartition(" ")[2])


def _why_fixed(written: Mapping[str, Json], sale: Json, lock: date | None) -> str:
    if sale is None or sale["deleted"]:
        return "the invoice is gone from Halaxy"
    if written.get("status") in _GONE:
        return "the document is voided in Xero"
    if lock is not None and _day(written) <= lock:
        return f"Xero is locked up to {lock.isoformat()}"
    return ""


def _lock(workspace: Workspace) -> date | None:
    facts = kept(workspace, connection_of(workspace, "xero").name, "organisation", "organisation") or {}
    return max((day for name in ("period_lock", "year_lock") if (day := facts.get(name))), default=None)


def _day(written: Mapping[str, Json]) -> date:
    day = written["date"]
    return day if isinstance(day, date) else date.fromisoformat(str(day))
