"""What holds for every test: under CI=true a skipped test is a failure, with the names of those skipped.

Beside it only what several areas share; other fixtures stand with the tests that use them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest


def _skipped(config: pytest.Config) -> list[str]:
    """Ids of the skipped tests; empty outside CI, and in the workers of a parallel run."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI", "").lower() != "true":
        return []
    return sorted({report.nodeid for report in reporter.stats.get("skipped", ())})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if skipped := _skipped(config):
        terminalreporter.section("skipped tests", red=True)
        terminalreporter.line(
            f"With CI=true nothing may be skipped, so this run fails. Skipped: {', '.join(skipped)}.", red=True
        )


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of our own on a free loopback port."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        next(line for line in server.stdout if "Ready to accept connections" in line)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()
