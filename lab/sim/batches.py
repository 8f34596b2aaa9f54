"""Message Batches: many requests at once, answered like any other when their time has come.

A batch takes a minute at speed 1. With an item that has [[hang S]] it takes its whole day; that item expires.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from lab.sim import checks, listing
from lab.sim.claude import Claude
from lab.sim.clock import Clock
from lab.sim.http import TYPES, Json, Problem, Request, require
from lab.sim.stats import Stats, prompt_billed

DURATION, DAY, KEPT = 60.0, 86_400.0, 29 * 86_400.0  # seconds: to its end, to expire, until results are gone
CANCELLING = 0.1  # of the duration
MOST = 100_000
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_STATES = ("processing", "succeeded", "errored", "canceled", "expired")
_BROKEN = ("status", "drop", "html", "empty", "ending")  # directives after which there is no answer
_STATUSES = {type: status for status, type in TYPES.items()}
_TURN = 50  # items that are answered before others get their turn


@dataclass(slots=True)
class Batch:
    """One batch; times are the clock's. `results` fill up in the background and show when it has ended."""

    id: str
    headers: Mapping[str, str]
    url: str
    items: Sequence[Json]
    created: float
    ends: float
    work: asyncio.Task[None] | None = None
    cancelled: float | None = None
    settled: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)


