"""The compiled closures agree with a plain interpreter that walks the same kind of tree step by step."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import CannotTell
from engine.lang.expressions import compile_expression

NAMES = {
    "n": 3,
    "d": Decimal("2.50"),
    "s": "abc",
    "t": True,
    "f": False,
    "e": None,
    "g": {"a": 7, "z": None},
    "l": [1, 2],
}


class NoAnswer(Exception):
    pass


@dataclass(frozen=True)
class Tree:
    """Text with all its brackets, and how a reader of the manual would work it out."""

    text: str
    kind: str
    parts: tuple[Any, ...] = ()


def interpret(tree: Tree) -> Any:
    match tree.kind, tree.parts:
        case "value", (value,):
            return value
        case "soft", (inner, test):
            value = inner.parts[0]
            return (value is not None) == (test == "given")
        case "default", (inner, other):
            value = inner.parts[0]
            return interpret(other) if value is None else value
        case "and", (left, right):
            return yes(left) and yes(right)
        case "or", (left, right):
            return yes(left) or yes(right)
        case "not", (inner,):
            return not yes(inner)
        case "if", (test, first, second):
            return interpret(first) if yes(test) else interpret(second)
        case "list", items:
            return [interpret(item) for item in items]
        case "minus", (inner,):
            value = interpret(inner)
            if type(value) not in (int, Decimal):
                raise NoAnswer
            return -value
        case "chain", (left, middle, right):
            one, two = interpret(left), interpret(middle)
            return operate("<", one, two) and operate("<=", two, interpret(right))
        case sign, (left, right):
            return operate(sign, interpret(left), interpret(right))
    raise AssertionError(tree)


def yes(tree: Tree) -> bool:
    value = interpret(tree)
    if type(value) is not bool:
        raise NoAnswer
    return value


def operate(sign: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        raise NoAnswer
    numbers = all(type(value) in (int, Decimal) for value in (left, right))
    if sign in "+-*/":
        if not numbers or (sign == "/" and right == 0):
            raise NoAnswer
        return (
            {"+": left + right, "-": left - right, "*": left * right}.get(sign)
            if sign != "/"
            else Decimal(left) / right
        )
    same_kind = numbers or type(left) is type(right)
    if not same_kind:
        raise NoAnswer
    if sign in ("==", "!="):
        return (left == right) == (sign == "==")
    if type(left) in (bool, list):
        raise NoAnswer
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]


LEAVES = st.sampled_from(
    [
        Tree("n", "value", (3,)),
        Tree("d", "value", (Decimal("2.50"),)),
        Tree("s", "value", ("abc",)),
        Tree("t", "value", (True,)),
        Tree("f", "value", (False,)),
        Tree("e", "value", (None,)),
        Tree("g.a", "value", (7,)),
        Tree("g['z']", "value", (None,)),
        Tree("l[1]", "value", (2,)),
        Tree('"abc"', "value", ("abc",)),
        Tree('"x y"', "value", ("x y",)),
        Tree("0", "value", (0,)),
        Tree("1.10", "value", (Decimal("1.10"),)),
        Tree("true", "value", (True,)),
        Tree("no", "value", (False,)),
        Tree("none | default(1)", "value", (1,)),
    ]
)
EMPTIES = st.sampled_from([Tree("e", "value", (None,)), Tree("g.z", "value", (None,)), Tree("n", "value", (3,))])
SIGNS = st.sampled_from(["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "and", "or"])


def bigger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    two = st.tuples(inner, SIGNS, inner).map(lambda p: Tree(f"({p[0].text}) {p[1]} ({p[2].text})", p[1], (p[0], p[2])))
    no = inner.map(lambda p: Tree(f"not ({p.text})", "not", (p,)))
    choice = st.tuples(inner, inner, inner).map(
        lambda p: Tree(f"({p[1].text}) if ({p[0].text}) else ({p[2].text})", "if", (p[0], p[1], p[2]))
    )
    soft = st.tuples(EMPTIES, st.sampled_from(["given", "missing"])).map(
        lambda p: Tree(f"({p[0].text} is {p[1]})", "soft", (p[0], p[1]))
    )
    default = st.tuples(EMPTIES, inner).map(lambda p: Tree(f"{p[0].text} | default({p[1].text})", "default", p))
    items = st.lists(inner, max_size=3).map(lambda p: Tree(f"[{', '.join(item.text for item in p)}]", "list", tuple(p)))
    minus = inner.map(lambda p: Tree(f"-({p.text})", "minus", (p,)))
    chain = st.tuples(inner, inner, inner).map(
        lambda p: Tree(f"(({p[0].text}) < ({p[1].text}) <= ({p[2].text}))", "chain", p)
    )
    many = st.tuples(inner, inner, inner).map(
        lambda p: Tree(
            f"(({p[0].text}) and ({p[1].text}) and ({p[2].text}))", "and", (p[0], Tree("", "and", (p[1], p[2])))
        )
    )
    return st.one_of(two, two, no, choice, soft, default, items, minus, chain, many)


def lists_in(value: Any) -> bool:
    return isinstance(value, list)


def typed(value: Any) -> Any:
    """Values with their types, so that 1, 1.0 and true differ."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    return ("number", Decimal(value)) if type(value) in (int, Decimal) else (type(value).__name__, value)


@given(st.recursive(LEAVES, bigger, max_leaves=10))
@settings(max_examples=500, deadline=None)
def test_compiled_evaluation_agrees_with_the_interpreter(tree):
    try:
        expected = interpret(tree)
    except (NoAnswer, InvalidOperation):
        expected = NoAnswer
    try:
        value = compile_expression(tree.text).value(NAMES)
    except CannotTell:
        value = NoAnswer
    if expected is NoAnswer or value is NoAnswer:
        assert expected is value or _contains_lists(tree), tree.text
    else:
        assert _close(typed(expected), typed(value)), tree.text


def _contains_lists(tree: Tree) -> bool:
    """Comparing lists of mixed kinds is Python's business here and ours there."""
    return tree.kind == "list" or any(isinstance(part, Tree) and _contains_lists(part) for part in tree.parts)


def _close(one: Any, two: Any) -> bool:
    """Equal; quotients are rounded half up here and half even there, in the 28th digit."""
    if isinstance(one, list):
        return len(one) == len(two) and all(_close(first, second) for first, second in zip(one, two, strict=True))
    if one[0] == two[0] == "number":
        return abs(one[1] - two[1]) <= abs(one[1]) * Decimal("1e-24")
    return one == two
