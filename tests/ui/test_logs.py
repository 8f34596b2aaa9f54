"""The log of calls, as a page shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab import cost, engine, store
from lab.engine import Asked, Lives
from lab.store.wanted import first_id
from lab.types import Principal, new_id
from tests.store.rows import answered, asked, post_all, whole_call

ANA = Principal("ana", "admin")
Opened = Callable[..., AppTest]


def made(lives: Lives, text: str, **fields: Any) -> str:
    """A call that has ended."""
    live, seen = lives.start(ANA, engine.ask(lives.lab, ANA, Asked(text, **fields))), -1
    while not live.ended:
        seen = live.wait(seen, 1.0)
    return live.id


def written(lives: Lives, *texts: str) -> list[str]:
    """Calls as their rows, without an engine, oldest first; gives their ids."""
    database, ids = lives.lab.store, sorted(new_id() for _ in texts)
    for id, text in zip(ids, texts, strict=True):
        post_all(database, *whole_call(database, asked(id, text=text)))
    database.flush()
    return ids


def the_table(app: AppTest, column: str) -> Any:
    """The one that has such a column."""
    (found,) = [each.value for each in app.dataframe if column in each.value]
    return found


def column(app: AppTest, name: str) -> list[Any]:
    return list(the_table(app, "outcome")[name])


def ticked(app: AppTest, row: int) -> AppTest:
    """The row's box is ticked."""
    selection = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return acted(app, app.dataframe[0].proto.id, string_value=json.dumps(selection))


def clicked(app: AppTest, row: int) -> AppTest:
    """The row's question is clicked."""
    id = app.dataframe[0].proto.button_click_widgets["question"]
    return acted(app, id, string_trigger_value={"data": json.dumps({"row": row, "label": ""})})


def acted(app: AppTest, id: str, **state: Any) -> AppTest:
    """What AppTest has no method for: it knows tables as things to look at."""
    states = app._tree.get_widget_states()
    states.widgets.add(id=id, **state)
    return app._run(states)


def opened_at(app: AppTest, view: str) -> AppTest:
    """Another view of the open call."""
    app.session_state["logs-view"] = view
    return app.run()


def said(app: AppTest) -> str:
    """All words on the page, without the signs that keep them from being Markdown."""
    parts = (*app.markdown, *app.caption, *app.error, *app.info, *app.code)
    return "\n".join(each.value for each in parts).replace("\\", "")


def fine(app: AppTest) -> AppTest:
    assert not app.exception and not app.error, [*app.exception, *app.error]
    return app


def params(app: AppTest) -> dict[str, str]:
    return dict(app.query_params)


def test_an_empty_log_says_where_calls_come_from(opened: Opened) -> None:
    app = fine(opened("logs"))
    assert "No calls yet" in said(app) and "Chat" in said(app)
    assert not app.dataframe


def test_each_tab_has_an_address_and_says_so_while_it_is_empty(opened: Opened) -> None:
    app = opened("logs")
    for view in ("conversations", "health", "alerts", "calls", "no such view"):
        app.query_params["view"] = view
        fine(app.run())
        assert app.session_state["logs-tabs"] == ("calls" if view == "no such view" else view)
        assert said(app)


def test_a_row_tells_what_was_asked_how_it_ended_and_what_it_took(opened: Opened, lives: Lives) -> None:
    made(lives, "How do I pay?")
    made(lives, "[[529 twice]] Again")
    made(lives, "[[cut after 2]] Then?", prompt="support@2", values={"plan": "team"})
    made(lives, "[[unauthorized]] No")
    app = fine(opened("logs"))
    assert column(app, "outcome") == [["failed"], ["failed"], ["finished, 3 attempts"], ["finished"]]
    assert column(app, "question")[0] == "[[unauthorized]] No"
    assert column(app, "question")[3] == "How do I pay?"
    assert column(app, "prompt")[1] == "support@2"
    assert set(column(app, "source")) == {"simulated"}
    calls = store.calls(lives.lab.store.read, ANA, 9)
    assert column(app, "in")[2:] == [call["input_tokens"] for call in calls[2:]]
    assert column(app, "cost")[0] == "$0"
    assert column(app, "cost")[1].startswith("≤ $") and column(app, "cost")[1].endswith("est.")
    assert column(app, "cost")[3] == cost.dollars(calls[3]["cost"])
    assert column(app, "stop_reason")[3] == "end_turn"


