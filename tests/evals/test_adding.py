"""A logged call as a case: it asks what was asked, to the letter, or is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import engine, evals, prompts
from lab.engine import Asked, File, Lab, build
from lab.errors import BadInput
from lab.evals import Plan
from lab.evals.adding import add
from lab.evals.telling import solved
from lab.store import Store
from lab.types import Request, new_id
from tests.engine.kit import ME, PLAIN, answer, caller
from tests.engine.kit import lab_of as lab_at
from tests.files import pdf, png

PROMPT = """
system: |
  Speak to {{who}}.
  {{facts}}
user: "<q>{{input}}</q> {{plan}}"
variables:
  who: {default: people}
  facts: {type: list}
  plan: {}
examples: {set: s}
"""
MAPPED = """
prompt: p
input: "{{input}}"
context: "{{context}}"
variables: {who: "{{who}}", facts: "{{facts}}", plan: "{{plan}}"}
graders: [contains: "{{want}}"]
"""
VALUES = {"who": "me", "facts": ["a\nb", "c"], "plan": "pro"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    for name, text in (
        ("prompts/p/v1.yaml", PROMPT),
        ("prompts/plain/v1.yaml", "system: x\n"),
        ("prompts/fewshot/s/v1.yaml", "examples:\n  - {input: a, output: A}\n"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "datasets").mkdir()
    store = Store(tmp_path / "lab.db")
    yield replace(lab_at(store), folder=tmp_path)
    store.close()


def asked(lab: Lab, text: str, *further: str, **said: Any) -> Request:
    """The last call of a conversation, in the log."""
    request = engine.ask(lab, ME, Asked(text, model=PLAIN, **said))
    for each in ("", *further):
        if each:
            request = engine.ask(lab, ME, Asked(each, conversation=request.origin.conversation))
        asyncio.run(_made(lab, request))
        lab.store.flush()
    return request


async def _made(lab: Lab, request: Request) -> None:
    async for _ in engine.converse(lab, build(lab, caller(*answer("Aha."))), ME, request):
        pass


def dataset(lab: Lab, text: str, **files: str) -> Path:
    for name, content in files.items():
        (lab.folder / "datasets" / name.replace("__", ".")).write_text(content)
    path = lab.folder / "datasets" / "x.yaml"
    path.write_text(text)
    return path


def again(lab: Lab, path: Path) -> Request:
    """What a check asks for the last case of a dataset."""
    data = evals.load(path)
    of = Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), [PLAIN]), ME)
    return [of.request(lab, trial) for trial in of.trials()][-1]


ONE = '{"input": "z", "who": "w", "facts": [], "plan": "", "context": "", "want": "y"}\n'
CASES = [
    ("Hi?", {}), ("Hi?\n\nMore.", {}), ("Hi", {"context": "Long\n\nfacts."}), ("", {"context": "Only."}),
    ("a", {"values": {**VALUES, "plan": "</q> x"}}), ("Ü {{input}}", {}),
    ("b", {"values": {"facts": [], "plan": ""}}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), CASES)
def test_a_case_asks_what_was_asked(lab: Lab, text: str, said: dict[str, Any]) -> None:
    path = dataset(lab, MAPPED + "cases: c.jsonl\n", c__jsonl=ONE)
    given = {"prompt": "p", "values": VALUES, **said}
    built = prompts.build(
        prompts.load(lab.folder / "prompts", "p"), prompts.fewshot(lab.folder / "prompts", "s"), text,
        given["values"], given.get("context"),
    )  # fmt: skip
    origin = replace(asked(lab, "Hi?", prompt="p", values=VALUES).origin, conversation=None)
    request = engine.request(lab, built, origin, PLAIN)
    asyncio.run(_made(lab, replace(request, origin=replace(origin, conversation=new_id()))))
    lab.store.flush()
    done, note = add(lab, ME, path, request.id, ["want=yes"])
    case = done.dataset.cases[-1]
    assert (case.columns["from"], case.columns["want"], note) == (request.id, "yes", "")
    assert (again(lab, path).messages, again(lab, path).system) == (request.messages, request.system)


def test_turns_and_files_become_part_of_it(lab: Lab) -> None:
    path = dataset(lab, "prompt: plain\ncases: c.csv\n", c__csv="id,input\n1,a\n")
    first = engine.ask(lab, ME, Asked("One", model=PLAIN, prompt="plain", files=[File("a.png", png())]))
    asyncio.run(_made(lab, first))
    lab.store.flush()
    follow = Asked("Two", conversation=first.origin.conversation, files=[File("b.pdf", pdf(1))])
    second = engine.ask(lab, ME, follow)
    asyncio.run(_made(lab, second))
    lab.store.flush()
    add(lab, ME, path, second.id)
    found = again(lab, path)
    untitled = [_untitled(each) for each in second.messages]
    assert [_untitled(each) for each in found.messages] == untitled
    assert sorted(file.suffix for file in (lab.folder / "datasets" / "x.files").iterdir()) == [".pdf", ".png"]
    lines = (lab.folder / "datasets" / "c.csv").read_text().splitlines()
    assert lines[:2] == ["id,input,turns,files,from", "1,a,,,"]


def _untitled(message: Any) -> Any:
    """A message as it is, but for the name of a document, and one text for the blocks that hold one."""
    content = message["content"]
    if isinstance(content, str):
        return message["role"], [{"type": "text", "text": content}]
    return message["role"], [
        {key: value for key, value in each.items() if key != "title"} for each in content
    ]


def test_what_cannot_be_told_counts_as_typed(lab: Lab) -> None:
    path = dataset(lab, "prompt: plain\ncases: [{input: a}]\n")
    call = asked(lab, "Hi?", prompt="p", values=VALUES)
    (lab.folder / "prompts" / "p" / "v1.yaml").write_text(PROMPT.replace("Speak", "Talk"))
    done, note = add(lab, ME, path, call.id, ["hello"])
    assert "What was put into p@1 cannot be told" in note
    assert done.dataset.cases[-1].input == "<q>Hi?</q> pro"
    assert [check.expected for check in done.dataset.cases[-1].graders] == [["hello"]]


WRONG = [
    ("prompt: p\ncases: [{input: a}]", "the call had a context. Add `context:"),
    (MAPPED.replace('who: "{{who}}", ', "") + "cases: c.jsonl", "set who to 'me'. Add `variables: {who"),
    (MAPPED + "cases: c.jsonl", "hold the answer against 'want'. Add --expect want=TEXT."),
    (MAPPED.replace('"{{plan}}"', "free") + "cases: c.jsonl", "plan is 'free', which cannot give 'pro'"),
    (MAPPED.replace('"{{input}}"', '"Q: {{input}}"') + "cases: c.jsonl", "input is 'Q: {{input}}', which"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_a_dataset_cannot_hold_is_refused(lab: Lab, text: str, words: str) -> None:
    path = dataset(lab, text, c__jsonl=ONE)
    call = asked(lab, "Hi?", prompt="p", values=VALUES, context="Facts", files=[File("a.png", png())])
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(BadInput) as refused:
        add(lab, ME, path, call.id)
    assert words in str(refused.value)
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_call_becomes_a_case_once_and_what_is_expected_is_told_apart(lab: Lab) -> None:
    call = asked(lab, "Hi?")
    path = dataset(lab, "prompt: plain\ncases: [{input: a, want: b}]\ngraders: [equals: '{{want}}']\n")
    with pytest.raises(BadInput, match="they are numbered. Leave --id out"):
        add(lab, ME, path, call.id, ["c"], "mine")
    add(lab, ME, path, call.id, ["c"])
    with pytest.raises(BadInput, match=f"Call {call.id} is a case of x already: case 2"):
        add(lab, ME, path, call.id, ["c"])
    two = dataset(lab, "prompt: plain\ncases: c.csv\n", c__csv="input\na\n")
    with pytest.raises(BadInput, match="No grader of .* uses a column"):
        add(lab, ME, two, call.id, ["c"])
    three = "graders: [contains: '{{a}}', equals: '{{b}}']\ncases: [{input: x, a: y, b: z}]\nprompt: plain\n"
    with pytest.raises(BadInput, match="could mean any of a, b. Write COLUMN=TEXT"):
        add(lab, ME, dataset(lab, three), call.id, ["c"])
    with pytest.raises(BadInput, match="There is no call 'nope'"):
        add(lab, ME, path, "nope")


@pytest.mark.parametrize(
    ("template", "text", "values"),
    [
        ("{{a}}", "x", {"a": "x"}), ("a {{b}} c", "a x c", {"b": "x"}), ("a {{b}} c", "a c", None),
        ("{{a}}, {{b}}!", "x, y, z!", {"a": "x", "b": "y, z"}), ("{{a}} {{a}}", "x x", {"a": "x"}),
        ("{{a}} {{a}}", "x y", None), ("\\{{a}} {{b}}", "{{a}} x", {"b": "x"}),
        ("a", "a", {}), ("a", "b", None),
        ("a", "ab", None), ("{{a}}b", "xbb", {"a": "xb"}),
    ],
)  # fmt: skip
def test_a_template_is_solved(template: str, text: str, values: dict[str, str] | None) -> None:
    assert solved(template, text) == values
