"""Cases that a model proposes: no check asks them before a person accepts them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals
from lab.engine import Lab, build
from lab.errors import BadInput, CallError, LabError
from lab.evals import proposals
from lab.evals.generating import Wish, generate, price
from lab.store import Store, calls
from lab.types import Event, Request
from tests.engine.kit import ME, PLAIN, STARTED, answer, caller, lab_of

TEXT = 'description: About hats\nprompt: p\ncases: c.jsonl\ngraders: [contains: "{{want}}"]\n'
ROWS = [
    {"id": "a", "input": "Is the red hat warm?", "want": "yes", "n": 1, "tags": ["x"], "t": {"a": 1}},
    {"id": "b", "input": "Who sells blue hats?", "want": "Ann", "n": 2, "tags": [], "t": None},
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    store = Store(tmp_path / "lab.db")
    yield replace(lab_of(store), folder=tmp_path)
    store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (tmp_path / "x.yaml").write_text(TEXT)
    return tmp_path / "x.yaml"


def row(text: str, **more: Any) -> dict[str, Any]:
    return {"input": text, "want": "w", "n": 5, "tags": ["new"], **more}


def written(lab: Lab, path: Path, *answers: Any, count: int = 3, about: str = "") -> Any:
    """What came of a wish, and the requests that were sent."""
    sent: list[Request] = []

    async def model(request: Request) -> AsyncGenerator[Event, None]:
        sent.append(request)
        given = answers[min(len(sent), len(answers)) - 1]
        steps = [given] if isinstance(given, BaseException) else answer(json.dumps({"cases": given}))
        async for event in caller(STARTED, *steps[1:] if len(steps) > 1 else steps)(request):
            yield event

    wish = Wish(path, count, about, PLAIN.replace("4-5", "5-5"))
    return asyncio.run(generate(lab, build(lab, model), ME, wish)), sent


def test_cases_are_written_reviewed_and_accepted(lab: Lab, path: Path) -> None:
    before, hash = (path.parent / "c.jsonl").read_bytes(), evals.load(path).hash
    new = [row("Do hats shrink?"), row("Is the RED hat warm??"), row("x", want=""), row("What about caps?")]
    found, (request,) = written(lab, path, new, count=4, about="shrinking")
    assert [each["id"] for each in found.kept] == ["generated-1", "generated-4"]
    assert "there is no 'want' here" in found.dropped[0] and "repeats what there is" in found.dropped[1]
    assert found.kept[0]["generated"].startswith("claude-haiku-4-5, 20")
    assert evals.load(path).hash == hash and (path.parent / "c.jsonl").read_bytes() == before
    assert request.origin.source == "api" and "about shrinking" in request.messages[0]["content"]
    case = request.options["output_config"]["format"]["schema"]["properties"]["cases"]["items"]
    assert case["properties"] == {
        "input": {"type": "string"}, "want": {"type": "string"}, "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    }  # fmt: skip
    lab.store.flush()
    assert [each["origin"] for each in calls(lab.store.read, ME, 9)] == ["api"]

    proposals.change(path, "generated-4", {"input": "And what about caps?", "n": None})
    with pytest.raises(BadInput, match="there is no 'want' here"):
        proposals.change(path, "generated-4", {"want": None})
    done = proposals.accept(path, ["generated-4"])
    assert (path.parent / "c.jsonl").read_bytes().startswith(before)
    last = evals.load(path).cases[-1]
    assert (last.id, last.input, last.tags) == ("generated-4", "And what about caps?", ("new",))
    assert last.columns["generated"] == found.kept[1]["generated"] and len(done.dataset.cases) == 3
    assert [each["id"] for each in proposals.waiting(path)] == ["generated-1"]
    proposals.reject(path, ["generated-1"])
    assert not proposals.file(path).exists()


def test_many_are_asked_for_in_parts_until_nothing_new_comes(lab: Lab, path: Path) -> None:
    number, most, simulated = price(lab, ME, Wish(path, 45))
    assert (number, most > 0, simulated) == (3, True, False)
    found, sent = written(lab, path, [row("Do hats shrink?")], count=60)
    assert (len(found.kept), len(found.dropped), len(sent)) == (1, 1, 2)
    assert "Do hats shrink?" in sent[1].messages[0]["content"]


@pytest.mark.parametrize("steps", ["x", [5], {"a": 1}])
def test_an_answer_without_cases_is_told(lab: Lab, path: Path, steps: Any) -> None:
    with pytest.raises(LabError, match="The answer holds no cases"):
        written(lab, path, steps)
    assert not proposals.file(path).exists()


def test_what_came_before_a_failure_is_kept(lab: Lab, path: Path) -> None:
    with pytest.raises(CallError):
        written(lab, path, [row("Do hats shrink?")], CallError("no", status=400), count=40)
    assert len(proposals.waiting(path)) == 1


def test_without_ids_a_case_is_numbered_and_tables_take_text(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("input,want\nIs it red?,yes\n")
    (tmp_path / "x.yaml").write_text(TEXT.replace("jsonl", "csv"))
    path = tmp_path / "x.yaml"
    written(lab, path, [{"input": "How many, then?", "want": "two"}])
    proposals.accept(path, ["generated-1"])
    assert (
        (tmp_path / "c.csv")
        .read_text()
        .startswith('input,want,generated\nIs it red?,yes,\n"How many, then?",two,"claude-haiku-4-5, 20')
    )


def test_what_is_refused(lab: Lab, path: Path) -> None:
    for ask in (proposals.accept, proposals.reject):
        with pytest.raises(BadInput, match="No case is proposed for x"):
            ask(path, ["generated-1"])
    written(lab, path, [row("Do hats shrink?")])
    for ask in (proposals.accept, proposals.reject):
        with pytest.raises(BadInput, match="no proposal 'generated-2' for x. Did you mean 'generated-1'"):
            ask(path, ["generated-2"])
    path.write_text(TEXT.replace("c.jsonl", "x.proposed.jsonl"))
    with pytest.raises(BadInput, match="proposals are no cases before they are accepted"):
        evals.load(path)
    path.write_text(TEXT)
    proposals.file(path).write_text('{"input": "a"}\n')
    with pytest.raises(BadInput, match="line 1: a proposal has an `id`"):
        proposals.waiting(path)
