"""Fixtures of the Xero sandbox's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from xero_by_hand import SCOPES, Client

from connectors.xero.sandbox.app import XeroSandbox


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
