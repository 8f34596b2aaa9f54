"""Conversations of the log, as its page lists them and opens one."""

from __future__ import annotations

import json
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from lab.engine import Lives
from lab.ui.parts.dialogues import SIZE
from tests.store.test_talks import grown
from tests.store.test_threads import turn
from tests.ui.test_logs import acted, fine, params, said, the_table

Opened = Callable[..., AppTest]


def titles(app: AppTest) -> list[str]:
    return list(the_table(fine(app), "conversation")["conversation"])


def test_nothing_says_how_there_is_something(opened: Opened) -> None:
    assert "No conversations yet" in said(fine(opened("logs", view="conversations")))
    app = opened("logs", view="conversations", user="nobody")
    assert "No conversation matches" in said(fine(app))
    app.button(key="dialogues-clear").click().run()
    assert params(app) == {"view": "conversations"}
    app = opened("logs", view="conversations", conversation="nothing")
    assert not app.exception and "no conversation" in app.error[0].value


def test_a_list_is_sifted_and_paged_by_the_address(lives: Lives, opened: Opened) -> None:
    base = lives.lab.store
    for number in range(SIZE + 1):
        turn(base, f"c{number:02}", f"call{number:02}", f"Question {number}?", user="ann")
    turn(base, "ben", "call99", "An invoice :material/home:?", user="ben")
    app = opened("logs", view="conversations")
    assert len(titles(app)) == SIZE and titles(app)[0] == "An invoice :\u200bmaterial/home:?"
    app.button(key="dialogues-Older").click().run()
    assert titles(app) == ["Question 1?", "Question 0?"] and "behind" in params(app)
    app.button(key="dialogues-Newer").click().run()
    assert len(titles(app)) == SIZE
    app.selectbox(key="dialogues-user").select("ben").run()
    assert len(titles(app)) == 1 and params(app) == {"view": "conversations", "user": "ben"}
    app.text_input(key="dialogues-q").set_value("nowhere").run()
    assert params(app)["q"] == "nowhere" and "No conversation matches" in said(fine(app))
    app = opened("logs", view="conversations", q="invoice")
    id = app.dataframe[0].proto.button_click_widgets["conversation"]
    app = acted(app, id, string_trigger_value={"data": json.dumps({"row": 0, "label": ""})})
    assert params(app)["conversation"] == "ben" and "An invoice" in said(fine(app))
    app.button(key="dialogue-back").click().run()
    assert params(app) == {"view": "conversations", "q": "invoice"}
    assert "is not a day" in opened("logs", view="conversations", **{"from": "x"}).error[0].value


def test_one_is_told_turn_by_turn(lives: Lives, opened: Opened) -> None:
    grown(lives.lab.store)
    app = opened("logs", view="conversations", conversation="c")
    told = said(fine(app))
    assert "**1** Question a?" in told and "Answer d." in told and "Answer b." not in told
    assert "rated 1 up, 1 down" in told and "after the turn before" in told and "simulated" in told
    app.session_state["dialogue-others-a"] = True
    told = said(fine(app.run()))
    assert "Answer b." in told and "(estimate)" in told and "unknown" in told
    app.button(key="dialogue-open-d").click().run()
    assert params(app) == {"call": "d"}
