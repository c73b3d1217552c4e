"""`/_sandbox`: seeding, staff actions, the clock, faults, switches, webhooks, keys, counts and sums; no sign-in.

Changes to the practice go through `staff`; a list of actions happens as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec

from connectors.halaxy.sandbox import month, practice
from connectors.halaxy.sandbox.actions import Action
from connectors.halaxy.sandbox.any_action import AnyAction
from connectors.halaxy.sandbox.deliveries import Webhook, changes
from connectors.halaxy.sandbox.desk import Desk, Refused
from connectors.halaxy.sandbox.faults import Fault
from connectors.halaxy.sandbox.limits import Calls
from connectors.halaxy.sandbox.next_day import next_day
from connectors.halaxy.sandbox.oauth import SCOPES, Key
from connectors.halaxy.sandbox.records import Moment
from connectors.halaxy.sandbox.shapes import base_of
from connectors.halaxy.sandbox.staff import carry_out
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.sums import totals
from connectors.halaxy.sandbox.switches import changed
from connectors.halaxy.sandbox.times import ZONE, day_of
from connectors.halaxy.sandbox.world import World
from engine.sdk.sandbox import Answer, Asked, Router, json_answer

Json = Any


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A practice, a month, or both; a fresh start unless `add` is set."""

    practice: practice.Practice | None = None
    month: month.Wanted | None = None
    add: bool = False


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set the practice's time, move it on, or with neither let it run with real time again."""

    now: Moment | None = None
    advance_seconds: Annotated[int, msgspec.Meta(ge=0)] | None = None


class NextDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which day to make up."""

    seed: int = 1


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An API key and the scopes that it carries."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = SCOPES


class Admin:
    """Answers everything under `/_sandbox`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._router = Router()
        routes: tuple[tuple[str, str, Callable[[Asked, datetime], Json]], ...] = (
            ("POST", "seed", self._seed),
            ("POST", "staff", self._staff),
            ("POST", "next_day", self._next_day),
            ("POST", "clock", self._set_clock),
            ("GET", "clock", self._clock),
            ("POST", "faults", self._plan_faults),
            ("GET", "faults", lambda asked, now: self._world.faults.left()),
            ("DELETE", "faults", self._clear_faults),
            ("POST", "switches", self._set_switches),
            ("GET", "switches", lambda asked, now: asdict(self._world.switches)),
            ("POST", "keys", self._add_key),
            ("GET", "calls", lambda asked, now: self._world.calls.shown()),
            ("DELETE", "calls", self._forget_calls),
            ("GET", "totals", self._totals),
            ("POST", "webhooks", self._set_webhooks),
            ("GET", "webhooks", lambda asked, now: self._shown_webhooks()),
            ("POST", "deliveries", self._take_deliveries),
        )
        for method, name, deed in routes:
            self._router.add(method, f"/_sandbox/{name}", deed)

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Answer one request: 400 for what cannot be read, 409 for what Halaxy would refuse."""
        deed, _, allowed = self._router.find(asked.method, asked.path)
        if deed is None:
            status = 405 if allowed else 404
            return json_answer(status, {"problem": f"no {asked.method} {asked.path} here"})
        try:
            return json_answer(200, deed(asked, now))
        except Refused as problem:
            return json_answer(409, {"problem": str(problem)})
        except ValueError as problem:
            return json_answer(400, {"problem": str(problem)})

    def _seed(self, asked: Asked, now: datetime) -> Json:
        seed = msgspec.json.decode(asked.body, type=Seed)
        world = self._world
        state = world.state.copy() if seed.add else State()
        if seed.month is not None:
            month.fill(state, world.switches, seed.month)
        if seed.practice is not None:
            practice.add(state, world.switches, seed.practice, world.time(now))
        world.state = state
        return self._totals(asked, now)

    def _staff(self, asked: Asked, now: datetime) -> Json:
        given = msgspec.json.decode(asked.body, type=list[AnyAction] | AnyAction)
        return {"done": self._carry_out(tuple(given) if isinstance(given, list) else (given,), asked, now)}

    def _next_day(self, asked: Asked, now: datetime) -> Json:
        wanted = msgspec.json.decode(asked.body or b"{}", type=NextDay)
        actions = next_day(self._world.state, wanted.seed, self._world.time(now))
        return {"done": self._carry_out(actions, asked, now)}

    def _carry_out(self, actions: tuple[Action, ...], asked: Asked, now: datetime) -> Json:
        world, time = self._world, self._world.time(now)
        before, state = world.state, world.state.copy()
        desk = Desk(state, world.switches, time)
        done = [carry_out(desk, action) for action in actions]
        world.state = state
        if world.deliveries.webhooks:
            touched = {one[name] for one in done for name in ("invoice", "from") if one.get(name)}
            happened = changes(before, state, touched, world.switches.webhook_fires_on_payment)
            world.deliveries.note(happened, world.switches, time, base_of(asked.headers.get("host", "")))
        return done

    def _set_webhooks(self, asked: Asked, now: datetime) -> Json:
        self._world.deliveries.set_up(msgspec.json.decode(asked.body, type=list[Webhook]))
        return self._shown_webhooks()

    def _shown_webhooks(self) -> Json:
        return msgspec.to_builtins(self._world.deliveries.webhooks)

    def _take_deliveries(self, asked: Asked, now: datetime) -> Json:
        due = self._world.deliveries.take(self._world.time(now), self._world.switches)
        return [{"url": one.url, "headers": one.headers, "body": one.body.decode()} for one in due]

    def _set_clock(self, asked: Asked, now: datetime) -> Json:
        wanted = msgspec.json.decode(asked.body or b"{}", type=Clock)
        if wanted.now is not None:
            self._world.ahead = wanted.now - now
        elif wanted.advance_seconds is not None:
            self._world.ahead += timedelta(seconds=wanted.advance_seconds)
        else:
            self._world.ahead = timedelta(0)
        return self._clock(asked, now)

    def _clock(self, asked: Asked, now: datetime) -> Json:
        moment = self._world.time(now)
        return {"now": moment.astimezone(ZONE).isoformat(), "today": day_of(moment).isoformat()}

    def _plan_faults(self, asked: Asked, now: datetime) -> Json:
        given = msgspec.json.decode(asked.body, type=list[Fault] | Fault)
        self._world.faults.plan(given if isinstance(given, list) else [given])
        return self._world.faults.left()

    def _clear_faults(self, asked: Asked, now: datetime) -> Json:
        self._world.faults.clear()
        return []

    def _set_switches(self, asked: Asked, now: datetime) -> Json:
        self._world.switches = changed(self._world.switches, asked.json())
        return asdict(self._world.switches)

    def _add_key(self, asked: Asked, now: datetime) -> Json:
        new = msgspec.json.decode(asked.body, type=NewKey)
        self._world.sign_in.add(Key(new.client_id, new.client_secret, new.scopes))
        return {"client_id": new.client_id, "scopes": list(new.scopes)}

    def _forget_calls(self, asked: Asked, now: datetime) -> Json:
        self._world.calls = Calls()
        return self._world.calls.shown()

    def _totals(self, asked: Asked, now: datetime) -> Json:
        on = asked.param("on")
        today = date.fromisoformat(on) if on else day_of(self._world.time(now))
        return totals(self._world.state, today)
