"""Processes of a test's own, forked from a parent that has imported everything: each is there at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.util
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from lab import engine, models
from lab.config import Settings
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store, sqlite
from lab.types import Caller, Origin, Request, Text

BOUND = 60.0
"""Seconds after which a test that still waits has failed."""

MODEL = "claude-sonnet-4-6"
FORK = multiprocessing.get_context("forkserver")
multiprocessing.util.get_temp_dir()  # settled here: a test's own would be too long for the name of a socket
FORK.set_forkserver_preload(["__main__", "anthropic", "httpx2", "aiohttp", "sqlite_utils", __name__])


class Process:
    """A process that runs a function of a test, and the pipe to it."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process, self._pipe = process, pipe

    def hear(self) -> Any:
        """The next thing it says; an exception is raised here."""
        assert self._pipe.poll(BOUND), "the process says nothing"
        said = self._pipe.recv()
        if isinstance(said, BaseException):
            raise said
        return said

    def until(self, wanted: Any) -> None:
        """Listens until it says this."""
        while self.hear() != wanted:
            pass

    def tell(self, word: Any = None) -> None:
        self._pipe.send(word)

    def kill(self) -> None:
        """kill -9, at a moment when it still lives."""
        self.process.kill()
        self.process.join(BOUND)
        assert self.process.exitcode == -9

    def end(self) -> None:
        """Waits for its own end."""
        self.process.join(BOUND)
        assert self.process.exitcode == 0


@contextmanager
def process(function: Callable[..., None], *arguments: Any) -> Iterator[Process]:
    """`function(pipe, *arguments)` in a process that is killed at the end, if it still runs."""
    here, there = FORK.Pipe()
    child = FORK.Process(target=_speaking, args=(function, there, *arguments), daemon=True)
    child.start()
    there.close()
    try:
        yield Process(child, here)
    finally:
        child.kill()
        child.join(BOUND)
        here.close()


@contextmanager
def several(number: int, function: Callable[..., None], *arguments: Any) -> Iterator[list[Process]]:
    """The same function in some processes at once."""
    with ExitStack() as stack:
        yield [stack.enter_context(process(function, *arguments)) for _ in range(number)]


def _speaking(function: Callable[..., None], pipe: Connection, *arguments: Any) -> None:
    try:
        function(pipe, *arguments)
    except Exception as error:
        pipe.send(error)
        raise


def until(holds: Callable[[], bool]) -> None:
    """Waits for something that nobody tells."""
    end = time.monotonic() + BOUND
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


@asynccontextmanager
async def engine_at(store: Store, url: str) -> AsyncIterator[Caller]:
    """The whole engine, in front of a simulated server; it outlasts any silence, however slow the machine."""
    settings = Settings(user="ann", first_token_timeout=600, silence_timeout=600, thinking_timeout=600)
    lab = engine.Lab(settings, store, models.catalogue(), {}, Endpoint("anthropic", url))
    async with engine.opened(lab, Providers(lab.settings)) as call:
        yield call


def question(id: str, text: str) -> Request:
    """A question of ann's."""
    return Request(id, MODEL, ({"role": "user", "content": text},), 4096, Origin("chat", "ann"))


def calling(
    pipe: Connection,
    database: Path,
    url: str,
    request: Request,
    mark: int = 0,
    wait: bool = False,
    temporary: str | None = None,
    together: bool = False,
) -> None:
    """Makes one call through the whole engine. Says the name of each event, of texts only of the one with
    the number `mark`, after which it may wait for a word. `temporary`: its folder for temporary files;
    `together`: it says when its store is open, and waits for a word before the call."""
    tempfile.tempdir = temporary

    async def call_it() -> None:
        store, texts = Store(database), 0
        if together:
            pipe.send("open")
            pipe.recv()
        async with engine_at(store, url) as call, aclosing(call(request)) as events:
            async for event in events:
                texts += type(event) is Text
                if type(event) is not Text or texts == mark:
                    pipe.send(type(event).__name__)
                if type(event) is Text and texts == mark and wait:
                    await asyncio.to_thread(pipe.recv)
        store.close()
        pipe.send("closed")

    asyncio.run(call_it())


def holding(pipe: Connection, database: Path) -> None:
    """Holds the database exclusively from one word to the next."""
    connection = sqlite.connect(database)
    pipe.send("ready")
    pipe.recv()
    connection.execute("BEGIN EXCLUSIVE")
    pipe.send("held")
    pipe.recv()
    connection.execute("ROLLBACK")
    pipe.send("free")


def fill(disk: Path) -> Path:
    """Takes all the space that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler
