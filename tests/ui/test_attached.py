"""Files in chat: attached, shown small, refused with a sentence."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Lives
from lab.types import Principal
from lab.ui.parts.attached import shortened, thumbnail
from tests.files import jpeg, pdf, png

ANA = Principal("ana")
Opened = Callable[..., AppTest]


def test_files_are_sent_shown_and_replayed(opened: Opened, lives: Lives) -> None:
    app = opened("chat")
    app.chat_input[0].upload("plan.png", png(400, 300), "image/png")
    app.chat_input[0].upload("terms_[1].pdf", pdf(2), "application/pdf")
    app.chat_input[0].set_value("Is it within the terms?").run()
    assert not app.error and not app.exception
    assert len(app.chat_message[0].get("image")) == 1
    assert "terms\\_\\[1\\]\\.pdf" in app.chat_message[0].caption[0].value
    assert app.chat_message[0].markdown[0].value == "Is it within the terms?"
    app.chat_input[0].set_value("And the second page?").run()
    newest = store.calls(lives.lab.store.read, ANA, 9)[0]
    request = store.call(lives.lab.store.read, ANA, newest["id"])["request"]
    kinds = [block["type"] for block in request["messages"][0]["content"]]
    assert kinds == ["image", "document", "text"]


def test_what_is_not_what_it_is_called_is_refused_and_the_words_stay(opened: Opened, lives: Lives) -> None:
    app = opened("chat")
    app.chat_input[0].upload("x.png", b"<svg onload=alert(1)/>", "image/png")
    app.chat_input[0].set_value("What is it?").run()
    assert "none of the files that Claude reads" in app.error[0].value
    assert app.chat_input[0].proto.value == "What is it?"
    assert store.calls(lives.lab.store.read, ANA, 9) == []


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (png(400, 300), True),
        (png(400, 300)[:60], False),
        (jpeg(640, 480), False),  # a head without a picture
        (png(9000, 2), False),
        (b"<svg/>", False),
        (b"", False),
    ],
)
def test_only_what_is_a_picture_is_drawn(data: bytes, shown: bool) -> None:
    small = thumbnail(base64.b64encode(data).decode())
    assert (small is not None and small.startswith(b"\x89PNG")) == shown


def test_the_json_of_a_call_shows_the_beginning_of_a_file() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "QUJD" * 1000}
    content = [{"type": "image", "source": source}, {"text": "x" * 99}]
    body = {"messages": [{"role": "user", "content": content}]}
    short = shortened(body)
    assert short["messages"][0]["content"][0]["source"]["data"] == "QUJD" * 15 + "… (4,000 characters)"
    assert short["messages"][0]["content"][1] == {"text": "x" * 99}
    assert source["data"] == "QUJD" * 1000
