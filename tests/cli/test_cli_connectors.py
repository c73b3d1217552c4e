"""`daybook connectors` prints what the manifests say, for every connector."""

from __future__ import annotations

import json

import pytest
from beside_sandboxes import daybook

from engine.compose.offered import CONNECTORS


def test_every_connector_is_listed() -> None:
    done = daybook("connectors", "--json")
    assert done.code == 0, done
    assert {row["name"] for row in json.loads(done.out)} == set(CONNECTORS)
    lines = daybook("connectors").out.splitlines()
    assert lines[0].split("\t")[:2] == ["connector", "title"]


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_connector_shows_its_triggers_and_actions(name: str) -> None:
    told = json.loads(daybook("connectors", "show", name, "--json").out)
    assert told["triggers"] or told["actions"]
    for row in told["triggers"]:
        assert row["event"].startswith(f"{name}.")
        assert row["title"]
    text = daybook("connectors", "show", name).out
    assert all(row["action"] in text for row in told["actions"])


def test_the_table_of_xero_says_how_a_thing_is_undone_and_what_it_costs() -> None:
    told = json.loads(daybook("connectors", "show", "xero", "--json").out)
    actions = {row["action"]: row for row in told["actions"]}
    quote = actions["xero.create_quote"]
    assert (quote["undo"], quote["cost"], quote["known again by"]) == (
        "update_quote with status DELETED", "1 for each batch", "number",
    )  # fmt: skip
    assert quote["needs"][:4] == ["number", "contact_id", "date", "lines"]
    assert "title?" in quote["needs"]
    assert actions["xero.trial_balance"]["undo"] == "nothing to undo"
    paid = next(row for row in told["triggers"] if row["event"] == "xero.invoice.paid")
    assert paid["only when a rule awaits it"] is True


def test_an_unknown_connector_is_answered_with_a_name_that_exists() -> None:
    done = daybook("connectors", "show", "xer")
    assert done.code == 3
    assert 'There is no connector "xer"' in done.err
    assert "xero" in done.err
