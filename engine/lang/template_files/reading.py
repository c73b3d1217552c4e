"""A template file to data: its head, its tags and its holes, with everything that is wrong with it.

Full Jinja in what an admin writes - `if`, `for`, `set`, `macro`, `include`, `raw`, comments - but every expression is
one of the language, so that nothing can be called, and no object's inside be reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.core.rule import Place
from engine.errors import Problem
from engine.lang.expressions import Compiled
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.splitting import outside, split_at, split_commas
from engine.lang.template_files.nodes import (
    For,
    Hole,
    If,
    Include,
    Kind,
    Macro,
    MacroCall,
    Node,
    SetText,
    SetValue,
    Template,
    Text,
)
from engine.lang.template_files.pieces import Piece, pieces_of
from engine.lang.template_files.source import Source, check_text, head_of

MOST_PIECES = 2_000  # a piece of text and a tag each
MOST_LEVELS = 20
_NAME = re.compile(r"[a-z][a-zA-Z0-9_]{0,63}")
_CALL = re.compile(r"\s*([a-z][a-zA-Z0-9_]*)\s*\((.*)\)\s*", re.DOTALL)
_QUOTED = re.compile(r"(['\"])([^'\"]*)\1")
_TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "include", "raw")
_CLOSED_BY = {"if": "endif", "for": "endfor", "set": "endset", "macro": "endmacro"}
_REFUSED = {
    "import": "Write the macro into this file.",
    "from": "Write the macro into this file.",
    "extends": 'Use `{% include "name" %}`.',
    "block": 'Use `{% include "name" %}`.',
    "call": "Give the text as an argument.",
    "filter": "Use filters in holes, as in `{{ x | upper }}`.",
    "with": "Use `{% set name = value %}`.",
    "do": "Use `{% set name = value %}`.",
    "break": "Use `{% for x in list if condition %}`.",
    "continue": "Use `{% for x in list if condition %}`.",
    "autoescape": "Remove it: values are always shown as they are.",
}
_KEPT = ("loop", "yes", "no", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else")


def read_template(name: str, file: str, text: str, kind: Kind = "md") -> tuple[Template | None, tuple[Problem, ...]]:
    """A template and everything that is wrong with it; None when it cannot be used.

    Args:
        name: As steps name it.
        file: How the file is called in problems.
        text: What stands in it.
        kind: `md` is Markdown, in which values are escaped; `txt` plain text.
    """
    source = Source(file, text.replace("\r\n", "\n").removeprefix("\ufeff"))
    try:
        check_text(source.text)
        start, subject = head_of(source)
        reader = _Reader(source, start)
        body = reader.whole()
        macros, includes, roots = tuple(reader.macros.values()), list(reader.includes), set(reader.roots)
        lines: tuple[Node, ...] | None = None
        if subject is not None:
            inner = _Reader(replace(source, text=source.text[: subject[1]]), subject[0])
            lines = inner.whole()
            includes, roots = includes + inner.includes, roots | inner.roots
    except LangError as fault:
        place = source.place(max(fault.col - 1, 0))
        mend = fault.mend or "Mend it."
        return None, (Problem(file, place.line, place.col, fault.code, fault.message, mend, place.col + 1),)
    return Template(name, file, text, kind, body, lines, macros, frozenset(roots), tuple(includes)), ()


@dataclass(slots=True)
class _Reader:
    """Reads the pieces of one text, from its beginning to its end.

    Attributes:
        roots: First names of everything that is read.
        open: The tags that are open, with where each began.
    """

    source: Source
    start: int
    macros: dict[str, Macro] = field(default_factory=dict)
    includes: list[Include] = field(default_factory=list)
    roots: set[str] = field(default_factory=set)
    open: list[tuple[str, int]] = field(default_factory=list)
    pieces: Iterator[Piece] = field(init=False)

    def whole(self) -> tuple[Node, ...]:
        """Everything up to the end."""
        self.pieces = self._counted()
        nodes, ending = self._until(())
        if ending is not None:
            word = ending.text.split()[0]
            raise _unreadable(f"{{% {shown(word)} %}} ends nothing here.", "Remove it, or open it first.", ending.at)
        return nodes

    def _counted(self) -> Iterator[Piece]:
        for number, piece in enumerate(pieces_of(self.source.text, self.start)):
            if number > MOST_PIECES:
                raise _unreadable("This template has more than 1,000 tags.", "Split it.", piece.at)
            yield piece

    def _until(self, words: Sequence[str]) -> tuple[tuple[Node, ...], Piece | None]:
        """Nodes up to one of these tags, or to any other ending one, which is given back."""
        found: list[Node] = []
        for piece in self.pieces:
            if piece.kind in ("text", "raw"):
                found.append(Text(piece.text))
            elif piece.kind == "hole":
                found.append(self._hole(piece))
            else:
                word = (piece.text.split() or [""])[0]
                if word in words or word in ("elif", "else") or word.startswith("end"):
                    return tuple(found), piece
                node = self._tag(word, piece)
                found += [node] if node is not None else []
        return tuple(found), None

    def _hole(self, piece: Piece) -> Node:
        call = _CALL.fullmatch(piece.text)
        place = self.source.place(piece.at)
        if call is None:
            return Hole(self._expression(piece.text, piece.at), place)
        macro = self.macros.get(call.group(1))
        if macro is None:
            what = f'There is no macro "{shown(call.group(1))}" above, and nothing else can be called.'
            mend = did_you_mean(call.group(1), self.macros) or "Use a filter, as in `{{ x | round(2) }}`."
            raise _unreadable(what, mend, piece.at)
        return MacroCall(macro, self._given(macro, call.group(2), piece.at + call.start(2)), place)

    def _given(self, macro: Macro, text: str, at: int) -> tuple[Compiled | None, ...]:
        """The values of a call, by position or by name, in the order of the macro's arguments."""
        values: dict[str, Compiled] = {}
        for number, part in enumerate(split_commas(text) if text.strip() else ()):
            name, value, start = _named(part.text)
            if name is None and number < len(macro.arguments):
                name = macro.arguments[number][0]
            if name is None or name in values or name not in dict(macro.arguments):
                known = ", ".join(name for name, _ in macro.arguments) or "nothing"
                raise _unreadable(f'The macro "{macro.name}" takes {known}.', "Mend its arguments.", at + part.start)
            values[name] = self._expression(value, at + part.start + start)
        for name, default in macro.arguments:
            if default is None and name not in values:
                raise _unreadable(f'The macro "{macro.name}" needs "{name}".', "Give it a value.", at)
        return tuple(values.get(name) for name, _ in macro.arguments)

    def _expression(self, text: str, at: int) -> Compiled:
        found = self.source.expression(text, at)
        self.roots |= {path.split(".")[0].split("[")[0] for path in found.paths}
        return found

    # --- tags ---

    def _tag(self, word: str, piece: Piece) -> Node | None:
        if len(self.open) >= MOST_LEVELS:
            raise _unreadable(f"Tags stand more than {MOST_LEVELS} levels deep.", "Flatten them.", piece.at)
        rest, at = _after(word, piece)
        self.open.append((word, piece.at))
        node: Node | None = None
        match word:
            case "if":
                node = self._if(rest, at, self.source.place(piece.at))
            case "for":
                node = self._for(rest, at, self.source.place(piece.at))
            case "set":
                node = self._set(rest, at, self.source.place(piece.at))
            case "macro":
                self._macro(rest, at, self.source.place(piece.at))
            case "include":
                node = self._include(rest, at, self.source.place(piece.at))
            case _:
                raise _unknown_tag(word, piece.at)
        self.open.pop()
        return node

    def _ending(self, piece: Piece | None, words: Sequence[str]) -> str:
        """The word of an ending tag, which has to be one of these."""
        opened, at = self.open[-1]
        if piece is None:
            mend = f"End it with `{{% {_CLOSED_BY[opened]} %}}`."
            raise _unreadable(f"{{% {opened} %}} is never ended.", mend, at)
        word = piece.text.split()[0]
        if word not in words or (word != "elif" and piece.text.strip() != word):
            what = f"{{% {shown(piece.text.strip())} %}} does not fit here, where {{% {opened} %}} is open."
            raise _unreadable(what, f"Write `{{% {words[-1]} %}}`.", piece.at)
        return word

    def _if(self, test: str, at: int, place: Place) -> If:
        branches: list[tuple[Compiled, tuple[Node, ...]]] = []
        while True:
            condition = self._expression(test, at)
            body, ending = self._until(("elif", "else", "endif"))
            branches.append((condition, body))
            word = self._ending(ending, ("elif", "else", "endif"))
            if word == "elif" and ending is not None:
                test, at = _after("elif", ending)
                continue
            otherwise: tuple[Node, ...] = ()
            if word == "else":
                otherwise, ending = self._until(("endif",))
                self._ending(ending, ("endif",))
            return If(tuple(branches), otherwise, place)

    def _for(self, rest: str, at: int, place: Place) -> For:
        parts = split_at(rest, ("in", "if"))
        if len(parts) < 2 or parts[1].keyword != "in" or not _NAME.fullmatch(parts[0].text):
            raise _unreadable("This loop is not written as a loop.", "Write `{% for line in invoice.lines %}`.", at)
        name = self._new_name(parts[0].text, at)
        items = self._expression(parts[1].text, at + parts[1].start)
        where = self._expression(parts[2].text, at + parts[2].start) if len(parts) > 2 else None
        body, ending = self._until(("else", "endfor"))
        otherwise: tuple[Node, ...] = ()
        if self._ending(ending, ("else", "endfor")) == "else":
            otherwise, ending = self._until(("endfor",))
            self._ending(ending, ("endfor",))
        return For(name, items, where, body, otherwise, place)

    def _set(self, rest: str, at: int, place: Place) -> Node:
        name, value, start = _named(rest)
        if name is not None:
            return SetValue(self._new_name(name, at), self._expression(value, at + start), place)
        if not _NAME.fullmatch(rest):
            raise _unreadable("A name is needed here.", "Write `{% set total = ... %}`.", at)
        body, ending = self._until(("endset",))
        self._ending(ending, ("endset",))
        return SetText(self._new_name(rest, at), body, place)

    def _macro(self, rest: str, at: int, place: Place) -> None:
        call = _CALL.fullmatch(rest)
        if call is None or len(self.open) > 1:
            mend = "Write `{% macro name(argument) %}` outside of other tags."
            raise _unreadable("This macro is not written as a macro.", mend, at)
        arguments: dict[str, Compiled | None] = {}
        for part in split_commas(call.group(2)) if call.group(2).strip() else ():
            name, default, start = _named(part.text)
            inner = at + call.start(2) + part.start
            key = self._new_name(name or part.text, inner)
            arguments[key] = self._expression(default, inner + start) if name is not None else None
        body, ending = self._until(("endmacro",))
        self._ending(ending, ("endmacro",))
        self.macros[call.group(1)] = Macro(self._new_name(call.group(1), at), tuple(arguments.items()), body, place)

    def _include(self, rest: str, at: int, place: Place) -> Include:
        found = _QUOTED.fullmatch(rest)
        if found is None:
            raise _unreadable("The name of a template is needed here.", 'Write `{% include "name" %}`.', at)
        include = Include(found.group(2).removesuffix(".md").removesuffix(".txt"), place)
        self.includes.append(include)
        return include

    def _new_name(self, name: str, at: int) -> str:
        if not _NAME.fullmatch(name) or name in _KEPT:
            raise _unreadable(f'"{shown(name)}" cannot be a name.', "Use a-z, 0-9 and _, beginning with a letter.", at)
        return name


def _after(word: str, piece: Piece) -> tuple[str, int]:
    """What follows the word of a tag, and its offset."""
    start = piece.text.index(word) + len(word) if word else 0
    rest = piece.text[start:]
    return rest.strip(), piece.at + start + len(rest) - len(rest.lstrip())


def _named(text: str) -> tuple[str | None, str, int]:
    """`name = value` as both, with where the value begins; a value alone has no name."""
    for at in outside(text):
        if text[at] == "=" and text[at : at + 2] != "==" and text[at - 1 : at] not in ("=", "!", "<", ">"):
            return text[:at].strip(), text[at + 1 :], at + 1
    return None, text, 0


def _unknown_tag(word: str, at: int) -> LangError:
    if word in _REFUSED:
        return _unreadable(f"Templates have no {{% {word} %}}.", _REFUSED[word], at)
    mend = did_you_mean(word, _TAGS) or "Write one of if, for, set, macro, include, raw."
    return _unreadable(f'There is no tag "{shown(word)}".', mend, at)


def _unreadable(what: str, mend: str, at: int) -> LangError:
    return LangError("template-unreadable", what, mend, at + 1)
