"""A check of 1,000 cases against a bare loop over the SDK, on a server that answers in a fixed time.

The bare loop makes the same requests by `create(stream=True)` on the SDK's default transport and joins the
answers' text; the check grades them, keeps every call and result, and gives a verdict. `check quick` leaves
out the slow rows (4 at once at 300 ms, and 20,000 cases).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from lab import engine, evals, models
from lab.config import Settings
from lab.evals import Plan
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store
from lab.types import Principal, new_id
from tests.bench._bench import percentile, table

ROOT = Path(__file__).parents[2]
MODEL, CASES, ROUNDS = "claude-haiku-4-5", 1000, 5
QUESTION = "How do I reset the password of account number {}? I have tried the link in the mail twice."
SYSTEM = "You answer for the support of a small product.\nBe short, and say what you do not know."
PROMPT = f"system: |\n  {SYSTEM.replace(chr(10), chr(10) + '  ')}\nuser: '{{{{input}}}}'\nmodel: {MODEL}\n"
GRADERS = "graders: [{contains: word7}, {not: {regex: '(?i)as an ai'}}]\n"

Arm = Callable[[int, int], Awaitable[None]]
"""Makes so many calls, so many at once."""


def main(arguments: list[str]) -> None:
    quick = "quick" in arguments
    rows = [("answers in", "at once", "bare loop", "check", "ratio", "CPU a case, bare", "check", "ratio")]
    with tempfile.TemporaryDirectory() as folder:
        files(Path(folder), CASES)
        for seconds, at_once in [(0.3, 4), (0.3, 32), (0.3, 100), (0.0, 4), (0.0, 32), (0.0, 100)]:
            if not (quick and seconds and at_once == 4):
                rows.append(_row(Path(folder), seconds, at_once))
    table(rows)
    print("\nAs a whole process, `lab check`, 32 at once, answers at once\n")
    found = [_process(number) for number in (20, 1000, *(() if quick else (20_000,)))]
    table([("cases", "kept", "seconds", "peak memory"), *found])
    took = percentile([_import() for _ in range(3)], 0.5)
    print(f"\n`import anthropic` alone, a process of its own: {took:.2f} s (median of 3)")


def files(folder: Path, cases: int) -> None:
    """A team's folder with a prompt and a dataset."""
    (folder / "prompts" / "support").mkdir(parents=True, exist_ok=True)
    (folder / "prompts" / "support" / "v1.yaml").write_text(PROMPT)
    (folder / "datasets").mkdir(exist_ok=True)
    head = f"prompt: support\ncases: x.jsonl\n{GRADERS}"
    (folder / "datasets" / "x.yaml").write_text(head)
    lines = (json.dumps({"input": QUESTION.format(n)}) for n in range(cases))
    (folder / "datasets" / "x.jsonl").write_text("\n".join(lines))


