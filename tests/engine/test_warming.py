"""A prefix that requests share is written to the cache once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals
from lab.engine.warming import ahead, prefix, warmed
from lab.errors import CallError
from lab.evals import Plan
from lab.store import Store, calls
from lab.types import Event, Request, new_id
from tests.engine.kit import ME, PLAIN, STARTED, collect, done, lab_of, request, simulated
from tests.evals.files import dataset

MARK = {"cache_control": {"type": "ephemeral"}}
LONG = "word " * 5000


def marked(text: str = LONG, **fields: Any) -> Request:
    return request(system=({"type": "text", "text": text, **MARK},), **fields)


def few(text: str, mark: bool) -> tuple:
    shown = {"type": "text", "text": text, **(MARK if mark else {})}
    return ({"role": "user", "content": "q"}, {"role": "assistant", "content": [shown]})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (marked(), marked(), True),
        (marked(), marked(options={"output_config": {"effort": "high"}}), False),
        (marked(), marked(max_tokens=7), True),
        (marked(), marked(LONG + "!"), False),
        (marked(), replace(marked(), model="claude-opus-5-5"), False),
        (marked(), replace(marked(), messages=({"role": "user", "content": "Another?"},)), True),
        (request(messages=few(LONG, True)), request(messages=few(LONG, True)), True),
        (request(options={"tools": [{"name": LONG, **MARK}]}), request(options={"tools": []}), None),
        (request(LONG, options=MARK), request(LONG, options=MARK), None),
        (request(messages=few(LONG, False)), request(messages=few(LONG, False)), None),
        (marked("Short."), marked("Short."), None),
    ],
)
def test_what_two_requests_share(one: Request, other: Request, same: bool | None) -> None:
    keys = prefix(one, 1024), prefix(other, 1024)
    assert keys[1] is None if same is None else (keys[0] == keys[1]) is same
    assert same is None or None not in keys
    plain = replace(one, model=PLAIN), replace(other, model=PLAIN)
    assert one.model != other.model or ahead(LAB, plain) == (same is True)


LAB = lab_of(None)


class Line:
    """Begins its answers when it is let; `failing` of them fail before that."""

    def __init__(self, failing: int = 0) -> None:
        self.asked: list[asyncio.Future[None]] = []
        self.failing = failing

    async def __call__(self, asked: Request) -> AsyncGenerator[Event, None]:
        mine = asyncio.get_running_loop().create_future()
        self.asked.append(mine)
        await mine
        if self.failing:
            self.failing -= 1
            raise CallError("No.", status=500)
        yield STARTED
        yield done("x")

    async def let(self) -> int:
        """Let all go on that were asked; gives how many they were."""
        asked, self.asked = self.asked, []
        for mine in asked:
            mine.set_result(None)
        for _ in range(10):
            await asyncio.sleep(0)
        return len(asked)


@pytest.mark.parametrize(
    ("requests", "failing", "waves"),
    [
        ([marked()] * 5, 0, [1, 4]),
        ([marked()] * 5, 2, [1, 1, 1, 2]),
        ([marked(), marked(LONG + "!")] * 3, 0, [2, 4]),
        ([request()] * 5, 0, [5]),
        ([marked(), request(), request()], 0, [3]),
    ],
)
def test_the_first_goes_alone_until_its_answer_begins(
    requests: list[Request], failing: int, waves: list[int], store: Store
) -> None:
    line = Line(failing)

    async def fan_out() -> list[int]:
        call = warmed(line, lab_of(store))
        tasks = [asyncio.create_task(collect(call, each)) for each in requests]
        await asyncio.sleep(0)
        seen = []
        while not all(task.done() for task in tasks):
            seen.append(await line.let())
        await asyncio.gather(*tasks, return_exceptions=True)
        return seen

    assert asyncio.run(fan_out()) == waves


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "lab.db")
    yield opened
    opened.close()


def test_of_ten_answers_one_writes_and_nine_read(store: Store, tmp_path: Path) -> None:
    """By the cache figures of the simulated server, which keeps the API's rules."""
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    text = f"system: |\n  {LONG}\nuser: '{{{{input}}}}'\nmodel: {PLAIN}\ncache: 5m\n"
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text(text)
    rows = "".join(f"  - {{input: w{n}}}\n" for n in range(10))
    data = dataset(tmp_path, f"prompt: p\ncases:\n{rows}")

    async def checked() -> None:
        async with simulated(store) as (call, lab, _):
            lab = replace(lab, folder=tmp_path)
            found = evals.variants(lab, tmp_path / "prompts", data, (), ())
            await evals.check(lab, call, Plan(new_id(), data, found, ME), 10, True, lambda result: None)

    asyncio.run(checked())
    store.flush()
    figures = [
        (each["cache_creation_input_tokens"], each["cache_read_input_tokens"])
        for each in calls(store.read, ME, 20)
    ]
    written, read = [w for w, r in figures if w], [r for w, r in figures if r]
    assert len(written) == 1 and read == written * 9
