"""A JSON Schema (draft 2020-12) of rule files, rulesets and maps, out of the vocabulary and what connectors offer.

For editors that complete and explain while one types. It is looser than the checker wherever an editor's YAML reads
other values than Daybook does, which takes every scalar as text: numbers, booleans and dates are accepted. Words that
are not yet supported are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.lang.phrases import EVENT
from engine.lang.types import NAMES
from engine.lang.vocabulary import kinds, rehearsals, rules, rulesets, steps
from engine.lang.vocabulary.entry import Choice, Group, ListOf, Named, Phrase, Plain, Takes, Word
from engine.lang.vocabulary.inputs import inputs_schema

Json = Any
Schema = dict[str, Json]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILES: Mapping[str, Group] = {"rule": rules.RULE, "ruleset": rulesets.RULESET, "map": rulesets.MAP}
_GROUPS = (
    rules.SETTING,
    steps.BRANCH,
    rehearsals.TEST,
    rehearsals.GIVEN,
    rehearsals.THEN,
    rehearsals.EXPECT,
    rulesets.NEEDED_MAP,
)
_SCALAR = ("string", "number", "boolean")
# Without types, since some parsers make a day out of 2026-01-31.
_NO_COLLECTION: Schema = {"not": {"type": ["object", "array", "null"]}}


@dataclass(frozen=True, slots=True)
class Offer:
    """An event or an action of a connector, by its full name; `inputs` is a JSON Schema, for actions."""

    name: str
    title: str
    about: str = ""
    inputs: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What rules may name; nothing stands for "not known", so that any name is accepted."""

    events: Sequence[Offer] = ()
    actions: Sequence[Offer] = ()


def editor_schema(kind: str, offers: Offers) -> Schema:
    """The schema of a kind of file: `rule`, `ruleset` or `map`.

    Raises:
        KeyError: There is no such kind.
    """
    group = FILES[kind]
    defs = _defs(offers)
    return {"$schema": DRAFT, **_group(group), "$defs": {name: defs[name] for name in sorted(_reached(group, defs))}}


def _defs(offers: Offers) -> dict[str, Schema]:
    found: dict[str, Schema] = {key_of(plain.value): _plain(plain, offers) for plain in Plain}
    found |= {key_of(group.title): _group(group) for group in _GROUPS}
    found["step"] = _step(offers)
    for action in offers.actions:
        found[key_of(f"inputs of {action.name}")] = inputs_schema(action.name, action.title, action.inputs or {})
    found[key_of(EVENT.name)] = _awaited(offers)
    return found


def _reached(group: Group, defs: Mapping[str, Schema]) -> set[str]:
    """The definitions that a file's schema leads to."""
    reached: set[str] = set()
    open_ends = _referred(_group(group))
    while open_ends:
        name = open_ends.pop()
        reached.add(name)
        open_ends |= _referred(defs[name]) - reached
    return reached


def _referred(schema: Json) -> set[str]:
    if isinstance(schema, Mapping):
        inner = {name for value in schema.values() for name in _referred(value)}
        return inner | ({str(schema["$ref"]).removeprefix("#/$defs/")} if "$ref" in schema else set())
    return {name for value in schema for name in _referred(value)} if isinstance(schema, list) else set()


# --- words ----------------------------------------------------------------------------------------------


def _group(group: Group) -> Schema:
    words = [word for word in group.words if not word.not_yet]
    needs = {word.name: [word.needs] for word in words if word.needs}
    schema: Schema = {
        "title": group.title,
        "description": group.means,
        "type": "object",
        "properties": {word.name: _word(word) for word in words},
        "required": list(group.needed),
        "additionalProperties": False,
    }
    return {**schema, "dependentRequired": needs} if needs else schema


def _word(word: Word) -> Schema:
    explained: Schema = {"title": word.name, "description": word.means}
    if word.example:
        explained["markdownDescription"] = f"{word.means}\n\n```yaml\n{word.example}\n```"
    return {**explained, **_any_of([_takes(take) for take in word.takes])}


def _takes(take: Takes) -> Schema:
    match take:
        case Plain():
            return {"$ref": f"#/$defs/{key_of(take.value)}"}
        case Choice():
            return {"enum": list(take.words)}
        case Phrase():
            return {"$ref": f"#/$defs/{key_of(EVENT.name)}"} if take is EVENT else _phrase(take)
        case ListOf():
            return {"type": "array", "minItems": 1, "items": _any_of([_takes(each) for each in take.of])}
        case Named():
            return {"type": "object", "additionalProperties": _any_of([_takes(each) for each in take.of])}
        case Group() if take in _GROUPS:
            return {"$ref": f"#/$defs/{key_of(take.title)}"}
    return _group(take)


def _phrase(phrase: Phrase) -> Schema:
    schema: Schema = {"title": phrase.name, "description": phrase.means, "type": "string"}
    looks = {"pattern": phrase.looks} if phrase.looks else {}
    return {**schema, **looks, "examples": list(phrase.examples)}


