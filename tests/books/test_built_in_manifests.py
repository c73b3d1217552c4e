"""The manifests of email, notifications and books: complete, readable with or without YAML's types, true to the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from connectors.books.connector import CONNECTOR as BOOKS
from connectors.email.connector import CONNECTOR as EMAIL
from connectors.notifications.connector import CONNECTOR as NOTIFICATIONS
from engine.sdk.contract import Connector

CLASSES = {"public", "financial", "contact", "sensitive", "secret"}
TERMS = ("batch", "send_within_seconds", "time_limit_seconds", "settles_after_seconds", "lane_order", "undo", "cost")

every_connector = pytest.mark.parametrize("connector", [EMAIL, NOTIFICATIONS, BOOKS], ids=lambda each: each.name)


def read(connector: Connector, loader: Any = yaml.BaseLoader) -> dict[str, Any]:
    """A manifest; by default every scalar stays the text that was typed."""
    file = Path(__file__).parents[2] / "connectors" / connector.name / "manifest.yaml"
    manifest: dict[str, Any] = yaml.load(file.read_text(), loader)
    return manifest


def schemas(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Every schema of actions and triggers."""
    actions = [action[side] for action in manifest["actions"].values() for side in ("inputs", "outputs")]
    return actions + [trigger["data"] for trigger in manifest["triggers"].values()]


def leaves(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a schema that hold plain values."""
    found = []
    for field in schema.get("properties", {}).values():
        found += leaves(field) if field.get("type") == "object" else [field]
    return found


@every_connector
def test_every_action_has_a_call_and_every_call_an_action(connector: Connector) -> None:
    manifest = read(connector)
    assert set(connector.calls) == set(manifest["actions"])
    assert connector.name == manifest["connector"]
    assert all(name == call.name for name, call in connector.calls.items())


@every_connector
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.BaseLoader], ids=["typed", "as text"])
def test_schemas_are_sound_whichever_way_the_file_is_read(connector: Connector, loader: Any) -> None:
    for schema in schemas(read(connector, loader)):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert set(schema.get("required", [])) <= set(schema["properties"])


@every_connector
def test_every_field_has_a_type_and_a_class(connector: Connector) -> None:
    for schema in schemas(read(connector)):
        for field in leaves(schema):
            assert field["x-type"]
            assert field["x-class"] in CLASSES


@every_connector
def test_every_action_says_how_it_travels_and_carries_no_more_than_it_is_cleared_for(connector: Connector) -> None:
    for action in read(connector)["actions"].values():
        assert action["kind"] == "call"
        assert action["writes"] in ("yes", "no")
        assert all(word in action for word in TERMS)
        assert {field["x-class"] for field in leaves(action["inputs"])} <= set(action["clearance"]) < CLASSES


def test_mails_and_notices_travel_alone_and_are_never_repeated_blindly_but_list_entries_are() -> None:
    mail, notices = read(EMAIL)["actions"], read(NOTIFICATIONS)["actions"]
    for action, unknown in ((mail.pop("send"), ["ask"]), (notices["send"], ["look up", "ask"])):
        assert (action["batch"]["max"], action["unknown"]) == ("1", unknown)
    for action in mail.values():
        assert (action["batch"]["max"], action["unknown"]) == ("50", ["repeat"])


def test_notices_are_cleared_for_public_and_financial_values_only() -> None:
    assert read(NOTIFICATIONS)["actions"]["send"]["clearance"] == ["public", "financial"]


def test_the_engines_own_events_have_schemas() -> None:
    triggers = read(BOOKS)["triggers"]
    assert set(triggers) == {"hold_opened", "hold_released", "difference_found", "poll_late", "task_done"}
    hold = triggers["hold_opened"]["data"]["properties"]["hold"]
    assert hold["required"] == ["code", "about", "rule", "run", "cause", "sentence"]
    found = triggers["difference_found"]["data"]["properties"]["difference"]
    assert found["required"] == ["difference", "first", "last", "items"]
