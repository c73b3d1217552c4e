"""R13: a payout of a processor or funder is one transfer from its clearing account to the bank, or back.

PURE. Only where the ruleset says so (`post_payouts`). What sales have in it is told to their postings by links under
the receipts' own keys, so that settled money is not taken back in silence (R18, R30).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.xero.posting.beginning import Said, ask_in_turn, policy_of, raised
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.identity import settled_key
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.policy import NOT_MONEY, look_up
from connectors.xero.posting.situation import Account, Ground, Write
from connectors.xero.posting.taking_off import take_off
from engine.core.money import ZERO
from engine.sdk.contract import Calls, Decision, Finished, Hold, Known, Link, Posting, Refused, Today
from engine.sdk.records import Payout

Json = Any
TRANSFER, SETTLED = "transfer", "settled"
_NUMBERED = re.compile(r"\w*\d\w*")


@dataclass(frozen=True, slots=True)
class PayoutSituation(Ground):
    """One round of the posting of a payout."""

    payout: Payout


def decide(payout: Payout, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that this payout stands as it reached the bank."""
    policy = policy_of(inputs)
    if isinstance(policy, Refused):
        return policy
    key, record = payout_key(payout.id), f"payout {payout.id}"
    now = PayoutSituation(known, policy, today, key, record, payout.location, payout.changed_at, payout)
    return ask_in_turn(now, payout.version, _CHAPTERS)


def payout_key(id: str) -> str:
    """The key that a posting of this payout locks."""
    return f"halaxy payout {id}"


def transfer_reference(payout: Payout) -> str:
    """The bank's text, by which the bookkeeper finds it; with our own id where the text names none of its numbers."""
    text = " ".join(payout.text.split()) or payout.id
    named = any(token in text for token in _NUMBERED.findall(payout.id))
    return text if named else f"{text} HX-PO-{payout.id}"


def _scope(now: PayoutSituation) -> Said:
    if now.link(TRANSFER) is not None or _gone(now):
        return None
    if not now.policy.post_payouts:
        return Finished({"skipped": "payouts are not posted here (setting post_payouts)"})
    if now.policy.start_date is not None and now.payout.bank_date < now.policy.start_date:
        return Finished({"skipped": "it reached the bank before the books begin"})
    if now.payout.bank_date > now.today.day:
        cause = f"bank date {now.payout.bank_date} is in the future"
        return now.hold("TOTAL_MISMATCH", now.record, cause, f"day {now.payout.bank_date.isoformat()}")
    return None


def _retract(now: PayoutSituation) -> Said:
    """Transfers cannot be changed (fact sheet 8.19): one that is wrong is deleted, and written again."""
    link = now.link(TRANSFER)
    if link is None:
        return _released(now)
    if not _gone(now) and link.written.get("basis") == _basis(now.payout):
        return None
    step = take_off(now, link, covers=link.written.get("covers", ()))
    if isinstance(step, Hold):
        return step
    return (step,) if isinstance(step, Link) else Calls((step,))


def _transfer(now: PayoutSituation) -> Said:
    payout = now.payout
    if now.link(TRANSFER) is not None or _gone(now):
        return None
    ends = _ends(now)
    if isinstance(ends, Hold):
        return ends
    day = open_date(now, payout.bank_date, now.record)
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(TRANSFER)) is not None:
        return now.refused(refusal, now.record)
    source, target = ends
    reference = transfer_reference(payout)
    payload = {"from": source.code, "from_id": source.id, "to": target.code, "to_id": target.id, "date": day}
    payload |= {"amount": abs(payout.net), "reference": reference, "basis": _basis(payout)}
    return Calls((now.ask("create_bank_transfer", reference, payload, Write(TRANSFER, TRANSFER)),))


