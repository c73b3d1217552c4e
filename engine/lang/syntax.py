"""Text of an expression to Jinja's syntax tree, with columns, exact numbers and limits.

Only parses: which nodes are allowed and what they mean is in `expressions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Lexer, Token, TokenStream
from jinja2.parser import Parser

from engine.lang.characters import bad_character
from engine.lang.faults import LangError
from engine.lang.slips import said_otherwise

LONGEST = 4_000
MOST_LEVELS = 20
# Links of one chain (`a + b + c ...`), prefixes and branches: far above any readable rule, far below Python's stack.
_MOST_LINKS = 100
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,10})?")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"', "'": "'"}
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_SLIPS = {
    "&": ("A single or double & is not a word here.", "Write `and`."),
    "!": ("The sign ! is only known in `!=`.", "Write `not`, or `!=` for unequal."),
    "?": ("The sign ? is not known.", "Write `x if condition else y`."),
    "$": ("The sign $ is not known.", "Write names and numbers without it."),
    "“": ("Curly quotes are not quotes here.", 'Use straight ones: "text".'),
    "”": ("Curly quotes are not quotes here.", 'Use straight ones: "text".'),
    "‘": ("Curly quotes are not quotes here.", 'Use straight ones: "text".'),
    "’": ("Curly quotes are not quotes here.", 'Use straight ones: "text".'),
    '"': ("A quote is opened and never closed.", "Close it, or remove it."),
    "'": ("A quote is opened and never closed.", "Close it, or remove it."),
    "\\": ("A backslash stands outside a quoted text.", "Remove it."),
    "`": ("Back-ticks are not quotes here.", 'Use straight quotes: "text".'),
    "#": ("A # stands in the expression.", "Put comments on a line of their own."),
    "@": ("The sign @ stands outside a quoted text.", 'Put an address in quotes: "a@b.example".'),
    "^": ("The sign ^ is not known.", "There is no power; multiply."),
}


class _Columns(Environment):
    """Jinja's grammar, fed with our tokens: columns instead of lines, Decimals instead of floats."""

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        return TokenStream(_tokens(self, source), name, filename)


_GRAMMAR = _Columns()


def parse(text: str) -> nodes.Expr:
    """The syntax tree of an expression; every node's `lineno` is its column, counted from one.

    Raises:
        LangError: It is empty, too long, nested too deep, or no expression.
    """
    if len(text) > LONGEST:
        raise LangError(
            "expression-too-long",
            f"This expression has {len(text)} characters; {LONGEST} are allowed.",
            "Split it with `set`.",
        )
    flat = text.replace("\r\n", " ").replace("\n", " ")
    if not flat.strip():
        raise LangError("expression-empty", "An expression is missing here.", "Write one, such as `invoice.number`.")
    try:
        return _whole(flat)
    except LangError as error:
        if error.code not in ("expression-unreadable", "one-equals-sign", "number-unreadable"):
            raise
        raise said_otherwise(flat, error) from None


def _whole(flat: str) -> nodes.Expr:
    try:
        parser = Parser(_GRAMMAR, flat, state="variable")
        tree = parser.parse_expression()
        rest = parser.stream.current
    except TemplateSyntaxError as error:
        raise _unreadable(error) from None
    if not parser.stream.eos:
        raise LangError(
            "expression-unreadable",
            f'"{_token_text(rest)}" is not expected here.',
            "Join the parts with `and`, `or` or an operator, or remove it.",
            rest.lineno,
        )
    return tree


def _tokens(grammar: Environment, source: str) -> Iterator[Token]:
    """Jinja's tokens with the column in place of the line, numbers exact, and what is not ours refused."""
    offset = depth = prefixes = 0
    order = _Order()
    lexer = grammar.lexer
    raw = lexer.tokeniter(source, None, None, state="variable")
    while True:
        try:
            _, kind, value = next(raw)
        except StopIteration:
            return
        except TemplateSyntaxError as error:
            raise _slip(source, error, offset) from None
        col = offset + 1
        offset += len(value)
        depth += (value in _OPENING) - (value in _CLOSING)
        prefixes += value in ("not", "else", "if") or (kind == "operator" and value in ("-", "+"))
        if depth > MOST_LEVELS or prefixes > _MOST_LINKS:
            raise too_deep(col)
        if kind == "variable_end":
            raise LangError(
                "expression-unreadable", "Two closing braces end the expression too early.", "Remove them.", col
            )
        if kind not in ("whitespace", "linecomment"):
            order.take(kind, value, col)
        yield from _token(lexer, kind, value, col)


_ENDS_SUM = frozenset(("and", "or", "not", "if", "else", "in", "is"))
_OF_NUMBERS = frozenset(("round", "money", "abs", "percent"))


