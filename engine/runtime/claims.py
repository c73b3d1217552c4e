"""Source keys in the store: a run asks for all that its posting touches, and gives them back when it is over.

Who may have them is decided in `engine.core.keys`; the unique index on granted keys is the last guard.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.core.keys import Claim, may_have
from engine.core.values import dumps
from engine.ports import Change, Delete, Put, Store
from engine.runtime.rows import wake


def ask_for(store: Store, run: dict[str, Any], connection: str, keys: tuple[str, ...]) -> tuple[bool, list[Change]]:
    """Whether a run may have a set of keys now, and the changes that grant them or put it into the line."""
    rows = store.rows("claims_on", connection=connection, keys=dumps(sorted(keys)))
    others = store.rows("claims_of_runs", connection=connection, runs=dumps(sorted({row["run"] for row in rows})))
    wish = Claim(run["id"], run["seq"], run["work_class"], frozenset(keys), False)
    granted = may_have(wish, _claims(others))
    place = {"place": run["seq"], "work_class": run["work_class"], "granted": int(granted)}
    return granted, [
        Put("claims", {"connection": connection, "key": key, "run": run["id"]}, place) for key in sorted(keys)
    ]


def give_back(store: Store, run: str, now: datetime) -> list[Change]:
    """The changes that give a run's keys back and have the next in line looked at."""
    claims = store.rows("claims_of", run=run)
    if not claims:
        return []
    changes: list[Change] = [Delete("claims", {"run": run})]
    waiting: set[str] = set()
    for name in {claim["connection"] for claim in claims}:
        keys = [claim["key"] for claim in claims if claim["connection"] == name]
        for other in store.rows("claims_on", connection=name, keys=dumps(keys)):
            if other["run"] != run and not other["granted"]:
                waiting.add(other["run"])
    return changes + [wake(other, now) for other in sorted(waiting)]


def _claims(rows: list[dict[str, Any]]) -> list[Claim]:
    by_run: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_run.setdefault(row["run"], []).append(row)
    return [
        Claim(
            run,
            claims[0]["place"],
            claims[0]["work_class"],
            frozenset(claim["key"] for claim in claims),
            any(claim["granted"] for claim in claims),
        )
        for run, claims in by_run.items()
    ]