def test_a_question_is_shown_as_it_was_typed(opened: Opened, lives: Lives) -> None:
    written(lives, ":material/delete: **x**", "\ud83d half", "a\n\n  b", " ", "z" * 1000)
    app = fine(opened("logs"))
    assert column(app, "question") == [
        "z" * 37 + " … 963 more",
        "(no text)",
        "a b",
        "\ufffd\ufffd\ufffd half",
        ":\u200bmaterial/delete: **x**",
    ]


def test_what_is_not_known_is_no_nought(opened: Opened, lives: Lives) -> None:
    id = new_id()
    post_all(lives.lab.store, store.call_opened(asked(id), lives.lab.store.process, "anthropic", "api"))
    lives.lab.store.flush()
    app = fine(opened("logs", call=id))
    assert column(app, "outcome") == [["waiting for the model"]]
    assert column(app, "cost") == ["unknown"]
    assert column(app, "in") == [None]
    assert "Nothing was sent." in said(app) and "Nothing arrived." in said(app)
    assert "still running" in said(opened_at(app, "Time"))
    assert "known when it ends" in said(opened_at(app, "Cost"))
    fine(opened_at(app, "JSON"))


FILTERS = [
    ("state", "failed", ["failed"]),
    ("model", "claude-opus-5-5", ["other"]),
    ("prompt", "support", ["draft", "two", "one"]),
    ("prompt", "support@2", ["two"]),
    ("stop_reason", "end_turn", ["draft", "two", "one", "other"]),
    ("source", "api", []),
    ("origin", "check", ["one"]),
    ("time", "24h", ["failed", "draft", "two", "one", "other"]),
    ("time", "30d", ["failed", "draft", "two", "one", "other"]),
]


@pytest.fixture
def several(lives: Lives) -> Lives:
    """One call of each kind: the last through the engine, the others some minutes before it."""
    database, why = lives.lab.store, asked("x").origin
    calls = {
        "other": (why, "claude-opus-5-5"),
        "one": (replace(why, source="check", prompt="support", version=1), "claude-sonnet-5-5"),
        "two": (replace(why, prompt="support", version=2), "claude-sonnet-5-5"),
        "draft": (replace(why, prompt="support"), "claude-sonnet-5-5"),
    }
    for minutes, (text, (origin, model)) in enumerate(calls.items(), -9):
        id = first_id(datetime.now(UTC) + timedelta(minutes=minutes))
        post_all(database, *whole_call(database, replace(asked(id, text=text, model=model), origin=origin)))
    database.flush()
    made(lives, "[[unauthorized]] failed")
    return lives


def unfolded(app: AppTest) -> AppTest:
    """With the panel of filters open."""
    app.session_state["logs-panel"] = True
    return fine(app.run())


def words(app: AppTest) -> list[str]:
    return [question.split()[-1] for question in column(app, "question")] if app.dataframe else []


@pytest.mark.parametrize(("name", "value", "expected"), FILTERS)
def test_a_filter_is_chosen_and_stands_in_the_address(
    opened: Opened, several: Lives, name: str, value: str, expected: list[str]
) -> None:
    app = unfolded(opened("logs", before="zzz"))
    app = fine(app.selectbox(f"logs-{name}").set_value(value).run())
    assert params(app) == {name: value}
    assert words(app) == expected
    again = unfolded(opened("logs", **{name: value}))
    assert words(again) == expected
    assert again.selectbox(f"logs-{name}").value == value


def test_filters_go_together_and_can_all_be_taken_away(opened: Opened, several: Lives) -> None:
    app = unfolded(opened("logs", prompt="support@1", origin="check", state="ok"))
    assert words(app) == ["one"]
    app = fine(app.selectbox("logs-model").set_value("claude-opus-5-5").run())
    assert not app.dataframe and "No call matches" in said(app)
    app = fine(app.button("logs-clear-all").click().run())
    assert params(app) == {} and len(words(app)) == 5
    app = unfolded(app)
    assert {app.selectbox(f"logs-{name}").value for name in ("prompt", "origin", "state", "model")} == {""}


