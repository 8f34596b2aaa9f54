"""The pool of connections that an endpoint's calls share, and which of them each attempt went over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from time import perf_counter
from typing import Any

from lab.config import Settings
from lab.types import Connected


class Way:
    """The way of one attempt to its endpoint; `connected` once it has a connection."""

    def __init__(self) -> None:
        self.began = 0.0
        self.connected: Connected | None = None


_WAY: ContextVar[Way | None] = ContextVar("way", default=None)
"""The attempt that is being sent by this task. The SDK hands nothing through to its transport."""


@contextmanager
def watched() -> Iterator[Way]:
    """What becomes known, until the block ends, of the way of the one request that is sent in it."""
    way = Way()
    token = _WAY.set(way)
    try:
        yield way
    finally:
        _WAY.reset(token)


def http_client(anthropic: Any, settings: Settings, **options: Any) -> Any:
    """The SDK's client over aiohttp, its connections kept and counted as the settings say."""
    import httpx2

    class Client(anthropic.DefaultAioHttpClient):
        """Both its ways, straight and through a proxy, have their pools from here."""

        def _init_transport(self, *arguments: Any, **options: Any) -> Any:
            return _pooled(super()._init_transport(*arguments, **options), settings)

        def _init_proxy_transport(self, *arguments: Any, **options: Any) -> Any:
            return _pooled(super()._init_proxy_transport(*arguments, **options), settings)

    limits = httpx2.Limits(max_connections=settings.pool_size, keepalive_expiry=settings.keep_alive)
    # A redirect would carry the key elsewhere.
    return Client(limits=limits, follow_redirects=False, **options)


def _pooled(transport: Any, settings: Settings) -> Any:
    transport.client = partial(_session, transport.ssl_context, settings)  # when it is first needed
    return transport


def _session(ssl: Any, settings: Settings) -> Any:
    import aiohttp

    kept = {"keepalive_timeout": settings.keep_alive} if settings.keep_alive else {"force_close": True}
    connector = aiohttp.TCPConnector(limit=settings.pool_size, ssl=ssl, **kept)
    return aiohttp.ClientSession(connector=connector, trace_configs=[_tracing(aiohttp)])


def _tracing(aiohttp: Any) -> Any:
    """Tells the attempt's Way about its connection."""

    async def began(session: Any, way: Way | None, about: Any) -> None:
        if way:
            way.began = perf_counter()

    def found(reused: bool) -> Any:
        async def connected(session: Any, way: Way | None, about: Any) -> None:
            if way:
                way.connected = Connected(reused, perf_counter() - way.began)

        return connected

    tracing = aiohttp.TraceConfig(trace_config_ctx_factory=lambda trace_request_ctx: _WAY.get())
    tracing.on_request_start.append(began)
    tracing.on_connection_create_end.append(found(False))
    tracing.on_connection_reuseconn.append(found(True))
    return tracing
