"""Forms and what fills them: rulesets, settings forms, filled-in settings, mapping tables.

From text to data; which ruleset uses which file is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.rule import Setting
from engine.errors import Problem
from engine.lang import words
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.foreign import meant
from engine.lang.maps import Map
from engine.lang.phrases import read_name
from engine.lang.reading import Entry, Reading, plain_tree
from engine.lang.tree import Entries, Node, Text, read_tree
from engine.lang.types import NAMES, cast, is_type

Json = Any


@dataclass(frozen=True, slots=True)
class MapNeed:
    """A mapping table that a ruleset needs; `also` are words that may stand in place of a `to` value."""

    name: str
    from_type: str
    to_type: str
    also: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The head of a folder of rules; `rules` is their order where it matters to readers."""

    title: str
    about: str = ""
    settings: tuple[Setting, ...] = ()
    maps: tuple[MapNeed, ...] = ()
    rules: tuple[str, ...] = ()


def read_ruleset(file: str, text: str) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    """Read a `ruleset.yaml`; None and every problem when something is wrong."""
    reading, root = _open(file, text)
    if root is None:
        return None, tuple(reading.problems)
    entry = reading.entries(root, "A ruleset", words.RULESET)
    title = reading.text(entry["ruleset"][1], "`ruleset`") if "ruleset" in entry else None
    if "ruleset" not in entry:
        reading.fault(root.spot, "word-missing", "The ruleset has no `ruleset`.", "Begin with `ruleset: its title`.")
    ruleset = Ruleset(
        title or "",
        (reading.text(entry["about"][1], "`about`") or "") if "about" in entry else "",
        read_form(reading, entry["settings"][1]) if "settings" in entry else (),
        _needs(reading, entry["maps"][1]) if "maps" in entry else (),
        _rule_names(reading, entry["rules"][1]) if "rules" in entry else (),
    )
    return _whole(reading, ruleset)


def read_settings(
    file: str, text: str, settings: tuple[Setting, ...]
) -> tuple[Mapping[str, Json], tuple[Problem, ...]]:
    """Read a filled-in form: values cast, defaults filled; an empty text gives the defaults.

    A setting without value and default is left out and told as a warning.
    """
    values: dict[str, Json] = {setting.name: setting.default for setting in settings if setting.has_default}
    known = {setting.name: setting for setting in settings}
    reading, root = _open(file, text, may_be_empty=True)
    entry = reading.entries(root, "These settings", tuple(known)) if root is not None else {}
    for name, (_, node) in entry.items():
        setting = known[name]
        try:
            values[name] = cast(plain_tree(node), setting.type, setting.choices)
        except LangError as error:
            reading.fault(node.spot, error.code, f"{name}: {error.message}", error.mend)
    reading.problems += [
        Problem(file, 1, 1, "setting-missing", f'"{setting.name}" has no value.', setting.ask, 0, "warning")
        for setting in settings
        if not setting.has_default and setting.name not in entry
    ]
    return values, tuple(sorted(reading.problems))


def read_map(file: str, text: str) -> tuple[Map, tuple[Problem, ...]]:
    """Read a mapping table; what cannot be read is left out of it and told."""
    name = file.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    reading, root = _open(file, text)
    rows: dict[str, str | Map] = {}
    if root is not None:
        entry = reading.entries(root, "A map", words.MAP)
        need = _need(reading, name, entry, root)
        if "rows" not in entry:
            reading.fault(root.spot, "word-missing", "The map has no `rows`.", "Write `rows:` and a row a line below.")
        elif not isinstance(entry["rows"][1], Text) or entry["rows"][1].text:
            rows = _map_rows(reading, name, entry["rows"][1], need, 1)
    return Map(name, rows), tuple(sorted(reading.problems))


def read_form(reading: Reading, node: Node) -> tuple[Setting, ...]:
    """The settings of a form; what cannot be read is noted and left out."""
    found = (_setting(reading, key, value) for key, value in reading.entries(node, "`settings`").values())
    return tuple(setting for setting in found if setting is not None)