def test_what_there_is_to_choose_from_is_what_was_asked(opened: Opened, several: Lives) -> None:
    app = unfolded(opened("logs"))
    assert app.selectbox("logs-model").options == ["Any", "claude-opus-5-5", "claude-sonnet-5-5"]
    labelled = ["support@production", "support@staging"]
    assert app.selectbox("logs-prompt").options == ["Any", "support", *labelled, "support@2", "support@1"]
    assert "max_tokens: cut off at max_tokens" in app.selectbox("logs-stop_reason").options


def test_days_are_chosen_one_by_one(opened: Opened, several: Lives) -> None:
    app = fine(opened("logs", time="7d"))
    app = fine(app.selectbox("logs-time").set_value("days").run())
    assert set(params(app)) == {"from", "to"} and len(words(app)) == 5
    first = app.date_input("logs-from")
    app = fine(first.set_value(first.value.replace(year=2020)).run())
    assert params(app)["from"].startswith("2020-") and len(words(app)) == 5
    last = app.date_input("logs-to")
    app = fine(last.set_value(last.value.replace(year=2021)).run())
    assert "No call matches" in said(app)
    app = fine(app.selectbox("logs-time").set_value("").run())
    assert params(app) == {}


@pytest.mark.parametrize("address", [{"from": "yesterday"}, {"to": "9999-12-31"}, {"from": "2026-02-30"}])
def test_a_day_that_is_none_is_said(opened: Opened, several: Lives, address: dict[str, str]) -> None:
    app = opened("logs", **address)
    assert "is not a day such as" in app.error[0].value
    assert words(app) == []


WRONG = [
    ({"state": "faild"}, "‘faild’ is no value of state. Did you mean 'failed'? There are: started,"),
    ({"prompt": "support@x"}, "The prompt support has no label ‘x’."),
    ({"prompt": "nothing@x"}, "nothing"),
    ({"cost_from": "much"}, "‘much’ is no amount in dollars, such as 0.05."),
    ({"total_over": "-1"}, "‘-1’ is no time in seconds, such as 1.5."),
]


@pytest.mark.parametrize(("address", "sentence"), WRONG)
def test_an_address_that_asks_wrongly_is_told_so_and_can_be_mended(
    opened: Opened, several: Lives, address: dict[str, str], sentence: str
) -> None:
    app = opened("logs", **address)
    assert sentence in app.error[0].value.replace("\\", "") and not words(app)
    app = fine(app.button(f"logs-chip-{[*address][0]}").click().run())
    assert params(app) == {} and len(words(app)) == 5


def test_an_address_may_ask_for_what_there_is_not(opened: Opened, several: Lives) -> None:
    app = unfolded(opened("logs", model="' OR 1"))
    assert "No call matches" in said(app)
    assert app.selectbox("logs-model").value == "' OR 1"


def test_what_is_typed_is_a_filter_too_and_stands_as_a_chip(opened: Opened, several: Lives) -> None:
    app = unfolded(opened("logs", time="7d", cache="never"))
    app = fine(app.text_input("logs-first_token_over").set_value("0.15").run())
    assert params(app) == {"time": "7d", "cache": "never", "first_token_over": "0.15"}
    assert words(app) == ["draft", "two", "one", "other"]
    chips = {each.key: each.label.replace("\\", "") for each in app.button if "chip" in (each.key or "")}
    assert chips == {
        "logs-chip-time": "Last 7 days",
        "logs-chip-cache": "Cache: never asked for",
        "logs-chip-first_token_over": "First token over, s: 0.15 s",
    }
    app = fine(app.button("logs-chip-first_token_over").click().run())
    assert params(app) == {"time": "7d", "cache": "never"}


def test_a_label_means_the_versions_it_points_to_now(opened: Opened, several: Lives) -> None:
    app = fine(opened("logs", prompt="support@production"))
    assert words(app) == ["two"]
    chip = app.button("logs-chip-prompt").label.replace("\\", "")
    assert chip == "Prompt: support@production, now version 2"


