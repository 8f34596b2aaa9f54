"""What a file touches when it changes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import Order
from lab.store import Store
from tests.engine.kit import ME, PLAIN, lab_of

GRADER = "def f(text, columns):\n    return True\n"
FILES = {
    "prompts/p/v1.yaml": f"system: one\nexamples: {{set: tone}}\nmodel: {PLAIN}\n",
    "prompts/q/v1.yaml": f"system: two\nmodel: {PLAIN}\n",
    "prompts/fewshot/tone/v1.yaml": "examples: [{input: a, output: b}]\n",
    "datasets/a.yaml": "prompt: p\ncases: a.csv\n",
    "datasets/a.csv": "input\nx\n",
    "datasets/b.yaml": "prompt: q\ngraders: [{python: ../g.py:f}, {json_schema: s.json}]\ncases: ../c.csv\n",
    "datasets/s.json": "{}",
    "g.py": GRADER,
    "c.csv": "input\ny\n",
}


def written(name: str, text: str) -> Callable[[Path], Any]:
    """Written anew and moved there, as editors do; its time is another one, however coarse the clock is."""

    def write(folder: Path) -> None:
        aside = folder / "aside"
        aside.write_text(text)
        os.utime(aside, ns=(1, 1))
        aside.replace(folder / name)

    return write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def due(folder: Path, *changes: Callable[[Path], Any]) -> list[str]:
    """What is due at first, and after each of the changes, once it was noticed."""

    async def watched(lab: Lab) -> list[str]:
        watch = evals.Watch(lab, ME, Order())
        found = ["".join(each.name for each in watch.due().datasets)]
        for change in changes:
            change(folder)
            await asyncio.wait_for(watch.stirred(0.01), 30)
            try:
                found.append("".join(each.name for each in watch.due().datasets))
            except BadInput as error:
                found.append(type(error).__name__)
        return found

    with closing(Store(folder / "lab.db")) as store:
        return asyncio.run(watched(replace(lab_of(store), folder=folder)))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            written("prompts/p/v1.yaml", FILES["prompts/p/v1.yaml"].replace("system: one", "system: three")),
            "a",
        ),
        (written("prompts/p/v2.yaml", "system: new\n"), "a"),
        (written("prompts/fewshot/tone/v1.yaml", "examples: [{input: a, output: c}]\n"), "a"),
        (written("datasets/a.csv", "input\nz\n"), "a"),
        (written("datasets/a.yaml", "prompt: p\ncases: a.csv\nmin_pass_rate: 0.5\n"), "a"),
        (written("datasets/s.json", '{"type": "object"}'), "b"),
        (written("g.py", GRADER + "\n"), "b"),
        (written("c.csv", "input\nz\n"), "b"),
        (written("datasets/c.yaml", "prompt: p\ncases: [{input: x}]\n"), "c"),
        (written("datasets/notes.txt", "x"), ""),
        (written("datasets/a.csv", "input\nx\n"), ""),
    ],
)
def test_only_what_a_file_touches_is_due(change: Callable[[Path], Any], found: str, folder: Path) -> None:
    assert due(folder, change) == ["ab", found]


def test_a_file_that_is_broken_and_mended_is_noticed(folder: Path) -> None:
    broken, mended = written("datasets/a.csv", "input\nx,y\n"), written("datasets/a.csv", "input\nzz\n")
    assert due(folder, broken, mended) == ["ab", "BadInput", "a"]