def _any_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def key_of(title: str) -> str:
    """A name that stands in a reference as it is."""
    return re.sub(r"[^a-z0-9_.]+", "_", re.sub(r"^(an?|the) ", "", title)).strip("_")


# --- values ---------------------------------------------------------------------------------------------


def _plain(plain: Plain, offers: Offers) -> Schema:
    schema: Schema = {"title": plain.value}
    match plain:
        case Plain.TEXT:
            return {**schema, "description": "Text, on the same line.", "type": list(_SCALAR)}
        case Plain.EXPRESSION:
            return {**schema, "description": "An expression, without {{ }}.", "type": list(_SCALAR)}
        case Plain.COMPUTED:
            return {**schema, "description": "= and an expression.", "type": "string", "pattern": "^="}
        case Plain.NAME:
            return {**schema, "description": "Letters, digits and underscores.", "type": "string"}
        case Plain.COUNT:
            return {**schema, "description": "Digits only.", "anyOf": [{"type": "integer"}, _matching("^[0-9]+$")]}
        case Plain.YES_OR_NO:
            words = ["yes", "no", "on", "off", "true", "false"]
            return {**schema, "description": "yes or no.", "anyOf": [{"type": "boolean"}, {"enum": words}]}
        case Plain.MOMENT:
            return {**schema, "description": "Such as 2026-03-10 10:00.", **_NO_COLLECTION}
        case Plain.TYPE:
            return {**schema, "description": "What kind of value it is.", "anyOf": _types()}
        case Plain.EVENT:
            return {**schema, "description": "What starts the rule.", **_offered(offers.events)}
        case Plain.ACTION:
            return {**schema, "description": "connector.action", **_offered(offers.actions)}
        case Plain.INPUTS:
            return {**schema, "description": "By name; each action has its own.", "type": "object"}
        case Plain.STEPS:
            return {**schema, "description": "One step after the other, each with a name.", **_steps()}
        case Plain.ROWS:
            rows = {"type": "object", "additionalProperties": {"type": list(_SCALAR)}}
            cell = {"anyOf": [{"type": list(_SCALAR)}, rows]}
            return {**schema, "description": "key: value", "type": ["object", "null"], "additionalProperties": cell}
    return {**schema, "description": "Text, text with {{ holes }}, = an expression, a list or a map of them."}


def _matching(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _types() -> list[Schema]:
    named = [{"const": known.name, "title": known.name, "description": known.means} for known in kinds.TYPES]
    prefixes = "|".join(known.name for known in kinds.PREFIXES)
    return [*named, _matching(f"^({prefixes})({'|'.join(map(re.escape, NAMES))})$")]


def _offered(offers: Sequence[Offer]) -> Schema:
    if not offers:
        return {"type": "string"}
    named: list[Schema] = [
        {"const": offer.name, "title": offer.title, "description": offer.about or offer.title} for offer in offers
    ]
    return {"anyOf": named}


def _awaited(offers: Offers) -> Schema:
    known = "|".join(re.escape(event.name) for event in offers.events)
    looks: Schema = {"pattern": f"^({known})(\\s|$)"} if known else {}
    return {**_phrase(EVENT), **looks}


# --- steps ----------------------------------------------------------------------------------------------


def _steps() -> Schema:
    item: Schema = {
        "title": "a named step",
        "description": "A short sentence, and below it what the step does.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"not": {"enum": list(steps.STEP.names)}},
        "additionalProperties": {"$ref": "#/$defs/step"},
    }
    return {"type": "array", "minItems": 1, "items": item}


def _step(offers: Offers) -> Schema:
    words = [word for word in steps.STEP.words if not word.not_yet]
    verbs = [word for word in words if word.verb]
    beside = {
        word.name: {"anyOf": [{"required": [verb.name]} for verb in verbs if verb.name in word.beside]}
        for word in words
        if word.beside and not word.verb
    }
    needed: list[Schema] = [
        {"if": _does(verb), "then": {"required": [word.name]}}
        for word in words
        for verb in verbs
        if verb.name in word.needed_beside
    ]
    inputs = [_with_inputs(action) for action in offers.actions]
    return {
        **_group(steps.STEP),
        "oneOf": [_does(verb) for verb in verbs],
        "dependentSchemas": beside,
        "allOf": [*needed, *inputs],
    }


def _does(verb: Word) -> Schema:
    """That this is the step's verb: one that may stand beside another is none there."""
    does: Schema = {"title": verb.name, "required": [verb.name]}
    return {**does, "not": {"anyOf": [{"required": [other]} for other in verb.beside]}} if verb.beside else does


def _with_inputs(action: Offer) -> Schema:
    then: Schema = {"properties": {"with": {"$ref": f"#/$defs/{key_of(f'inputs of {action.name}')}"}}}
    if (action.inputs or {}).get("required"):
        then["required"] = ["with"]
    return {"if": {"properties": {"do": {"const": action.name}}, "required": ["do"]}, "then": then}
