"""Chatting, as a page draws it once the answer is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Lives
from lab.evals import openers
from lab.types import Principal

ANA = Principal("ana")
Opened = Callable[..., AppTest]


def asked(app: AppTest, text: str) -> AppTest:
    return app.chat_input[0].set_value(text).run()


def said(app: AppTest) -> list[str]:
    """What stands in the messages."""
    return [" ".join(part.value for part in message.markdown) for message in app.chat_message]


def test_the_first_question_needs_nothing_but_itself(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "How do I reset my password?")
    assert not app.error and not app.exception
    question, answer = said(app)
    assert question == "How do I reset my password?" and "simulated answer" in answer
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    assert app.query_params["c"] == call["conversation_id"]
    assert call["state"] == "ok" and call["prompt"] is None
    assert f"out {call['output_tokens']}" in app.chat_message[1].caption[0].value.replace("\\", "")


def test_a_prompt_comes_with_its_fields_and_goes_into_the_call(opened: Opened, lives: Lives) -> None:
    app = opened("chat", prompt="support@2")
    assert app.selectbox(key="chat-new-prompt").value == "support@2"
    app.text_input(key="chat-new-var-support@2-plan").set_value("team")
    asked(app, "What do I pay?")
    assert not app.error
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    assert (call["prompt"], call["version"]) == ("support", 2)
    sent = store.call(lives.lab.store.read, ANA, call["id"])["request"]
    assert "team" in str(sent["system"]) + str(sent["messages"])
    assert said(app)[0] == "What do I pay?"
    assert "prompt" not in app.query_params


def test_what_is_suggested_fits_the_prompt(opened: Opened, lives: Lives, folder: Path) -> None:
    app = opened("chat", prompt="support@2")
    assert any("Says how to answer" in caption.value for caption in app.caption)
    one = openers(folder / "datasets", "support", 3)[1]
    app.button(key="chat-suggestion-1").click().run()
    assert not app.error and one.values == {"plan": "team"}
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    sent = store.call(lives.lab.store.read, ANA, call["id"])["request"]
    assert "team" in str(sent["system"]) and one.input in str(sent["messages"])
    labels = {
        ref: [button.label for button in opened("chat", prompt=ref).button if "suggestion" in str(button.key)]
        for ref in ("insurance@2", "insurance@1")
    }
    assert len(labels["insurance@2"]) == 3 and not labels["insurance@1"]  # of its own examples, if any


def test_a_conversation_goes_on_as_it_was(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat", prompt="support@2", model="claude-haiku-5-5"), "One?")
    asked(app, "Two?")
    newest, oldest = store.calls(lives.lab.store.read, ANA, 9)
    for name in ("prompt", "version", "model", "conversation_id"):
        assert newest[name] == oldest[name]
    assert len(app.chat_message) == 4
    other = opened("chat", c=newest["conversation_id"])
    assert said(other) == said(app)


def test_a_further_turn_keeps_the_system_text_of_a_prompt(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat", prompt="extract@2"), "One?")
    assert not any("Draft" in each.value for each in app.caption)
    asked(app, "Two?")
    newest, oldest = store.calls(lives.lab.store.read, ANA, 9)
    read = lives.lab.store.read
    first, then = (store.call(read, ANA, each["id"])["request"]["system"] for each in (oldest, newest))
    assert first == then and first


def test_a_draft_of_the_system_text_is_sent_and_named_a_draft(opened: Opened, lives: Lives) -> None:
    app = opened("chat", prompt="support@1")
    app.text_area(key="chat-new-system-support@1").set_value("Answer in one word.").run()
    assert any("Draft" in each.value for each in app.caption)
    asked(app, "Why?")
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    assert (call["prompt"], call["version"]) == ("support", None)
    assert store.call(lives.lab.store.read, ANA, call["id"])["request"]["system"] == "Answer in one word."


def test_what_is_wrong_is_said_and_what_was_typed_stays(opened: Opened, lives: Lives) -> None:
    app = opened("chat", prompt="support@2")
    app.text_input(key="chat-new-var-support@2-features").set_value("{").run()
    asked(app, "What do I pay?")
    (error,) = app.error
    assert "features" in error.value
    assert app.chat_input[0].proto.value == "What do I pay?"
    assert store.calls(lives.lab.store.read, ANA, 9) == []
    asked(opened("chat"), "All well?")
    assert len(store.calls(lives.lab.store.read, ANA, 9)) == 1


def test_thumbs_and_a_note_are_kept(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "Why?")
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    app.feedback(key=f"chat-rate-{call['id']}").set_value(0).run()
    app.session_state[f"chat-noting-{call['id']}"] = True
    app.run()
    app.text_area(key=f"chat-note-{call['id']}").set_value(" Too long. ").run()
    lives.lab.store.flush()
    (turn,) = store.turns(lives.lab.store.read, ANA, call["conversation_id"], 9)
    assert (turn["rating"], turn["note"]) == (-1, "Too long.")
    again = opened("chat", c=call["conversation_id"])
    assert again.feedback(key=f"chat-rate-{call['id']}").value == 0
    again.feedback(key=f"chat-rate-{call['id']}").set_value(1).run()
    lives.lab.store.flush()
    (turn,) = store.turns(lives.lab.store.read, ANA, call["conversation_id"], 9)
    assert (turn["rating"], turn["note"]) == (1, "Too long.")


def test_a_cut_answer_offers_to_go_on(opened: Opened, lives: Lives) -> None:
    app = opened("chat")
    app.number_input(key="chat-new-max_tokens").set_value(5)
    asked(app, "[[words 50]]")
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    assert "cut off at max" in app.info[0].value.lower()
    app.button(key=f"chat-on-{call['id']}").click().run()
    newest = store.calls(lives.lab.store.read, ANA, 9)[0]
    request = store.call(lives.lab.store.read, ANA, newest["id"])["request"]
    assert [message["role"] for message in request["messages"]] == ["user", "assistant", "user"]
    assert "Go on exactly where" in str(request["messages"][-1])


def test_a_failure_says_why_and_can_be_asked_again(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "Why? [[400 once]]")
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    assert "Failed" in app.error[0].value and "400" in app.error[0].value
    app.button(key=f"chat-again-{call['id']}").click().run()
    newest, oldest = store.calls(lives.lab.store.read, ANA, 9)
    assert (newest["state"], oldest["state"]) == ("ok", "failed")
    assert newest["conversation_id"] == oldest["conversation_id"]
    assert f"chat-again-{newest['id']}" not in {button.key for button in app.button}


def test_a_refusal_says_so(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "Why? [[refuse after 2]]")
    assert "declined to answer" in app.warning[0].value


def test_conversations_are_listed_renamed_and_deleted(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "First?")
    first = app.query_params["c"]
    app.button(key="chat-new").click().run()
    assert "c" not in app.query_params and not app.chat_message
    asked(app, "Second?")
    app.button(key=f"chat-open-{first}").click().run()
    assert said(app)[0] == "First?"
    app.text_input(key=f"chat-title-{first}").set_value("My own title").run()
    assert app.button(key=f"chat-open-{first}").label == "My own title"
    app.button(key=f"chat-delete-{first}").click().run()
    assert "c" not in app.query_params
    assert f"chat-open-{first}" not in {button.key for button in app.button}
    calls = store.calls(lives.lab.store.read, ANA, 9)
    assert [call["conversation_id"] is None for call in calls] == [False, True]
    gone = opened("chat", c=first)
    assert "There is no conversation" in gone.error[0].value and not gone.exception


def test_long_conversations_are_paged(opened: Opened, lives: Lives) -> None:
    app = opened("chat")
    for number in range(22):
        asked(app, f"Question {number}?")
    fresh = opened("chat", c=app.query_params["c"])
    assert said(fresh)[0] == "Question 2?" and len(fresh.chat_message) == 40
    fresh.button(key="chat-earlier").click().run()
    assert said(fresh)[0] == "Question 0?" and len(fresh.chat_message) == 44


@pytest.fixture
def small(folder: Path) -> None:
    """A model whose context window is soon full."""
    text = '[models."claude-haiku-5-5"]\ncontext = 1500\n'
    (folder / "lab.toml").write_text(text, encoding="utf-8")


def test_the_cut_of_the_history_is_drawn(small: None, opened: Opened) -> None:
    app = opened("chat", model="claude-haiku-5-5")
    app.number_input(key="chat-new-max_tokens").set_value(300)
    for number in range(4):
        asked(app, f"Question {number}? {'long ' * 150}")
    assert any("no longer sees" in each.value for each in app.caption)


def test_another_page_with_the_same_conversation_is_not_doubled(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "Why?")
    app.run()
    opened("chat", c=app.query_params["c"])
    assert len(store.calls(lives.lab.store.read, ANA, 9)) == 1
