"""What the connectors of a workspace offer to rules, for editors and the manual; outside of one, the built-in ones.

Reads manifests only; opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.compose.offered import CONNECTORS
from engine.config.read import read_config
from engine.errors import Problems
from engine.lang.vocabulary.editor import Offer, Offers
from engine.library.files import packaged_rulesets
from engine.library.manifest import Manifest
from engine.library.reading import read_library


def manifests(folder: Path | None, environment: Mapping[str, str]) -> Mapping[str, Manifest]:
    """The manifests in use, by connector; all of them while `daybook.yaml` cannot be read."""
    return read_library(packaged_rulesets() / "no workspace", (), _used(folder, environment)).manifests


def _used(folder: Path | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    if folder is None:
        return CONNECTORS
    try:
        config = read_config(folder, environment)
    except Problems:
        return CONNECTORS
    used = {connection.connector for connection in config.connections.values()}
    return tuple(name for name in CONNECTORS if name in used)


def offers_of(found: Mapping[str, Manifest]) -> Offers:
    """Their events and actions, in the order of the manifests."""
    events = [
        Offer(trigger.type, trigger.title, trigger.about)
        for manifest in found.values()
        for trigger in manifest.triggers.values()
    ]
    actions = [
        Offer(f"{manifest.connector}.{action.name}", action.title, action.about, action.inputs)
        for manifest in found.values()
        for action in manifest.actions.values()
    ]
    return Offers(events, actions)
