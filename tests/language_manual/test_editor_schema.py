"""The JSON Schema for editors: it follows the vocabulary, takes every good rule and refuses what is misspelt."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.compose.offers import manifests, offers_of
from engine.lang.vocabulary.editor import FILES, Offer, Offers, editor_schema, key_of
from engine.lang.vocabulary.entry import Plain
from engine.lang.words import BRANCH, GROUPS, MAP, RULE, RULESET, RULESET_MAP, SETTING, STEP, TEST

ROOT = Path(__file__).parents[2]
OFFERS = offers_of(manifests(None, {}))
SCHEMAS = {kind: json.loads(json.dumps(editor_schema(kind, OFFERS), default=str)) for kind in FILES}
RULES = [
    file
    for pattern in ("rules/*/*.yaml", "examples/**/rules/*/*.yaml", "examples/*/*.yaml")
    for file in sorted(ROOT.glob(pattern))
    if file.stem not in ("ruleset", "daybook") and re.search("^rule:", file.read_text(encoding="utf-8"), re.MULTILINE)
]
GOOD = """
rule: Tell the manager
when: halaxy.invoice.paid
enabled: no
if: invoice.totals.gross > 1000
steps:
  - tell the manager:
      do: notifications.send
      with: {to: practice manager, message: 12, urgency: high}
      at most: 2 hours
