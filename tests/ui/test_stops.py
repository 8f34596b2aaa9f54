"""What chat offers for each reason that an answer may stop for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab import engine, store
from lab.engine.layers.tools import ROUNDS
from tests.scripted import message, played, text
from tests.ui.test_chat import ANA, asked, said

Script = Callable[..., tuple[AppTest, Sequence[Any]]]
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "up"}}


@pytest.fixture
def script(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """`script(answer, answer)` is the page Chat with a server that answers so, and the bodies it gets."""
    with ExitStack() as stack:

        def play(*answers: bytes, **params: str) -> tuple[AppTest, Sequence[Any]]:
            url, bodies = stack.enter_context(played(*answers))
            monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
            monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
            stack.callback(engine.lives(Path.cwd()).close)
            return page("chat", **params), bodies

        yield play


def page(name: str, **params: str) -> AppTest:
    app = AppTest.from_string(f"from lab.ui.frame import frame\nframe({name!r})", default_timeout=120)
    for key, value in params.items():
        app.query_params[key] = value
    return app.run()


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if each.label == label)


def info(app: AppTest) -> str:
    return " ".join(each.value for each in app.info)


def test_a_paused_answer_goes_on(script: Script) -> None:
    app, bodies = script(message(SEARCH, stop_reason="pause_turn"), message(text("Up is there.")))
    asked(app, "Up?")
    assert "paused by the api" in info(app).lower()
    button(app, "Go on").click().run()
    assert bodies[1]["messages"] == [
        {"role": "user", "content": "Up?"},
        {"role": "assistant", "content": [SEARCH]},
    ]
    assert said(app)[0] == "Up?" and said(app)[-1] == "Up is there." and len(app.chat_message) == 3
    assert not app.exception and "Go on" not in {each.label for each in app.button}


def test_a_full_window_offers_half_the_history(script: Script) -> None:
    full = message(text("Up"), stop_reason="model_context_window_exceeded")
    app, bodies = script(message(text("One.")), message(text("Two.")), full, message(text("Up is there.")))
    for question in ("One?", "Two?", "Up?"):
        asked(app, question)
    assert "leave the older half of it out" in info(app)
    button(app, "Ask with half the history").click().run()
    assert [turn["content"] for turn in bodies[3]["messages"]][::2] == ["Two?", "Up?"]
    assert said(app)[-1] == "Up is there." and not app.exception


def test_what_was_declined_is_marked_and_not_sent_along(script: Script) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No *exploits*."}
    end = {"stop_reason": "refusal", "stop_details": details}
    app, bodies = script(message(text("First you"), **end), message(text("Yes.")))
    asked(app, "Break in!")
    assert r"answer \(cyber\)\: No \*exploits\*" in app.warning[0].value
    assert "Begun, then discarded" in {each.label for each in app.expander}
    asked(app, "And now?")
    assert bodies[1]["messages"] == [{"role": "user", "content": "And now?"}]


@pytest.mark.parametrize(
    ("words", "end", "shown"),
    [
        ("I can't help with that.", {}, "may be a refusal"),
        ("Yes.", {"stop_reason": "tired"}, "a reason that this lab does not know"),
        ("Yes.", {}, ""),
        ("Yes", {"stop_reason": "stop_sequence", "stop_sequence": "."}, ""),
    ],
)
def test_what_has_to_be_known_is_said(words: str, end: dict[str, Any], shown: str, script: Script) -> None:
    app, _ = script(message(text(words), **end))
    asked(app, "Up?")
    assert shown in info(app) and bool(app.info) is bool(shown)
    if "stop_sequence" in end:
        assert 'ended at the stop sequence "."' in app.chat_message[1].caption[0].value.replace("\\", "")


def prompt(folder: Path, name: str, text: str) -> None:
    (folder / "prompts" / name).mkdir()
    (folder / "prompts" / name / "v1.yaml").write_text(text, encoding="utf-8")


def test_another_models_answer_takes_the_place_of_a_refusal(folder: Path, script: Script) -> None:
    prompt(folder, "careful", "system: x\non_refusal:\n  fallback: claude-opus-4-8\n")
    refused = message(text("First you"), stop_reason="refusal")
    app, bodies = script(refused, message(text("Up is there.")), prompt="careful")
    asked(app, "Up?")
    assert "claude-opus-4-8 was asked instead" in app.chat_message[1].caption[0].value.replace("\\", "")
    assert said(app)[1] == "Up is there." and bodies[1]["model"] == "claude-opus-4-8"
    asked(app, "And down?")
    assert [turn["content"] for turn in bodies[2]["messages"]][::2] == ["Up?", "And down?"]


def test_a_flagged_answer_is_found_and_settled(folder: Path, script: Script) -> None:
    prompt(folder, "careful", "system: x\non_refusal: person\n")
    app, _ = script(message(text("I can't help with that.")), prompt="careful")
    asked(app, "Up?")
    assert "A person is to look at this" in app.chat_message[1].caption[0].value
    (call,) = store.calls(engine.lives(Path.cwd()).lab.store.read, ANA, 9)
    logs = page("logs", marked="for a person", call=call["id"])
    assert any("A person is to look" in each.value for each in logs.warning)
    logs.button(key=f"logs-settle-{call['id']}").click().run()
    assert any("Settled by ana" in each.value for each in logs.caption) and not logs.exception
    assert any("No call matches" in each.value for each in page("logs", marked="for a person").markdown)


GUIDE = """\
system: x
tools:
  - name: weather
    input_schema: {type: object}
    mock: cold *here*
  - name: clock
    input_schema: {type: object}
"""
WEATHER = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}
CLOCK = {"type": "tool_use", "id": "toolu_2", "name": "clock", "input": {}}


def test_tools_are_shown_folded_and_a_person_answers_what_no_mock_does(folder: Path, script: Script) -> None:
    prompt(folder, "guide", GUIDE)
    app, bodies = script(
        message(text("Let me see."), WEATHER, stop_reason="tool_use"),
        message(WEATHER, CLOCK, stop_reason="tool_use"),
        message(text("Noon.")),
        prompt="guide",
    )
    asked(app, "Up?")
    assert [each.label for each in app.expander] == ["weather", "weather", "clock"]
    assert "Oslo" in app.expander[0].code[0].value and app.expander[0].text[0].value == "cold *here*"
    assert said(app)[0] == "Up?" and "Let me see." in said(app)[1] and "Waits for a tool" in info(app)
    (field,) = (each for each in app.text_input if each.label == "What clock answers")
    button(app, "Send").click().run()
    assert "has no answer yet" in app.error[0].value
    field = next(each for each in app.text_input if each.label == "What clock answers")
    field.set_value("12:00")
    button(app, "Send").click().run()
    assert said(app)[-1] == "Noon." and not app.exception and not app.error
    results = bodies[2]["messages"][-1]["content"]
    assert [each["content"] for each in results] == ["cold *here*", "12:00"]
    assert "Send" not in {each.label for each in app.button}
    again = page("chat", c=app.query_params["c"])
    assert said(again) == said(app)


def test_a_loop_of_mocks_that_was_stopped_can_go_on(folder: Path, script: Script) -> None:
    prompt(folder, "guide", GUIDE)
    rounds = [message(WEATHER, stop_reason="tool_use")] * (ROUNDS + 1)
    app, bodies = script(*rounds, message(text("Cold.")), prompt="guide")
    asked(app, "Up?")
    assert len(bodies) == ROUNDS + 1 and "Waits for a tool" in info(app)
    button(app, "Go on with the mocks’ answers").click().run()
    assert said(app)[-1] == "Cold." and len(bodies) == ROUNDS + 2 and not app.exception
