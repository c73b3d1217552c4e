"""Steps: from nodes to the plan's verbs and modifiers.

Shapes only: whether an action, an input or a name exists is the checker's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from engine.core.expression import Expression, Literal
from engine.core.rule import (
    Choose,
    Do,
    EventPhrase,
    Fail,
    ForEach,
    IfMissing,
    Loop,
    OnError,
    Place,
    Retry,
    Set,
    Span,
    Step,
    Stop,
    Verb,
    Wait,
    WaitFor,
)
from engine.lang import words
from engine.lang.durations import read_duration
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.foreign import meant
from engine.lang.phrases import read_event_phrase, read_if_missing, read_loop, read_name, read_retry, read_wait
from engine.lang.reading import Entry, Reading, plain_tree
from engine.lang.tree import Entries, Node, Spot, Text
from engine.lang.types import cast as cast_type
from engine.lang.vocabulary.steps import STEP

OnTimeout = str | tuple[Step, ...]
_ACTION = "connector.action, such as xero.post_sale"
# How much an unknown word beside `do` has to be like a known one not to be taken for an input.
_SURELY = 0.75


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one rule; names are unique over all of them, nested ones included."""

    reading: Reading
    names: dict[str, Spot] = field(default_factory=dict)

    def steps(self, node: Node, what: str) -> tuple[Step, ...]:
        """A list of named steps; what cannot be read is noted and left out."""
        items = self.reading.items(node, what)
        if not items and not self.reading.problems:
            self.reading.fault(node.spot, "steps-missing", f"{what} has no steps.", "Write at least one.")
        return tuple(filter(None, (self._step(item) for item in items)))

    def _step(self, node: Node) -> Step | None:
        if not isinstance(node, Entries) or len(node.entries) != 1:
            self._shape_fault(node)
            return None
        key, body = node.entries[0]
        name = key.text.strip()
        is_word = name in words.STEP and not _is_named_so(name, body)
        self._check_name(key, name, is_word)
        if is_word:
            return None
        if not isinstance(body, Entries):
            self.reading.fault(
                body.spot, "step-empty", f'The step "{shown(name)}" has no verb.', "Write e.g. `do:` below."
            )
            return None
        return self._body(name, key, body)

    def _shape_fault(self, node: Node) -> None:
        keys = [key for key, _ in node.entries] if isinstance(node, Entries) else []
        if len(keys) > 1 and keys[0].text not in words.STEP and not self._has_value(node):
            what = f'The lines below "{shown(keys[0].text)}" are not indented under it.'
            self.reading.fault(keys[1].spot, "step-indentation", what, "Indent them by four more spaces.")
            return
        verbs = [key for key in keys if key.text in words.VERBS]
        if len(keys) > 1 and keys[0].text not in words.STEP and isinstance(node, Entries):
            name = shown(plain_tree(node.entries[0][1])) if isinstance(node.entries[0][1], Text) else ""
            mend = f"Write `- {name}:` and indent the other lines below it."
            self.reading.fault(keys[0].spot, "step-without-name", "The name of a step is a key of its own.", mend)
            return
        if verbs:
            mend = f"Write `- a short sentence:` and indent `{verbs[0].text}:` below it."
            self.reading.fault(verbs[0].spot, "step-without-name", "This step has no name.", mend)
            return
        self.reading.fault(node.spot, "step-without-name", "This step has no name.", "Write `- a short sentence:`.")

    def _has_value(self, node: Node) -> bool:
        """Whether a value stands behind the first key, as behind `name: ...` in other tools."""
        value = node.entries[0][1] if isinstance(node, Entries) else None
        return isinstance(value, Text) and bool(value.text.strip())

    def _check_name(self, key: Text, name: str, is_word: bool) -> None:
        if is_word:
            mend = f"Write `- a short sentence:` and indent `{name}:` below it."
            self.reading.fault(key.spot, "step-without-name", f'"{name}" is a word, not the name of a step.', mend)
        elif not name or len(name) > 100:
            self.reading.fault(
                key.spot, "step-name", "A step's name has 1 to 100 characters.", "Write a short sentence."
            )
        elif name in self.names:
            first = self.names[name]
            what = f'"{shown(name)}" names two steps, the first in line {first.line}.'
            self.reading.fault(key.spot, "step-name-twice", what, "Give each step a name of its own.")
        self.names.setdefault(name, key.spot)

    def _body(self, name: str, key: Text, body: Entries) -> Step | None:
        entry = self.reading.entries(self._without_inputs(body), "A step", words.STEP)
        verb_word = self._verb_word(entry, key, body)
        if verb_word is None:
            return None
        self._check_beside(entry, verb_word)
        verb = self._verb(verb_word, entry)
        modifiers = _Modifiers(self, entry, verb_word)
        if verb is None:
            return None
        return Step(
            name=name,
            verb=verb,
            place=self.reading.place(key.spot),
            conditions=modifiers.conditions(),
            save_as=modifiers.save_as(),
            retry=modifiers.retry(),
            on_error=modifiers.on_error(),
            then_stop=modifiers.then_stop(),
            if_missing=modifiers.if_missing(),
            at_most=modifiers.at_most(),
            places=self._places(entry),
        )

    def _without_inputs(self, body: Entries) -> Entries:
        """The step without inputs that stand beside `do`, which are told; other tools have them there."""
        keys = {key.text for key, _ in body.entries}
        known = {word for verb, beside in words.BESIDE.items() for word in beside if verb != "ask"}
        known |= {*words.VERBS, *words.MODIFIERS}
        loose = [key for key, _ in body.entries if not meant(key.text, known, _SURELY)]
        if "do" not in keys or not loose or any(meant(word, known) == "with" for word in keys):
            return body
        what = f'"{shown(loose[0].text)}" is an input of the action.'
        mend = "Write `with:` below `do:`, and the inputs below it."
        self.reading.fault(loose[0].spot, "input-without-with", what, mend)
        return Entries(tuple(one for one in body.entries if one[0] not in loose), body.spot)

    def _places(self, entry: Entry) -> tuple[tuple[str, Place], ...]:
        """Where each word's value stands; below `set` where each name does."""
        places = [(word, self.reading.place(node.spot)) for word, (_, node) in entry.items()]
        made = entry["set"][1] if "set" in entry else None
        if isinstance(made, Entries):
            places += [(f"set {key.text}", self.reading.place(key.spot)) for key, _ in made.entries]
        return tuple(places)

    def _verb_word(self, entry: Entry, key: Text, body: Entries) -> str | None:
        found = [word for word in entry if word in words.VERBS]
        if "do" in found and "for each" in found:
            found.remove("for each")
        if len(found) == 1 and found[0] not in words.VERBS_NOT_YET:
            return found[0]
        if not found:
            if len(entry) == len(body.entries):
                mend = f"Write one of: {', '.join(words.VERBS)}."
                self.reading.fault(key.spot, "step-without-verb", f'The step "{shown(key.text)}" does nothing.', mend)
        elif len(found) > 1:
            what = f"A step does one thing, but this one has {' and '.join(f'`{word}`' for word in found)}."
            self.reading.fault(entry[found[1]][0].spot, "two-verbs", what, "Make two steps of it.")
        else:
            self.not_yet(entry[found[0]][0])
        return None

    def not_yet(self, key: Text) -> None:
        """Note a word of the language that this version cannot run."""
        what = f"`{key.text}` is not yet supported by this version."
        self.reading.fault(key.spot, "not-yet", what, "Leave it out for now.")

    def _check_beside(self, entry: Entry, verb: str) -> None:
        allowed = {verb, *words.BESIDE[verb], *words.MODIFIERS}
        for word, (key, _) in entry.items():
            if word not in allowed:
                self.reading.fault(key.spot, "word-does-not-fit", f"`{word}` does not go with `{verb}`.", _fits(word))
            elif word in words.STEP_NOT_YET:
                self.not_yet(key)
            elif word in words.NEEDS and words.NEEDS[word] not in entry:
                what = f"`{word}` needs `{words.NEEDS[word]}`."
                self.reading.fault(key.spot, "word-does-not-fit", what, "Add it, or use `if`.")

    # --- verbs --------------------------------------------------------------------------------------

    def _verb(self, word: str, entry: Entry) -> Verb | None:
        readers: dict[str, Callable[[Entry], Verb | None]] = {
            "do": self._do,
            "set": self._set,
            "choose": self._choose,
            "for each": self._for_each,
            "wait": self._wait,
            "wait until": self._wait_until,
            "wait for": self._wait_for,
            "stop": self._stop,
            "fail": self._fail,
        }
        return readers[word](entry)

    def _do(self, entry: Entry) -> Verb | None:
        action = self.reading.read(entry["do"][1], "`do`", _action)
        inputs: tuple[tuple[str, Expression], ...] = ()
        places = [("do", self.reading.place(entry["do"][1].spot))]
        if "with" in entry:
            fields = self.reading.entries(entry["with"][1], "`with`")
            inputs = tuple((name, self.reading.value(node)) for name, (_, node) in fields.items())
            places += [(name, self.reading.place(key.spot)) for name, (key, _) in fields.items()]
        connection = self.reading.value(entry["connection"][1]) if "connection" in entry else None
        loop = self._loop(entry) if "for each" in entry else None
        return Do(action, inputs, connection, loop, tuple(places)) if action is not None else None

    def _set(self, entry: Entry) -> Verb | None:
        values = []
        for key, node in self.reading.entries(entry["set"][1], "`set`").values():
            name = self.reading.read(key, "`set`", read_name)
            if name is not None:
                values.append((name, self.reading.value(node)))
        return Set(tuple(values))

    def _choose(self, entry: Entry) -> Verb | None:
        branches = []
        for item in self.reading.items(entry["choose"][1], "`choose`"):
            if self._is_otherwise(item):
                continue
            branch = self.reading.entries(item, "A branch of `choose`", words.BRANCH)
            keys = item.entries if isinstance(item, Entries) else ()
            misspelt = {_in_branch(key.text) for key, _ in keys if key.text not in words.BRANCH}
            for word in words.BRANCH:
                if word not in branch and word not in misspelt and keys:
                    what = f"A branch of `choose` needs `{word}`."
                    self.reading.fault(item.spot, "word-missing", what, "A branch is `if:` and `steps:`.")
            if len(branch) == len(words.BRANCH):
                conditions = self.reading.expressions(branch["if"][1], "`if`")
                branches.append((conditions, self.steps(branch["steps"][1], "`steps`")))
        otherwise = self.steps(self._inner(entry["otherwise"][1]), "`otherwise`") if "otherwise" in entry else ()
        return Choose(tuple(branches), otherwise)

    def _is_otherwise(self, item: Node) -> bool:
        key = item.entries[0][0] if isinstance(item, Entries) and item.entries else None
        if key is None or meant(key.text, ("if", "steps", "otherwise")) != "otherwise":
            return False
        mend = "Write `otherwise:` as deep as `choose:`, and its steps below it."
        self.reading.fault(key.spot, "word-does-not-fit", f"`{key.text}` is no branch of `choose`.", mend)
        return True

    def _inner(self, node: Node) -> Node:
        """Steps may stand below `otherwise` directly or under a `steps` of their own."""
        if isinstance(node, Entries) and len(node.entries) == 1 and node.entries[0][0].text == "steps":
            return node.entries[0][1]
        return node

    def _for_each(self, entry: Entry) -> Verb | None:
        loop = self._loop(entry)
        if "steps" not in entry:
            self.reading.fault(entry["for each"][0].spot, "word-missing", "`for each` needs `steps`.", "Add them.")
            return None
        steps = self.steps(entry["steps"][1], "`steps`")
        return ForEach(loop, steps) if loop is not None else None

    def _loop(self, entry: Entry) -> Loop | None:
        node = entry["for each"][1]
        head = self.reading.read(node, "`for each`", read_loop)
        where = self.reading.expression(entry["where"][1], "`where`") if "where" in entry else None
        gather = self.reading.read(entry["gather as"][1], "`gather as`", read_name) if "gather as" in entry else None
        side = self.reading.read(entry["side by side"][1], "`side by side`", _yes) if "side by side" in entry else None
        if head is None:
            return None
        items = self.reading.placed(node, head[1]) or head[1]
        return Loop(head[0], items, where, bool(side), gather)

    def _wait(self, entry: Entry) -> Verb | None:
        node = entry["wait"][1]
        if isinstance(node, Text) and node.text.startswith("= "):
            return Wait(until=self.reading.value(node))
        found = self.reading.read(node, "`wait`", read_wait)
        return Wait(span=found[0], at=found[1]) if found else None

    def _wait_until(self, entry: Entry) -> Verb | None:
        until = self.reading.expression(entry["wait until"][1], "`wait until`")
        return Wait(until=until) if until is not None else None

    def _wait_for(self, entry: Entry) -> Verb | None:
        phrase = self.event_phrase(entry["wait for"][1], "`wait for`")
        if "at most" not in entry:
            what = "`wait for` would wait for ever."
            self.reading.fault(entry["wait for"][0].spot, "at-most-missing", what, "Add `at most: 30 days`.")
            return None
        at_most = self.at_most(entry["at most"][1])
        on_timeout = self._on_timeout(entry)
        return WaitFor(phrase, at_most, on_timeout) if phrase is not None and at_most is not None else None  # type: ignore[arg-type]

    def event_phrase(self, node: Node, what: str) -> EventPhrase | None:
        """An awaited event, its expressions knowing their place."""
        phrase = self.reading.read(node, what, read_event_phrase)
        if phrase is None:
            return None
        same = tuple((path, self.reading.placed(node, own) or own) for path, own in phrase.same)
        return EventPhrase(phrase.type, same, self.reading.placed(node, phrase.where))

    def at_most(self, node: Node) -> Span | Expression | None:
        """A length, or `= expression`."""
        if isinstance(node, Text) and node.text.startswith("= "):
            return self.reading.value(node)
        return self.reading.read(node, "`at most`", read_duration)

    def _on_timeout(self, entry: Entry) -> OnTimeout:
        if "on timeout" not in entry:
            return "stop"
        node = entry["on timeout"][1]
        if isinstance(node, Text):
            return self.reading.one_of(node, "`on timeout`", words.choices(STEP, "on timeout")) or "stop"
        return self.steps(node, "`on timeout`")

    def _stop(self, entry: Entry) -> Verb | None:
        return Stop(self._reason(entry["stop"][1], "`stop`"))

    def _fail(self, entry: Entry) -> Verb | None:
        return Fail(self._reason(entry["fail"][1], "`fail`"))

    def _reason(self, node: Node, what: str) -> Expression:
        return self.reading.value(node) if self.reading.text(node, what) is not None else Literal("")


