"""Logs name known events and show no person and no secret."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from engine.logs import EVENTS, MASK, redact, set_up

ROOT = Path(__file__).parent.parent.parent
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


@pytest.fixture(autouse=True)
def structlog_as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def log_calls(file: Path) -> Iterator[tuple[str, object]]:
    """Place and first argument of each call such as `log.info(...)`."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger"), attr=level), args=[first, *_]) if (
                level in LEVELS
            ):
                yield f"{file.name}:{node.lineno}", first.value if isinstance(first, ast.Constant) else None


def written(**keys: object) -> dict[str, object]:
    out = io.StringIO()
    set_up("json", out=out)
    structlog.get_logger().info("run failed", **keys)
    return json.loads(out.getvalue())


def test_an_entry_is_one_json_object_with_time_level_and_ids() -> None:
    entry = written(run="run_1", step="post")
    assert {"event": "run failed", "level": "info", "run": "run_1", "step": "post"}.items() <= entry.items()
    assert entry["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "key",
    ["name", "email", "accounts_email", "mobile", "payer_name", "refresh_token", "access_tokens", "client_secret", "password",
     "Authorization", "headers", "api_key", "apikey", "subject", "description", "claim", "body", "birth_date", "code_verifier"],
)  # fmt: skip
def test_keys_of_persons_and_secrets_are_masked_at_any_depth(key: str) -> None:
    assert written(**{key: "Ada"})[key] == MASK
    assert "Ada" not in json.dumps(written(outer={"inner": [{key: {"deep": "Ada"}}]}))


@pytest.mark.parametrize(
    "key", ["run", "rule", "amount", "marker", "status", "connection_name", "attempt", "keys", "username_field"]
)
def test_ids_and_sums_are_shown(key: str) -> None:
    assert written(**{key: "HX-1001"})[key] == "HX-1001"


@pytest.mark.parametrize(
    "text",
    ["write to ada@harbour.example now", "Authorization: Bearer abcdef123456789", "redis://user:hunter22@host/0",
     "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw"],
)  # fmt: skip
def test_what_gives_itself_away_inside_a_text_is_masked(text: str) -> None:
    shown = str(redact(None, "info", {"event": "bug", "what": [text]}))
    assert MASK in shown
    for secret in ("ada@", "abcdef123", "hunter22", "SflKxw"):
        assert secret not in shown


def test_a_traceback_is_masked_too() -> None:
    out = io.StringIO()
    set_up("json", out=out)
    try:
        int("ada@harbour.example")
    except ValueError:
        structlog.get_logger().exception("bug")
    assert "ValueError" in out.getvalue()
    assert "ada@" not in out.getvalue()


def test_every_log_call_names_an_event_of_the_list() -> None:
    named = [
        call for file in (*ROOT.glob("engine/**/*.py"), *ROOT.glob("connectors/**/*.py")) for call in log_calls(file)
    ]
    assert [(place, event) for place, event in named if event not in EVENTS] == []


def test_entries_below_the_level_are_not_written() -> None:
    out = io.StringIO()
    set_up("console", "warning", out)
    structlog.get_logger().info("run started")
    structlog.get_logger().warning("run failed", run="run_1")
    assert "run failed" in out.getvalue()
    assert "run started" not in out.getvalue()


def test_event_names_are_unique() -> None:
    assert len(set(EVENTS)) == len(EVENTS)
