"""The double entry behind the documents: rows in order of arising, and balances.

Knows no document types: it is handed balanced entries under a key, and turns a change into opposite rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .arithmetic import ZERO


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting: an account's code and an amount, debit positive."""

    account: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger; exactly one of debit and credit is above zero."""

    date: date
    account: str
    debit: Decimal
    credit: Decimal
    document: str


class Ledger:
    """Every posting that ever arose; nothing is taken out, removal adds opposite rows."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._posted: dict[str, tuple[date, str, tuple[Entry, ...]]] = {}

    def post(self, key: str, on: date, entries: Iterable[Entry], contact: str = "") -> None:
        """Make what stands under a key be exactly these entries, owed by or to that contact.

        Unchanged entries add no rows; changed ones are first taken back on their own date.

        Raises:
            AssertionError: Debits and credits differ, which is a fault of the sandbox.
        """
        wanted = tuple(entry for entry in entries if entry.amount)
        if sum((entry.amount for entry in wanted), ZERO):
            raise AssertionError(f"entries of {key} do not balance")
        standing = self._posted.get(key)
        if standing == (on, contact, wanted) or (standing is None and not wanted):
            return
        self.remove(key)
        if wanted:
            self._posted[key] = (on, contact, wanted)
            self.rows.extend(_row(key, on, entry.account, entry.amount) for entry in wanted)

    def remove(self, key: str, *, backwards: bool = False) -> None:
        """Take back what stands under a key, by opposite rows on its own date, on request in opposite order."""
        if key not in self._posted:
            return
        on, _, entries = self._posted.pop(key)
        for entry in reversed(entries) if backwards else entries:
            self.rows.append(_row(key, on, entry.account, -entry.amount))

    def balances(self) -> dict[str, Decimal]:
        """Balance by account, debit positive; accounts at zero are left out."""
        sums: dict[str, Decimal] = {}
        for row in self.rows:
            sums[row.account] = sums.get(row.account, ZERO) + row.debit - row.credit
        return {account: sums[account] for account in sorted(sums) if sums[account]}


def _row(key: str, on: date, account: str, amount: Decimal) -> Row:
    return Row(on, account, max(amount, ZERO), max(-amount, ZERO), key)