@dataclass(frozen=True, slots=True)
class _Modifiers:
    """The words that may stand beside a verb."""

    reader: StepReader
    entry: Entry
    verb: str

    def conditions(self) -> tuple[Expression, ...]:
        return self.reader.reading.expressions(self.entry["if"][1], "`if`") if "if" in self.entry else ()

    def save_as(self) -> str | None:
        if "save as" not in self.entry:
            return None
        key, node = self.entry["save as"]
        if self.verb not in words.WITH_RESULT:
            what = f"`{self.verb}` has no result to save."
            self.reader.reading.fault(key.spot, "word-does-not-fit", what, "Use `set` to name values.")
        return self.reader.reading.read(node, "`save as`", read_name)

    def retry(self) -> Retry | None:
        if "try again" not in self.entry:
            return None
        return self.reader.reading.read(self.entry["try again"][1], "`try again`", read_retry)

    def if_missing(self) -> IfMissing | None:
        if "if missing" not in self.entry:
            return None
        return self.reader.reading.read(self.entry["if missing"][1], "`if missing`", read_if_missing)

    def at_most(self) -> Span | Expression | None:
        """The time limit of an action; that of a `wait for` belongs to its verb."""
        if self.verb != "do" or "at most" not in self.entry:
            return None
        return self.reader.at_most(self.entry["at most"][1])

    def on_error(self) -> OnError | tuple[Step, ...]:
        if "on error" not in self.entry:
            return "stop"
        node = self.entry["on error"][1]
        if isinstance(node, Text):
            word = self.reader.reading.one_of(node, "`on error`", words.choices(STEP, "on error"))
            return cast(OnError, word or "stop")
        return self.reader.steps(node, "`on error`")

    def then_stop(self) -> bool:
        if "then" not in self.entry:
            return False
        return self.reader.reading.one_of(self.entry["then"][1], "`then`", words.choices(STEP, "then")) is not None


def _is_named_so(name: str, body: Node) -> bool:
    """Whether a step is named by a word of the language, as in `- wait: {wait: 3 days}`."""
    return (
        name not in ("set", "with")
        and isinstance(body, Entries)
        and any(k.text in words.VERBS for k, _ in body.entries)
    )


def _in_branch(word: str) -> str:
    return meant(word, words.BRANCH)


def _action(text: str) -> str:
    parts = text.strip().split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isidentifier() for part in parts):
        raise LangError("action-unreadable", f'"{shown(text)}" is no action.', f"Write {_ACTION}.")
    return text.strip()


def _yes(text: str) -> bool:
    return bool(cast_type(text, "yes or no"))


def _fits(word: str) -> str:
    verbs = [verb for verb, beside in words.BESIDE.items() if word in beside]
    return f"It goes with {', '.join(verbs)}." if verbs else did_you_mean(word, words.MODIFIERS)
