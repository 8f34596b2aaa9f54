"""Pausing in the app."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Lives
from lab.types import Principal

Opened = Callable[..., AppTest]
ANA = Principal("ana", "admin")


def warned(app: AppTest) -> str:
    return " ".join(each.value for each in app.warning).replace("\\", "")


def test_a_prompt_is_paused_seen_where_it_matters_and_resumed(lives: Lives, opened: Opened) -> None:
    app = opened("prompts", prompt="support")
    app.button(key="pause-support").click().run()
    app.selectbox(key="pausing-version-support").set_value(2)
    app.text_input(key="pausing-until").set_value("yesterday").run()
    assert "is not a time" in app.error[0].value.replace("\\", "")
    app.text_input(key="pausing-until").set_value("2h")
    app.text_input(key="pausing-because").set_value("wrong prices").run()
    app.button(key="pausing-do").click().run()
    assert "support@2 are paused" in warned(app) and "wrong prices" in warned(app)
    assert [each.ref for each in store.pauses(lives.lab.store.read)] == ["support@2"]
    assert warned(opened("chat")) == ""
    assert "support@2 are paused" in warned(opened("chat", prompt="support"))
    assert "support@2 are paused" in warned(opened("settings"))
    app.button(key="resume-support@2").click().run()
    app.button(key="pausing-end").click().run()
    assert warned(app) == "" and not store.pauses(lives.lab.store.read)


def test_a_question_that_is_held_is_answered_with_the_sentence(lives: Lives, opened: Opened) -> None:
    app = opened("settings")
    app.button(key="pause-all").click().run()
    app.button(key="pausing-do").click().run()
    chat = opened("chat")
    chat.chat_input(key="chat-input").set_value("Which way is up?").run()
    assert "New calls are paused" in chat.error[0].value.replace("\\", "")
    lives.lab.store.flush()
    (held,) = store.calls(lives.lab.store.read, ANA, 9)
    assert held["state"] == "blocked"
    compare = opened("compare")
    assert "New calls are paused" in warned(compare)
    compare.chat_input(key="compare-input").set_value("Which way is up?").run()
    assert "New calls are paused" in compare.error[0].value.replace("\\", "")
