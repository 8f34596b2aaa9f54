"""The app's one process: its pages, our own routes beside them, and the engine."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from lab import alerts, engine, evals, store
from lab.errors import BadInput, LabError
from lab.types import Principal

SCRIPT = Path(__file__).parent / "ui" / "script" / "app.py"
CONFIGS = [Path(__file__).parents[up] / ".streamlit" / "config.toml" for up in (1, 0)]
"""Beside the package in a checkout, inside it where it was installed."""
HERE = ("127.0.0.1", "::1", "localhost")
"""Addresses that only this machine can reach."""
MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
DAY = 86_400.0
Answer = Callable[[Request], Awaitable[Response]]
NOT_SERVED = 'Metrics are for this machine alone. metrics = "on" in lab.toml serves them to others.\n'
LISTENING = 30.0
"""Seconds that the server has to begin."""


def serve(address: str, port: int, ready: Callable[[str], None]) -> None:
    """Run the app until a signal ends it; `ready` is told its URL once it listens. Port 0: a free one.

    Raises LabError where it cannot listen or the lab cannot be opened.
    """
    _bindable(address, port)
    lives = engine.lives(Path.cwd())  # what keeps it from opening is said before anything listens
    config = _config() | {"server.address": address, "server.port": port}
    if address in HERE:
        config["server.allowedHosts"] = list(HERE)  # no other site's name may lead a browser here

    @asynccontextmanager
    async def begun(app: st.App) -> AsyncIterator[None]:
        threading.Thread(target=_announce, args=(address, ready), daemon=True).start()
        threading.Thread(target=_warm, daemon=True).start()
        if lives.lab.settings.keep_days:
            threading.Thread(target=_pruned, daemon=True).start()
        threading.Thread(target=_collected, args=(evals.Keeper(lives),), daemon=True).start()
        watch = alerts.Watch(lives.lab)
        yield
        await run_in_threadpool(watch.close)

    try:
        st.App(SCRIPT, lifespan=begun, routes=ROUTES).run(config=config)
    finally:
        lives.close()


def _config() -> dict[str, Any]:
    file = next(file for file in CONFIGS if file.is_file())
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """`[theme.light] textColor` as Streamlit names it, `theme.light.textColor`."""
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return found


def _bindable(address: str, port: int) -> None:
    """Raise LabError where nothing can listen there."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        raise LabError(
            f"The app cannot listen on {address}, port {port}: {error.strerror or error}. "
            "Name another one: lab ui --port 8502"
        ) from None


def _announce(address: str, ready: Callable[[str], None]) -> None:
    """Tell where the app is as soon as it answers there; port 0 has become a free one by then."""
    end = time.monotonic() + LISTENING
    while time.monotonic() < end:
        port = st.get_option("server.port")
        with suppress(OSError), socket.create_connection((address, port), 1):
            ready(f"http://{f'[{address}]' if ':' in address else address}:{port}")
            return
        time.sleep(0.05)


def _warm() -> None:
    """Import what pages need, so that the first one need not wait; none of it is garbage."""
    import pandas  # noqa: F401

    gc.collect()
    gc.freeze()


def _pruned() -> None:
    """Now and every day: calls that are older than `keep_days` go; what was broken off goes the next day."""
    while True:
        prune()
        time.sleep(DAY)


def prune() -> None:
    """`lab logs prune` in a process of its own that gives way to all others; what it says is logged."""
    command = [sys.executable, "-m", "lab", "logs", "prune", "--yes"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    level = logging.WARNING if done.returncode else logging.INFO
    logging.getLogger("lab").log(level, "lab logs prune: %s", done.stderr.strip())


def _collected(keeper: evals.Keeper) -> None:
    """Batches that are out come back by themselves, while the app is there."""
    while True:
        with suppress(LabError):  # the database is held, or closed: it is looked at again
            keeper.look()
        time.sleep(evals.KEEPER_LOOKS)


async def _health(request: Request) -> Response:
    """200 while the process is alive: how many calls it makes now."""
    running = engine.lives(Path.cwd()).running(Principal("", "admin"))
    return JSONResponse({"status": "ok", "running": len(running)})


async def _ready(request: Request) -> Response:
    """200 while it can take calls, else 503 and why not."""
    why = await engine.unready(engine.lives(Path.cwd()))
    status = {"status": "unready", "because": why} if why else {"status": "ready"}
    return JSONResponse(status, 503 if why else 200)


async def _metrics(request: Request) -> Response:
    """What calls came to, for Prometheus; for this machine alone, unless `metrics` says otherwise."""
    lives = engine.lives(Path.cwd())
    if not st.get_option("server.allowedHosts") and lives.lab.settings.metrics == "off":
        return PlainTextResponse(NOT_SERVED, 403)
    try:
        text = await run_in_threadpool(engine.exposition, lives, _counters())
    except LabError as error:
        return PlainTextResponse(f"{error}\n", 503)
    return Response(text, media_type=engine.CONTENT_TYPE)


@cache
def _counters() -> engine.Counters:
    """Those of this process."""
    return engine.Counters()


async def _export(request: Request) -> Response:
    """The calls that the query asks for (see `lab.store.as_query`), as a file; few of them are in memory at
    once. What goes wrong before its beginning is a sentence; afterwards the download breaks off."""
    lab, form = engine.lives(Path.cwd()).lab, request.path_params["form"]
    if form not in MEDIA:
        return PlainTextResponse(f"Calls come as {' or '.join(MEDIA)}, not as {form[:20]}.", 404)
    try:
        wanted = store.from_query(request.query_params)
        pieces = engine.FORMS[form](store.Export(lab.store.path, lab.owner, wanted))
        first = await run_in_threadpool(next, pieces, b"")
    except LabError as error:
        return PlainTextResponse(str(error), 400 if isinstance(error, BadInput) else 503)
    name = f"calls-{datetime.now():%Y-%m-%d}.{form}"
    return StreamingResponse(
        _poured(first, pieces),
        headers=HEADERS
        | {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Type": MEDIA[form],
        },
    )


async def _poured(first: bytes, pieces: Generator[bytes]) -> AsyncIterator[bytes]:
    try:
        yield first
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    except LabError as error:
        logging.getLogger("lab").error("%s", error)
        raise
    finally:
        pieces.close()


def _foreign(request: Request) -> str | None:
    """Why a request is none of this app's own: Streamlit looks only after its own routes."""
    hosts = st.get_option("server.allowedHosts")
    if hosts and request.url.hostname not in hosts:
        return "This address of the app is not known here."
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "Another site asked for this. Open the app, and download it there."
    return None


def _own(answer: Answer) -> Answer:
    """The answer, but for requests that are none of this app's own."""

    async def guarded(request: Request) -> Response:
        foreign = _foreign(request)
        return PlainTextResponse(foreign, 403) if foreign else await answer(request)

    return guarded


ROUTES = [
    Route("/healthz", _own(_health)),
    Route("/readyz", _own(_ready)),
    Route("/metrics", _own(_metrics)),
    Route("/export/calls.{form:str}", _own(_export)),
]
