"""Why a call missed the cache, in the opened call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Lives
from lab.types import Principal
from tests.prompts.folder import folder as prompts

Opened = Callable[..., AppTest]
LONG = "You answer questions about the plans of Harbor, in one sentence each. " * 120
FILES = {"prompts/long/v1.yaml": f'system: "{LONG}"\ncache: 5m\n'}


def said(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.markdown, *app.caption]).replace("\\", "")


def test_the_section_of_an_opened_call(opened: Opened, lives: Lives, folder: Path) -> None:
    prompts(folder, FILES)
    app = opened("chat", prompt="long")
    for question in ("One?", "Two?"):
        app.chat_input[0].set_value(question).run()
    calls = store.calls(lives.lab.store.read, Principal("ana"), 9)
    words = {0: "all that was there to be read", 1: "No earlier request of the last hour in this log"}
    for number, sentence in words.items():
        app = opened("logs", call=calls[number]["id"])
        app.session_state["logs-view"] = "Cache"
        shown = said(app.run())
        assert sentence in shown and "asks for caching" in shown and "What the API says" in shown
