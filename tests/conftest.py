"""What holds for every test: under CI=true a skipped test is a failure, with the names of those skipped.

No fixtures of single areas; they stand beside the tests that use them.
"""

from __future__ import annotations

import os

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