def _settle(now: PayoutSituation) -> Said:
    """Every receipt in it is settled; one that is in it no more is not."""
    link = now.link(TRANSFER)
    if link is None:
        return None
    wanted = {settled_key(id): id for id in now.payout.covers}
    known = {source: held for (source, part), held in now.known.links.items() if part == SETTLED and not held.gone}
    missing = [source for source in wanted if source not in known or known[source].id != link.id]
    new = [
        Link(source, SETTLED, "settlement", link.id, link.marker, now.payout.version, {"payout": now.payout.id})
        for source in missing
    ]
    before = tuple(link.written.get("covers", ()))
    dropped = [_unsettled(now, id, link) for id in before if settled_key(id) not in wanted]
    if tuple(now.payout.covers) != before:
        new.append(replace(link, written={**link.written, "covers": list(now.payout.covers)}))
    return (*new, *dropped) or None


def _released(now: PayoutSituation) -> Said:
    """The receipts of a transfer that is gone are settled no more."""
    old = now.known.links.get((now.key, TRANSFER))
    if old is None or not old.written.get("covers"):
        return None
    freed = [_unsettled(now, id, old) for id in old.written["covers"]]
    return (*freed, replace(old, written={**old.written, "covers": []}))


def _unsettled(now: PayoutSituation, receipt: str, transfer: Link) -> Link:
    source = settled_key(receipt)
    known = now.known.links.get((source, SETTLED))
    if known is not None and known.id != transfer.id:
        return known
    return Link(source, SETTLED, "settlement", transfer.id, transfer.marker, now.payout.version, gone=True)


def _finished(now: PayoutSituation) -> Finished:
    link = now.link(TRANSFER)
    if link is None:
        return Finished({"removed": True} if (now.key, TRANSFER) in now.known.links else {"skipped": "nothing moved"})
    return Finished({"transfer_id": link.id, "amount": link.written["amount"]}, raised(now, now.payout.version))


def _gone(now: PayoutSituation) -> bool:
    return now.payout.deleted or now.payout.net == ZERO


def _basis(payout: Payout) -> str:
    """What of a payout makes its transfer; a difference is an edit."""
    return f"{payout.bank_date.isoformat()} {payout.method} {payout.net} {transfer_reference(payout)}"


def _ends(now: PayoutSituation) -> tuple[Account, Account] | Hold:
    """From and to; a negative payout goes the other way."""
    clearing, bank = _clearing(now), now.special("bank", now.record)
    if isinstance(clearing, Hold):
        return clearing
    if isinstance(bank, Hold):
        return bank
    for account in (clearing, bank):
        if not account.bank:
            cause = f"account {account.code} is no bank account"
            return now.hold("UNMAPPED", now.record, cause, "map payout_accounts", "map special_accounts", "facts")
    return (clearing, bank) if now.payout.net > ZERO else (bank, clearing)


def _clearing(now: PayoutSituation) -> Account | Hold:
    """A payout may be named after its processor (`Halaxy Payments`), which no payment method is."""
    method, maps = now.payout.method, (now.policy.payout_accounts, now.policy.payment_accounts)
    code = next(filter(None, (look_up(table, method, now.location) for table in maps)), None)
    if code is None or code == NOT_MONEY:
        cause = f"payouts of {method} are not mapped"
        return now.hold("UNMAPPED", now.record, cause, "map payout_accounts", "map payment_accounts", method=method)
    return now.usable(code, now.record, "map payout_accounts")


def _keys(payout: Payout) -> tuple[str, ...]:
    return (payout_key(payout.id), *(settled_key(id) for id in payout.covers))


def _before(links: Mapping[tuple[str, str], Link]) -> tuple[str, ...]:
    """The keys of the receipts that its transfer held so far: they may have become another payout's."""
    held = (link.written.get("covers", ()) for (_, part), link in links.items() if part == TRANSFER)
    return tuple(settled_key(id) for covers in held for id in covers)


_CHAPTERS: tuple[Callable[[PayoutSituation], Said], ...] = (_retract, _scope, _transfer, _settle, _finished)

POST_PAYOUT = Posting(
    name="post_payout",
    record="payout",
    input="payout",
    keys=_keys,
    shared=lambda payout, inputs: (),
    decide=decide,
    example_facts=example_facts,
    linked=_before,
)
