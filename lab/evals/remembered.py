"""Answers that the log has already, given in the place of calls."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from lab import store
from lab.engine import Lab
from lab.evals.logged import told
from lab.evals.plan import Plan
from lab.types import Caller, Event, Request

REAL = ("api", "batch")
"""Sources of answers that a model gave."""


class Memory:
    """What a run need not ask: calls of its own that ended before it was cut, and with `plan.reuse` answers
    that others had to the same requests. `reused` are the calls of others that were taken, before it was cut
    too."""

    def __init__(self, lab: Lab, plan: Plan) -> None:
        self.reused: set[str] = set()
        self._lab = lab
        self.learn(plan)

    def learn(self, plan: Plan) -> None:
        """Begin anew, with what there is by now."""
        kept = plan.earlier.results if plan.earlier else ()
        self.reused |= {result["call_id"] for result in kept if result["reused"]}
        self._plan = plan
        self._own = {key: deque(calls) for key, calls in plan.earlier.unsaved.items()} if plan.earlier else {}
        self._asked: Counter[str] = Counter()

    def before(self, call: Caller) -> Caller:
        """`call`, where nothing is remembered. What is begins with Sent, as it was sent then: its `id` is the
        logged call's."""

        async def remembering(request: Request) -> AsyncGenerator[Event, None]:
            if found := self._own_call(request) or self._alike(request):
                for event in told(request, store.call(self._lab.store.read, self._plan.principal, found)):
                    yield event
                return
            async with aclosing(call(request)) as events:
                async for event in events:
                    yield event

        return remembering

    def _own_call(self, request: Request) -> str | None:
        """Of the calls for a trial, each of its turns takes the next."""
        origin = request.origin
        mark = origin.repeat if origin.source == "check" else request.key() if self._own else None
        left = self._own.get((origin.case, origin.variant, mark))
        return left.popleft() if left else None

    def _alike(self, request: Request) -> str | None:
        """The first answer to this request for the first who asks it, the second for the second, and so on,
        so that repeats stay distinct."""
        endpoint = self._lab.endpoint(request.model)
        if not self._plan.reuse or endpoint.source == "replay":  # recordings are as good, and tell more
            return None
        key = request.key()
        number = self._asked[key] + 1
        if self._plan.earlier:  # who asked for the others did so before the run was cut
            number = max(number, request.origin.repeat or 1)
        self._asked[key] = number
        found = store.answered_alike(
            self._lab.store.read,
            self._plan.principal,
            key,
            endpoint.name,
            request.model,
            (endpoint.source,) if endpoint.source == "simulated" else REAL,
            number,
            self._plan.run,
        )
        if found:
            self.reused.add(found)
        return found
