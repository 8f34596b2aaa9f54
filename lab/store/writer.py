"""One thread that writes: whatever waits is committed together."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from lab.errors import StoreError
from lab.store import sqlite
from lab.store.indexing import caught_up
from lab.store.replayable import Replayable, Write
from lab.store.spool import Spool
from lab.store.sqlite import Connection, transaction

TURN = 0.25
"""Seconds the writer waits for another process before it looks at its own clock again."""


@dataclass(slots=True)
class _Job:
    write: Write
    result: Future | None
    due: float = float("inf")


class Writer:
    """Runs writes in the order they were given, each all or nothing.

    A committed write is awaited by somebody and fails when the database is held for `patience` seconds or
    the disk is full. A posted one is kept until it succeeds, or until `patience` after the writer was closed;
    where the disk is full it waits in `spool`.
    """

    def __init__(self, path: Path, patience: float, spool: Spool) -> None:
        self._path = path
        self._spool = spool
        self._spooled = 0
        self._patience = patience
        self._place = _place(path)
        self._connection: Connection | None = None
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._entrance = threading.Lock()
        self._give_up: float | None = None
        self._obstacle: Exception | None = None
        self._failures: list[str] = []
        self._thread = threading.Thread(target=self._run, name="lab-writer", daemon=True)
        self._thread.start()

    def post(self, write: Write) -> None:
        """Write it soon, after everything given before. Raises StoreError once the writer is closed."""
        self._enter(_Job(write, None))

    def commit(self, write: Write) -> Future:
        """Write it and tell when it is on the disk. The future raises StoreError when it is not."""
        result: Future = Future()
        self._enter(_Job(write, result, time.monotonic() + self._patience))
        return result

    def close(self) -> None:
        """Finish what was given. Raises StoreError, once, when something could not be written."""
        with self._entrance:
            if self._give_up is None:
                self._give_up = time.monotonic() + self._patience
                self._queue.put(None)
        self._thread.join()
        failures, self._failures = self._failures, []
        if failures:
            raise StoreError(" ".join(failures))

    def _enter(self, job: _Job) -> None:
        with self._entrance:  # nothing gets in behind the end, where nobody would write it
            if self._give_up is not None:
                raise StoreError(f"The database {self._path} is closed.")
            self._queue.put(job)

    def _run(self) -> None:
        waiting: list[_Job] = []
        while True:
            waiting = self._write_all(waiting + self._arrived(wait=not waiting))
            if self._give_up is None or not self._queue.empty():
                continue
            if not (waiting or self._spool.file) or time.monotonic() > self._give_up:
                break
        if waiting:
            error = StoreError(self._unwritten(len(waiting)))
            for job in waiting:
                self._fail(job, error)
        if self._spool.file:
            why = sqlite.explain(self._obstacle, self._path)
            where = f"The last writes, {self._spooled} of them, wait in {self._spool.file}"
            self._report(f"{why} {where} and are made at the next start.")
        if self._connection:
            self._connection.close()

    def _arrived(self, wait: bool) -> list[_Job]:
        """What was given since the last look."""
        jobs = []
        with suppress(queue.Empty):
            jobs += [self._queue.get(timeout=TURN if self._spool.file else None)] if wait else []
        jobs += [self._queue.get() for _ in range(self._queue.qsize())]
        return [job for job in jobs if job]

    def _write_all(self, jobs: list[_Job]) -> list[_Job]:
        """Write the jobs, after what is in the spool. Returns those that wait."""
        if self._spool.file:
            try:
                self._spool.replay(self._connected(), TURN)
            except Exception as error:
                if sqlite.is_transient(error):
                    return self._put_off(jobs, error)
                self._report(f"What waited in {self._spool.file} was not written. {error}")
                self._spool.file = None
            self._spooled = 0
        return self._write(jobs)

    def _write(self, jobs: list[_Job]) -> list[_Job]:
        """Write the jobs together, or one by one where one of them is at fault. Returns those that wait."""
        jobs = [job for job in jobs if job.result is None or not job.result.cancelled()]
        if not jobs:
            return []
        try:
            with transaction(self._connected(), TURN) as connection:
                values = [job.write(connection) for job in jobs]
                caught_up(connection)
        except Exception as error:
            if sqlite.is_transient(error):
                return self._put_off(jobs, error)
            if len(jobs) == 1:
                self._fail(jobs[0], error)
                return []
            for position, job in enumerate(jobs):
                waiting = self._write([job])
                if waiting or self._spool.file:
                    return waiting + jobs[position + 1 :]  # order is meaning: nothing overtakes
            return []
        for job, value in zip(jobs, values, strict=True):
            if job.result is not None and job.result.set_running_or_notify_cancel():
                job.result.set_result(value)
        return []

    def _connected(self) -> Connection:
        """The connection, to the file that was there at first: what goes to a deleted one is lost."""
        if _place(self._path) != self._place:
            raise sqlite.gone(self._path)
        if self._connection is None:
            self._connection = sqlite.connect(self._path, wait=0)
        return self._connection

    def _put_off(self, jobs: list[_Job], error: Exception) -> list[_Job]:
        """The jobs that wait: posted ones as long as it takes, awaited ones for a lock and their patience."""
        self._obstacle = error
        locked = sqlite.is_locked(error)
        waiting = []
        for job in jobs:
            if job.result is None or (locked and time.monotonic() < job.due):
                waiting.append(job)
            else:
                self._fail(job, error)
        if not locked and waiting:
            waiting = self._put_down(waiting)
            time.sleep(TURN)
        return waiting

    def _put_down(self, jobs: list[_Job]) -> list[_Job]:
        """Have the jobs wait in the spool, up to the first that cannot. Returns the others."""
        writes = [job.write for job in takewhile(lambda job: isinstance(job.write, Replayable), jobs)]
        try:
            self._spool.add(writes)
        except (OSError, TypeError, ValueError):  # it is full there, too, or something is no JSON
            return jobs
        self._spooled += len(writes)
        return jobs[len(writes) :]

    def _fail(self, job: _Job, error: Exception) -> None:
        explained = sqlite.explain(error, self._path)
        if job.result is not None:
            if job.result.set_running_or_notify_cancel():
                job.result.set_exception(explained)
        else:
            self._report(str(explained))

    def _report(self, failure: str) -> None:
        if failure not in self._failures:
            self._failures.append(failure)
            logging.getLogger("lab").error("%s", failure)

    def _unwritten(self, count: int) -> str:
        why = sqlite.explain(self._obstacle, self._path) if self._obstacle else ""
        return (
            f"{why} The last writes, {count} of them, could not be made; "
            "the calls concerned are listed as unknown at the next start."
        )


def _place(path: Path) -> tuple[int, int] | None:
    """Which file lies there, if any."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
