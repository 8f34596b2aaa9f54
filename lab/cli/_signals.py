"""What ends a command before its end: Ctrl-C and its like, and a reader who leaves."""

from __future__ import annotations

import select
import signal
import stat
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from lab.cli._out import mode

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite kill, a closed terminal."""


def handle(handler: Any) -> dict[int, Any]:
    """Have signals go to `handler`, but for those that are ignored, as nohup has it. Gives who had them."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = {number: had for number, had in before.items() if had is not signal.SIG_IGN}
    for number in heard:
        signal.signal(number, handler)
    return heard


@contextmanager
def handled(handler: Any) -> Iterator[None]:
    """Have them go to `handler` meanwhile."""
    before = handle(handler)
    try:
        yield
    finally:
        for number, had in before.items():
            signal.signal(number, had)


def undisturbed() -> AbstractContextManager[None]:
    """Nothing ends the process meanwhile: a closed terminal sends its signal more than once."""
    return handled(signal.SIG_IGN)


def run(work: Coroutine[Any, Any, T], ease: Callable[[], bool] | None = None) -> T:
    """`asyncio.run` for work that a signal, or a reader who leaves, cancels. The first Ctrl-C goes to `ease`,
    on the loop, if there is one; where that gives False it cancels too.
    """
    try:
        return _run(work, ease)
    finally:
        work.close()  # a signal may come before it was begun


def _run(work: Coroutine[Any, Any, T], ease: Callable[[], bool] | None) -> T:
    import asyncio

    task: asyncio.Task | None = None
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        gently = ease is not None and number == signal.SIGINT and not interrupted
        interrupted = True
        if task and not task.done():
            task.get_loop().call_soon_threadsafe(eased if gently else task.cancel)

    def eased() -> None:
        if not ease():
            task.cancel()

    async def working() -> T:
        nonlocal task
        task = asyncio.current_task()
        listen(task)
        if interrupted:
            task.cancel()
        return await work

    with handled(interrupt):  # not the loop's own handlers: it closes before it takes them away
        return asyncio.run(working())


def listen(task: asyncio.Task) -> None:
    """Cancel the task when whoever reads stdout has gone."""
    if not (stat.S_ISFIFO(kind := mode(sys.stdout)) or stat.S_ISSOCK(kind)):
        return
    loop, stdout, gone = task.get_loop(), sys.stdout.fileno(), select.poll()
    gone.register(stdout, 0)

    def stirred() -> None:
        if gone.poll(0):
            task.cancel()
        loop.remove_reader(stdout)  # a socket also stirs when somebody writes to us

    loop.add_reader(stdout, stirred)  # told even while the model is silent
