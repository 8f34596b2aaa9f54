"""The tokens of the next question, counted in chat."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Lives
from lab.types import Principal

Opened = Callable[..., AppTest]


def captions(app: AppTest) -> str:
    return " ".join(each.value for each in app.caption).replace("\\", "")


def test_the_count_holds_until_something_changes(opened: Opened, lives: Lives) -> None:
    app = opened("chat", prompt="support@1")
    app.button(key="chat-new-counted-button").click().run()
    assert not app.exception and "This would send" in captions(app) and "nobody pays" in captions(app)
    app.text_area(key="chat-new-context").set_value("They are on the team plan.").run()
    assert "This would send" not in captions(app)
    assert store.calls(lives.lab.store.read, Principal("ana"), 9) == []


@pytest.fixture
def small(folder: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_MAX_INPUT_TOKENS", "30")


def test_what_is_too_long_is_refused_and_stays_to_be_shortened(
    small: None, opened: Opened, lives: Lives
) -> None:
    app, text = opened("chat"), "How do I reset my password? " * 9
    app.chat_input[0].set_value(text).run()
    assert "max_input_tokens is 30" in app.error[0].value.replace("\\", "")
    assert app.chat_input[0].proto.value == text and "c" not in app.query_params
    app.chat_input[0].set_value("Why?").run()
    assert not app.error and len(app.chat_message) == 2
