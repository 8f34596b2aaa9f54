"""What is done with a turn of a conversation, as a person clicks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from lab import prompts, store
from lab.engine import Lives
from lab.types import Principal
from tests.ui.test_chat import ANA, asked, said

Opened = Callable[..., AppTest]
ADMIN = Principal("ana", "admin")


def calls(lives: Lives) -> list[dict[str, Any]]:
    """All calls, oldest first."""
    return store.calls(lives.lab.store.read, ANA, 99)[::-1]


def does(app: AppTest, call: dict[str, Any], how: str) -> AppTest:
    """Choose something from a turn's menu."""
    (menu,) = (each for each in app.menu_button if each.key == f"chat-deeds-{call['id']}")
    return menu.set_value(how).run()


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def test_an_edited_question_is_flipped_back_and_survives_a_reload(opened: Opened, lives: Lives) -> None:
    app = asked(asked(opened("chat"), "One?"), "Two?")
    first, second = calls(lives)
    does(app, first, "reword")
    assert app.text_area(key=f"chat-reword-{first['id']}").value == "One?"
    app.text_area(key=f"chat-reword-{first['id']}").set_value("Eins?").run()
    app.button(key=f"chat-revary-{first['id']}").click().run()
    assert not app.error and said(app)[0] == "Eins?" and len(app.chat_message) == 2
    edited = calls(lives)[-1]
    assert f"chat-reword-{first['id']}" not in {area.key for area in app.text_area}
    assert said(opened("chat", c=app.query_params["c"])) == said(app)
    app.button(key=f"chat-flip-:material/chevron_left:-{first['id']}").click().run()
    assert [said(app)[0], said(app)[2]] == ["One?", "Two?"]
    assert said(opened("chat", c=app.query_params["c"])) == said(app)
    app.session_state[f"chat-others-{first['id']}"] = True
    app.run()
    app.button(key=f"chat-show-{edited['id']}").click().run()
    assert said(app)[0] == "Eins?"
    asked(app, "Drei?")
    assert [said(app)[0], said(app)[2]] == ["Eins?", "Drei?"]
    sent = store.call(lives.lab.store.read, ANA, calls(lives)[-1]["id"])["request"]["messages"]
    assert [one["content"] for one in sent if one["role"] == "user"] == ["Eins?", "Drei?"]
    assert len(calls(lives)) == 4


