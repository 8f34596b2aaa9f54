"""The simulated API: its routes, and how an answer goes out in time."""

from __future__ import annotations

import json
import secrets
import traceback
from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import parse_qs, unquote

from lab.sim import checks, events, garbling, listing
from lab.sim.batches import Batches
from lab.sim.claude import Call, Claude, read
from lab.sim.clock import Clock
from lab.sim.faults import Directive
from lab.sim.http import TYPES, Connection, Json, Problem, Request
from lab.sim.limits import Limits
from lab.sim.message import Message
from lab.sim.skill import Pace, Pacer
from lab.sim.stats import Stats, prompt_billed

Moment = Callable[[str], Awaitable[None]]
"""Awaited where a batch comes to a moment: `create`, `created`, its `results` asked for, and `half` sent."""


class Api:
    """Answers requests. Owns the counts, and knows who may ask how much."""

    def __init__(
        self,
        claude: Claude,
        clock: Clock,
        limits: Limits,
        pace: Pacer,
        batches: Batches,
        stats: Stats,
        moment: Moment,
    ) -> None:
        self.stats, self._claude, self._clock = stats, claude, clock
        self._limits, self._pace, self._batches, self._moment = limits, pace, batches, moment

    async def __call__(self, connection: Connection) -> None:
        """Reads a request and answers it, or refuses it in the API's shape."""
        id = f"req_{secrets.token_hex(12)}"
        connection.headers = {"request-id": id, "x-simulated": "true"}
        try:
            request = await connection.request()
            workspace = f"wrkspc_{sha256(checks.key(request.headers).encode()).hexdigest()[:24]}"
            account = {"anthropic-organization-id": "org_simulated", "anthropic-workspace-id": workspace}
            connection.headers |= account | self._limits.headers()
            status, found = 200, await self._route(connection, request)
        except Problem as problem:
            connection.headers |= problem.headers
            status, found = problem.status, problem.json(id)
        except Exception:
            traceback.print_exc()
            status, found = 500, Problem(500, "The simulator itself failed; see its output.").json(id)
        if found is not None:
            connection.answer(status, "application/json", json.dumps(found).encode())

    async def _route(self, connection: Connection, request: Request) -> Json | None:
        """What to answer as JSON; None where it is answered already."""
        path, _, query = request.target.partition("?")
        path = path[max(0, path.find("/v1/")) :]
        match request.method, path.split("/")[1:]:
            case "POST", ["v1", "messages"]:
                with self.stats.call():
                    return await self._answer(connection, request)
            case "POST", ["v1", "messages", "count_tokens"]:
                self.stats.count_tokens += 1
                blocks = read(request.headers, request.body, counting=True)[2]
                return {"input_tokens": sum(block.tokens for block in blocks)}
            case method, ["v1", "messages", "batches", *rest]:
                return await self._batch(connection, request, method, rest)
            case "GET", ["v1", "models", *name]:
                checks.client(request.headers)
                if name:
                    return listing.info(listing.model(unquote("/".join(name))))
                return listing.page(parse_qs(query))
            case "GET", [*_, "stats"]:
                return self.stats.json()
            case "GET", [*_, "healthz"]:
                return {"ok": True}
            case "POST", [*_, "clock"]:
                self._clock.advance(checks.json_object(request.body).get("advance"))
                return {"now": self._clock.stamp(self._clock())}
        raise Problem(404, f"There is no route {request.method} {path}.")

    async def _batch(
        self, connection: Connection, request: Request, method: str, rest: list[str]
    ) -> Json | None:
        batches, headers = self._batches, request.headers
        own, _, query = request.target.partition("?")
        match method, rest:
            case "POST", []:
                await self._moment("create")
                made = batches.create(request, f"http://{headers.get('host', '127.0.0.1')}{own}")
                await self._moment("created")
                return made
            case "GET", []:
                return await batches.page(headers, parse_qs(query))
            case "GET", [id]:
                return await batches.show(headers, id)
            case "DELETE", [id]:
                return await batches.delete(headers, id)
            case "POST", [id, "cancel"]:
                return await batches.cancel(headers, id)
            case "GET", [id, "results"]:
                lines = (await batches.results(headers, id)).splitlines(keepends=True)
                await self._moment("results")
                connection.answer(200, "application/x-jsonl")
                half = -(-len(lines) // 2)  # at least one: an empty chunk would end it
                await connection.chunk(b"".join(lines[:half]))
                await self._moment("half")
                await connection.chunk(b"".join(lines[half:]))
                return await connection.chunk(b"") if lines[half:] else None
        raise Problem(404, f"There is no route {method} {request.target}.")

    async def _answer(self, connection: Connection, request: Request) -> Json | None:
        call = self._claude.call(request.headers, request.body)
        orders = call.orders
        if "hang" in orders:
            await self._clock.until(self._clock.passed() + float(orders["hang"].argument))
        if "drop" in orders:
            return connection.cut()
        if "html" in orders:
            page = b"<html><h1>A page where an answer should be</h1></html>"
            return connection.answer(200, "text/html", page)
        if "empty" in orders:
            return connection.answer(200, "text/event-stream; charset=utf-8", b"")
        if "status" in orders:
            headers = {name: value for order in orders.values() for name, value in order.headers.items()}
            order, said = orders["status"], "A directive asked the simulator for this status."
            raise Problem(int(order.argument), said, headers, order.code)
        plan = self._claude.plan(call)
        if self._limits.on:
            try:
                self._limits.take(call.key, call.model.id, plan.counted)
            finally:
                connection.headers |= self._limits.headers(call.key, call.model.id)
        pace = self._pace(call.model, call.luck)
        message = self._claude.message(call, plan)
        await self._clock.until(self._clock.passed() + pace.first * events.BEFORE_START)
        self._claude.begin(call, plan, message.json["id"])
        prompt_billed(self.stats.billed, message.json)
        return await self._send(connection, message, call, pace)

    async def _send(self, connection: Connection, message: Message, call: Call, pace: Pace) -> Json | None:
        """The whole message, or as much of it as a directive leaves; either takes its time."""
        orders = call.orders
        stream, garble = call.body["stream"] and "json" not in orders, garbling.garble(orders)
        if stream:
            connection.answer(200, "text/event-stream; charset=utf-8")
        clock, stall = self._clock, orders.get("stall")
        ping = float("inf") if stall and stall.silent else pace.ping
        due, written = clock.passed(), 0
        try:
            for data, gap, tokens in events.frames(*message, orders, pace):
                due += gap
                while due - (now := clock.passed()) > ping:
                    await clock.until(now + ping)
                    if stream:
                        await connection.chunk(events.PING)
                await clock.until(due)
                written += tokens
                self.stats.billed.output_tokens += tokens
                if stream:
                    await connection.chunk(garble(data) if garble else data)
        finally:
            if self._limits.on:
                self._limits.spend(call.key, call.model.id, written)
        if ending := orders.get("ending"):
            return await _break_off(connection, ending, stream)
        if stream:
            await connection.chunk(b"")
        self.stats.completed += 1
        return None if stream else message.json


async def _break_off(connection: Connection, ending: Directive, stream: bool) -> None:
    if ending.verb == "error":
        status = next(status for status, type in TYPES.items() if type == ending.argument)
        problem = Problem(status, "A directive broke the simulated answer off here.")
        if not stream:
            raise problem
        await connection.chunk(events.event(**problem.json(connection.headers["request-id"])))
    if stream and ending.verb in ("half", "malformed"):
        await connection.chunk(garbling.HALF if ending.verb == "half" else garbling.MALFORMED)
    if stream and ending.verb in ("error", "end", "half", "malformed"):
        await connection.chunk(b"")
    else:
        connection.cut(reset=ending.verb == "reset")
