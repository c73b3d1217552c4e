"""A case as it is written: read from YAML into frozen data, strictly, with every scalar's text kept.

What a case means when it is played stands in `play`; what is compared, in `judge`. The form: docs/accounting_cases.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.compose.cases.shape import Shape
from engine.core.holds import SENTENCES
from engine.core.money import decimal
from engine.errors import Problem, Problems, UserError
from engine.lang.forms import read_ruleset
from engine.lang.reading import plain_tree
from engine.lang.tree import Entries, Items, Node, read_tree
from engine.library.files import packaged_rulesets

Json = Any
MOST_VALUES = 10_000
_TEXT = MappingProxyType({"type": "string"})
_MAP = MappingProxyType({"type": "object", "additionalProperties": _TEXT})
PUT, POST, DELETE = "put", "post", "delete"
_WRITES = (PUT, POST, DELETE)
_SPECIAL = ("set", "LineItems", "JournalLines", "totals")


@dataclass(frozen=True, slots=True)
class Expected:
    """One expected write: `fields` are those of `set`, of `totals` and beside them, as texts."""

    line: int
    verb: str
    kind: str
    fields: Mapping[str, Json]
    rows: tuple[Mapping[str, Json], ...] | None = None

    @property
    def key(self) -> str:
        """The handle of the document, or nothing."""
        return str(self.fields.get("key", ""))

    @property
    def name(self) -> str:
        """What the document is called in reports: its handle or its number."""
        names = ("key", "InvoiceNumber", "CreditNoteNumber", "ContactNumber")
        return next((str(self.fields[name]) for name in names if name in self.fields), "")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger."""

    date: date
    account: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Given:
    """What happens before a stage, or at its beginning; `halaxy` is a map of facts or a list of changes."""

    now: datetime | None = None
    config: Mapping[str, Json] = field(default_factory=dict)
    xero_before: Mapping[str, Json] = field(default_factory=dict)
    before: tuple[Given, ...] = ()
    halaxy: tuple[Mapping[str, Json], ...] = ()
    xero: tuple[Mapping[str, Json], ...] = ()
    people: tuple[Mapping[str, Json], ...] = ()
    imports: Mapping[str, Json] = field(default_factory=dict)
    deliveries: tuple[Mapping[str, Json], ...] = ()
    crash_after: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """What must have happened when all is quiet again."""

    name: str
    line: int
    given: Given
    expected: tuple[Expected, ...]
    others: tuple[Mapping[str, Json], ...]
    writes: int
    ledger: tuple[Row, ...]
    after: Mapping[str, Mapping[str, str]]
    balances: Mapping[str, Decimal]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    """One accounting case; stages in the order of the file."""

    id: str
    file: str
    title: str
    stages: tuple[Stage, ...]
    balances_at_end: Mapping[str, Decimal] | None
    facts: tuple[Mapping[str, Json], ...]


@cache
def schema() -> Json:
    """The JSON Schema of a case, with the hold codes and the ruleset's settings as they are now."""
    read: Json = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
    read["$defs"]["hold_code"]["enum"] = sorted(SENTENCES)
    config = read["$defs"]["config"]["properties"]
    file = packaged_rulesets() / "financial_sync" / "ruleset.yaml"
    ruleset, _ = read_ruleset(file.name, file.read_text(encoding="utf-8"))
    for setting in ruleset.settings if ruleset is not None else ():
        config.setdefault(setting.name, _MAP if setting.type.startswith("map") else _TEXT)
    return read


def read_case(file: str, text: str) -> Case:
    """Read one case.

    Raises:
        Problems: Everything that is wrong with the file, with lines and the nearest right words.
    """
    node, problems = read_tree(file, text, MOST_VALUES)
    problems = tuple(problem for problem in problems if problem.severity == "error")
    if node is not None:
        problems = (*problems, *Shape(schema(), file).check(node))
    if node is None and not problems:
        problems = (Problem(file, 1, 1, "empty", "The file holds no case.", "Begin with `case:`."),)
    if problems or not isinstance(node, Entries):
        raise Problems(problems)
    return _case(file, node)


