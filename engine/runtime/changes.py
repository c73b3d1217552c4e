"""What a person changed in the workspace's files since the engine last ran: releases the holds that waited for it.

Compares digests with those kept in the store; reads no files itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.ports import Put
from engine.runtime.holds import release
from engine.runtime.parts import Parts

Json = Any
_KEY = {"connection": "", "kind": "workspace", "id": "digests"}


def notice_changes(parts: Parts, texts: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """Release what waited for a changed rule, form or map.

    Args:
        texts: By thing as holds name it: `map NAME`, `rule ID`, `settings ID`, `template FILE`.

    Returns:
        The things that changed, new ones included; empty at the very first look.
    """
    digests = {thing: hashlib.sha256(text.encode()).hexdigest() for thing, text in texts.items()}
    rows = parts.store.rows("record", **_KEY)
    known = loads(rows[0]["body"]) if rows else None
    if known == digests:
        return ()
    changed = tuple(thing for thing in digests if known is not None and known.get(thing) != digests[thing])
    row = {"version": rows[0]["version"] + 1 if rows else 1, "body": dumps(digests), "updated_at": text_of(now)}
    parts.store.write((Put("records", _KEY, row), *release(parts, _things(changed), now)))
    return changed


def _things(changed: tuple[str, ...]) -> list[str]:
    """A hold may wait for one thing by name, or for any map, any form or any template."""
    kinds = {"map": "maps", "settings": "settings", "template": "templates"}
    general = {kinds[thing.split(" ", 1)[0]] for thing in changed if thing.split(" ", 1)[0] in kinds}
    return [*changed, *sorted(general)]
