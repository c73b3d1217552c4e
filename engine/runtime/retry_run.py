"""Has a failed run go on: the step that failed is performed again, as a new action of the same run.

Decides purely, writes one unit. The run keeps its id and its business key, what earlier steps did stays done, and
names keep their values: the state machine kept the place of the failure (`RunState.failed_at`). The rule is taken
as the run began with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.core.run import RunState, TriedAgain, from_plain
from engine.core.times import text_of
from engine.core.values import loads
from engine.errors import UserError
from engine.ports import Unit, Update
from engine.runtime.parts import Parts
from engine.runtime.rows import send_input

Json = Any
Row = dict[str, Any]


def retry_run(parts: Parts, run: str, now: datetime) -> None:
    """Send a failed run back to the step at which it failed.

    Raises:
        UserError: There is no such run, it has not failed, or another run of its kind is under way.
    """
    rows = parts.store.rows("run", run=run)
    if not rows:
        raise UserError(f'There is no run "{run}".', 'See them with "daybook runs --status failed".', "no-such-run")
    refusal = refusal_of(rows[0], from_plain(loads(rows[0]["state"])), _under_way(parts, rows[0]))
    if refusal is not None:
        raise refusal
    if not parts.store.write(_unit(rows[0], now))[0]:
        raise UserError(f"The run {run} changed just now.", "Look at it again.", "changed-meanwhile")
    parts.queue.hint(run)


def refusal_of(run: Row, state: RunState, under_way: Sequence[str]) -> UserError | None:
    """Why a run cannot go on; None when it can.

    Args:
        run: Its row.
        state: Where it stopped.
        under_way: Ids of other runs of the same rule and serial key that have begun and not ended.
    """
    if run["status"] != "failed":
        what = f"The run {run['id']} has not failed: it is {run['status']}."
        mend = 'A run that waits is let go on with "daybook holds resolve".' if run["status"] == "waiting" else ""
        return UserError(what, mend, "not-failed")
    if not state.failed_at:
        return UserError(f"The run {run['id']} does not know where it failed.", "", "no-place-of-failure")
    if under_way:
        what = f"Another run about the same is under way: {under_way[0]}."
        return UserError(what, "Try again when it has ended.", "run-under-way")
    return None


def _under_way(parts: Parts, run: Row) -> list[str]:
    """Runs of its serial key that have begun; one that is still queued waits for this one by itself."""
    if not run["serial"]:
        return []
    key = {"rule": run["rule"], "serial": run["serial"], "seq": run["seq"]}
    earlier = [row["id"] for row in parts.store.rows("serial_before", **key)]
    later = [row["id"] for row in parts.store.rows("serial_after", **key) if row["status"] != "queued"]
    return earlier + later


def _unit(run: Row, now: datetime) -> Unit:
    again = {"status": "running", "reason": "", "ended_at": None, "wake_at": text_of(now), "updated_at": text_of(now)}
    where = {"id": run["id"], "status": "failed", "version": run["version"]}
    return (Update("runs", where, again, {"version": 1}), send_input(run["id"], TriedAgain()))