@pytest.mark.parametrize("order", store.ORDERS)
def test_calls_are_put_in_order_and_pages_go_on_in_it(opened: Opened, lives: Lives, order: str) -> None:
    written(lives, *(f"number {number}" for number in range(60)))
    app = fine(opened("logs"))
    app = fine(app.selectbox("logs-sort").set_value(order).run())
    assert params(app) == ({} if order == "newest" else {"sort": order})
    seen = words(app)
    app = fine(app.button("logs-older").click().run())
    assert [int(each) for each in seen + words(app)] == [*range(60)][:: 1 if order == "oldest" else -1]
    assert words(fine(app.button("logs-newer").click().run())) == seen


def test_words_are_found_and_stand_out_as_nothing_but_text(opened: Opened, lives: Lives) -> None:
    made(lives, "Ünter [a](http://x) **refund** :red[x] $1$ [[say ok]]")
    made(lives, "Nothing of it [[say ok]]")
    app = fine(opened("logs"))
    app = fine(app.text_input("logs-q").set_value(" refund unter ").run())
    assert params(app) == {"q": "refund unter"} and not app.dataframe
    (excerpt,) = [each.value for each in app.markdown if "refund" in each.value]
    assert ":orange-background[refund]" in excerpt and ":orange-background[Ünter]" in excerpt
    assert "\\[a\\]\\(http\\://x\\)" in excerpt and "\\:red\\[x\\]" in excerpt
    app = fine(app.selectbox("logs-sort").set_value("rank").run())
    assert params(app) == {"q": "refund unter", "sort": "rank"}
    (question,) = [each for each in app.button if (each.key or "").startswith("logs-open-")]
    app = fine(question.click().run())
    assert params(app)["call"] == question.key.removeprefix("logs-open-")
    app = fine(app.button("logs-chip-q").click().run())
    assert params(app) == {} and len(words(app)) == 2


def test_pages_lead_to_older_calls_and_back(opened: Opened, lives: Lives) -> None:
    ids = written(lives, *(f"number {number}" for number in range(120)))
    app = fine(opened("logs"))
    seen = [words(app)]
    assert app.button("logs-newer").disabled
    while not app.button("logs-older").disabled:
        app = fine(app.button("logs-older").click().run())
        seen.append(words(app))
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [int(word) for page in seen for word in page] == [*range(119, -1, -1)]
    assert params(app) == {"before": ids[20]}
    assert words(fine(opened("logs", before=ids[20]))) == seen[2]
    for page in (1, 0):
        app = fine(app.button("logs-newer").click().run())
        assert words(app) == seen[page]
    assert params(app) == {"after": ids[69]} and app.button("logs-newer").disabled


def test_behind_the_oldest_call_there_is_a_way_back(opened: Opened, several: Lives) -> None:
    app = fine(opened("logs", before="0"))
    assert "No more calls" in said(app)
    assert len(words(fine(app.button("logs-newest").click().run()))) == 5


def test_a_row_opens_the_call_that_stood_there(opened: Opened, lives: Lives) -> None:
    ids = written(lives, *(f"number {number}" for number in range(60)))
    app = fine(opened("logs"))
    assert "call" not in params(app)
    new = written(lives, "one that came meanwhile")
    app = fine(ticked(app, 3))
    assert params(app) == {"call": ids[56]}
    assert ids[56] in said(app) and column(app, "question")[0] == "one that came meanwhile"
    assert new[0] not in said(app)
    app = fine(app.button("logs-step-Older").click().run())
    assert params(app) == {"call": ids[55]} and "number 55" in said(app)
    app = fine(app.button("logs-older").click().run())
    assert params(app) == {"before": ids[11]}
    assert "number 55" not in said(app)
    assert not app.session_state[app.dataframe[0].key]["selection"]["rows"]


def test_a_click_on_its_question_opens_a_call_as_often_as_it_is_made(opened: Opened, lives: Lives) -> None:
    ids = written(lives, "first", "second", "third")
    app = fine(opened("logs"))
    for row in (1, 0, 1):
        app = fine(clicked(app, row))
        assert params(app) == {"call": ids[2 - row]}


def test_filtering_closes_what_was_open(opened: Opened, several: Lives) -> None:
    app = fine(ticked(unfolded(opened("logs")), 1))
    assert "call" in params(app)
    app = fine(app.selectbox("logs-state").set_value("ok").run())
    assert params(app) == {"state": "ok"}
    assert not app.session_state[app.dataframe[0].key]["selection"]["rows"]


