"""One attempt at one endpoint, through Anthropic's own SDK."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import replace
from time import perf_counter
from typing import Any

from lab.capability import check_endpoint
from lab.config import Settings
from lab.endpoints import CLOUDS, Endpoint
from lab.errors import BadInput, CallError, LabError
from lab.providers import clients, connections, faults
from lab.providers.assembly import Assembly
from lab.providers.batches import Batches
from lab.providers.simulated import Child
from lab.types import Done, Event, Request

REACH = 5.0
"""Seconds that an endpoint has to show that it is there."""

COUNTING = 15.0
"""Seconds that an endpoint has to count a request's tokens."""

UNCOUNTED = (404, 405, 501)
"""What servers answer that do not count tokens."""

GOODBYE = 0.25
"""Seconds that a server has to end the body after the message's last event."""


def sdk() -> Any:
    """The SDK, imported. It takes about a second, so that a thread may do it ahead of time."""
    collecting = gc.isenabled()
    gc.disable()  # nothing of what an import makes is garbage; looking costs a third of its time
    try:
        import anthropic
    finally:
        if collecting:
            gc.enable()
    for name in ("anthropic", "httpx2"):  # at debug level they write prompts
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*model.*")
    return anthropic


class Provider:
    """One endpoint and its client, which lives on the loop that first calls it."""

    def __init__(self, endpoint: Endpoint, settings: Settings, child: Child | None = None) -> None:
        self._endpoint = endpoint
        self._child = child
        self._settings = settings
        self._client: Any = None
        self._where = ""
        self._errors: tuple[type[Exception], ...] = ()
        self._making = asyncio.Lock()

    async def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        """One attempt: no retries, no routing. Raises CallError, or another LabError where there was none."""
        check_endpoint(self._endpoint, request.options)
        client = self._client or await self._made()
        stream, message, fault = None, None, None
        sent_at = perf_counter()
        try:
            with connections.watched() as way:
                stream = await client.messages.create(**_arguments(request))
            message = Assembly(stream, sent_at, self._endpoint.source)
            if way.connected:
                yield way.connected
            events = aiter(_untyped(client, stream))
            async for raw in events:
                event = message.take(raw)
                if event is not None:
                    yield event
                if message.complete:
                    break
            if not message.complete:
                raise faults.incomplete(message.request_id, message.began)
            yield Done(message.reply())
            await _ended(events)
        except LabError:
            raise
        except Exception as error:
            fault = clients.refused(self._endpoint, error) if stream is None else None
            if stream is None and not fault and not isinstance(error, self._errors):
                raise  # not a fault of the wire: the request could not even be written
            fault = fault or faults.explain(error, self._where, message)
        finally:
            if stream is not None:
                with suppress(Exception):  # what came or failed before counts
                    await stream.close()
        if stream is None and way.connected:
            yield way.connected  # a call without an answer may be one that a kept connection swallowed
        if fault:
            raise fault  # here, so that nothing of the SDK's hangs on it: a server may repeat the key

    async def count(self, request: Request) -> int | None:
        """Input tokens of a request by the endpoint's own counter, which is free; None where it has none.
        Raises LabError."""
        check_endpoint(self._endpoint, request.options)
        if self._endpoint.kind == "bedrock":
            return None
        client, fault, counted = await self._made(), None, None
        try:
            counted = await client.with_options(timeout=COUNTING).messages.count_tokens(**_counted(request))
        except Exception as error:
            if getattr(error, "status_code", None) in UNCOUNTED:
                return None
            fault = clients.refused(self._endpoint, error)
            fault = fault or faults.explain(error, self._where, None, billable=False)
        if fault:
            raise fault
        number = getattr(counted, "input_tokens", None)
        return number if type(number) is int else None

    async def batches(self) -> Batches:
        """Its Message Batches. Raises LabError where there are none."""
        if self._endpoint.kind in CLOUDS:
            raise BadInput(
                f"{CLOUDS[self._endpoint.kind]} has no Message Batches here. Make it without a batch."
            )
        client = await self._made()
        return Batches(client, self._endpoint, self._where)

    async def ready(self) -> None:
        """Import the SDK and make the client, so that the first call need not wait. Raises LabError."""
        await self._made()

    async def reach(self) -> None:
        """Ask for the list of models, which is free. Raises LabError when the endpoint does not answer.

        A cloud has no such list: whatever it answers there, its credentials and models are not tried.
        """
        client, fault = await self._made(), None
        client, cloud = client.with_options(timeout=REACH), self._endpoint.kind in CLOUDS
        try:
            await (client.get("/", cast_to=object) if cloud else client.models.list(limit=1))
        except Exception as error:
            fault = clients.refused(self._endpoint, error)
            fault = fault or faults.explain(error, self._where, None, billable=False)
        if fault and not (cloud and isinstance(fault, CallError) and fault.status):
            raise fault

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _made(self) -> Any:
        async with self._making:
            if self._client is None:
                anthropic = await asyncio.to_thread(sdk)
                import httpx2

                if self._child:
                    base_url = await asyncio.to_thread(self._child.base_url)
                    self._endpoint = replace(self._endpoint, base_url=base_url)
                self._errors = (anthropic.AnthropicError, httpx2.HTTPError)
                if self._endpoint.kind in CLOUDS:
                    await asyncio.to_thread(clients.prepare, self._endpoint)
                try:
                    self._client = clients.client(anthropic, self._endpoint, self._settings)
                except anthropic.AnthropicError as error:
                    raise faults.explain(error, self._endpoint.base_url, None) from None
                self._where = str(self._client.base_url).rstrip("/")
            return self._client


def _untyped(client: Any, stream: Any) -> Any:
    """The SDK's own stream, but its events as their JSON says them: making objects of them, which the lab
    has no use for, is half of what the SDK does for each."""
    return type(stream)(cast_to=object, response=stream.response, client=client)


async def _ended(events: AsyncIterator[Any]) -> None:
    """Read up to the body's own end, which comes with the last event: the connection can be used again then.
    Without it the answer is as complete."""
    with suppress(Exception):
        async with asyncio.timeout(GOODBYE):
            async for _ in events:
                pass


def _arguments(request: Request) -> dict[str, Any]:
    """Those of the SDK's `create`. The options go as they are: what the SDK does not know yet, too."""
    system = {"system": request.system} if request.system else {}
    asked = {"model": request.model, "max_tokens": request.max_tokens, "messages": request.messages}
    return {**asked, **system, "stream": True, "extra_body": request.options or None}


def _counted(request: Request) -> dict[str, Any]:
    """Those of its `count_tokens`, which refuses what has no part in the prompt."""
    parts = ("cache_control", "output_config", "speed", "thinking", "tool_choice", "tools")
    body = {name: request.options[name] for name in parts if name in request.options}
    system = {"system": request.system} if request.system else {}
    return {"model": request.model, "messages": request.messages, **system, "extra_body": body or None}
