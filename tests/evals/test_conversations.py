"""Cases of several turns, with files, in splits: what is read, and what is sent for them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals
from lab.engine import Lab, build
from lab.errors import BadInput, CallError
from lab.evals import Plan, Result
from lab.store import Store, call
from lab.types import Event, Request, new_id
from tests.engine.kit import ME, PLAIN, STARTED, answer, caller, done, lab_of
from tests.evals.files import dataset
from tests.files import pdf, png

HEAD = f"prompt: p\nmodels: {PLAIN}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text('user: "Q: {{input}}"\n')
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "b.pdf").write_bytes(pdf(1))
    store = Store(tmp_path / "lab.db")
    yield replace(lab_of(store), folder=tmp_path)
    store.close()


def plan(lab: Lab, text: str, **files: str) -> Plan:
    data = dataset(lab.folder, HEAD + text, **files)
    return Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), ()), ME)


def sent(lab: Lab, of: Plan, *steps: Any) -> tuple[list[Request], list[Result]]:
    """The requests of a run whose calls are answered with 1, 2, 3 …, or with these steps, and its results."""
    asked: list[Request] = []
    took: list[Result] = []

    async def counted(request: Request) -> AsyncGenerator[Event, None]:
        asked.append(request)
        given = steps[len(asked) - 1] if len(asked) <= len(steps) else answer(str(len(asked)))
        async for event in caller(*given)(request):
            yield event

    asyncio.run(evals.check(lab, build(lab, counted), of, 1, False, took.append))
    lab.store.flush()
    return asked, took


def said(request: Request) -> list[tuple[str, Any]]:
    """Who says what in a request; of blocks their texts and types."""
    return [(each["role"][0], _plain(each["content"])) for each in request.messages]


def _plain(content: Any) -> Any:
    if isinstance(content, str):
        return content
    texts = [block.get("text", block["type"]) for block in content]
    return texts[0] if len(texts) == 1 else texts


TURNS = [
    ('cases: [{turns: [{user: a}, {assistant: b}], input: c}]', [["u Q: a", "a b", "u c"]]),
    ('cases: [{turns: [a], input: b}]', [["u Q: a"], ["u Q: a", "a 1", "u b"]]),
    ('cases: [{turns: [a, b]}]', [["u Q: a"], ["u Q: a", "a 1", "u b"]]),
    ('cases: [{turns: [a, {role: assistant, content: b}, c, d]}]',
     [["u Q: a", "a b", "u c"], ["u Q: a", "a b", "u c", "a 1", "u d"]]),
    ('cases: [{turns: [], input: a}, {input: b}]', [["u Q: a"], ["u Q: b"]]),
    ('cases: [{h: [{user: a}, {assistant: b}], q: c}]\nturns: "{{h}}"\ninput: "{{q}}!"',
     [["u Q: a", "a b", "u c!"]]),
    ('cases: [{a: x, b: y, c: ""}]\nturns: ["{{a}}", "{{b}}", "{{c}}"]',
     [["u Q: x"], ["u Q: x", "a 1", "u y"]]),
    ('cases: c.csv', [["u Q: a", "a b", "u c"], ["u Q: d"]]),
    ('cases: [{turns: [{user: [{type: text, text: a}, {type: x, y: 1}]},'
     ' {assistant: [{type: text, text: b}]}], input: c}]', [["u ['x', 'Q: a']", "a b", "u c"]]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), TURNS)
def test_turns_are_sent_in_their_order_and_asked_where_two_follow(
    lab: Lab, text: str, wanted: list[list[str]]
) -> None:
    table = 'turns,input\n"[{""user"": ""a""}, {""assistant"": ""b""}]",c\n,d\n'
    of = plan(lab, text, c__csv=table)
    asked, took = sent(lab, of)
    assert [[f"{who} {what}" for who, what in said(each)] for each in asked] == wanted
    assert [each.call for each in took] == [each.id for each in asked if said(each)[-1][1] in ends(of)]
    for each in asked:
        logged = call(lab.store.read, ME, each.id)
        assert (logged["run_id"], logged["case_id"]) == (of.run, each.origin.case)


def ends(of: Plan) -> list[str]:
    return [end for case in of.dataset.cases for end in (case.input, f"Q: {case.input}")]


def test_the_last_answer_is_graded_and_one_in_between_may_end_it(lab: Lab) -> None:
    text = 'graders: [{equals: "2"}]\nmin_pass_rate: 0\ncases: [{turns: [a, b]}]\n'
    assert [each.passed for each in sent(lab, plan(lab, text))[1]] == [True]
    for steps, state, passed, error in (
        ([STARTED, CallError("no", status=400)], "failed", None, "no"),
        ([STARTED, done("I cannot", stop_reason="refusal")], "refused", False, None),
        ([STARTED, done()], "failed", None, "in the middle of this conversation is empty"),
    ):
        asked, (result,) = sent(lab, plan(lab, text), steps)
        assert (len(asked), result.state, result.passed) == (1, state, passed)
        assert error is None or error in result.error


def test_every_answer_is_in_the_price_beforehand(lab: Lab) -> None:
    one = plan(lab, "cases: [{input: a}]").most(lab)
    assert plan(lab, "cases: [{turns: [a, a]}]").most(lab) > 2 * one


def test_files_go_along_before_the_words(lab: Lab) -> None:
    first = "{turns: [{user: a, files: a.png}], input: c, files: [b.pdf, a.png]}"
    asked, _ = sent(lab, plan(lab, f"cases: [{first}, {{input: d, files: b.pdf}}]"))
    assert [said(each)[-1][1] for each in asked] == [
        ["image", "Q: a"], ["document", "image", "c"], ["document", "Q: d"],
    ]  # fmt: skip


def test_files_by_mapping(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TEST_FOLDER", str(tmp_path))
    table = 'input,scan,more\na,a,\nb,b,"[""a.png"", ""b.pdf""]"\n'
    (tmp_path / "b.png").write_bytes(png() + b" ")
    for key in ('"{{scan}}.png"', '"$LAB_TEST_FOLDER/{{scan}}.png"', '["{{more}}", "{{scan}}.png"]'):
        found = dataset(tmp_path, f"{HEAD}cases: c.csv\nfiles: {key}", c__csv=table)
        assert [case.files[-1].path.name for case in found.cases] == ["a.png", "b.png"]
    assert len(found.cases[1].files) == 3


def test_a_file_that_changes_meanwhile_is_not_sent(lab: Lab) -> None:
    of = plan(lab, "cases: [{input: a, files: a.png}]")
    before = of.dataset.hash
    (lab.folder / "a.png").write_bytes(png() + b"\n")
    with pytest.raises(BadInput, match="has changed since the dataset was read"):
        of.loads(lab)
    assert plan(lab, "cases: [{input: a, files: a.png}]").dataset.hash != before


WRONG = [
    ("cases: [{turns: [{assistant: a}], input: b}]", "turn 1 is the model's and begins the conversation"),
    ("cases: [{turns: [a, {assistant: b}, {assistant: c}], input: d}]", "turn 3 is the model's and follows"),
    ("cases: [{turns: [a, {assistant: b}]}]", "the last turn is the question"),
    ("cases: [{turns: [{user: [{type: image}]}]}]", "the last turn is the question"),
    ("cases: [{turns: [5], input: b}]", "turn 1 is 5; a turn is a text"),
    ("cases: [{turns: ['  '], input: b}]", "turn 1 is empty. It holds text, or content blocks"),
    ("cases: [{turns: [{user: a, assistant: b}], input: c}]", "turn 1 has 'user', 'assistant' in it"),
    ("cases: [{turns: [{}], input: c}]", "turn 1 has nothing in it"),
    ("cases: [{turns: [{role: system, content: b}], input: c}]", "turn 1 has 'role', 'content' in it"),
    ("cases: [{turns: [{user: [a]}], input: c}]", "turn 1 cannot be said"),
    ("cases: [{turns: [{user: 5}], input: c}]", "turn 1 cannot be said"),
    ("cases: [{turns: [{user: a, files: c.png}], input: c}]", "turn 1: there is no file"),
    ("cases: [{turns: [a, {assistant: b, files: a.png}], input: c}]", "the model's, which sends no files"),
    ("cases: [{turns: [], x: 1}]", "there is no column 'input'"),
    ("turns: 5\ncases: [{input: a}]", "turns are columns, such as"),
    ("turns: '{{turn}}'\ncases: [{turns: [a]}]", "there is no column 'turn'. Did you mean 'turns'?"),
    ("cases: [{input: a, files: c.png}]", "line 3: there is no file"),
    ("cases: [{input: a, files: 5}]", "5 is no path of a file"),
    ("cases: [{input: a, files: ['']}]", "'' is no path of a file"),
    ("cases: [{input: a, files: ../x.png}]", "'../x.png' leads out of"),
    ("cases: [{input: a, files: /etc/hostname}]", "'/etc/hostname' leads out of"),
    ("cases: [{input: a, files: out.png}]", "'out.png' leads out of"),
    ("cases: [{input: a, files: x.yaml}]", "x.yaml is none of the files that Claude reads"),
    ("cases: [{input: a, files: empty.png}]", "empty.png is empty"),
    ("cases: [{input: a, files: large.pdf}]", "more than any request holds"),
    ("files: '$LAB_TEST_NONE/{{f}}'\ncases: [{input: a, f: b}]", "LAB_TEST_NONE is not set"),
    ("files: 'a/{{f}}'\ncases: [{input: a, f: ../a.png}]", "leads out of"),
    ("files: '{{g}}'\ncases: [{input: a, f: b}]", "there is no column 'g'"),
    ("cases: [{input: a, split: [b]}]", "a split is one name"),
    ("split: part\ncases: [{input: a}]", "there is no column 'part'"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_refused_before_anything_is_sent(lab: Lab, text: str, words: str) -> None:
    (lab.folder / "empty.png").touch()
    (lab.folder / "out.png").symlink_to("/etc/hostname")
    with (lab.folder / "large.pdf").open("wb") as large:
        large.truncate(2**26)
    with pytest.raises(BadInput) as refused:
        plan(lab, text)
    assert words in str(refused.value)
    assert "x.yaml, line" in str(refused.value)


def test_the_split_of_a_case(tmp_path: Path) -> None:
    table = "input,split,part\na,test,1\nb, ,2\n"
    assert [c.split for c in dataset(tmp_path, f"{HEAD}cases: c.csv", c__csv=table).cases] == ["test", None]
    found = dataset(tmp_path, f"{HEAD}cases: c.csv\nsplit: part", c__csv=table)
    assert [case.split for case in found.cases] == ["1", "2"]


@pytest.mark.parametrize("turn", ["a", "b", '{user: a, files: "a.png"}'])
def test_the_hash_follows_what_was_said_before(lab: Lab, turn: str) -> None:
    before = plan(lab, "cases: [{turns: [{user: c}], input: d}]").dataset.hash
    assert plan(lab, f"cases: [{{turns: [{turn}], input: d}}]").dataset.hash != before


def test_mt_bench_asks_both_of_its_turns(lab: Lab) -> None:
    if not os.environ.get("LAB_DATA"):
        pytest.skip("LAB_DATA does not name the folder of real data")
    of = plan(lab, "cases: $LAB_DATA/mt_bench_question.jsonl\nid: question_id\ntags: category\n")
    asked, took = sent(lab, of)
    text = Path(os.environ["LAB_DATA"], "mt_bench_question.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert (len(asked), len(took)) == (160, 80)
    assert [said(each)[-1][1] for each in asked[1::2]] == [row["turns"][1] for row in rows]
