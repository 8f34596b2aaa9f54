"""The engine: one call, with everything a lab does around it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from lab.config import load, load_env_file
from lab.engine import allowance, batches, batching, health, served, vitals, weekly
from lab.engine.attachments import LARGEST_FILE, WIDEST, File, block
from lab.engine.chat import Asked, again, ask, converse
from lab.engine.column import FEWEST, LETTERS, MOST, Column, columns_of, usual_columns
from lab.engine.comparing import (
    Said,
    columns_with,
    compare,
    first_asked,
    go_on_comparing,
    retry_column,
    running,
)
from lab.engine.copying import as_curl, as_python
from lab.engine.exchange import answered, followed, pending
from lab.engine.exposition import CONTENT_TYPE, Counters, exposition
from lab.engine.filled import request
from lab.engine.forecast import Counter, Forecast, TooMuch, ceiling, estimate, forecast
from lab.engine.forking import departures, fork, replayed
from lab.engine.identity import identified
from lab.engine.lab import Lab, endpoint, prepare, today
from lab.engine.layers.deadline import deadline
from lab.engine.layers.guard import guard
from lab.engine.layers.ledger import ledger
from lab.engine.layers.limit import limit
from lab.engine.layers.log import log
from lab.engine.layers.pace import pace
from lab.engine.layers.pause import pause
from lab.engine.layers.replay import replay
from lab.engine.layers.retry import retry
from lab.engine.layers.route import route
from lab.engine.layers.structured import structured
from lab.engine.layers.tools import tools
from lab.engine.layers.trace import trace
from lab.engine.live import Lives
from lab.engine.logfile import FORMS
from lab.engine.ongoing import Live
from lab.engine.readiness import unready
from lab.engine.resending import UNFINISHED, resend
from lab.engine.resuming import go_on, latest, shortened
from lab.engine.sifting import SIEVES, SOURCES, moment, sift
from lab.engine.structured import misfit, schema
from lab.engine.tape import MADE_UP, RECORDINGS, Recording, Spot, Tape
from lab.engine.varying import Varied, varied
from lab.engine.warming import ahead, shared, warmed
from lab.engine.window import tokens
from lab.engine.wording import shape, told
from lab.errors import Enclosed
from lab.providers import Providers
from lab.store import Store
from lab.types import Caller, Event, Request

__all__ = [
    "CONTENT_TYPE",
    "FEWEST",
    "FORMS",
    "LARGEST_FILE",
    "LETTERS",
    "BATCHED",
    "LIST",
    "MADE_UP",
    "MOST",
    "RECORDINGS",
    "SIEVES",
    "SOURCES",
    "UNFINISHED",
    "WIDEST",
    "Asked",
    "Column",
    "Counter",
    "Counters",
    "File",
    "Forecast",
    "Lab",
    "Live",
    "Lives",
    "Recording",
    "Said",
    "Spot",
    "Tape",
    "TooMuch",
    "Varied",
    "again",
    "ahead",
    "allowance",
    "answered",
    "ask",
    "as_curl",
    "as_python",
    "batches",
    "batching",
    "block",
    "build",
    "caller",
    "columns_of",
    "columns_with",
    "compare",
    "converse",
    "departures",
    "encloser",
    "endpoint",
    "estimate",
    "exposition",
    "first_asked",
    "followed",
    "forecast",
    "fork",
    "go_on",
    "go_on_comparing",
    "health",
    "latest",
    "lives",
    "misfit",
    "moment",
    "opened",
    "pending",
    "prepare",
    "replayed",
    "request",
    "resend",
    "retry_column",
    "running",
    "schema",
    "served",
    "shape",
    "shared",
    "shortened",
    "sift",
    "today",
    "tokens",
    "told",
    "unready",
    "usual_columns",
    "varied",
    "vitals",
    "warmed",
    "weekly",
]

LIST = (trace, log, pause, structured, guard, tools, route, replay, limit, retry, pace, ledger, deadline)
"""One call, from the outside in. This list is the architecture."""

BATCHED = (log, pause, guard, limit, ledger)
"""The same of a call that is put into a batch: nothing can be done while its answer comes. `trace`, which
tells of its end, stands round that when it is collected."""


def build(lab: Lab, dispatch: Caller, layers: Sequence[Callable[[Caller, Lab], Caller]] = LIST) -> Caller:
    """`dispatch`, which makes one attempt, inside all layers."""
    call = dispatch
    for layer in reversed(layers):
        call = layer(call, lab)
    return call


def caller(lab: Lab, providers: Providers) -> Caller:
    """All layers round the calls of these providers, each to the endpoint of its model; outside them what is
    asked of a request before there is a call: who asks, and that it is not too long."""

    def dispatch(request: Request) -> AsyncGenerator[Event, None]:
        return providers.of(lab.endpoint(request.model))(request)

    return _asked(lab, providers, build(lab, dispatch))


def encloser(lab: Lab, providers: Providers, box: list[Request]) -> Caller:
    """The same for calls that go through a batch: each is written down and put into the box, and raises
    Enclosed."""

    async def enclose(request: Request) -> AsyncGenerator[Event, None]:
        box.append(request)
        raise Enclosed(f"{request.id} is in a batch.")
        yield

    return _asked(lab, providers, build(lab, enclose, BATCHED))


def _asked(lab: Lab, providers: Providers, call: Caller) -> Caller:
    async def count(request: Request) -> int | None:
        if lab.endpoint(request.model).source == "replay":
            return None
        return await providers.of(lab.endpoint(request.model)).count(request)

    return ceiling(identified(call, lab), lab, count)


@asynccontextmanager
async def opened(lab: Lab, providers: Providers) -> AsyncIterator[Caller]:
    """The engine, ready for calls at home, unless that is recordings; leaving closes every connection.
    Raises LabError."""
    try:
        if lab.home.source != "replay":
            await providers.of(lab.home).ready()
        yield caller(lab, providers)
    finally:
        await providers.close()


@cache
def lives(folder: Path) -> Lives:
    """The lab of a folder, opened once a process, when it is first asked for. Raises LabError."""
    load_env_file(folder)
    settings = load(folder, os.environ)
    catalogue, endpoints, home = prepare(settings)
    return Lives(
        Lab(
            settings,
            Store(settings.db, full_text=settings.full_text == "on"),
            catalogue,
            endpoints,
            home,
            folder,
        ),
        caller,
    )
