"""Finding calls in the log: what is asked for is found, page by page, whatever else lies in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.store import Page, Store, Wanted
from lab.store.wanted import first_id
from lab.types import Principal, Request, new_id
from tests.store.rows import answered, asked, opened, post_all, whole_call

ANN, BEN, ADMIN = Principal("ann"), Principal("ben"), Principal("root", "admin")
VALUES = {
    "model": ("claude-a", "claude-b"),
    "prompt": ("support", None),
    "version": (1, 2),
    "origin": ("chat", "check"),
}
COMBINATIONS = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]


def through(id: str, user: str = "ann", **fields: Any) -> Request:
    """A question with these properties; `origin` is its source."""
    request = asked(id, user, **{name: fields.pop(name) for name in ("model", "text") if name in fields})
    why = {"source" if name == "origin" else name: value for name, value in fields.items()}
    return replace(request, origin=replace(request.origin, **why))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Three calls of each combination, one of them Ben's; those of every third were never sent."""
    with opened(tmp_path_factory.mktemp("log") / "lab.db") as made:
        for number, user in product(range(len(COMBINATIONS)), ("ann", "ann", "ben")):
            request = through(new_id(), user, **COMBINATIONS[number])
            writes = whole_call(made, request)
            post_all(made, *(writes[:1] if number % 3 == 0 else writes))
        made.flush()
        yield made


def found(
    log: Store, wanted: Wanted, who: Principal = ADMIN, size: int = 1000, before: str | None = None
) -> Page:
    return store.page(log.read, who, wanted, size, before)


def expected(log: Store, wanted: Wanted, who: Principal) -> list[str]:
    """The same by another way: every row is read, and looked at."""
    asked_for = {
        field.name: getattr(wanted, field.name)
        for field in fields(Wanted)
        if field.name not in ("since", "until") and getattr(wanted, field.name) is not None
    }
    rows = log.read.execute("SELECT * FROM calls ORDER BY id DESC").fetchall()
    return [
        row["id"]
        for row in rows
        if all(row[name] == value for name, value in asked_for.items()) and who.user in (row["user"], "root")
    ]


ASKED = [
    Wanted(),
    Wanted(model="claude-a"),
    Wanted(prompt="support"),
    Wanted(prompt="support", version=2),
    Wanted(state="started"),
    Wanted(state="ok", origin="check"),
    Wanted(stop_reason="end_turn"),
    Wanted(source="simulated"),
    Wanted(source="batch"),
    Wanted("claude-b", "support", 1, "ok", "end_turn", "simulated", "chat"),
    Wanted(model="claude-a' OR '1'='1"),
]


@pytest.mark.parametrize("who", [ANN, BEN, ADMIN], ids=lambda who: who.user)
@pytest.mark.parametrize("wanted", ASKED, ids=str)
def test_what_is_asked_for_is_found_and_nothing_else(log: Store, wanted: Wanted, who: Principal) -> None:
    ids = [call["id"] for call in found(log, wanted, who).calls]
    assert ids == expected(log, wanted, who)
    assert ids or wanted.source == "batch" or "OR" in (wanted.model or "")


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(model="claude-a"), Wanted(prompt="support")], ids=str)
@pytest.mark.parametrize("size", [1, 5, 12, 1000])
def test_pages_lead_there_and_back(log: Store, wanted: Wanted, size: int) -> None:
    whole, seen, before = expected(log, wanted, ANN), [], None
    pages = []
    while True:
        page = found(log, wanted, ANN, size, before)
        pages.append((before, [call["id"] for call in page.calls]))
        if page.older is None:
            break
        before = page.older
    assert [id for _, ids in pages for id in ids] == whole
    for before, ids in reversed(pages):
        page = found(log, wanted, ANN, size, before)
        seen.append([call["id"] for call in page.calls])
        assert seen[-1] == ids
        at = whole.index(ids[0]) // size
        assert page.newer == (None if before is None else pages[at - 1][0] or "")
    assert len(seen) == len(pages)


def test_a_page_that_begins_anywhere_leads_to_the_newest(log: Store) -> None:
    whole = expected(log, Wanted(), ADMIN)
    page = found(log, Wanted(), size=5, before=whole[2])
    assert [call["id"] for call in page.calls] == whole[3:8]
    assert page.newer == ""
    beyond = found(log, Wanted(), size=5, before="0")
    assert beyond.calls == () and beyond.older is None and beyond.newer is not None
    assert [call["id"] for call in found(log, Wanted(), size=5, before=beyond.newer).calls] == whole[-5:]


def test_every_combination_is_found_without_reading_other_calls(log: Store) -> None:
    """Through the index that holds all that can be asked for, also when statistics would mislead."""
    for wanted in ASKED[1:]:
        held, values = store.logs.where(ANN, wanted)
        plan = log.read.execute(f"EXPLAIN QUERY PLAN SELECT id {held} ORDER BY id DESC LIMIT 9", values)
        assert [row["detail"] for row in plan] == ["SCAN calls USING COVERING INDEX calls_wanted"]


def test_the_names_to_choose_from(log: Store) -> None:
    assert store.models_asked(log.read) == ["claude-a", "claude-b"]
    assert store.prompts_asked(log.read) == ["support", "support@2", "support@1"]


def test_names_of_an_empty_log(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as empty:
        assert store.models_asked(empty.read) == store.prompts_asked(empty.read) == []
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
    assert begun["question"] is None


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