def test_an_answer_is_made_again_also_by_another_prompt_and_model(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat", prompt="support@1"), "One?")
    (first,) = calls(lives)
    app.button(key=f"chat-regenerate-{first['id']}").click().run()
    second = calls(lives)[-1]
    assert f"chat-regenerate-{second['id']}" in keys(app) and len(app.chat_message) == 2
    does(app, second, "reword")
    app.selectbox(key=f"chat-reprompt-{second['id']}").set_value("support@2")
    app.selectbox(key=f"chat-remodel-{second['id']}").set_value("claude-haiku-4-5")
    app.button(key=f"chat-revary-{second['id']}").click().run()
    assert not app.error
    third = calls(lives)[-1]
    assert (third["prompt"], third["version"], third["model"]) == ("support", 2, "claude-haiku-4-5")
    (turn,) = store.turns(lives.lab.store.read, ANA, app.query_params["c"], 9)
    assert turn["alternatives"] == [first["id"], second["id"], third["id"]]
    assert said(app)[0] == "One?"


def test_a_fork_and_a_pin(opened: Opened, lives: Lives) -> None:
    app = asked(asked(opened("chat"), "One?"), "Two?")
    first, _ = calls(lives)
    conversation = app.query_params["c"]
    does(app, first, "pin")
    assert any("Pinned" in each.value for each in app.chat_message[1].caption)
    does(app, first, "fork")
    forked = app.query_params["c"]
    assert forked != conversation and len(app.chat_message) == 2
    assert any("Forked from" in each.value for each in app.caption)
    does(app, first, "unpin")
    asked(app, "Else?")
    assert said(app)[2] == "Else?"
    app.button(key="chat-source").click().run()
    assert said(app)[2] == "Two?"
    assert any("Pinned" in each.value for each in app.chat_message[1].caption)


def test_an_old_exchange_is_found_and_goes_along(opened: Opened, lives: Lives) -> None:
    app = asked(opened("chat"), "What is the zebra plan?")
    old = app.query_params["c"]
    (call,) = calls(lives)
    app.button(key="chat-new").click().run()
    app.text_input(key="chat-search").set_value("nothing of the sort").run()
    assert any("No conversation says that" in each.value for each in app.caption)
    app.text_input(key="chat-search").set_value("ZEBR").run()
    number = next(
        key.split("-")[2] for key in keys(app) if key and key.startswith("chat-use-") and call["id"] in key
    )
    app.button(key=f"chat-use-{number}-{call['id']}").click().run()
    assert f"chat-chip-{call['id']}" in keys(app)
    app.button(key=f"chat-chip-{call['id']}").click().run()
    assert f"chat-chip-{call['id']}" not in keys(app)
    app.button(key=f"chat-use-{number}-{call['id']}").click().run()
    asked(app, "And what does it cost?")
    sent = store.call(lives.lab.store.read, ANA, calls(lives)[-1]["id"])["request"]["messages"][-1]["content"]
    assert sent.startswith("Context:\nEarlier question: What is the zebra plan?\nAnswer: ")
    assert f"chat-chip-{call['id']}" not in keys(app)
    found = next(key for key in keys(app) if key and key.endswith(f"{old}-{call['id']}"))
    app.button(key=found).click().run()
    assert app.query_params["c"] == old


def test_an_exchange_becomes_an_example(opened: Opened, lives: Lives, folder: Path) -> None:
    app = asked(opened("chat"), "What is the zebra plan?")
    (call,) = calls(lives)
    id, place = call["id"], folder / "prompts"
    does(app, call, "example")
    app.selectbox(key=f"showing-set-{id}").set_value("fewshot/support").run()
    app.text_area(key=f"showing-output-{id}").set_value("There is none.").run()
    newest = prompts.versions(place, "fewshot/support")[-1].number
    given = prompts.with_example(place, "fewshot/support", newest, "Q", "A", "Mine was first.")
    prompts.save(place, "fewshot/support", given, newest)
    app.button(key=f"showing-save-{id}").click().run()
    assert "Somebody saved version" in app.error[0].value
    app.button(key=f"showing-save-{id}").click().run()
    assert f"version {newest + 2}" in app.success[0].value
    saved = prompts.fewshot(place, f"support@{newest + 2}")
    assert [each.input for each in saved.examples[-2:]] == ["Q", "What is the zebra plan?"]
    assert saved.examples[-1].output == "There is none."


def test_any_call_of_the_log_is_replayed(opened: Opened, lives: Lives) -> None:
    asked(opened("chat", prompt="extract@2"), "Ana, ana@example.com")
    (call,) = calls(lives)
    app = opened("logs", call=call["id"])
    app.button(key=f"logs-replay-{call['id']}").click().run()
    conversation = store.conversations(lives.lab.store.read, ADMIN, 1)[0]["id"]
    app = opened("chat", c=conversation)
    assert any("exactly as it was sent" in each.value for each in app.caption)
    app.button(key=f"chat-regenerate-{call['id']}").click().run()
    again = calls(lives)[-1]
    assert again["conversation_id"] == conversation
    bodies = [store.call(lives.lab.store.read, ANA, each["id"])["request"] for each in (call, again)]
    assert bodies[0] == bodies[1]


def test_a_long_answer_is_offered_as_a_file(opened: Opened, lives: Lives) -> None:
    app = asked(asked(opened("chat"), "Short? [[words 20]]"), "Long? [[words 600]]")
    short, long = calls(lives)
    assert [each.key for each in app.get("download_button")] == [f"chat-download-{long['id']}"]
