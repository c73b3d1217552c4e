"""The transactions that make or use credit, kept by the payer whose credit it is.

PURE over an overlay. They are kept apart from their invoices (record kind `credit`, parent the payer), because
a deposit and its uses meet nowhere else. Matching them: `credits.py`; what comes of it: `deposits.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC

from connectors.halaxy.credits import SOURCES, Account, Credit, Part, account, repeats
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import Payment
from connectors.halaxy.receipts import is_credit, receipt
from connectors.halaxy.wire import Ref
from engine.sdk.contract import Record
from engine.sdk.records import from_plain, to_plain

_ORGANISATIONS = ("OG-", "FD-", "CL-", "PG-")
_FIRST = {"deposit": 0, "to_deposit": 1}


class Accounts:
    """The payers' credit as it stands during one run, each settled once."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._known: dict[str, Account] = {}

    def of(self, owner: str) -> Account:
        """The credit of one payer."""
        if owner not in self._known:
            self._known[owner] = account(_credit(record) for record in self._overlay.children("credit", owner))
        return self._known[owner]

    def parts(self, payment_id: str) -> tuple[Part, ...]:
        """From which deposits a use is drawn; empty when it is not known as a use of credit."""
        record = self._overlay.get("credit", payment_id)
        return self.of(record.parent).parts.get(payment_id, ()) if record else ()


def note(overlay: Overlay, payments: Iterable[tuple[Payment, Ref | None]]) -> set[str]:
    """Keep these transactions as credit, or as gone from it.

    Args:
        overlay: All snapshots.
        payments: Transactions, each with the recipient of its invoice.

    Returns:
        The payers whose credit is no longer what it was.
    """
    found = [(_read(payment), payment, recipient) for payment, recipient in payments]
    changed: set[str] = set()
    for credit, payment, recipient in sorted(found, key=lambda item: _FIRST.get(item[0].kind if item[0] else "", 2)):
        before = overlay.get("credit", payment.id)
        if credit is not None:
            kept, owner = credit, _owner(overlay, credit, payment.party, recipient)
        elif before is not None:
            kept, owner = replace(_credit(before), gone=True), before.parent
        else:
            continue
        if overlay.put("credit", kept.id, to_plain(kept), owner):
            changed |= {owner, before.parent if before else owner}
    return changed


def uses(overlay: Overlay, owners: Iterable[str]) -> set[str]:
    """The invoices on which these payers' credit was used or came about."""
    records = (record for owner in owners for record in overlay.children("credit", owner))
    return {record.data["invoice"] for record in records if record.data["invoice"]}


def payer_key(ref: Ref | None) -> tuple[str, str] | None:
    """Record kind and id of a party; a reference without a type is told by its id (fact sheet 4.5)."""
    if ref is None or ref.type not in ("Patient", "Organization", ""):
        return None
    organisation = ref.type == "Organization" or (not ref.type and ref.id.startswith(_ORGANISATIONS))
    return ("organisation" if organisation else "patient"), ref.id


def owner_key(owner: str) -> tuple[str, str]:
    """Record kind and id of the payer of an account."""
    kind, _, id = owner.partition(" ")
    return kind or "patient", id


def _read(payment: Payment) -> Credit | None:
    found = receipt(payment, UTC) if is_credit(payment) else None
    if found is None:
        return None
    return Credit(
        id=payment.id,
        kind=found.kind,
        at=found.at,
        amount=found.amount,
        method=found.method,
        invoice=payment.invoice,
        clinic=payment.clinic,
        related=payment.related,
    )


def _owner(overlay: Overlay, credit: Credit, party: Ref | None, recipient: Ref | None) -> str:
    """Whose credit it is: of the party that is named, or of the invoice's payer where the credit is there.

    Halaxy names the patient of a payment; on an organisation's invoice the credit may be either's.
    """
    named, billed = _owner_of(party), _owner_of(recipient)
    if credit.kind == "to_deposit":
        twin = named and any(repeats(credit, item) for item in _standing(overlay, named) if item.kind == "deposit")
        return named if twin or not billed else billed
    if named and billed and named != billed and credit.kind == "deposit_applied":
        there = [any(item.kind in SOURCES for item in _standing(overlay, owner)) for owner in (named, billed)]
        return billed if there == [False, True] else named
    return named or billed


def _owner_of(ref: Ref | None) -> str:
    key = payer_key(ref)
    return " ".join(key) if key else ""


def _standing(overlay: Overlay, owner: str) -> list[Credit]:
    credits = (_credit(record) for record in overlay.children("credit", owner))
    return [credit for credit in credits if not credit.gone]


def _credit(record: Record) -> Credit:
    return from_plain(Credit, record.data)
