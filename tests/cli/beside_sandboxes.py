"""A practice beside the sandboxes, made and filled through the command line itself; small, and once for all tests."""

from __future__ import annotations

import os
import re
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import run
from engine.clock import SystemClock
from engine.compose.sandboxes import HALAXY_CLIENT, Sandboxes
from engine.compose.sign_ins import SignIn
from engine.compose.workspace import Workspace
from engine.config.fill_in import with_settings
from engine.core.times import local_day
from engine.library.files import packaged_examples
from engine.sdk.contract import write_json

INVOICES = 12
ANSWERS = ("--name", "Harbour", "--state", "NSW", "--person", "Robin Vale", "--email", "manager@harbour.example")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def daybook(*arguments: str, answers: str = "", **environment: str) -> Done:
    """Run one command of this process, as a person would: not on a terminal."""
    with CliRunner().isolation(answers, environment) as (out, err, _):
        code = run(arguments)
        sys.stdout.flush()
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to the test."""

    def redirect_request(self, *args: object) -> None:
        return None


def allowed(address: str) -> str:
    """What a browser comes back to after pressing Allow."""
    opener = urllib.request.build_opener(NoRedirect)
    try:
        opener.open(address, timeout=10)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.headers["location"]
    raise AssertionError("no redirect came")


def lead_to(workspace: Path, sandboxes: Sandboxes) -> None:
    """Write the sandboxes' addresses into a workspace's file."""
    file = workspace / "daybook.yaml"
    text = file.read_text()
    for name, settings in sandboxes.settings().items():
        values = {word: str(value) for word, value in settings.items()}
        values |= {"from": "books@harbour.example"} if name == "email" else {}
        text = with_settings(text, name, values) or ""
    file.write_text(text)


def begin_with(workspace: Path, day: str) -> None:
    """Have invoices posted, and read, from a day on."""
    for name in ("daybook.yaml", "settings/financial_sync.yaml"):
        file = workspace / name
        file.write_text(re.sub(r"start_date: '?[0-9-]+'?", f"start_date: '{day}'", file.read_text()))


def connected(workspace: Path) -> None:
    """Both sides connected."""
    assert daybook("connect", "halaxy", "--workspace", str(workspace),
                   DAYBOOK_HALAXY_CLIENT_SECRET=HALAXY_CLIENT[1]).code == 0  # fmt: skip
    with SignIn(workspace, os.environ, "xero") as sign_in:
        sign_in.consent(allowed)
        sign_in.connected()


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    """Halaxy with a small month, an empty Xero, a mail sink."""
    first = (local_day(SystemClock().now(), "Australia/Sydney").replace(day=1) - timedelta(days=1)).replace(day=1)
    with Sandboxes() as running:
        month = {"first": first.isoformat(), "invoices": INVOICES, "seed": 3}
        running.tell("halaxy", "/_sandbox/seed", write_json({"month": month}))
        yield running


@pytest.fixture(scope="session")
def month() -> str:
    """The first day of the month that was seeded."""
    first = local_day(SystemClock().now(), "Australia/Sydney").replace(day=1)
    return (first - timedelta(days=1)).replace(day=1).isoformat()


@pytest.fixture(scope="session")
def practice(sandboxes: Sandboxes, month: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose month is in Xero, approved."""
    folder = tmp_path_factory.mktemp("practice")
    made = daybook("init", str(folder), *ANSWERS, "--start-date", month)
    assert made.code == 0, made.err
    shutil.copytree(packaged_examples() / "harbour" / "maps", folder / "maps", dirs_exist_ok=True)
    lead_to(folder, sandboxes)
    connected(folder)
    with Workspace(folder, os.environ) as workspace:
        workspace.activate("xero")  # before the first sync, so that nothing waits as a draft
    done = daybook("sync", "now", "--workspace", str(folder))
    assert done.code == 0, (done.out, done.err)
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A workspace just made."""
    folder = tmp_path / "practice"
    assert daybook("init", str(folder), *ANSWERS).code == 0
    return folder