def _setting(reading: Reading, key: Text, node: Node) -> Setting | None:
    if not isinstance(node, Entries):
        what = f'The setting "{shown(key.text)}" needs `type:` and `ask:`.'
        reading.fault(node.spot, "map-needed", what, "Write them below it, with `default:` for its value.")
        return None
    entry = reading.entries(node, f'The setting "{shown(key.text)}"', words.SETTING)
    misspelt = {meant(one.text, words.SETTING) for one, _ in node.entries if one.text not in words.SETTING}
    name = reading.read(key, "A setting", _setting_name)
    type_name = _type(reading, entry, "type", key) if "type" not in misspelt else None
    if "ask" not in entry and "ask" not in misspelt:
        reading.fault(key.spot, "word-missing", "A setting needs `ask`.", "Write the question that its form shows.")
    ask = reading.text(entry["ask"][1], "`ask`") if "ask" in entry else ""
    choices = _choices(reading, entry, type_name, key)
    if name is None or type_name is None:
        return None
    default = None
    if "default" in entry and (choices or not type_name.endswith("choice")):
        try:
            default = cast(plain_tree(entry["default"][1]), type_name, choices)
        except LangError as error:
            reading.fault(entry["default"][1].spot, error.code, f"The default: {error.message}", error.mend)
    about = (reading.text(entry["about"][1], "`about`") or "") if "about" in entry else ""
    return Setting(name, type_name, ask or "", default, "default" in entry, choices, about)


def _setting_name(text: str) -> str:
    try:
        return read_name(text)
    except LangError as error:
        if error.code == "name-reserved":
            return text
        raise


def _type(reading: Reading, entry: Entry, word: str, key: Text) -> str | None:
    if word not in entry:
        reading.fault(key.spot, "word-missing", f"`{word}` is missing.", "Write the type of its values.")
        return None
    type_name = reading.text(entry[word][1], f"`{word}`")
    if type_name is not None and not is_type(type_name):
        what = f'"{shown(type_name)}" is no type.'
        reading.fault(entry[word][1].spot, "unknown-type", what, did_you_mean(type_name, NAMES))
        return None
    return type_name


def _choices(reading: Reading, entry: Entry, type_name: str | None, key: Text) -> tuple[str, ...]:
    needed = type_name is not None and type_name.endswith("choice")
    if "choices" not in entry:
        if needed:
            reading.fault(key.spot, "word-missing", "A choice needs `choices`.", "List them.")
        return ()
    if not needed:
        reading.fault(
            entry["choices"][0].spot, "word-does-not-fit", "Only a choice has `choices`.", "Use `type: choice`."
        )
    texts = (reading.text(item, "`choices`") for item in reading.items(entry["choices"][1], "`choices`"))
    return tuple(filter(None, texts))


def _needs(reading: Reading, node: Node) -> tuple[MapNeed, ...]:
    found = []
    for key, value in reading.entries(node, "`maps`").values():
        entry = reading.entries(value, f'The map "{shown(key.text)}"', words.RULESET_MAP)
        name = reading.read(key, "A map", read_name)
        if name is not None:
            found.append(_need(reading, name, entry, key))
    return tuple(found)


def _need(reading: Reading, name: str, entry: Entry, at: Node) -> MapNeed:
    key = at if isinstance(at, Text) else Text(name, at.spot)
    also = [reading.text(item, "`or`") for item in reading.one_or_more(entry["or"][1])] if "or" in entry else []
    about = (reading.text(entry["about"][1], "`about`") or "") if "about" in entry else ""
    from_type, to_type = _type(reading, entry, "from", key), _type(reading, entry, "to", key)
    return MapNeed(name, from_type or "text", to_type or "text", tuple(filter(None, also)), about)


def _rule_names(reading: Reading, node: Node) -> tuple[str, ...]:
    texts = (reading.text(item, "`rules`") for item in reading.items(node, "`rules`"))
    return tuple(filter(None, texts))


def _map_rows(reading: Reading, name: str, node: Node, need: MapNeed, level: int) -> dict[str, str | Map]:
    rows: dict[str, str | Map] = {}
    for key, value in reading.entries(node, "`rows`").values():
        if isinstance(value, Entries) and level == 1:
            inner = f"{name}.{key.text}"
            rows[key.text] = Map(inner, _map_rows(reading, inner, value, need, 2))
            continue
        try:
            rows[key.text] = _row(plain_tree(value), need)
        except LangError as error:
            reading.fault(value.spot, error.code, f'The row "{shown(key.text)}": {error.message}', error.mend)
    return rows


def _row(value: Json, need: MapNeed) -> str:
    if isinstance(value, str) and value.strip() in need.also:
        return value.strip()
    found = cast(value, need.to_type)
    return found if isinstance(found, str) else str(value).strip()


def _open(file: str, text: str, may_be_empty: bool = False) -> tuple[Reading, Node | None]:
    root, problems = read_tree(file, text)
    reading = Reading(file, problems=list(problems))
    if isinstance(root, Text) and not root.text.strip() and may_be_empty:
        return reading, None
    if root is None and not problems and not may_be_empty:
        reading.problems.append(Problem(file, 1, 1, "file-empty", "The file is empty.", "Fill it, or delete it."))
    return reading, root


def _whole(reading: Reading, ruleset: Ruleset) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    wrong = any(problem.severity == "error" for problem in reading.problems)
    return None if wrong else ruleset, tuple(sorted(reading.problems))
