"""What is kept of calls, and who may read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.answer import Answer
from lab.errors import BadInput, CallError
from lab.store import (
    Store,
    attempt_started,
    attempt_withdrawn,
    call,
    call_ended,
    call_opened,
    call_partial,
    call_sent,
    calls,
    check,
    open_calls,
    totals,
)
from lab.types import Cost, Principal, Request, Text, new_id
from tests.store.rows import STARTED, answered, asked, opened, post_all, refused, whole_call

ANN, BEN, ADMIN = Principal("ann"), Principal("ben", "editor"), Principal("root", "admin")
SYSTEM = "You are a support agent. " * 40
HOSTILE = [
    "' OR '1'='1",
    "'; DROP TABLE calls; --",
    "%",
    "_",
    "*",
    "ann' --",
    "x\x00y",
    "",
    "~~~",
    "é",
    "日本",
]


def count(store: Store, table: str) -> int:
    return store.read.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def rich(id: str) -> Request:
    """A request with everything in it that a request can have."""
    image = {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}
    messages = (
        {
            "role": "user",
            "content": [{"type": "image", "source": image}, {"type": "text", "text": "What is it?"}],
        },
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        {"role": "user", "content": "Naïve “quotes”, 日本, 🙂, \x00 and \ud83d alone"},
    )
    system = ({"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}},)
    options = {
        "temperature": 0.1 + 0.2,
        "tools": [{"name": "t", "input_schema": {}}],
        "metadata": {"user_id": "u"},
    }
    return asked(id, messages=messages, system=system, max_tokens=321, options=options)


@pytest.mark.parametrize(
    "request_", [rich("rich"), asked("plain"), asked("system", system=SYSTEM)], ids=lambda r: r.id
)
def test_a_call_shows_exactly_what_was_sent(tmp_path: Path, request_: Request) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *whole_call(store, request_, answered("Half of a pair: \ud83d")))
        store.flush()
        found = call(store.read, ANN, request_.id)
        body = json.loads(json.dumps(request_.body()))  # tuples are lists on the wire
        assert found["request"] == body
        assert found["answer"] == [{"type": "text", "text": "Half of a pair: \ud83d"}]
        [listed] = calls(store.read, ANN, 5)
        assert listed["question"] == body["messages"][-1]["content"]


def test_what_is_sent_in_the_end_counts(tmp_path: Path) -> None:
    """A layer may route a call to another model, with another limit, after its row was opened."""
    first = asked("c")
    routed = asked("c", model="claude-haiku-4-5", max_tokens=77, system="routed")
    with opened(tmp_path / "lab.db") as store:
        post_all(store, call_opened(first, store.process, "anthropic", "api"), call_sent(first, None))
        post_all(store, call_sent(routed, '{"input": 1}'))
        store.flush()
        found = call(store.read, ANN, "c")
    assert found["request"] == routed.body()
    assert found["price"] == {"input": 1}


def test_nothing_is_shown_as_sent_before_it_is(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, call_opened(asked("c"), store.process, "anthropic", "api"))
        store.flush()
        found = call(store.read, ANN, "c")
        assert (found["request"], found["answer"], found["attempts"]) == (None, None, [])
        assert calls(store.read, ANN, 1)[0]["question"] is None
        assert open_calls(store.read) == 1


def test_text_that_repeats_is_kept_once(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        for number in range(20):
            post_all(
                store, *whole_call(store, asked(f"{number:02}", system=SYSTEM, text="The same question"))
            )
        store.flush()
        assert count(store, "texts") == 3  # system, question, answer
        assert [totals(store.read)[table] for table in ("calls", "attempts")] == [20, 20]
        assert check(store.read) is None
        for number in range(20):
            assert call(store.read, ANN, f"{number:02}")["request"]["system"] == SYSTEM


def test_only_whom_it_concerns_and_the_admin_read_a_call(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        for user in ("ann", "ben"):
            post_all(store, *whole_call(store, asked(f"of {user}", user)))
        store.flush()
        for principal, other in ((ANN, "of ben"), (BEN, "of ann")):
            said = refused(lambda who=principal, id=other: call(store.read, who, id), BadInput)
            missing = refused(lambda who=principal: call(store.read, who, "no such"), BadInput)
            assert said == missing.replace("no such", other)  # nobody learns that it exists
            assert [row["user"] for row in calls(store.read, principal, 10)] == [principal.user]
        assert {row["user"] for row in calls(store.read, ADMIN, 10)} == {"ann", "ben"}
        assert call(store.read, ADMIN, "of ann")["user"] == "ann"


def test_pages_have_no_gaps_and_no_repeats(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        ids = [new_id() for _ in range(250)]  # many of them in the same millisecond
        for number, id in enumerate(ids):
            user = "ann" if number % 3 else "ben"
            post_all(store, call_opened(asked(id, user), store.process, "anthropic", "api"))
        store.flush()
        for principal in (ANN, BEN, ADMIN):
            mine = [
                id
                for number, id in enumerate(ids)
                if principal is ADMIN or bool(number % 3) is (principal is ANN)
            ]
            for size in (1, 7, 100, 250, 1000):
                seen: list[str] = []
                while page := calls(store.read, principal, size, seen[-1] if seen else None):
                    assert len(page) <= size
                    seen += [row["id"] for row in page]
                assert seen == sorted(mine, reverse=True)


def test_new_calls_do_not_move_the_pages(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        for number in range(100, 110):
            post_all(store, call_opened(asked(str(number)), store.process, "anthropic", "api"))
        store.flush()
        first = [row["id"] for row in calls(store.read, ANN, 5)]
        post_all(store, call_opened(asked("999"), store.process, "anthropic", "api"))
        store.flush()
        second = [row["id"] for row in calls(store.read, ANN, 5, first[-1])]
        assert first + second == [str(number) for number in range(109, 99, -1)]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_only_names(tmp_path: Path, text: str) -> None:
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *whole_call(store, asked("ann's", "ann")))
        post_all(store, *whole_call(store, asked(text, text, text=text)))
        store.flush()
        mine = Principal(text)
        assert [row["id"] for row in calls(store.read, mine, 10)] == [text]
        assert call(store.read, mine, text)["request"]["messages"][0]["content"] == text
        assert len(calls(store.read, ADMIN, 10)) == 2
        assert [row["id"] for row in calls(store.read, ANN, 10)] == ["ann's"]
        assert [row["id"] for row in calls(store.read, ADMIN, 10, text)] == [
            id for id in ("ann's",) if id < text
        ]
        refused(lambda: call(store.read, ANN, text), BadInput)
        assert count(store, "calls") == 2
        assert check(store.read) is None


def test_partial_text_gives_way_to_the_answer(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        *begun, attempt, ended = whole_call(store, asked("c"), answered("Up, of course."))
        post_all(store, *begun, call_partial("c", "Up"), call_partial("c", "Up, of \ud83d"))
        store.flush()
        assert call(store.read, ANN, "c")["partial"] == "Up, of \\ud83d"
        post_all(store, attempt, ended)
        store.flush()
        found = call(store.read, ANN, "c")
        assert (found["partial"], found["answer"][0]["text"]) == (None, "Up, of course.")


def test_an_attempt_that_is_withdrawn_leaves_those_before_it_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        *first, ended = whole_call(store, asked("c"), cost=Cost(None, 3, 9, "estimate"))
        post_all(store, *first, attempt_started("c", 100), attempt_withdrawn("c"), ended)
        store.flush()
        found = call(store.read, ANN, "c")
    assert [(one["number"], one["state"], one["cost_upper"]) for one in found["attempts"]] == [
        (1, "ok", 9),
        (2, "cancelled", 0),
    ]
    assert (found["cost"], found["cost_floor"], found["cost_upper"], found["cost_basis"]) == (
        None,
        3,
        9,
        "estimate",
    )


def test_a_cut_call_keeps_what_came(tmp_path: Path) -> None:
    answer = Answer()
    for event in (STARTED, Text("Half an ans")):
        answer.add(event)
    answer.fail(CallError("It broke.", status=200, type="connection_lost", request_id="req_9"))
    with opened(tmp_path / "lab.db") as store:
        post_all(store, *whole_call(store, asked("c"), answer, Cost(None, 10, 90, "estimate")))
        store.flush()
        found = call(store.read, ANN, "c")
    assert found["answer"] == [{"type": "text", "text": "Half an ans"}]
    assert (found["state"], found["error_type"], found["error"]) == ("failed", "connection_lost", "It broke.")
    assert (found["cost"], found["cost_floor"], found["cost_upper"]) == (None, 10, 90)
    [attempt] = found["attempts"]
    assert (attempt["state"], attempt["status"], attempt["request_id"]) == ("failed", 200, "req_9")


def test_call_ended_before_any_attempt_cost_nothing(tmp_path: Path) -> None:
    answer = Answer()
    answer.fail(ValueError("blocked"))
    with opened(tmp_path / "lab.db") as store:
        post_all(store, call_opened(asked("c"), store.process, "anthropic", "api"))
        post_all(store, call_ended("c", answer, 0.0, None))
        store.flush()
        found = call(store.read, ANN, "c")
    assert (found["state"], found["cost"], found["cost_basis"], found["error"]) == (
        "failed",
        0,
        "none",
        "blocked",
    )