class Batches:
    """All batches of all keys."""

    def __init__(
        self, claude: Claude, clock: Clock, stats: Stats, speed: float, tasks: set[asyncio.Task[None]]
    ) -> None:
        self._claude, self._clock, self._stats, self._tasks = claude, clock, stats, tasks
        self._seconds = DURATION / speed if speed else 0.0
        self._batches: dict[str, Batch] = {}

    def create(self, request: Request, url: str) -> Json:
        """Takes the requests as they are; what is wrong with one is its own result. `url`: of all batches."""
        checks.client(request.headers)
        items = checks.json_object(request.body).get("requests")
        require(isinstance(items, list) and items, "requests: a list of at least one is required.")
        require(len(items) <= MOST, f"requests: at most {MOST} are allowed, not {len(items)}.")
        names = [item.get("custom_id") if isinstance(item, dict) else None for item in items]
        for at, (item, name) in enumerate(zip(items, names, strict=True)):
            named = isinstance(name, str) and _ID.fullmatch(name)
            require(named, f"requests.{at}.custom_id: must match {_ID.pattern}.")
            require(isinstance(item.get("params"), dict), f"requests.{at}.params: must be an object.")
        require(len(set(names)) == len(names), "requests: every custom_id must be unique.")
        now, id = self._clock(), f"msgbatch_{secrets.token_hex(12)}"
        batch = Batch(id, request.headers, f"{url}/{id}/results", items, now, now + self._seconds)
        batch.work = asyncio.get_running_loop().create_task(self._work(batch))
        self._tasks.add(batch.work)
        batch.work.add_done_callback(self._tasks.discard)
        self._batches[id] = batch
        return self._shown(batch)

    async def find(self, headers: Mapping[str, str], id: str) -> Batch:
        """A batch of this key, settled if its time has come. Raises Problem 404."""
        checks.client(headers)
        batch = self._batches.get(id)
        known = batch and checks.key(batch.headers) == checks.key(headers)
        require(known, f"There is no batch {id}.", 404)
        if self._clock() >= batch.ends and batch.work:
            await asyncio.wait([batch.work])  # which may still put the end off
        if self._clock() >= batch.ends and not batch.settled:
            self._settle(batch)
        return batch

    async def show(self, headers: Mapping[str, str], id: str) -> Json:
        """One batch as the API shows it."""
        return self._shown(await self.find(headers, id))

    async def page(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> Json:
        """This key's batches, newest first."""
        checks.client(headers)
        own = [one.id for one in self._batches.values() if checks.key(one.headers) == checks.key(headers)]
        return listing.paged([await self.show(headers, id) for id in reversed(own)], query)

    async def cancel(self, headers: Mapping[str, str], id: str) -> Json:
        """Has it end soon; what was not yet answered by now never is."""
        batch = await self.find(headers, id)
        require(not batch.settled, f"The batch {id} has ended; it cannot be canceled.")
        if batch.cancelled is None:
            batch.cancelled = self._clock()
            batch.ends = min(batch.ends, batch.cancelled + CANCELLING * self._seconds)
        return self._shown(batch)

    async def delete(self, headers: Mapping[str, str], id: str) -> Json:
        """Forgets a batch that has ended."""
        batch = await self.find(headers, id)
        require(batch.settled, f"The batch {id} has not ended; cancel it first.")
        del self._batches[id]
        return {"id": id, "type": "message_batch_deleted"}

    async def results(self, headers: Mapping[str, str], id: str) -> bytes:
        """Each result as a line of JSON, never in the order of the requests."""
        batch = await self.find(headers, id)
        require(batch.settled, f"The batch {id} has not ended; it has no results yet.", 404)
        require(self._clock() < batch.created + KEPT, f"The results of {id} are archived.", 404)
        shuffled = Random(batch.id).sample(batch.results, len(batch.results))
        shuffled = shuffled[::-1] if shuffled == batch.results else shuffled
        return b"".join(json.dumps(one).encode() + b"\n" for one in shuffled)

    async def _work(self, batch: Batch) -> None:
        for at, item in enumerate(batch.items):
            if at % _TURN == 0:
                await asyncio.sleep(0)
            result = self._result(batch, item["params"])
            batch.results.append({"custom_id": item["custom_id"], "result": result})
            if result["type"] == "expired" and batch.cancelled is None:
                batch.ends = batch.created + DAY

    def _result(self, batch: Batch, params: Json) -> Json:
        """What becomes of one request."""
        try:
            for name in ("stream", "speed", "fallbacks"):
                require(not params.get(name), f"{name}: is not possible in a batch.")
            require(params.get("max_tokens") != 0, "max_tokens: 0 is not possible in a batch.")
            call = self._claude.call(batch.headers, json.dumps(params).encode())
            if "hang" in call.orders:
                return {"type": "expired"}
            for order in (call.orders[name] for name in _BROKEN if name in call.orders):
                status = order.argument if order.verb == "status" else _STATUSES.get(order.argument, 500)
                raise Problem(int(status), "A directive asked the simulator for this.", code=order.code)
            plan = self._claude.plan(call)
            message = self._claude.message(call, plan).json
            self._claude.begin(call, plan, message["id"])
        except Problem as problem:
            return {"type": "errored", "error": problem.json(f"req_{secrets.token_hex(12)}")}
        message["usage"]["service_tier"] = "batch"
        return {"type": "succeeded", "message": message}

    def _settle(self, batch: Batch) -> None:
        """Ends a batch: what was cancelled in time has no answer, and what has one is billed."""
        batch.settled = True
        if batch.cancelled is not None:
            share = (batch.cancelled - batch.created) / (self._seconds or 1)
            for result in batch.results[int(len(batch.results) * share) :]:
                result["result"] = {"type": "canceled"}
        for message in (one["result"]["message"] for one in batch.results if "message" in one["result"]):
            prompt_billed(self._stats.batched, message)
            self._stats.batched.output_tokens += message["usage"]["output_tokens"]

    def _shown(self, batch: Batch) -> Json:
        counts = dict.fromkeys(_STATES, 0)
        for one in batch.results if batch.settled else ():
            counts[one["result"]["type"]] += 1
        counts["processing"] = 0 if batch.settled else len(batch.items)
        archived = batch.created + KEPT if self._clock() >= batch.created + KEPT else None
        times = {
            "created_at": batch.created, "expires_at": batch.created + DAY,
            "ended_at": batch.ends if batch.settled else None,
            "cancel_initiated_at": batch.cancelled, "archived_at": archived,
        }  # fmt: skip
        status = "ended" if batch.settled else "in_progress" if batch.cancelled is None else "canceling"
        shown = {"id": batch.id, "type": "message_batch", "processing_status": status}
        shown["request_counts"] = counts
        shown |= {name: at if at is None else self._clock.stamp(at) for name, at in times.items()}
        return {**shown, "results_url": batch.url if batch.settled and not archived else None}