@contextmanager
def fixed(seconds: float) -> Iterator[str]:
    """The base URL of a server that answers in so many seconds."""
    command = [sys.executable, "-m", "tests.bench._fixed", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        yield f"http://127.0.0.1:{json.loads(child.stdout.readline())['port']}"
        child.stdin.close()


def _row(folder: Path, seconds: float, at_once: int) -> tuple[str, ...]:
    with fixed(seconds) as url:
        took = asyncio.run(_measure(folder, url, at_once, 1 if seconds else ROUNDS))
    (bare, bare_cpu), (lab, lab_cpu) = (
        [percentile([each[n] for each in rounds], 0.5) for n in (0, 1)] for rounds in took
    )
    window = (f"{bare:.2f} s", f"{lab:.2f} s", f"{lab / bare:.2f}")
    cpu = (f"{bare_cpu * 1e3:.2f} ms", f"{lab_cpu * 1e3:.2f} ms", f"{lab_cpu / bare_cpu:.2f}")
    return (f"{seconds * 1000:.0f} ms", str(at_once), *window, *cpu)


async def _measure(folder: Path, url: str, at_once: int, rounds: int) -> list[list[tuple[float, float]]]:
    """Of the bare loop and of the check, for each round: the window, and the processor time a case."""
    async with AsyncExitStack() as stack:
        arms = [await _bare(stack, url), await _check(stack, folder, url)]
        for arm in arms:
            await arm(at_once, at_once)  # connections, lazy models
        gc.collect()
        gc.freeze()
        took: list[list[tuple[float, float]]] = [[], []]
        for _ in range(rounds):
            for arm, found in zip(arms, took, strict=True):
                began, spent = time.perf_counter(), time.process_time()
                await arm(CASES, at_once)
                found.append((time.perf_counter() - began, (time.process_time() - spent) / CASES))
        return took


async def _bare(stack: AsyncExitStack, url: str) -> Arm:
    import anthropic

    http = anthropic.DefaultAsyncHttpxClient(trust_env=False)
    made = anthropic.AsyncAnthropic(api_key="bench", base_url=url, max_retries=0, http_client=http)
    client = await stack.enter_async_context(made)

    async def ask(number: int) -> str:
        question = [{"role": "user", "content": QUESTION.format(number)}]
        asked = {"model": MODEL, "max_tokens": 1024, "system": SYSTEM, "messages": question}
        events = await client.messages.create(**asked, stream=True)
        said = [
            event.delta.text
            async for event in events
            if event.type == "content_block_delta" and event.delta.type == "text_delta"
        ]
        return "".join(said)

    async def loop(numbers: Iterator[int]) -> None:
        for number in numbers:
            assert "word7" in await ask(number)

    async def calls(number: int, at_once: int) -> None:
        numbers = iter(range(number))
        await asyncio.gather(*(loop(numbers) for _ in range(at_once)))

    return calls


async def _check(stack: AsyncExitStack, folder: Path, url: str) -> Arm:
    who = Principal("bench", "admin")
    temporary = stack.enter_context(tempfile.TemporaryDirectory())
    store = Store(Path(temporary) / "lab.db")
    stack.callback(store.close)
    home = Endpoint("anthropic", url)
    lab = engine.Lab(Settings(user="bench"), store, models.catalogue(), {}, home, folder)
    call = await stack.enter_async_context(engine.opened(lab, Providers(lab.settings)))
    data = evals.load(folder / "datasets" / "x.yaml")
    variants = evals.variants(lab, folder / "prompts", data, (), ())

    async def calls(number: int, at_once: int) -> None:
        some = replace(data, cases=data.cases[:number])
        plan = Plan(new_id(), some, variants, who)
        verdict = await evals.check(lab, call, plan, at_once, False, lambda result: None)
        assert (verdict.state, verdict.scores[0].passed) == ("passed", number), verdict
        await store.commit(lambda connection: None)

    return calls


def _process(cases: int) -> tuple[str, ...]:
    """`lab check` of so many cases, from its start to its exit code."""
    with tempfile.TemporaryDirectory() as folder, fixed(0.0) as url:
        files(Path(folder), cases)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
        environ |= {"PYTHONPATH": str(ROOT), "ANTHROPIC_API_KEY": "bench", "ANTHROPIC_BASE_URL": url}
        command = [sys.executable, "-m", "lab", "check", "x", "--concurrency", "32", "--yes"]
        began = time.perf_counter()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen(command, cwd=folder, env=environ, **quiet)
        status, usage = os.wait4(child.pid, 0)[1:]
        took = time.perf_counter() - began
        assert os.waitstatus_to_exitcode(status) == 0
        store = Store(Path(folder) / ".lab" / "lab.db")
        kept = store.read.execute("SELECT count(*) FROM results WHERE passed").fetchone()[0]
        store.close()
    return f"{cases:,}", f"{kept:,}", f"{took:.2f} s", f"{usage.ru_maxrss / 1024:.0f} MB"


def _import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import anthropic"], check=True)
    return time.perf_counter() - began
