"""The where clause of list calls: text into a test of rows.

Comparisons, AND, OR, brackets, the literals of Xero fact sheet section 6 and the text methods; it evaluates typed
values that each resource names, and never touches a resource itself.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from .problems import BadQuery

Row = TypeVar("Row")
Value = str | Decimal | bool | date | datetime | None
Getter = Callable[[Any], Value]
Fields = Mapping[str, Callable[[Row], Value]]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>\.?[A-Za-z_][\w.]*)"
    r"|(?P<sign>==|!=|<>|>=|<=|&&|\|\||[=<>(),!]))"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_CONSTANTS: Mapping[str, Value] = {"true": True, "false": False, "null": None}


def parse_where(text: str, fields: Fields[Row]) -> Callable[[Row], bool]:
    """Compile a where clause over the named fields (names are matched without regard to case).

    Raises:
        BadQuery: Unknown names or signs, or a clause that does not end.
    """
    reader = _Reader(text, {name.lower(): getter for name, getter in fields.items()})
    test = reader.either()
    reader.expect_end()
    return lambda row: _truth(test(row))


class _Reader:
    def __init__(self, text: str, fields: Mapping[str, Getter]) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._fields = fields

    def either(self) -> Getter:
        left = self.both()
        while self._take("||", "or"):
            left = _or(left, self.both())
        return left

    def both(self) -> Getter:
        left = self.comparison()
        while self._take("&&", "and"):
            left = _and(left, self.comparison())
        return left

    def comparison(self) -> Getter:
        if self._take("!"):
            inner = self.comparison()
            return lambda row: not _truth(inner(row))
        left = self._operand()
        sign = self._peek()[1]
        if sign not in _COMPARE:
            return left
        self._at += 1
        return _comparing(sign, left, self._operand())

    def expect_end(self) -> None:
        if self._peek()[0] != "end":
            raise BadQuery(f"Syntax error at '{self._peek()[1]}'")

    def _operand(self) -> Getter:
        kind, token = self._peek()
        self._at += 1
        if token == "(" and kind == "sign":
            inner = self.either()
            self._need(")")
            return self._methods(inner)
        if kind == "text":
            text = _unquoted(token)
            return lambda row: text
        if kind == "number":
            number = Decimal(token)
            return lambda row: number
        if kind == "name":
            return self._named(token)
        raise BadQuery(f"Expression expected at '{token}'" if token else "Expression expected")

    def _named(self, name: str) -> Getter:
        lowered = name.lower()
        if lowered in _CONSTANTS:
            constant = _CONSTANTS[lowered]
            return lambda row: constant
        if self._peek()[1] == "(":
            return self._called(name)
        return self._methods(self._field(name))

    def _called(self, name: str) -> Getter:
        lowered = name.lower()
        if lowered in ("guid", "datetime", "datetime.parse"):
            literal = _literal(lowered, self._arguments())
            return lambda row: literal
        path, _, method = name.rpartition(".")
        if not path:
            raise BadQuery(f"No applicable method '{name}' exists")
        return self._methods(_method(method, self._field(path), self._arguments()))

    def _methods(self, value: Getter) -> Getter:
        while self._peek()[1].startswith(".") and self._peek()[0] == "name":
            name = self._peek()[1][1:]
            self._at += 1
            value = _method(name, value, self._arguments())
        return value

    def _field(self, name: str) -> Getter:
        getter = self._fields.get(name.lower())
        if getter is None:
            raise BadQuery(f"No property or field '{name}' exists in type")
        return getter

    def _arguments(self) -> tuple[Value, ...]:
        self._need("(")
        values: list[Value] = []
        while not self._take(")"):
            values.append(self._operand()(None))
            if self._peek()[1] != ")":
                self._need(",")
        return tuple(values)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, *words: str) -> bool:
        kind, token = self._peek()
        if kind in ("sign", "name") and token.lower() in words:
            self._at += 1
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise BadQuery(f"'{sign}' expected")


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadQuery(f"Syntax error at position {at}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _literal(name: str, arguments: tuple[Value, ...]) -> Value:
    if name == "datetime":
        try:
            return datetime(*(int(str(part)) for part in arguments), tzinfo=UTC)  # type: ignore[arg-type,misc]
        except (TypeError, ValueError):
            raise BadQuery("DateTime needs a valid year, month and day") from None
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise BadQuery(f"{name} needs one text")
    if name == "guid":
        return arguments[0].lower()
    try:
        return datetime.fromisoformat(arguments[0])
    except ValueError:
        raise BadQuery("String was not recognized as a valid DateTime") from None


def _method(name: str, value: Getter, arguments: tuple[Value, ...]) -> Getter:
    lowered = name.lower()
    if lowered in ("tolower", "toupper") and not arguments:
        return lambda row: _text(value(row)).lower()
    test = _TESTS.get(lowered)
    if test is None or len(arguments) != 1 or not isinstance(arguments[0], str):
        raise BadQuery(f"No applicable method '{name}' exists")
    part = arguments[0].casefold()
    return lambda row: test(_text(value(row)).casefold(), part)


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise BadQuery("Object reference not set to an instance of an object")
    return value


def _or(left: Getter, right: Getter) -> Getter:
    return lambda row: _truth(left(row)) or _truth(right(row))


def _and(left: Getter, right: Getter) -> Getter:
    return lambda row: _truth(left(row)) and _truth(right(row))


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise BadQuery("Expression of type 'Boolean' expected")
    return value


def _comparing(sign: str, left: Getter, right: Getter) -> Getter:
    compare = _COMPARE[sign]
    equality = sign in ("==", "=", "!=", "<>")

    def test(row: Any) -> bool:
        a, b = comparable(left(row)), comparable(right(row))
        if a is None or b is None:
            return equality and compare(a, b)
        if type(a) is not type(b):
            raise BadQuery(f"Operator '{sign}' incompatible with operand types")
        return compare(a, b)

    return test


def comparable(value: Value) -> Value:
    """A value in the form in which it is compared and sorted: texts without case, days as UTC midnights."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value
