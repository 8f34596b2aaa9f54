"""Whole calls written to one database by several processes at once, as the engine writes them."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from lab import store
from lab.answer import Answer
from lab.store import Store
from lab.types import Cost, Done, Origin, Reply, Request, Started, Text, Timing, Usage, new_id
from tests.bench._made import ANSWER, QUESTION
from tests.bench._prose import Prose

MODEL, TOGETHER = "claude-haiku-5-5", 16
"""So many calls are under way at once in a process."""
PATIENCE = 60.0
"""Seconds: what others do to the same disk is measured, too."""
PAID, ROUGH = Cost(70, 70, 70, "usage"), Cost(None, 10, 90, "estimate")


@dataclass(frozen=True)
class Wrote:
    """What one process saw: seconds that each posted write took its caller, seconds until each awaited one
    was on the disk, and the seconds in all, until the last write was."""

    ids: tuple[str, ...]
    posts: tuple[float, ...]
    commits: tuple[float, ...]
    began: float
    ended: float
    cpu: float


def written(path: Path, calls: int, processes: int) -> list[Wrote]:
    """So many calls in all, of several processes that begin together."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, initializer=_ready, initargs=(str(path),)) as pool:
        pool.map(_warm, range(processes), 1)
        return pool.map(_write, [(number, calls // processes) for number in range(processes)], 1)


def _ready(path: str) -> None:
    global _STORE, _PROSE
    _STORE, _PROSE = Store(Path(path), patience=PATIENCE), Prose(1)


def _warm(number: int) -> None:
    time.sleep(0.5)  # so that each process takes one


def _write(task: tuple[int, int]) -> Wrote:
    seed, calls = task
    drawn = random.Random(seed)
    system = _PROSE.text(random.Random(0), 20_000)
    requests = [_request(drawn, system) for _ in range(calls)]
    answers = [_answered(_PROSE.text(drawn, ANSWER)) for _ in range(calls)]
    ids: list[str] = []
    posts: list[float] = []
    commits: list[float] = []
    began, cpu = time.time(), time.process_time()
    asyncio.run(_made(list(zip(requests, answers, strict=True)), ids, posts, commits))
    _STORE.flush()
    ended, used = time.time(), time.process_time() - cpu
    _STORE.close()
    return Wrote(tuple(ids), tuple(posts), tuple(commits), began, ended, used)


async def _made(
    calls: list[tuple[Request, Answer]], ids: list[str], posts: list[float], commits: list[float]
) -> None:
    waiting = iter(calls)

    async def one_after_the_other() -> None:
        for request, answer in waiting:
            ids.append(request_id := new_id())
            await _lifecycle(replace(request, id=request_id), answer, posts, commits)

    await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER)))


async def _lifecycle(request: Request, answer: Answer, posts: list[float], commits: list[float]) -> None:
    """Opened, sent, its attempt committed; streaming; settled; ended."""

    def post(write: store.Write) -> None:
        began = time.perf_counter()
        _STORE.post(write)
        posts.append(time.perf_counter() - began)

    post(store.call_opened(request, _STORE.process, "anthropic", "api"))
    post(store.call_sent(request, None))
    began = time.perf_counter()
    number = await _STORE.commit(store.attempt_started(request.id, 100))
    commits.append(time.perf_counter() - began)
    post(store.call_streaming(request.id, STARTED))
    post(store.attempt_streaming(request.id, number, STARTED, ROUGH))
    post(store.attempt_ended(request.id, number, answer, PAID, 0.3))
    post(store.call_ended(request.id, answer, 0.0, answer.reply.timing))


STARTED = Started("msg_1", "req_1", MODEL, Usage(input_tokens=5), {}, "api")


def _request(drawn: random.Random, system: str) -> Request:
    message = {"role": "user", "content": _PROSE.text(drawn, QUESTION)}
    return Request(
        new_id(), MODEL, (message,), 1024, Origin("api", "bench", prompt="support", version=4), system
    )


def _answered(text: str) -> Answer:
    content = ({"type": "text", "text": text},)
    usage = Usage(input_tokens=5, output_tokens=len(text) // 4)
    reply = Reply(
        "msg_1", "req_1", content, MODEL, "end_turn", None, None, usage, Timing(0.1, 0.2, 0.3), "api"
    )
    answer = Answer()
    for event in (STARTED, Text(text), Done(reply)):
        answer.add(event)
    return answer


def lost(path: Path, wrote: list[Wrote]) -> int:
    """How many of the calls do not stand there whole: ended, answered, settled."""
    with closing(Store(path)) as base:
        whole = "SELECT count(*) FROM calls JOIN attempts ON call_id = id WHERE id = ? AND calls.state = 'ok'"
        whole += " AND attempts.state = 'ok' AND answer_id IS NOT NULL AND calls.cost = 70"
        kept = sum(base.read.execute(whole, (id,)).fetchone()[0] for each in wrote for id in each.ids)
    return sum(len(each.ids) for each in wrote) - kept
