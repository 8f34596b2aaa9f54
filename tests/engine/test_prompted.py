"""A conversation that a prompt began: its examples stay in front, its settings go on, a context does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.engine import Asked, Lab, ask, build, converse
from lab.errors import BadInput
from lab.store import Store
from lab.types import Message, Principal, Request
from tests.engine.kit import PLAIN, THINKER, answer, caller, lab_of
from tests.prompts.folder import folder

MARK = {"type": "ephemeral", "ttl": "1h"}
FILES = {
    "prompts/plain/v1.yaml": 'system: "You help {{who}}."\nmax_tokens: 77\n'
    "variables: {who: {default: all}}\n",
    "prompts/plain/v2.yaml": f'system: "Be brief."\nmodel: {THINKER}\neffort: low\nstop_sequences: [END]\n',
    "prompts/shown/v1.yaml": 'system: "Sort."\nuser: "Q: {{input}}"\nexamples: {set: s}\ncache: 1h\n',
    "prompts/inside/v1.yaml": 'system: "Sort."\nexamples: {set: s, as: system}\ncache: 1h\n',
    "prompts/fewshot/s/v1.yaml": "examples:\n  - {input: a, output: A}\n  - {input: b, output: B}\n",
}


@pytest.fixture
def lab(store: Store, tmp_path: Path) -> Iterator[Lab]:
    yield replace(lab_of(store, model=PLAIN), folder=folder(tmp_path, FILES))


def turn(lab: Lab, me: Principal, asked: Asked) -> Request:
    """Ask, and be answered Yes."""
    request = ask(lab, me, asked)

    async def read() -> None:
        async with aclosing(converse(lab, build(lab, caller(*answer("Yes"))), me, request)) as events:
            async for _ in events:
                pass

    asyncio.run(read())
    lab.store.flush()
    return request


def on(first: Request, text: str = "And then?", **fields: Any) -> Asked:
    return Asked(text, conversation=first.origin.conversation, **fields)


def user(text: str) -> Message:
    return {"role": "user", "content": text}


YES = {"role": "assistant", "content": [{"type": "text", "text": "Yes"}]}
SHOWN = (
    user("Q: a"),
    {"role": "assistant", "content": "A"},
    user("Q: b"),
    {"role": "assistant", "content": [{"type": "text", "text": "B", "cache_control": MARK}]},
)


def test_examples_and_their_cache_block_stay_in_front(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("one", prompt="shown"))
    second = turn(lab, me, on(first, "two"))
    third = turn(lab, me, on(second, "three"))
    again = ask(lab, me, on(third, "four", prompt="shown@1"))
    assert first.messages == (*SHOWN, user("Q: one"))
    assert second.messages == (*first.messages, YES, user("two"))
    assert third.messages == (*second.messages, YES, user("three"))
    assert again.messages == (*third.messages, YES, user("Q: four"))
    assert {each.system for each in (first, second, third, again)} == {"Sort."}


def test_a_cached_system_text_stays_as_it_is(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("one", prompt="inside"))
    second = turn(lab, me, on(first, "two"))
    (block,) = first.system
    assert (block["type"], block["cache_control"]) == ("text", MARK)
    assert "<input>\na\n</input>" in block["text"]
    assert second.system == first.system
    assert second.messages == (user("one"), YES, user("two"))


def test_the_prompt_goes_on(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("one", prompt="plain@2"))
    second = turn(lab, me, on(first))
    other = turn(lab, me, on(second, prompt="plain@1", values={"who": "us"}))
    last = ask(lab, me, on(other))
    named = [(each.origin.prompt, each.origin.version) for each in (first, second, other, last)]
    assert named == [("plain", 2), ("plain", 2), ("plain", 1), ("plain", 1)]
    for field in ("model", "system", "options", "max_tokens"):
        assert getattr(second, field) == getattr(first, field)
    assert first.options == {"output_config": {"effort": "low"}, "stop_sequences": ["END"]}
    assert (last.system, last.max_tokens) == ("You help us.", 77)


def test_the_context_goes_into_the_persons_turn_alone(lab: Lab, me: Principal) -> None:
    first = turn(lab, me, Asked("one", prompt="plain@1", context={"plan": "free"}))
    told = user('Context:\n{\n  "plan": "free"\n}\n\none')
    assert (first.messages, first.system) == ((told,), "You help all.")
    second = turn(lab, me, on(first, "two", context="Paid."))
    third = ask(lab, me, on(second, "three"))
    assert second.messages == (told, YES, user("Context:\nPaid.\n\ntwo"))
    assert third.messages[-1] == user("three") and third.system == "You help all."


def test_what_is_asked_for_goes_before_the_prompt(lab: Lab, me: Principal) -> None:
    asked = ask(lab, me, Asked("one", prompt="plain@2", max_tokens=9, effort="high"))
    assert (asked.model, asked.max_tokens) == (THINKER, 9)
    assert asked.options == {"output_config": {"effort": "high"}, "stop_sequences": ["END"]}
    assert ask(lab, me, Asked("one", PLAIN, prompt="plain@1")).model == PLAIN


def test_a_draft_is_of_no_version(lab: Lab, me: Principal) -> None:
    drafted = ask(lab, me, Asked("one", prompt="plain@2", system="Be long."))
    assert (drafted.system, drafted.model) == ("Be long.", THINKER)
    assert (drafted.origin.prompt, drafted.origin.version) == ("plain", None)
    same = ask(lab, me, Asked("one", prompt="plain@2", system="Be brief."))
    assert same.origin.version == 2


def test_another_few_shot_set_is_a_draft_too(lab: Lab, me: Principal) -> None:
    shown = ask(lab, me, Asked("one", prompt="shown"))
    without = ask(lab, me, Asked("one", prompt="shown", fewshot=""))
    assert len(shown.messages) > 1 and len(without.messages) == 1
    assert (shown.origin.version, without.origin.version) == (1, None)
    assert ask(lab, me, Asked("one", prompt="shown", fewshot="s")).messages == shown.messages
    taken = ask(lab, me, Asked("one", prompt="plain@2", fewshot="s"))
    assert len(taken.messages) == len(shown.messages) and taken.origin.version is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("one", prompt="plain@1", values={"whom": "x"}), "whom"),
        (Asked("one", values={"who": "x"}), "who"),
        (Asked("one", prompt="plian"), "Did you mean 'plain'?"),
        (Asked("one", prompt="plain@3"), "plain has no version 3; it has 2"),
        (Asked("one", prompt="fewshot/s"), "is a few-shot set, not a prompt"),
        (Asked("one", PLAIN, prompt="plain@2"), "does not take effort 'low'"),
        (Asked(" ", prompt="plain"), "There is no question"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_asked_wrongly(asked: Asked, words: str, lab: Lab, me: Principal) -> None:
    with pytest.raises(BadInput) as error:
        ask(lab, me, asked)
    assert words in str(error.value)