def test_a_call_that_is_not_there_is_said_and_the_table_goes_on(opened: Opened, several: Lives) -> None:
    app = opened("logs", call="nope*")
    assert [each.value.replace("\\", "") for each in app.error] == [
        "There is no call 'nope*' that you may see."
    ]
    app = fine(ticked(app, 1))
    assert params(app)["call"] != "nope*"


def test_a_link_shows_the_same_after_a_reload(opened: Opened, several: Lives) -> None:
    app = fine(ticked(fine(opened("logs", prompt="support")), 2))
    again = fine(opened("logs", **params(app)))
    assert said(again) == said(app) and words(again) == words(app)


def test_an_open_call_shows_what_was_sent_and_what_came(opened: Opened, lives: Lives) -> None:
    id = made(lives, "How much **is** it?", prompt="support@2", values={"plan": "team"})
    call = store.call(lives.lab.store.read, ANA, id)
    app = fine(opened("logs", call=id))
    assert [each.label for each in app.expander][1].startswith("System, ")
    (question,) = (each.value for each in app.code)
    assert "How much **is** it?" in question
    app.session_state["logs-system-folded"] = True
    system, question = (each.value for each in fine(app.run()).code)
    assert system == store.plain_text(call["request"]["system"]).strip()
    assert store.plain_text(call["answer"]).replace("\\", "") in said(app)
    assert "support@2" in said(app) and "finished" in said(app)
    app = fine(opened_at(app, "JSON"))
    request, answer = (json.loads(each.value) for each in app.json)
    assert request == call["request"] and answer == call["answer"]
    assert call["request_id"] in said(app)


def test_the_bill_adds_up(opened: Opened, lives: Lives) -> None:
    id = made(lives, "What does it cost?")
    call = store.call(lives.lab.store.read, ANA, id)
    app = fine(opened_at(fine(opened("logs", call=id)), "Cost"))
    table = the_table(app, "part")
    assert list(table["part"])[0] == "input" and list(table["part"])[-1] == "together"
    assert list(table["cost"])[-1] == cost.exactly(call["cost"])
    assert "nobody was billed" in said(app) and "Anthropic's pricing page" in said(app)


def test_attempts_are_shown_with_their_waits_and_errors(opened: Opened, lives: Lives) -> None:
    id = made(lives, "[[529 twice]] Go")
    app = fine(opened_at(fine(opened("logs", call=id)), "Time"))
    table = the_table(app, "attempt")
    assert list(table["status"]) == [529, 529, 200]
    assert list(table["state"]) == ["failed", "failed", "ok"]
    assert list(table["wait before"].isna()) == [True, False, False]
    assert list(table["error"].isna()) == [False, False, True]
    assert list(table["error"])[:2] == ["overloaded_error"] * 2
    assert "Attempt 2: The API answered 529" in said(app) and "Attempt 3:" not in said(app)
    (chart,) = app.get("plotly_chart")
    bars = {bar["name"]: bar for bar in json.loads(chart.proto.spec)["data"]}
    assert bars["failed"]["y"] == ["attempt 1", "attempt 2"] and bars["wait"]["y"] == [
        "attempt 2",
        "attempt 3",
    ]
    assert set(bars["streaming"]["y"]) == {"attempt 3"}
    assert "failed 529" in bars["failed"]["customdata"][0]


def test_a_failed_call_says_why_and_what_it_may_have_cost(opened: Opened, lives: Lives) -> None:
    id = made(lives, "[[cut after 3]] Tell me")
    app = opened("logs", call=id)
    assert "Failed. The connection" in said(app) and "what arrived is kept" in said(app)
    assert "(estimate)" in said(app)
    app = opened_at(app, "Cost")
    table = the_table(app, "part")
    assert " to $" in dict(zip(table["part"], table["cost"], strict=True))["output"]
    assert "never came" in said(app)


@pytest.mark.parametrize("text", ["[[unauthorized]] x", "[[refuse]] y"])
def test_what_was_not_billed_says_so(opened: Opened, lives: Lives, text: str) -> None:
    app = opened_at(opened("logs", call=made(lives, text)), "Cost")
    assert not app.exception and "Nothing was billed" in said(app)


