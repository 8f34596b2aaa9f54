"""10,000 calls under random faults, as fast as they go: whether every request has its row, and none is paid
twice. `python -m tests.bench faults [calls] [seed]`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import cost, models
from lab.engine import today
from lab.errors import CallError
from lab.store import sqlite
from lab.types import Caller, Text, Usage
from tests.bench._bench import simulated, stats, table
from tests.bench._engine import MODEL, opened, request
from tests.store.processes import until

Row = Mapping[str, Any]
TOGETHER = 100
SOON = "retry-after 0.001"
FAULTS = {
    # what the server does, or after how many words the reader leaves; how often among 1,000
    "": 250,
    f"529 once {SOON}": 60,
    f"529 twice {SOON}": 60,
    f"529 {SOON}": 40,
    f"429 once {SOON}": 60,
    "429": 20,
    f"500 once {SOON}": 60,
    "400": 20,
    "401": 20,
    "504": 40,
    "drop": 60,
    "html": 20,
    "cut": 20,
    "cut after 3": 50,
    "reset after 5": 50,
    "end after 4": 50,
    "error overloaded_error after 3": 40,
    "refuse": 10,
    "refuse after 3": 10,
    "stall 60 after 3": 5,
    "hang 60": 5,
    "left after 2": 50,
}
BILLED = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)
TIMEOUTS = {"first_token_timeout": 5.0, "silence_timeout": 2.0, "thinking_timeout": 5.0}


def main(arguments: list[str]) -> None:
    calls, seed = map(int, [*arguments, *("10000", "7")[len(arguments) :]])
    kinds = random.Random(seed).choices([*FAULTS], [*FAULTS.values()], k=calls)
    with simulated("--speed", "0") as url:
        began = time.perf_counter()
        rows = asyncio.run(_made(url, kinds))
        seconds, counted = time.perf_counter() - began, stats(url)
    print(f"{calls:,} calls, {TOGETHER} at once, seed {seed}, in {seconds:.0f} s\n")
    _by_fault(kinds, rows)
    print()
    _bill(rows, counted)


async def _made(url: str, kinds: list[str]) -> dict[int, list[Row]]:
    """The attempts of each call, once all are made."""
    names: dict[str, int] = {}
    async with opened(url, **TIMEOUTS) as (call, file):
        left = iter(enumerate(kinds))
        await asyncio.gather(*(_worker(call, left, names) for _ in range(TOGETHER)))
        return await _attempts(file, names)


async def _worker(call: Caller, left: Iterator[tuple[int, str]], names: dict[str, int]) -> None:
    for number, kind in left:
        leaves = int(kind.split()[-1]) if kind.startswith("left") else None
        order = f"[[{kind}]]" if kind and leaves is None else ""
        asked = request()
        text = f"{order} [[words 8]] Question {number}?"
        asked = replace(asked, messages=({"role": "user", "content": text},))
        names[asked.id] = number
        texts = 0
        try:
            async with aclosing(call(asked)) as events:
                async for event in events:
                    texts += type(event) is Text
                    if texts == leaves:
                        break
        except CallError:
            pass


async def _attempts(file: Path, names: dict[str, int]) -> dict[int, list[Row]]:
    with closing(sqlite.connect(file)) as connection:
        ended = "SELECT count(*) FROM calls WHERE state NOT IN ('started', 'streaming')"
        await asyncio.to_thread(until, lambda: connection.execute(ended).fetchone()[0] == len(names))
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows: dict[int, list[Row]] = {number: [] for number in names.values()}
        for row in connection.execute("SELECT * FROM attempts ORDER BY call_id, number"):
            rows[names[row["call_id"]]].append(row)
    return rows


def _by_fault(kinds: list[str], rows: dict[int, list[Row]]) -> None:
    shown = [("fault", "calls", "attempts", "how the calls ended")]
    for kind in FAULTS:
        mine = [rows[number] for number, each in enumerate(kinds) if each == kind]
        ends = Counter(attempts[-1]["state"] for attempts in mine)
        ended = ", ".join(f"{state} {count:,}" for state, count in ends.most_common())
        shown.append((kind or "none", f"{len(mine):,}", f"{sum(map(len, mine)):,}", ended))
    table(shown)


def _bill(rows: dict[int, list[Row]], counted: dict) -> None:
    """What the server saw and billed, against what stands in the rows."""
    attempts = [attempt for each in rows.values() for attempt in each]
    twice = sum(sum(one["cost_basis"] != "none" for one in each) > 1 for each in rows.values())
    usage = Usage(**{name: counted["billed"][name] for name in BILLED})
    billed = cost.settled(usage, models.find(models.catalogue(), MODEL), today()).amount
    floor, upper = (sum(attempt[name] for attempt in attempts) for name in ("cost_floor", "cost_upper"))
    seen = counted["requests"]
    within = "within" if floor <= billed <= upper else "NOT within"
    table(
        [
            ("", "server", "rows", ""),
            ("requests", f"{seen:,}", f"{len(attempts):,}", _same(seen, len(attempts))),
            ("calls that may be billed twice", "", f"{twice:,}", "as it must be" if not twice else "WRONG"),
            ("billed", cost.dollars(billed), f"{cost.dollars(floor)} to {cost.dollars(upper)}", within),
            ("still open", f"{counted['open']:,}", "0", _same(counted["open"], 0)),
        ]
    )


def _same(one: int, other: int) -> str:
    return "equal" if one == other else "NOT EQUAL"
