"""Why the cache was missed, in chat and in the log."""

from __future__ import annotations

import json
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Lives
from lab.types import Principal

Opened = Callable[..., AppTest]
MISS = json.dumps({"type": "system_changed", "cache_missed_input_tokens": 1200})
SAID = "The system text changed: about 1,200 tokens were not read from the cache."


def captions(app: AppTest) -> str:
    return " ".join(each.value for each in app.caption).replace("\\", "")


def test_it_stands_below_the_figures_of_the_turn_and_of_the_call(opened: Opened, lives: Lives) -> None:
    app = opened("chat")
    app.chat_input[0].set_value("Why?").run()
    assert SAID not in captions(app)
    (call,) = store.calls(lives.lab.store.read, Principal("ana"), 9)
    lives.lab.store.post(
        lambda connection: connection.execute(
            "UPDATE calls SET cache_miss = ? WHERE id = ?", (MISS, call["id"])
        )
    )
    lives.lab.store.flush()
    assert SAID in captions(opened("chat", c=call["conversation_id"]))
    assert SAID in captions(opened("logs", call=call["id"]))