def read_cases(paths: tuple[Path, ...], only: tuple[str, ...] = ()) -> tuple[Case, ...]:
    """All cases of files and folders, in the order of their names.

    Raises:
        Problems: Faults of all files at once.
        UserError: A path holds no case.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in _files(paths):
        if only and file.stem not in only:
            continue
        try:
            cases.append(read_case(str(file), file.read_text(encoding="utf-8")))
        except Problems as found:
            problems.extend(found.problems)
    if problems:
        raise Problems(tuple(problems))
    if not cases:
        raise UserError("There is no such case.", "Name files or folders of cases.", "no-case")
    return tuple(cases)


def _files(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UserError(f"There is no {path}.", "Name files or folders of cases.", "no-case")
        found += sorted(path.glob("**/*.yaml")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


# --- the tree of one file ------------------------------------------------------------------------------


def _case(file: str, node: Entries) -> Case:
    plain = plain_tree(node)
    first = _given(plain["given"])
    stages = []
    for key, value in node.entries:
        if key.text == "expect":
            stages.append(_stage(key.text, key.spot.line, value, first))
        elif key.text.startswith("expect_") or key.text == "reverse":
            stages.append(_stage(key.text, key.spot.line, value, _given(plain[key.text].get("given", {}))))
    ending = plain.get("balances_at_end")
    facts = tuple(facts for stage in stages for given in (*stage.given.before, stage.given) for facts in given.halaxy)
    return Case(
        id=plain["case"],
        file=file,
        title=plain.get("title", ""),
        stages=tuple(stages),
        balances_at_end=None if ending is None else _sums(ending),
        facts=facts,
    )


def _given(plain: Mapping[str, Json]) -> Given:
    halaxy = plain.get("halaxy", [])
    if isinstance(halaxy, Mapping):
        halaxy = [{"do": "add", **halaxy}]
    return Given(
        now=datetime.fromisoformat(plain["now"]) if "now" in plain else None,
        config=plain.get("config", {}),
        xero_before=plain.get("xero_before", {}),
        before=tuple(_given(earlier) for earlier in plain.get("before", [])),
        halaxy=tuple(halaxy),
        xero=tuple(plain.get("xero", [])),
        people=tuple(plain.get("people", [])),
        imports=plain.get("imports", {}),
        deliveries=tuple(plain.get("deliveries", [])),
        crash_after=int(plain.get("crash", {}).get("after_write", 0)),
    )


def _stage(name: str, line: int, node: Node, given: Given) -> Stage:
    plain = plain_tree(node)
    listed = next(value for key, value in node.entries if key.text == "xero") if isinstance(node, Entries) else node
    lines = [item.spot.line for item in listed.items] if isinstance(listed, Items) else []
    entries = list(zip(lines, plain["xero"], strict=True))
    return Stage(
        name=name,
        line=line,
        given=given,
        expected=tuple(_expected(at, entry) for at, entry in entries if _verb(entry) in _WRITES),
        others=tuple(entry for _, entry in entries if _verb(entry) not in _WRITES),
        writes=int(plain["writes"]),
        ledger=tuple(_row(row) for row in plain["ledger"]),
        after=plain.get("after", {}),
        balances=_sums(plain.get("balances", {})),
        counts={name: int(count) for name, count in plain.get("documents_in_xero", {}).items()},
    )


def _verb(entry: Mapping[str, Json]) -> str:
    known = (*_WRITES, "hold", "no_write", "event", "by_person")
    return next(verb for verb in known if verb in entry)


def _expected(line: int, entry: Mapping[str, Json]) -> Expected:
    verb = _verb(entry)
    beside = {name: value for name, value in entry.items() if name != verb and name not in _SPECIAL}
    rows = entry.get("LineItems", entry.get("JournalLines"))
    fields = {**entry.get("set", {}), **beside, **entry.get("totals", {})}
    return Expected(line, verb, entry[verb], fields, None if rows is None else tuple(rows))


def _row(row: list[str]) -> Row:
    return Row(date.fromisoformat(row[0]), row[1], decimal(row[2]), decimal(row[3]))


def _sums(plain: Mapping[str, str]) -> dict[str, Decimal]:
    return {account: decimal(amount) for account, amount in plain.items()}
