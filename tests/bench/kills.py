"""1,000 times kill -9, at random moments of streams, checks and migrations: what is billed has its row, and
the database is sound. `python -m tests.bench kills [kills] [seed]`.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from lab import engine, evals, models
from lab.config import Settings
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store, runs, sqlite
from lab.types import Principal, new_id
from tests.bench._bench import simulated, stats, table
from tests.store.processes import calling, process, question, until
from tests.store.rows import asked, opened, post_all, whole_call
from tests.store.test_schema import copy, shape, upgraded, upgrading

ROOT = Principal("root", "admin")
TOGETHER = 6
TEXT = "[[words 400]] [[stall 600 after 390]] q"
Row = tuple[str, ...]


def main(arguments: list[str]) -> None:
    kills, seed = map(int, [*arguments, *("1000", "7")[len(arguments) :]])
    moments = random.Random(seed)
    rows: list[Row] = [("killed in", "kills", "requests", "attempts in rows", "", "database")]
    with tempfile.TemporaryDirectory() as folder:
        for name, share, kill in (("a stream", 0.7, _streams), ("a check", 0.2, _checks)):
            with simulated("--first-token", "0", "--interval", "0.002") as url:
                rows.append((name, *kill(Path(folder) / name, url, int(kills * share), moments)))
        rows.append(("a migration", *_migrations(Path(folder) / "m", int(kills * 0.1), moments)))
    table(rows)


def checking(pipe: Connection, folder: Path, url: str) -> None:
    """Runs a check of 200 cases through the whole engine."""

    async def check() -> None:
        store = Store(folder / "lab.db")
        home = Endpoint("anthropic", url)
        lab = engine.Lab(Settings(user="ann"), store, models.catalogue(), {}, home, folder)
        order = evals.Order(("d",), concurrency=8)
        [plan] = evals.plans(lab, ROOT, evals.datasets(folder, ("d",)), order)
        async with engine.opened(lab, Providers(lab.settings)) as call:
            pipe.send("ready")
            await evals.fulfil(lab, call, plan, order, lambda result: None)

    asyncio.run(check())


def _killed(starts: list[tuple[Any, ...]], hears: str, moments: random.Random, most: float) -> None:
    """Start them, and kill each some moment after it said a word."""
    with ExitStack() as stack:
        for one in [stack.enter_context(process(*each)) for each in starts]:
            one.until(hears)
            time.sleep(moments.uniform(0, most))
            one.kill()


def _streams(folder: Path, url: str, kills: int, moments: random.Random) -> Row:
    folder.mkdir()
    database = folder / "lab.db"
    Store(database).close()
    for begin in range(0, kills, TOGETHER):
        number = min(TOGETHER, kills - begin)
        starts = [(calling, database, url, question(new_id(), TEXT)) for _ in range(number)]
        _killed(starts, "Sent", moments, 0.1)
    return _counted(database, url, kills)


def _checks(folder: Path, url: str, kills: int, moments: random.Random) -> Row:
    (folder / "prompts" / "p").mkdir(parents=True)
    (folder / "datasets").mkdir()
    (folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\nmodel: claude-sonnet-4-6\n')
    cases = "".join(f"  - {{input: '[[words 200]] {number}'}}\n" for number in range(200))
    (folder / "datasets" / "d.yaml").write_text(f"prompt: p\ncases:\n{cases}")
    database = folder / "lab.db"
    for _ in range(kills):
        _killed([(checking, folder, url)], "ready", moments, 0.8)
    row = _counted(database, url, kills)
    store = Store(database)
    assert all(one["state"] == "interrupted" for one in runs(store.read, ROOT, kills))
    store.close()
    return row


def _migrations(folder: Path, kills: int, moments: random.Random) -> Row:
    folder.mkdir()
    old = folder / "lab.db"
    with opened(old) as store:
        for id in "ab":
            post_all(store, *whole_call(store, asked(id)))
    was, is_now = shape(old), shape(upgraded(old, folder / "whole"))
    done = 0
    for number in range(kills):
        path = copy(old, folder / str(number))
        _killed([(upgrading, path, False)], "step 1", moments, 0.02)
        found = shape(path)
        assert found in (was, is_now), path
        done += found == is_now
    return f"{kills:,}", "", "", f"old schema {kills - done}, new {done}, between 0", "sound"


def _counted(database: Path, url: str, kills: int) -> Row:
    until(lambda: stats(url)["open"] == 0)
    Store(database).close()  # settles what was left
    connection = sqlite.connect(database)
    one: Callable[[str], Any] = lambda query: connection.execute(query).fetchone()[0]  # noqa: E731
    requests, attempts = stats(url)["requests"], one("SELECT count(*) FROM attempts")
    unsettled = one("SELECT count(*) FROM calls WHERE state IN ('started', 'streaming')")
    unbounded = one("SELECT count(*) FROM attempts WHERE cost_upper IS NULL")
    sound = one("PRAGMA integrity_check")
    connection.close()
    said = "each request has its row" if requests <= attempts else "REQUESTS WITHOUT ROWS"
    said += f"; {unsettled} left open, {unbounded} without bounds"
    return f"{kills:,}", f"{requests:,}", f"{attempts:,}", said, sound
