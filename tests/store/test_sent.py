"""What is said is kept once, whoever sends it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.store import Store
from lab.store.sent import message_id, messages
from lab.store.sqlite import as_json, text_id
from lab.types import Principal
from tests.store.rows import answered, asked, opened, post_all, whole_call

ADMIN = Principal("root", "admin")
BLOCKS = [{"type": "text", "text": "Up."}]
MESSAGES = {
    "a question": {"role": "user", "content": "Which way?"},
    "blocks": {"role": "user", "content": [{"type": "text", "text": "Which way?"}]},
    "an answer": {"role": "assistant", "content": BLOCKS},
    "nothing": {"role": "user", "content": ""},
    "half of a pair": {"role": "user", "content": "\ud83d"},
    "another role": {"role": "system", "content": "Be brief."},
    "the other way round": {"content": "Which way?", "role": "user"},
    "more": {"role": "user", "content": "Which way?", "id": 7},
    "less": {"role": "user"},
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_comes_back_as_it_was_sent(tmp_path: Path, name: str) -> None:
    numbers: list[int] = []
    with opened(tmp_path / "lab.db") as base:
        base.post(lambda connection: numbers.append(message_id(connection, MESSAGES[name])))
        base.flush()
        (back,) = messages(base.read, numbers)
    assert as_json(back) == as_json(MESSAGES[name])


def test_a_turn_of_a_conversation_is_kept_once(tmp_path: Path) -> None:
    """As the answer, in the conversation, and when it is sent again."""
    with opened(tmp_path / "lab.db") as base:
        said: list[Any] = []
        for number, question in enumerate(("Which way?", "And then?")):
            said.append({"role": "user", "content": question})
            call = asked(f"c{number}", conversation="talk", messages=tuple(said))
            base.post(store.conversation_opened("talk", Principal("ann")))
            post_all(base, *whole_call(base, call, answered(f"Up {number}.")))
            base.post(store.message_sent("talk", said[-1], call.id))
            reply = [{"type": "text", "text": f"Up {number}."}]
            base.post(store.message_received("talk", reply, call.id))
            said.append({"role": "assistant", "content": reply})
            base.flush()
        bodies = [row["body"] for row in base.read.execute("SELECT body FROM texts ORDER BY id")]
        told = store.conversation(base.read, ADMIN, "talk")
        (last,) = store.whole(base.read, ADMIN, ["c1"])
        listed = store.page(base.read, ADMIN, store.Wanted(), 9).calls
    spoken = [body for body in bodies if "Up" in body or "way" in body or "then" in body]
    assert spoken == [
        '"Which way?"',
        '[{"type":"text","text":"Up 0."}]',
        '"And then?"',
        '[{"type":"text","text":"Up 1."}]',
    ]
    assert list(told.messages) == said
    assert last["request"]["messages"] == said[:3]
    assert [call["question"] for call in listed] == ["And then?", "Which way?"]


def test_messages_of_an_older_lab_are_read_as_they_are(tmp_path: Path) -> None:
    """They are texts as a whole, and may stand beside newer ones."""
    older = {"role": "user", "content": [{"type": "text", "text": "An old question"}]}

    def aged(connection: Any) -> None:
        numbers = json.loads(connection.execute("SELECT message_ids FROM calls").fetchone()[0])
        numbers.append(text_id(connection, as_json(older)))
        connection.execute("UPDATE calls SET message_ids = ?", (json.dumps(numbers),))

    with opened(tmp_path / "lab.db") as base:
        post_all(base, *whole_call(base, asked("x")), aged)
        base.flush()
        (call,) = store.whole(base.read, ADMIN, ["x"])
        assert call["request"]["messages"] == [MESSAGES["a question"], older]
        assert questions(base) == ["An old question"] * 3


def questions(base: Store) -> list[str]:
    """The last message as the list, the export and the views have it."""
    (listed,) = store.page(base.read, ADMIN, store.Wanted(), 9).calls
    (told,) = store.calls(base.read, ADMIN, 9)
    viewed = base.read.execute("SELECT question FROM call_texts").fetchone()
    return [listed["question"], store.plain_text(told["question"]), viewed["question"]]
