"""The reference tables of the manual out of the vocabulary, as Markdown.

Pure. Tables of connectors are in `engine.library.reference`; where they go in a page is for `engine.compose.manual`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.lang.checks import TESTS
from engine.lang.durations import LENGTH, TIME
from engine.lang.filters import FILTERS
from engine.lang.phrases import AGAIN, EVENT, KEYS, LOOP, MISSING, RETRY, WAIT
from engine.lang.schedules import SCHEDULE
from engine.lang.vocabulary import codes, kinds, names, steps
from engine.lang.vocabulary.entry import Choice, Group, Known, ListOf, Named, Phrase, Plain, Takes, Word
from engine.lang.words import GROUPS, VERBS_NOT_YET

PHRASES = (LENGTH, TIME, SCHEDULE, EVENT, KEYS, AGAIN, RETRY, LOOP, WAIT, MISSING)


def tables() -> dict[str, str]:
    """Every table by its name, such as `words of a rule`."""
    found = {f"words of {group.title}": _words(group) for group in GROUPS if group is not steps.STEP}
    verbs = [word for word in steps.STEP.words if word.verb]
    others = [word for word in steps.STEP.words if not word.verb]
    found["verbs of a step"] = _of_words(verbs, {})
    found["other words of a step"] = _of_words(others, {word.name: word.beside for word in others})
    found["not yet"] = _not_yet()
    found["phrases"] = _phrases()
    found["types"] = table(("Type", "Means", "As in"), (_known(known) for known in (*kinds.TYPES, *kinds.PREFIXES)))
    found["names"] = table(("Name", "Holds", "As in"), (_known(known) for known in names.NAMES))
    found["filters"] = table(
        ("Filter", "Gives", "As in"), ((code(name), each.means, code(each.example)) for name, each in FILTERS.items())
    )
    found["tests of expressions"] = table(
        ("Test", "Holds when", "As in"), ((code(name), each.means, code(each.example)) for name, each in TESTS.items())
    )
    found["codes of failures"] = table(("Code", "Means"), ((code(known.name), known.means) for known in codes.FAILURES))
    found["codes of pauses"] = table(("Code", "Means"), ((code(known.name), known.means) for known in codes.PAUSES))
    return found


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are kept apart from its own."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    """A text as it is typed; empty for none."""
    return f"`{text}`" if text else ""


def _known(known: Known) -> tuple[str, str, str]:
    return code(known.name.strip()), known.means, code(known.example)


def _words(group: Group) -> str:
    return _of_words([word for word in group.words if not word.not_yet], {})


def _of_words(words: Sequence[Word], beside: Mapping[str, Sequence[str]]) -> str:
    heads = ("Word", "Goes with", "Value", "Means") if beside else ("Word", "Value", "Means")
    rows = []
    for word in words:
        if word.not_yet:
            continue
        name = f"**{code(word.name)}**" if word.needed else code(word.name)
        fits = (
            [", ".join(code(verb) for verb in beside[word.name] if verb not in VERBS_NOT_YET) or "every verb"]
            if beside
            else []
        )
        rows.append((name, *fits, _value(word), _meaning(word)))
    return table(heads, rows)


def _meaning(word: Word) -> str:
    example = f" As in {code(word.example)}." if word.example and "\n" not in word.example else ""
    return f"{word.means}{example}"


def _value(word: Word) -> str:
    said: list[str] = []
    for take in word.takes:
        again = isinstance(take, ListOf) and set(take.of) <= set(word.takes)
        said.append("a list of them" if again else _takes(take))
    return " or ".join(said)


def _takes(take: Takes) -> str:
    match take:
        case Plain():
            return take.value
        case Choice():
            first, *others = map(code, take.words)
            return ", ".join((f"{first} (the default)", *others)) if others else first
        case Phrase() | Group():
            return take.name if isinstance(take, Phrase) else take.title
        case ListOf():
            return f"a list, each {' or '.join(map(_takes, take.of))}"
        case Named():
            return f"{code('name: ...')} lines, each {' or '.join(map(_takes, take.of))}"


def _phrases() -> str:
    rows = [
        (phrase.name, code(phrase.grammar), phrase.means, "<br>".join(map(code, phrase.examples))) for phrase in PHRASES
    ]
    return table(("Phrase", "Grammar", "Means", "As in"), rows)


def _not_yet() -> str:
    rows = [(code(word.name), group.title, word.means) for group in GROUPS for word in group.words if word.not_yet]
    return table(("Word", "Of", "Will"), rows)
