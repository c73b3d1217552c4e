"""One child process for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from template_bench import Bench


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()
