"""Manifests: texts become numbers, yes and no, and schemas; what is wrong is told with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.core.rule import Place, Setting
from engine.library.connection_settings import connection_settings
from engine.library.manifest import CallLimits, Manifest, read_manifest
from engine.library.schema import read_schema

MANIFEST = """\
connector: shop
title: Shop
auth:
  secrets:
    password:
      ask: The password
settings:
  port:
    type: whole number
    ask: Which port?
    default: 25
  since:
    type: date
    ask: From when on?
  note:
    type: text
    ask: Anything else?
    optional: yes
limits:
  per minute: 60
  at_once: 5
polls:
  orders:
    every: every 10 minutes
triggers:
  order.paid:
    title: An order was paid
    poll: orders
    schema:
      type: object
      required: [order]
      properties:
        order:
          $ref: "#/$defs/order"
$defs:
  order:
    type: object
    properties:
      number: {type: string, x-type: id}
      lines: {type: array, items: {$ref: "#/$defs/line"}, maxItems: 50}
  line:
    type: object
    properties:
      gross: {type: number, minimum: 0.01}
actions:
  send:
    title: Send it
    writes: no
    batch: {max: 50}
    unknown: [repeat, look_up]
    settles_after_seconds: 0
    lane_order: 3
    inputs:
      type: object
      additionalProperties: no
      properties:
        count: {type: integer, default: 2, enum: [1, 2]}
        fast: {type: boolean, default: yes}
"""


def manifest(text: str = MANIFEST) -> Manifest:
    read, problems = read_manifest("shop", "connectors/shop/manifest.yaml", text)
    assert read is not None, problems
    assert problems == ()
    return read


def faults(text: str) -> list[tuple[int, int, str]]:
    _, problems = read_manifest("shop", "m.yaml", text)
    return [(problem.line, problem.col, problem.code) for problem in problems]


def test_numbers_and_yes_or_no_are_cast() -> None:
    action = manifest().actions["send"]
    assert (action.writes, action.batch, action.find, action.settles_after_seconds) == (False, 50, 50, 0)
    assert (action.unknown, action.lane_order, action.kind) == (("repeat", "look up"), 3, "call")
    assert manifest().limits == CallLimits(60, None, 5)
    assert manifest().secrets == ("password",)


def test_schemas_are_cast_and_references_put_in_place() -> None:
    order = manifest().triggers["shop.order.paid"].schema["properties"]["order"]
    assert order["properties"]["lines"]["maxItems"] == 50
    assert order["properties"]["lines"]["items"]["properties"]["gross"] == {
        "type": "number",
        "minimum": Decimal("0.01"),
    }
    inputs = manifest().actions["send"].inputs
    assert inputs["additionalProperties"] is False
    assert inputs["properties"]["count"] == {"type": "integer", "default": 2, "enum": [1, 2]}
    assert inputs["properties"]["fast"]["default"] is True


def test_the_form_has_typed_defaults_and_an_optional_setting_has_none() -> None:
    port, since, note = manifest().settings
    assert port == Setting("port", "whole number", "Which port?", 25, True)
    assert (since.has_default, note.has_default, note.default) == (False, True, None)


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("connector: shop", "connector: shopp", (1, 1, "wrong-name")),
        ("title: Shop", "titel: Shop", (2, 1, "unknown-word")),
        ("writes: no", "writes: never", (48, 13, "unknown-word")),
        ("max: 50}", "max: lots}", (49, 18, "bad-number")),
        ("[repeat, look_up]", "[repeat, hope]", (50, 23, "unknown-word")),
        ("default: 25", "default: many", (11, 14, "bad-value")),
        ("defs/order", "defs/ordre", (30, 7, "bad-schema")),
        ('lines: {type: array, items: {$ref: "#/$defs/line"}, maxItems: 50}', 'lines: {$ref: "#/$defs/order"}', (30, 7, "bad-schema")),
        ("maxItems: 50", "maxItems: some", (30, 7, "bad-schema")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, expected: tuple[int, int, str]) -> None:
    assert expected in faults(MANIFEST.replace(old, new))


@pytest.mark.parametrize("text", ["", "- a\n", "connector: [\n"])
def test_what_is_no_manifest_is_told(text: str) -> None:
    assert faults(text) != []


@pytest.mark.parametrize(
    "raw", ["text", ["a"], {"properties": ["a"]}, {"properties": {"a": "b"}}, {"$ref": "elsewhere.json"}]
)
def test_what_is_no_schema_is_told(raw: object) -> None:
    schema, fault = read_schema(raw, {})
    assert schema == {}
    assert fault


def test_a_connections_settings_are_cast_and_defaults_filled() -> None:
    values, problems = connection_settings(manifest(), {"since": "2026-07-01"}, Place("daybook.yaml", 7, 5))
    assert values == {"port": 25, "since": date(2026, 7, 1)}
    assert problems == ()


@pytest.mark.parametrize(
    "given, code, severity",
    [
        ({"since": "2026-07-01", "prot": "1"}, "unknown-word", "error"),
        ({"since": "soon"}, "bad-value", "error"),
        ({"since": ["2026-07-01"]}, "bad-value", "error"),
        ({}, "setting-missing", "warning"),
    ],
)
def test_a_connections_wrong_settings_are_told_where_they_stand(
    given: dict[str, object], code: str, severity: str
) -> None:
    _, (problem,) = connection_settings(manifest(), given, Place("daybook.yaml", 7, 5))
    assert (problem.file, problem.line, problem.col, problem.code, problem.severity) == (
        "daybook.yaml",
        7,
        5,
        code,
        severity,
    )