@dataclass(slots=True)
class _Order:
    """Refuses what reads one way and means another: texts side by side, and a sum that a filter takes the end of."""

    before: tuple[str, str] = ("", "")
    sums: list[bool] = field(default_factory=lambda: [False])

    def take(self, kind: str, value: str, col: int) -> None:
        """Look at the next token that is no blank."""
        if kind == self.before[0] == "string":
            mend = "Write a comma or ~ between them."
            raise LangError("expression-unreadable", "Two texts stand side by side.", mend, col)
        if kind == "name" and self.before[1] == "|" and value in _OF_NUMBERS and self.sums[-1]:
            what = f"`| {value}` belongs to the last number alone, not to the whole calculation."
            raise LangError("brackets-needed", what, f"Write `(a + b) | {value}`, or `a + (b | {value})`.", col)
        if value in _OPENING:
            self.sums.append(False)
        elif value in _CLOSING and len(self.sums) > 1:
            self.sums.pop()
        elif kind == "name" and value in _ENDS_SUM:
            self.sums[-1] = False
        elif kind == "operator" and value not in (".", "|"):
            binary = value in ("+", "-", "*", "/") and (self.before[0] in _VALUES or self.before[1] in _CLOSING)
            self.sums[-1] = binary
        self.before = (kind, value)


_VALUES = frozenset(("name", "integer", "float", "string"))


def _token(lexer: Lexer, kind: str, value: str, col: int) -> Iterator[Token]:
    if kind in ("integer", "float"):
        # Jinja's parser passes the values of number tokens through untouched.
        yield Token(col, kind, cast(str, _number(value, col)))
    elif kind == "name" and not value.isascii():
        raise LangError("name-unreadable", f'The name "{value}" has letters outside a-z.', "Retype it.", col)
    elif kind == "operator" and value == "=":
        raise LangError("one-equals-sign", "One = does not compare.", "Write `==`.", col)
    elif kind == "string":
        yield Token(col, kind, _string(value, col))
    else:
        yield from lexer.wrap(iter([(col, kind, value)]))


def _number(text: str, col: int) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise LangError(
            "number-unreadable",
            f'"{text[:40]}" is not a plain number.',
            "Write digits and at most one point, such as 1250 or 12.50.",
            col,
        )
    return Decimal(text) if "." in text else int(text)


def _string(quoted: str, col: int) -> str:
    text = _ESCAPE.sub(lambda found: _ESCAPES.get(found.group(1), found.group(0)), quoted[1:-1])
    if bad_character(text.replace("\n", " ")):
        raise LangError("control-character", "This text holds an invisible character.", "Remove it.", col)
    return text


def _slip(source: str, error: TemplateSyntaxError, offset: int) -> LangError:
    found = re.search(r" at (\d+)$", error.message or "")
    place = int(found.group(1)) if found else offset
    sign = source[place : place + 1]
    message, mend = _SLIPS.get(sign, (f'The sign "{sign}" is not expected here.', "Remove it."))
    if (error.message or "").startswith("unexpected '"):
        message, mend = f'The bracket "{sign}" does not match any opening one.', "Check the brackets."
    return LangError("expression-unreadable", message, mend, place + 1)


def _unreadable(error: TemplateSyntaxError) -> LangError:
    text = error.message or ""
    if "end of" in text or not text:
        return LangError("expression-unreadable", "The expression ends too early.", "Finish it.", max(error.lineno, 1))
    found = re.search(r"(?:got|unexpected) '(.{1,40}?)'", text)
    what = f'"{found.group(1)}" is not expected here.' if found else "This is not a whole expression."
    return LangError("expression-unreadable", what, "Check the words and signs before it.", max(error.lineno, 1))


def too_deep(col: int) -> LangError:
    """The fault of an expression with too many levels or links."""
    return LangError(
        "expression-too-deep",
        f"This expression is nested deeper than {MOST_LEVELS} levels or has more than {_MOST_LINKS} links.",
        "Split it with `set`.",
        col,
    )


def check_depth(tree: nodes.Node) -> None:
    """Refuse a tree that would be deep to walk, without recursion.

    Links of one chain on the left (`a + b + c`, `a.b.c`, `x | f | g`) are one level together.
    """
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 1, 1)]
    while waiting:
        node, level, links = waiting.pop()
        if isinstance(node, nodes.Compare) and len(node.ops) > _MOST_LINKS:
            raise too_deep(node.lineno)
        if level > MOST_LEVELS or links > _MOST_LINKS:
            raise too_deep(node.lineno)
        for number, child in enumerate(node.iter_child_nodes()):
            chained = (number == 0 and isinstance(node, _CHAINS)) or isinstance(node, nodes.Concat)
            waiting.append((child, level if chained else level + 1, links + 1))


_CHAINS: tuple[type[Any], ...] = (nodes.BinExpr, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Compare)


def _token_text(token: Token) -> str:
    return str(token.value)[:40]
