"""Logs of the door under test stay silent."""

from __future__ import annotations

import sys

import pytest

from engine import logs


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logs.set_up("json", "critical", sys.stderr)