"""


def wrong(text: str, kind: str = "rule") -> list[str]:
    """Where a file, read as an editor reads it, does not fit."""
    found = Draft202012Validator(SCHEMAS[kind]).iter_errors(yaml.safe_load(text))
    return ["/".join(map(str, each.absolute_path)) or each.message for each in found]


def all_schemas(schema):
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from all_schemas(inner)


@pytest.mark.parametrize("kind", FILES)
def test_it_is_a_schema(kind):
    Draft202012Validator.check_schema(SCHEMAS[kind])


@pytest.mark.parametrize("kind", FILES)
def test_each_reference_leads_somewhere_and_each_definition_is_used(kind):
    used = {each["$ref"].removeprefix("#/$defs/") for each in all_schemas(SCHEMAS[kind]) if "$ref" in each}
    assert used == set(SCHEMAS[kind]["$defs"])


@pytest.mark.parametrize("kind", FILES)
def test_every_field_has_a_title_and_a_description(kind):
    fields = [
        field
        for schema in all_schemas(SCHEMAS[kind])
        if schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
        for field in schema["properties"].values()
    ]
    assert fields
    assert [field for field in fields if not field.get("title") or not field.get("description")] == []


@pytest.mark.parametrize(
    "words,found",
    [
        (RULE, SCHEMAS["rule"]),
        (STEP, SCHEMAS["rule"]["$defs"]["step"]),
        (BRANCH, SCHEMAS["rule"]["$defs"]["branch"]),
        (SETTING, SCHEMAS["rule"]["$defs"]["setting"]),
        (TEST, SCHEMAS["rule"]["$defs"]["test"]),
        (RULESET, SCHEMAS["ruleset"]),
        (RULESET_MAP, SCHEMAS["ruleset"]["$defs"]["needed_map"]),
        (MAP, SCHEMAS["map"]),
    ],
    ids=["rule", "step", "branch", "setting", "test", "ruleset", "needed map", "map"],
)
def test_it_has_every_word_that_the_parser_knows_and_can_run(words, found):
    group = next(group for group in GROUPS if group.names == words)
    assert list(found["properties"]) == [name for name in words if name not in group.not_yet]


def test_it_has_every_event_action_and_input():
    events = {each["const"] for each in SCHEMAS["rule"]["$defs"]["event"]["anyOf"]}
    assert events == {event.name for event in OFFERS.events}
    actions = {each["const"] for each in SCHEMAS["rule"]["$defs"]["action"]["anyOf"]}
    assert actions == {action.name for action in OFFERS.actions}
    for action in OFFERS.actions:
        inputs = SCHEMAS["rule"]["$defs"][f"inputs_of_{action.name}"]["properties"]
        assert set(inputs) == set(action.inputs.get("properties", {})), action.name


def test_a_new_event_and_action_of_a_connector_appear_by_themselves():
    more = Offers(
        [*OFFERS.events, Offer("sms.received", "A message came")],
        [*OFFERS.actions, Offer("sms.send", "Send a message", "", {"properties": {"to": {"type": "string"}}})],
    )
    text = "rule: x\nwhen: sms.received\nsteps:\n  - a:\n      do: sms.send\n      with: {to: me}\n"
    assert list(Draft202012Validator(editor_schema("rule", more)).iter_errors(yaml.safe_load(text))) == []
    assert wrong(text)


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_rule_that_comes_with_daybook_fits(file):
    assert wrong(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("kind", ["ruleset", "map"])
def test_every_ruleset_and_map_that_comes_with_daybook_fits(kind):
    files = [*ROOT.glob("rules/*/ruleset.yaml"), *ROOT.glob("examples/**/ruleset.yaml")]
    files = files if kind == "ruleset" else [*ROOT.glob("examples/**/maps/*.yaml")]
    assert files
    assert {file.name: wrong(file.read_text(encoding="utf-8"), kind) for file in files} == {
        file.name: [] for file in files
    }


@pytest.mark.parametrize(
    "old,new",
    [
        ("when:", "wehn:"),
        ("when: halaxy.invoice.paid", "when: halaxy.invoice.payed"),
        ("when: halaxy.invoice.paid", "when: called"),
        ("do: notifications.send", "do: notifications.sned"),
        ("to: practice manager", "too: practice manager"),
        ("to: practice manager, ", ""),
        ("urgency: high", "urgency: very high"),
        ("at most:", "at moast:"),
        ("at most: 2 hours", "at most: soon"),
        ("enabled: no", "enabled: maybe"),
        ("enabled: no", "inputs: {a: {type: text, ask: What}}"),
        ("enabled: no", "when busy: newest"),
        ("enabled: no", "quiet hours: please"),
        ("enabled: no", "stop when: [halaxy.invoice.payed with same invoice.id]"),
        ("at most: 2 hours", "stop: too late"),
        ("at most: 2 hours", "where: invoice.lines"),
        ("at most: 2 hours", "otherwise: []"),
        ("at most: 2 hours", "then: go on"),
        ("  - tell the manager:", "  - do:"),
    ],
)
def test_what_is_misspelt_is_refused(old, new):
    assert wrong(GOOD) == []
    assert old in GOOD
    assert wrong(GOOD.replace(old, new))


@pytest.mark.parametrize(
    "old,new",
    [
        ("when: halaxy.invoice.paid", "when: every day at 09:00"),
        ("when: halaxy.invoice.paid", "when: [halaxy.invoice.paid, halaxy.payment.recorded]"),
        ("enabled: no", "enabled: 'on'"),
        ("enabled: no", "once per: invoice.id, invoice.version"),
        ("enabled: no", "keep fresh: invoice"),
        ("enabled: no", "stop when: halaxy.invoice.paid with same invoice.id"),
        ("enabled: no", "settings: {from: {type: date, default: 2026-01-01, ask: From when}}"),
        ("enabled: no", "settings: {from: {type: list of email, ask: To whom}}"),
        ("urgency: high", "urgency: = settings.urgency"),
        ("urgency: high", "title: 2026-01-31"),
        ("at most: 2 hours", "at most: = settings.longest"),
        ("at most: 2 hours", "for each: line in invoice.lines\n      where: line.gross > 5"),
        ("at most: 2 hours", "on error: continue"),
        ("at most: 2 hours", "on error:\n        - end:\n            stop: 5"),
        ("at most: 2 hours", "if missing: retry for 2 days"),
        ("rule: Tell the manager", "rule: 2026"),
    ],
)
def test_what_an_editor_reads_otherwise_than_daybook_fits_all_the_same(old, new):
    assert old in GOOD
    assert wrong(GOOD.replace(old, new)) == []


def test_a_map_may_be_nested_and_its_values_may_look_like_numbers():
    text = "from: text\nto: xero account\nrows:\n  Manly: {Fee: 200}\n  Product: 201\n  Other: 0x10\n"
    assert wrong(text, "map") == []
    assert wrong(text.replace("rows:", "row:"), "map")


def test_making_it_changes_nothing_of_the_manifests():
    before = copy.deepcopy([action.inputs for action in OFFERS.actions])
    editor_schema("rule", OFFERS)
    assert before == [action.inputs for action in OFFERS.actions]


def test_no_two_definitions_have_one_name():
    """Every title of the vocabulary has a definition of its own."""
    titles = [plain.value for plain in Plain] + [group.title for group in GROUPS]
    assert len({key_of(title) for title in titles}) == len(titles)


EXAMPLES = [(group, word) for group in GROUPS for word in group.words if word.example and not word.not_yet]


@pytest.mark.parametrize("group,word", EXAMPLES, ids=[f"{group.title} {word.name}" for group, word in EXAMPLES])
def test_the_example_of_a_word_is_the_word_with_a_value_that_fits(group, word):
    found = yaml.safe_load(word.example)
    assert list(found) == [word.name]
    if group.title in ("a rule", "a ruleset", "a map"):
        kind = group.title.removeprefix("a ")
        schema = SCHEMAS[kind]["properties"][word.name]
    else:
        kind = "ruleset" if group.title == "a needed map" else "rule"
        schema = SCHEMAS[kind]["$defs"][key_of(group.title)]["properties"][word.name]
    whole = {**schema, "$defs": SCHEMAS[kind]["$defs"]}
    assert list(Draft202012Validator(whole).iter_errors(found[word.name])) == []
