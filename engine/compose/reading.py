"""Opens what a command needs that only looks: the workspace's file and its store, no key, no rules, no connections.

So that the state of the engine can be read while a rule file is broken or a secret is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from engine.config.model import Config
from engine.config.read import read_config
from engine.ports import Store
from engine.store.sqlite import SqliteStore


@contextmanager
def looking_at(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[Config, Store]]:
    """The configuration and the store of a workspace; an empty store where nothing ran yet.

    Raises:
        Problems: `daybook.yaml` has faults.
        UserError: There is no workspace in the folder.
    """
    config = read_config(folder, environment)
    config.database.parent.mkdir(parents=True, exist_ok=True)
    with closing(SqliteStore(config.database)) as store:
        yield config, store
