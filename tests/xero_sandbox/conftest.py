"""Fixtures of the Xero sandbox's tests; tests that read reference files do not exist where those are absent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from xero_by_hand import SCOPES, Client

from connectors.xero.sandbox.app import XeroSandbox

REFERENCE = Path(__file__).parents[2] / "../shared/reference"
NEEDS = {
    "test_xero_sandbox_cases.py": "accounting-cases.md",
    "test_xero_sandbox_schema.py": "xero-openapi/xero_accounting.yaml",
    "test_xero_sandbox_webhook_schema.py": "xero-openapi/xero-webhooks.yaml",
}
collect_ignore = [test for test, file in NEEDS.items() if not (REFERENCE / file).exists()]


@pytest.fixture
def make() -> Callable[..., Client]:
    """Makes signed-in clients of fresh sandboxes, without the minute limit unless told."""

    def build(scopes: str = SCOPES, **options: Any) -> Client:
        return Client(XeroSandbox(**{"minute_limit": 100_000, **options}), scopes)

    return build


@pytest.fixture
def xero(make: Callable[..., Client]) -> Client:
    """A signed-in client."""
    return make()
