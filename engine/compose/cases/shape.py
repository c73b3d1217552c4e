"""Holds a tree of texts against a JSON Schema: every fault with its file, line and column, and the nearest right word.

Knows the part of draft 2020-12 that `schema.json` uses; scalars are texts, and a type says how such a text must read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.core.money import decimal
from engine.errors import Problem
from engine.lang.faults import did_you_mean, shown
from engine.lang.tree import Entries, Items, Node, Spot, Text

Json = Any
Schema = Mapping[str, Json]
_REF = "#/$defs/"
_YES_OR_NO = ("true", "false")
_NOTHING = ("null", "~", "")
_KINDS = {Text: "a single value", Items: "a list", Entries: "`name: value` lines"}


@dataclass(slots=True)
class Shape:
    """A schema and the faults of one file against it."""

    schema: Schema
    file: str
    problems: list[Problem] = field(default_factory=list)

    def check(self, node: Node) -> tuple[Problem, ...]:
        """Every fault of the tree, in the order of the file."""
        self._check(self.schema, node, "A case")
        return tuple(sorted(self.problems))

    def _check(self, schema: Schema, node: Node, what: str) -> None:
        if "$ref" in schema:
            self._check(self._named(schema["$ref"]), node, what)
        elif "anyOf" in schema:
            self._branch([self._resolved(one) for one in schema["anyOf"]], node, what)
        elif "const" in schema or schema.get("type") not in ("object", "array"):
            self._scalar(schema, node, what)
        elif schema["type"] == "object":
            self._object(schema, node, what)
        else:
            self._array(schema, node, what)

    def _resolved(self, schema: Schema) -> Schema:
        return self._resolved(self._named(schema["$ref"])) if "$ref" in schema else schema

    def _named(self, reference: str) -> Schema:
        named: Schema = self.schema["$defs"][reference.removeprefix(_REF)]
        return named

    def _branch(self, branches: list[Schema], node: Node, what: str) -> None:
        """The one branch that the node means: by being a list, by its first word, or by the word that names it."""
        wanted = "array" if isinstance(node, Items) else "object"
        fitting = [branch for branch in branches if branch.get("type", "object") == wanted]
        if not isinstance(node, Entries) or len(fitting) == 1:
            self._check(fitting[0] if fitting else branches[0], node, what)
            return
        given = {key.text: value for key, value in node.entries}
        for branch in fitting:
            if _means(branch, given):
                self._check(branch, node, what)
                return
        self._no_branch(fitting, node, given, what)

    def _no_branch(self, branches: list[Schema], node: Entries, given: Mapping[str, Node], what: str) -> None:
        leads = sorted({branch["required"][0] for branch in branches})
        if len(leads) == 1 and isinstance(value := given.get(leads[0]), Text):
            known = [branch["properties"][leads[0]]["const"] for branch in branches]
            self._unknown(value.spot, f'"{leads[0]}" cannot be "{shown(value.text)}".', value.text, known)
            return
        first = node.entries[0][0] if node.entries else None
        message = f"{what} begins with one of {', '.join(leads)}."
        mend = did_you_mean(first.text, leads) if first else ""
        self._fault(first.spot if first else node.spot, "unknown-word", message, mend)

    def _object(self, schema: Schema, node: Node, what: str) -> None:
        if not isinstance(node, Entries):
            self._wrong_kind(node, Entries, what)
            return
        known: Mapping[str, Schema] = schema.get("properties", {})
        patterns: Mapping[str, Schema] = schema.get("patternProperties", {})
        others = schema.get("additionalProperties", True)
        for key, value in node.entries:
            inner = known.get(key.text) or next((s for p, s in patterns.items() if re.search(p, key.text)), others)
            if inner is False:
                self._unknown(key.spot, f'{what} knows no word "{shown(key.text)}".', key.text, list(known))
            elif inner is not True:
                self._check(inner, value, f'"{shown(key.text)}"')
        names = {key.text for key, _ in node.entries}
        for name in schema.get("required", ()):
            if name not in names:
                self._fault(node.spot, "word-missing", f'{what} needs "{name}".', f"Add `{name}:`.")

    def _array(self, schema: Schema, node: Node, what: str) -> None:
        if not isinstance(node, Items):
            self._wrong_kind(node, Items, what)
            return
        firsts = schema.get("prefixItems", ())
        if firsts and len(node.items) != len(firsts):
            self._fault(
                node.spot, "wrong-length", f"{what} has {len(firsts)} values a row, here are {len(node.items)}."
            )
            return
        for index, item in enumerate(node.items):
            self._check(firsts[index] if firsts else schema["items"], item, f"An entry of {what}")

    def _scalar(self, schema: Schema, node: Node, what: str) -> None:
        if not isinstance(node, Text):
            self._wrong_kind(node, Text, what)
            return
        words = [schema["const"]] if "const" in schema else schema.get("enum")
        if words and node.text not in words:
            self._unknown(node.spot, f'{what} cannot be "{shown(node.text)}".', node.text, words)
            return
        kinds = schema.get("type", "string")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "null" in kinds and node.text in _NOTHING:
            return
        wanted = schema.get("format") or kinds[0]
        if not _READS[wanted](node.text):
            self._fault(node.spot, "wrong-value", f'{what} is "{shown(node.text)}", which is no {wanted}.')

    def _wrong_kind(self, node: Node, wanted: type[Node], what: str) -> None:
        self._fault(node.spot, "wrong-kind", f"{what} needs {_KINDS[wanted]}, here is {_KINDS[type(node)]}.")

    def _unknown(self, spot: Spot, message: str, word: str, known: list[str]) -> None:
        self._fault(spot, "unknown-word", message, did_you_mean(word, known))

    def _fault(self, spot: Spot, code: str, message: str, mend: str = "") -> None:
        self.problems.append(Problem(self.file, spot.line, spot.col, code, message, mend, spot.end_col))


def _means(branch: Schema, given: Mapping[str, Node]) -> bool:
    lead = branch["required"][0]
    if lead not in given:
        return False
    const = branch["properties"][lead].get("const")
    node = given[lead]
    return const is None or (isinstance(node, Text) and node.text == const)


def _reads(reader: Callable[[str], object]) -> Callable[[str], bool]:
    def reads(text: str) -> bool:
        try:
            reader(text)
        except ValueError:
            return False
        return True

    return reads


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at


_READS: Mapping[str, Callable[[str], bool]] = {
    "string": lambda text: bool(text.strip()),
    "number": _reads(decimal),
    "integer": lambda text: text.isascii() and text.isdecimal(),
    "boolean": lambda text: text in _YES_OR_NO,
    "date": _reads(date.fromisoformat),
    "date-time": _reads(_aware),
}
