"""A folder with a prompt that shows three examples, and runs of many variants that a few lines answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import evals, store
from lab.engine import Lab, build, estimate
from lab.evals import Order
from lab.store import Store
from lab.types import Caller, Done, Event, Request
from tests.engine.kit import ME, PLAIN, answer, lab_of

DEAR, TAKES_EFFORT = "claude-opus-5-5", "claude-haiku-5-5"
Says = Callable[[Request], str]


@contextmanager
def folder(path: Path) -> Iterator[Lab]:
    """A prompt `p` that shows the set `s` in its system text, `q` that shows none, and a dataset `x`."""
    for name in ("p", "q", "fewshot/s"):
        (path / "prompts" / name).mkdir(parents=True)
    user = f'user: "{{{{input}}}}"\nmodel: {PLAIN}\n'
    (path / "prompts" / "p" / "v1.yaml").write_text(f"{user}examples: {{set: s, as: system}}\n")
    (path / "prompts" / "q" / "v1.yaml").write_text(user)
    examples = "".join(f"- {{input: i{n}, output: o{n}}}\n" for n in (1, 2, 3))
    (path / "prompts" / "fewshot" / "s" / "v1.yaml").write_text(f"examples:\n{examples}")
    (path / "datasets").mkdir()
    write(path, 1)
    database = Store(path / "lab.db", patience=0.3)
    yield replace(lab_of(database), folder=path)
    database.close()


def write(path: Path, cases: int, head: str = "graders: [{contains: right}]") -> None:
    """The dataset: so many cases, asked `0`, `1`, …"""
    rows = "".join(f"- {{input: '{n}'}}\n" for n in range(cases))
    (path / "datasets" / "x.yaml").write_text(f"prompt: p\nmin_pass_rate: 0\n{head}\ncases:\n{rows}")


def plan(lab: Lab, names: Sequence[str]) -> evals.Plan:
    order = Order(("x",), variants=tuple(names))
    (made,) = evals.plans(lab, ME, evals.datasets(lab.folder, order.datasets), order)
    return made


def swept(lab: Lab, says: Says, names: Sequence[str]) -> Mapping[str, Any]:
    """The run of these variants, in which every answer is what `says` gives for its request."""
    made = plan(lab, names)
    asyncio.run(evals.check(lab, build(lab, _saying(says)), made, 8, False, lambda result: None))
    lab.store.flush()
    return store.run_head(lab.store.read, ME, made.run)


def _saying(says: Says) -> Caller:
    async def call(request: Request) -> AsyncGenerator[Event, None]:
        for event in answer(says(request)):
            if type(event) is Done:
                usage = replace(event.reply.usage, input_tokens=estimate(request))
                event = Done(replace(event.reply, model=request.model, usage=usage))
            yield event

    return call
