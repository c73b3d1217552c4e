"""Every connector says in its manifest what it does, and does what it says."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from engine.library.manifest import Manifest, read_manifest
from engine.sdk.contract import Connector

ROOT = Path(__file__).parent.parent.parent
NAMES = sorted(path.parent.name for path in ROOT.glob("connectors/*/__init__.py"))


def manifest_of(name: str) -> Manifest:
    file = ROOT / "connectors" / name / "manifest.yaml"
    manifest, problems = read_manifest(name, f"connectors/{name}/manifest.yaml", file.read_text(encoding="utf-8"))
    assert [str(problem) for problem in problems] == []
    assert manifest is not None
    return manifest


def connector_of(name: str) -> Connector:
    connector = importlib.import_module(f"connectors.{name}.connector").CONNECTOR
    assert isinstance(connector, Connector)
    return connector


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_connector_has_its_files(name: str) -> None:
    for file in ("README.md", "manifest.yaml", "connector.py"):
        assert (ROOT / "connectors" / name / file).is_file(), file


def test_actions_and_functions_are_the_same(name: str) -> None:
    manifest, connector = manifest_of(name), connector_of(name)
    assert connector.name == name
    of_kind = {
        kind: {each.name for each in manifest.actions.values() if each.kind == kind} for kind in ("call", "posting")
    }
    assert of_kind == {"call": set(connector.calls), "posting": set(connector.postings)}


def test_polls_are_the_same(name: str) -> None:
    assert set(manifest_of(name).polls) == {poll.name for poll in connector_of(name).polls}


def test_triggers_name_polls_that_exist(name: str) -> None:
    manifest = manifest_of(name)
    assert {trigger.poll for trigger in manifest.triggers.values() if trigger.poll} <= set(manifest.polls)


def test_capabilities_are_the_same(name: str) -> None:
    manifest = manifest_of(name)
    assert set(manifest.capabilities) <= set(connector_of(name).capabilities)


def test_postings_use_calls_that_exist_and_name_their_record(name: str) -> None:
    manifest = manifest_of(name)
    for action in manifest.actions.values():
        if action.kind == "posting":
            assert set(action.uses) <= set(connector_of(name).calls), action.name
            assert action.record == connector_of(name).postings[action.name].record


def test_a_call_that_may_look_up_has_the_functions_for_it(name: str) -> None:
    calls = connector_of(name).calls
    for action in manifest_of(name).actions.values():
        if "look up" in action.unknown:
            assert calls[action.name].find is not None, action.name
            assert calls[action.name].found is not None, action.name


def test_each_field_of_an_action_and_event_has_a_data_class(name: str) -> None:
    manifest = manifest_of(name)
    schemas = {
        **{f"{each.name} inputs": each.inputs for each in manifest.actions.values()},
        **{f"{each.name} outputs": each.outputs for each in manifest.actions.values()},
        **{each.type: each.schema for each in manifest.triggers.values()},
    }
    assert [path for what, schema in schemas.items() for path in unclassed(what, schema)] == []


CLASSES = {"public", "financial", "contact", "sensitive", "secret"}


def unclassed(path: str, schema: dict, above: bool = False) -> list[str]:
    """The scalar fields without a class of their own or of the field around them."""
    classed = above or schema.get("x-class") in CLASSES
    inner = [
        *schema.get("properties", {}).items(),
        *([("[]", schema["items"])] if isinstance(schema.get("items"), dict) else []),
    ]
    if not inner:
        return [] if classed or schema.get("type") == "object" else [path]
    return [each for name, field in inner for each in unclassed(f"{path}.{name}", field, classed)]
