"""Which thinking goes along with a further turn: what this model thought, with these tools, behind just this
text, up to the first turn of which that is not so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.engine import Asked, Lab, ask, shortened
from lab.policy import Policy
from lab.store import Store
from lab.types import Principal, Request
from tests.engine.kit import PLAIN, STARTED, THINKER, answer, lab_of
from tests.engine.test_chat import on, said, turn
from tests.engine.test_tools import calls, conversed, use

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
TEXT = {"type": "text", "text": "Yes."}
TOOL = "tools: [{name: weather, input_schema: {type: object}, mock: cold}]\n"


@pytest.fixture
def lab(store: Store, tmp_path: Path) -> Lab:
    for name, text in (("plain", ""), ("tooled", TOOL), ("other", "user: '{{input}}!'\n")):
        (tmp_path / "prompts" / name).mkdir(parents=True)
        (tmp_path / "prompts" / name / "v1.yaml").write_text(f"system: Be kind.\n{text}")
    return replace(lab_of(store, model=PLAIN), folder=tmp_path)


def thoughts(request: Request) -> list[bool]:
    """Of each of the model's turns, whether it still has its thinking."""
    turns = [message for message in request.messages if message["role"] == "assistant"]
    return [THOUGHT in message["content"] for message in turns]


Steps = list[dict[str, Any]]
"""What each question of a conversation is asked with; `thinks` False: the model does not."""


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ([{}, {}, {}], [True, True]),
        ([{}, {}, {"max_tokens": 99}], [True, True]),
        ([{}, {}, {"model": THINKER}], [False, False]),
        ([{}, {}, {"system": "Be brief."}], [False, False]),
        ([{}, {"model": THINKER}, {"model": PLAIN}], [True, False]),
        ([{}, {"model": THINKER}, {"model": THINKER}], [False, False]),
        ([{"thinks": False}, {"model": THINKER}, {"model": THINKER}], [False, True]),
        ([{"thinks": False}, {"system": "Be brief."}, {"system": "Be brief."}], [False, True]),
        ([{}, {"system": "Be brief."}, {"system": ""}], [True, False]),
        ([{}, {"model": THINKER}, {"model": PLAIN}, {"model": PLAIN}], [True, False, False]),
        ([{"prompt": "plain"}, {}, {}], [True, True]),
        ([{"prompt": "plain"}, {"prompt": "other"}, {}], [True, True]),
        ([{"prompt": "plain"}, {"prompt": "tooled"}, {}], [False, False]),
        ([{"prompt": "tooled"}, {"prompt": "tooled"}, {}], [True, True]),
        ([{"prompt": "tooled"}, {"prompt": "plain"}, {"prompt": "tooled"}], [True, False]),
    ],
)
def test_thinking_goes_along_as_long_as_nothing_changed(
    steps: Steps, left: list, lab: Lab, me: Principal
) -> None:
    *before, last = steps
    asked: Request | None = None
    for number, fields in enumerate(before):
        thinks = fields.get("thinks", True)
        fields = {name: value for name, value in fields.items() if name != "thinks"}
        question = on(asked, f"Q{number}", **fields) if asked else Asked(f"Q{number}", **fields)
        asked = turn(lab, me, question, STARTED, said([THOUGHT, TEXT] if thinks else [TEXT]))
    assert thoughts(ask(lab, me, on(asked, **last))) == left


def shorter(lab: Lab, me: Principal, asked: Request) -> Request:
    return shortened(lab, me, asked.id)


def rephrased(lab: Lab, me: Principal, asked: Request) -> Request:
    return replace(ask(lab, me, on(asked)), policy=Policy("rephrase"))


@pytest.mark.parametrize(
    ("make", "rounds", "left"),
    [
        (shorter, [[STARTED, said([THOUGHT, TEXT])]], [True, False]),
        (
            rephrased,
            [answer("I can't help with that."), [STARTED, said([THOUGHT, TEXT])]],
            [True, True, False],
        ),
        (rephrased, [[STARTED, said([THOUGHT, TEXT])]], [True, True, True]),
    ],
    ids=["shortened", "rephrased", "not rephrased"],
)
def test_what_was_thought_behind_another_text_stays_behind(
    make: Callable[..., Request], rounds: list, left: list, lab: Lab, me: Principal
) -> None:
    asked = turn(lab, me, Asked("Q0"), STARTED, said([THOUGHT, TEXT]))
    asked = turn(lab, me, on(asked, "Q1"), STARTED, said([THOUGHT, TEXT]))
    conversed(lab, me, make(lab, me, asked), *rounds)
    assert thoughts(ask(lab, me, on(asked))) == left


def test_thinking_on_the_way_to_an_answer_goes_along(lab: Lab, me: Principal) -> None:
    asked = ask(lab, me, Asked("Q0", prompt="tooled"))
    conversed(lab, me, asked, calls(THOUGHT, use("t1")), [STARTED, said([THOUGHT, TEXT])])
    assert thoughts(ask(lab, me, on(asked))) == [True, True]
    assert thoughts(ask(lab, me, on(asked, model=THINKER))) == [False, False]
