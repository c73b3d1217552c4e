"""The documents of a stage: which write is which expected one, what differs, and whether their order is right.

Order is strict within one invoice with its additions, credits and money; writes of different invoices may interleave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.compose.cases.form import Expected
from engine.compose.cases.matching import Handles, faults, shown
from engine.compose.cases.writes import Written

_GROUPS = (
    re.compile(r"HXD-[A-Z0-9-]+?-\d{8}"),
    re.compile(r"HX[CS]-.+?-\d{6}"),
    re.compile(r"HX-EX-\d+"),
    re.compile(r"HX-\d+"),
)
_LEAST_LIKE = 0.3


@dataclass(frozen=True, slots=True)
class Pair:
    """An expected document beside the one that was written; either may be missing."""

    expected: Expected | None
    written: Written | None
    faults: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether both are there and the same."""
        return self.expected is not None and self.written is not None and not self.faults


def paired(expected: Sequence[Expected], writes: Sequence[Written], handles: Handles) -> tuple[Pair, ...]:
    """Each expected document with its own write: the same one where there is one, else the likest."""
    left = list(writes)
    pairs: dict[int, Pair] = {}
    for number, one in enumerate(expected):
        match = next((write for write in left if not faults(one, write, handles)), None)
        if match is not None:
            handles.bind(one, match)
            left.remove(match)
            pairs[number] = Pair(one, match)
    for number, one in enumerate(expected):
        if number in pairs:
            continue
        near = max(left, key=lambda write: _likeness(one, write), default=None)
        if near is not None and _likeness(one, near) >= _LEAST_LIKE:
            found = faults(one, near, handles)
            handles.bind(one, near)
            left.remove(near)
            pairs[number] = Pair(one, near, found)
        else:
            pairs[number] = Pair(one, None)
    return (*(pairs[number] for number in range(len(expected))), *(Pair(None, write) for write in left))


def _likeness(expected: Expected, written: Written) -> float:
    """From 0 to 1: how likely a write was meant to be the expected one; another kind never is."""
    if expected.kind != written.kind:
        return 0.0
    names = ("InvoiceNumber", "CreditNoteNumber", "ContactNumber", "Invoice", "CreditNote", "Type", "Date", "Amount")
    given = [name for name in (*names, "Total", "Reference") if name in expected.fields]
    same = sum(str(expected.fields[name]) == shown(written.fields.get(name)) for name in given)
    verb = 1 if expected.verb == written.verb else 0
    return (same + verb) / (len(given) + 1)


def differences(pairs: Iterable[Pair]) -> Iterator[str]:
    """What is missing, what was not expected, and what of a document differs."""
    for pair in pairs:
        if pair.written is None and pair.expected is not None:
            yield f"missing: {pair.expected.verb} {pair.expected.kind} {pair.expected.name}".rstrip()
        elif pair.expected is None and pair.written is not None:
            yield f"not expected: {pair.written.verb} {pair.written.kind} {pair.written.name}".rstrip()
        elif pair.faults and pair.expected is not None:
            about = f"{pair.expected.verb} {pair.expected.kind} {pair.expected.name}".rstrip()
            yield from (f"{about}: {fault}" for fault in pair.faults)


def out_of_order(pairs: Sequence[Pair], writes: Sequence[Written], money: Mapping[str, str]) -> Iterator[str]:
    """Documents of one invoice that came in another order than the case has them; `money` as in `judge`."""
    place = {id(write): index for index, write in enumerate(writes)}
    last: dict[str, tuple[int, str]] = {}
    contacts = _groups_of_contacts(pairs, money)
    for pair in pairs:
        if pair.expected is None or pair.written is None:
            continue
        at = place[id(pair.written)]
        for group in _groups(pair.expected, money, contacts):
            before = last.get(group, (-1, ""))
            if at < before[0]:
                yield f"order: {pair.expected.kind} {pair.expected.name} came before {before[1]}"
            last[group] = max(before, (at, f"{pair.expected.kind} {pair.expected.name}"))


def _groups_of_contacts(pairs: Sequence[Pair], money: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pair in pairs:
        if pair.expected is not None and "Contact" in pair.expected.fields:
            contact = str(pair.expected.fields["Contact"])
            found.setdefault(contact, set()).update(_groups(pair.expected, money, {}))
    return found


def _groups(expected: Expected, money: Mapping[str, str], contacts: Mapping[str, set[str]]) -> set[str]:
    """The invoices (or other sources) that a document belongs to."""
    if expected.kind == "Contact":
        return contacts.get(str(expected.fields.get("ContactNumber", "")), set())
    names = ("InvoiceNumber", "CreditNoteNumber", "Invoice", "CreditNote")
    known = [str(expected.fields[name]) for name in names if name in expected.fields]
    known += [f"HX-{money[id]}" for id in re.findall(r"HX-PT-(\w+)", expected.key) if id in money]
    found = (next((m[0] for pattern in _GROUPS if (m := pattern.match(name))), name) for name in known)
    return set(found) or {expected.key}
