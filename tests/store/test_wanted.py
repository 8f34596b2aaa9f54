"""Finding calls in the log: what is asked for is found, page by page, whatever else lies in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.store import Page, Store, Wanted
from lab.store.wanted import first_id
from lab.types import Principal, Request, new_id
from tests.store.rows import answered, asked, opened, post_all, whole_call

ANN, BEN, ADMIN = Principal("ann"), Principal("ben"), Principal("root", "admin")


def through(id: str, user: str = "ann", **fields: Any) -> Request:
    """A question with these properties; `origin` is its source."""
    request = asked(id, user, **{name: fields.pop(name) for name in ("model", "text") if name in fields})
    why = {"source" if name == "origin" else name: value for name, value in fields.items()}
    return replace(request, origin=replace(request.origin, **why))


def found(log: Store, wanted: Wanted, before: str | None = None) -> Page:
    return store.page(log.read, ADMIN, wanted, 1000, before)


def test_names_of_an_empty_log(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as empty:
        assert store.names_asked(empty.read, "model") == store.prompts_asked(empty.read) == []
        assert store.page(empty.read, ADMIN, Wanted(), 5) == Page((), None, None)


def test_a_draft_has_a_name_and_no_version(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as made:
        for version in (None, 10, 9):
            post_all(made, *whole_call(made, through(new_id(), prompt="new", version=version)))
        made.flush()
        assert store.prompts_asked(made.read) == ["new", "new@10", "new@9"]
        assert len(found(made, Wanted(prompt="new")).calls) == 3


def test_ids_tell_when_a_call_was_made() -> None:
    before, id, after = datetime.now(UTC), new_id(), datetime.now(UTC) + timedelta(milliseconds=1)
    assert first_id(before) <= id < first_id(after)
    assert first_id(datetime(1900, 1, 1, tzinfo=UTC)) == "0" * 13


def test_calls_of_a_span_of_time(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    times = [noon + timedelta(hours=hours) for hours in range(-3, 4)]
    with opened(tmp_path / "lab.db") as made:
        for time in times:
            post_all(made, *whole_call(made, asked(first_id(time))))
        made.flush()

        def hours(**span: datetime) -> list[int]:
            calls = found(made, Wanted(**span)).calls
            return [
                (times[[first_id(time) for time in times].index(call["id"])] - noon).seconds for call in calls
            ]

        assert len(hours()) == 7
        assert hours(since=noon) == [3 * 3600, 2 * 3600, 3600, 0]
        assert hours(since=noon, until=noon + timedelta(hours=2)) == [3600, 0]
        assert hours(until=noon - timedelta(hours=2, minutes=30)) == [86400 - 3 * 3600]
        assert hours(since=noon.astimezone(timezone(timedelta(hours=9)))) == hours(since=noon)


IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x" * 900}}
QUESTIONS = [
    ("Which way?", "Which way?"),
    ("a" * 500, "a" * 200),
    ([{"type": "text", "text": "One"}, IMAGE, {"type": "text", "text": "two"}], "One two"),
    ([IMAGE], None),
    ([], None),
    ("", ""),
    ("<customer_message>\n" + "a b\n" * 99 + "</customer_message>\n", ("a b " * 50)),
    ("Half \ud83d of it", "Half \ufffd\ufffd\ufffd of it"),
    ("日本 🙂", "日本 🙂"),
]


@pytest.mark.parametrize(("content", "words"), QUESTIONS)
def test_a_page_holds_the_first_words_of_a_question(tmp_path: Path, content: Any, words: str | None) -> None:
    with opened(tmp_path / "lab.db") as made:
        messages = ({"role": "user", "content": "before"}, {"role": "user", "content": content})
        post_all(made, *whole_call(made, asked("c", messages=messages)))
        post_all(made, store.call_opened(asked("b"), made.process, "anthropic", "api"))
        made.flush()
        sent, begun = found(made, Wanted()).calls
    assert sent["question"] == words
    assert (begun["question"], begun["letters"]) == (None, 0)


def test_a_page_counts_attempts(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as made:
        post_all(made, *whole_call(made, asked("a")))
        post_all(made, *whole_call(made, asked("b"))[:2])
        *begun, ended = whole_call(made, asked("c"))
        post_all(made, *begun, store.attempt_started("c", 9), ended)
        made.flush()
        assert {call["id"]: call["tries"] for call in found(made, Wanted()).calls} == {"a": 1, "b": 0, "c": 2}


def test_a_call_shows_what_everybody_says_of_it(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as made:
        post_all(made, *whole_call(made, asked("c"), answered()))
        post_all(made, store.rated("c", BEN, -1, "Wrong"), store.rated("c", ANN, 1))
        made.flush()
        ratings = store.call(made.read, ANN, "c")["ratings"]
    assert [(one["user"], one["value"], one["note"]) for one in ratings] == [
        ("ann", 1, ""),
        ("ben", -1, "Wrong"),
    ]
    assert json.dumps(ratings)