def test_ratings_stand_under_the_answer(opened: Opened, lives: Lives) -> None:
    id = made(lives, "Good?")
    post_all(lives.lab.store, store.rated(id, ANA, 1, "clear *and* short"))
    lives.lab.store.flush()
    app = fine(opened("logs", call=id))
    assert "thumb_up" in said(app) and "clear *and* short" in said(app)


def test_an_open_call_leads_to_its_conversation(opened: Opened, lives: Lives) -> None:
    id = made(lives, "Where?")
    call = store.call(lives.lab.store.read, ANA, id)
    app = fine(opened("logs", call=id))
    links = [link for link in app.get("page_link") if link.proto.label == "Open in chat"]
    assert [link.proto.query_string for link in links] == [f"c={call['conversation_id']}"]


def test_a_call_can_be_taken_along_as_json(opened: Opened, lives: Lives) -> None:
    (id,) = written(lives, "Half \ud83d of it")
    app = fine(opened("logs", call=id))
    assert len(app.get("download_button")) == 1
    assert "Half ? of it" in said(app)


def test_earlier_messages_are_folded_away(opened: Opened, lives: Lives) -> None:
    first = made(lives, "The first question")
    conversation = store.call(lives.lab.store.read, ANA, first)["conversation_id"]
    app = fine(opened("logs", call=made(lives, "The second", conversation=conversation)))
    assert "2 earlier messages" in [each.label for each in app.expander]
    assert [each.value for each in app.code] == ["The second"]
    app.session_state["logs-earlier-folded"] = True
    assert [each.value for each in fine(app.run()).code][0] == "The first question"


HOSTILE = [
    "[" * 100_000,
    "{" * 5_000,
    "![x](https://evil.example/?q=1)",
    "$a$ <script>alert(1)</script>",
    "\ud83d",
    "\x00a",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_was_said_a_call_can_be_looked_at(opened: Opened, lives: Lives, text: str) -> None:
    id, content = (
        new_id(),
        [
            {"type": "text", "text": text},
            {"type": "tool_use", "id": "t", "name": text[:50], "input": {text[:50]: text}},
            {"type": "not_yet_invented", "deep": [[[text]]]},
            {"type": "image", "source": {"type": "url", "url": text}},
        ],
    )
    request = asked(
        id, messages=({"role": "user", "content": content},), system=[{"type": "text", "text": text}]
    )
    post_all(lives.lab.store, *whole_call(lives.lab.store, request, answered(text)))
    lives.lab.store.flush()
    app = fine(opened("logs", call=id))
    for view in ("Time", "Cost", "JSON"):
        fine(opened_at(app, view))
    assert "https://evil.example" not in " ".join(each.value for each in app.markdown if "![x]" in each.value)


def test_a_call_without_an_end_is_sent_again_by_a_click_that_names_the_price(
    lives: Lives, opened: Opened
) -> None:
    whole = made(lives, "[[words 2]]")
    cut = made(lives, "[[cut after 2 once]] q")
    assert "Send" not in [button.label for button in opened("logs", call=whole).button]
    app = opened("logs", call=cut)
    assert f"Call {cut} stays charged with" in said(app).replace("\\", "")
    assert "is a new call of at most" in said(app) and "simulated" in said(app)
    app.button(key=f"logs-resend-send-{cut}").click().run()
    while running := lives.running(ANA):
        running[0].wait(-1, 1.0)
    first, again = (store.call(lives.lab.store.read, ANA, id) for id in (cut, newest(lives)))
    assert (first["state"], again["state"], again["request"]) == ("failed", "ok", first["request"])
    assert again["id"] in said(app)


def newest(lives: Lives) -> str:
    return store.calls(lives.lab.store.read, ANA, 1)[0]["id"]


def test_everything_that_matches_can_be_taken_away(opened: Opened, lives: Lives) -> None:
    written(lives, "One?", "Two?")
    app = opened("logs", state="ok", model="claude-sonnet-4-6")
    urls = [each.proto.url for each in app.get("link_button")]
    assert urls == [f"/export/calls.{form}?model=claude-sonnet-4-6&state=ok" for form in ("csv", "jsonl")]
