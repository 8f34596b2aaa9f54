"""Old calls go with what belongs to them, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.errors import StoreLocked
from lab.store import Pruning, Store, first_id, pieces, sqlite
from lab.store.pruning import OTHERS
from lab.types import Principal, digest
from tests.store.processes import process
from tests.store.rows import answered, asked, opened, post_all, whole_call

ANN, ADMIN = Principal("ann"), Principal("root", "admin")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
BEFORE = NOW - timedelta(days=90)


def old(name: str) -> str:
    """The id of a call that was made 100 days ago."""
    return named(100, name)


def named(days: int, name: str) -> str:
    return first_id(NOW - timedelta(days=days))[: -len(name)] + name


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite.connect(path)
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]
    connection.close()
    return found


def texts(path: Path) -> set[str]:
    return {row["body"] for row in rows(path, "texts")}


def turn(base: Store, conversation: str, call: str, question: str, messages: int = 1) -> None:
    """A turn of ann's, at the time that its call's name says, as if it was said then."""
    request = asked(call, "ann", conversation, text=question)
    post_all(
        base,
        store.conversation_opened(conversation, ANN),
        *whole_call(base, request, answered(f"{question} Yes.")),
    )
    post_all(base, store.message_sent(conversation, request.messages[-1], call))
    post_all(base, store.message_received(conversation, [{"type": "text", "text": f"{question} Yes."}], call))
    day = BEFORE - timedelta(days=10) if call < first_id(BEFORE) else NOW
    base.post(
        lambda db: db.execute(
            "UPDATE conversations SET updated_at = ? WHERE id = ?", (day.isoformat(), conversation)
        )
    )
    base.flush()


@contextmanager
def pruning(path: Path, *cases: str) -> Iterator[Pruning]:
    with pieces(path, rest=0) as work:
        yield Pruning(work, BEFORE, cases)


def pruned(path: Path, *cases: str) -> dict[str, int]:
    with pruning(path, *cases) as it:
        for _ in it.go():
            pass
        return dict(it.gone)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "lab.db") as found:
        yield found
        broken = found.read.execute("PRAGMA foreign_key_check").fetchall()
        assert [tuple(row) for row in broken] == []
        assert found.read.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def made(base: Store, id: str, text: str, **fields: Any) -> str:
    post_all(
        base,
        *whole_call(base, asked(id, text=text, system="Shared system.", **fields), answered(f"{text} Up.")),
    )
    base.flush()
    return id


def test_old_calls_go_with_their_texts_and_what_others_say_too_stays(base: Store) -> None:
    gone, also, new = (
        made(base, old("a"), "Old?"),
        made(base, old("b"), "Same?"),
        made(base, named(1, "c"), "Same?"),
    )
    base.post(store.rated(gone, ANN, 1, "A note."))
    base.post(store.voted(ANN, gone, also, "better"))
    base.flush()
    with pruning(base.path) as it:
        plan = it.plan()
        assert (plan.calls, plan.conversations, plan.texts, plan.stay) == (2, 0, 2, {})
        assert plan.bytes == sum(len(text) for text in texts(base.path) if "Old?" in text)
    assert {row["id"] for row in rows(base.path, "calls")} == {gone, also, new}  # a plan changes nothing
    assert pruned(base.path) == {"conversations": 0, "calls": 2, "texts": 2}
    assert [row["id"] for row in rows(base.path, "calls")] == [new]
    for table in ("attempts", "indexed_calls"):
        assert {row["call_id"] for row in rows(base.path, table)} == {new}
    assert rows(base.path, "ratings") == rows(base.path, "votes") == []
    found = store.call(base.read, ADMIN, new)
    assert (found["request"]["system"], found["answer"][0]["text"]) == ("Shared system.", "Same? Up.")
    assert store.calls_saying(base.read, ADMIN, store.Wanted(), "old", 5) == []
    assert store.calls_saying(base.read, ADMIN, store.Wanted(), "same", 5) == [new]
    assert pruned(base.path) == {"conversations": 0, "calls": 0, "texts": 0}
    again = made(base, named(0, "d"), "Old?")
    assert store.call(base.read, ADMIN, again)["request"]["messages"][-1]["content"] == "Old?"


def test_what_is_open_unknown_flagged_of_a_run_or_a_case_stays_and_is_counted(base: Store) -> None:
    run = named(100, "r")
    post_all(base, store.run_opened(run, base.process, ANN, "d", {"variants": []}))
    kept = [made(base, old("checked"), "Checked?")]
    base.post(lambda db: db.execute("UPDATE calls SET run_id = ?", (run,)))
    kept += [
        made(base, old(name), f"{name}?")
        for name in ("reused", "flagged", "settled", "reviewed", "unknown", "again", "case")
    ]
    post_all(
        base,
        store.result_kept(run, {"case_id": "1", "variant": "v", "repeat": 0}, old("reused"), RESULT),
        store.flag_opened(old("flagged"), "Look."),
        store.flag_opened(old("settled"), "Look."),
        store.flag_settled(old("settled"), "ann"),
        store.reviewed(store.Review(old("reviewed"), "kind", "ann", "d", "pass")),
        store.call_opened(asked(old("open")), base.process, "anthropic", "api"),
        store.call_resent(old("unknown"), old("again")),
        lambda db: db.execute("UPDATE calls SET state = 'unknown' WHERE id = ?", (old("unknown"),)),
    )
    base.flush()
    gone = made(base, old("gone"), "Gone?")
    with pruning(base.path, old("case")) as it:
        plan = it.plan()
    assert (plan.calls, plan.stay) == (
        1,
        {
            "whose outcome is not known": 3,
            "of checks whose runs are kept": 2,
            "that are flagged, or were": 2,
            "that people reviewed": 1,
            "that became cases of a dataset": 1,
        },
    )
    assert pruned(base.path, old("case"))["calls"] == 1
    assert {row["id"] for row in rows(base.path, "calls")} == {*kept, old("open")} - {gone}


RESULT = {"state": "ok", "passed": 1, "grades": []}


def test_a_conversation_goes_as_a_whole_when_its_last_turn_is_old(base: Store) -> None:
    for call, conversation in (
        (old("a"), "gone"),
        (old("b"), "gone"),
        (old("c"), "lives"),
        (named(1, "d"), "lives"),
    ):
        turn(base, conversation, call, f"{call}?")
    turn(base, "pinned", old("e"), "Pinned?")
    turn(base, "source", old("f"), "Source?")
    post_all(
        base,
        store.turn_pinned("pinned", old("e"), True),
        store.conversation_forked("fork", ANN, "Fork", "source", old("f")),
    )
    base.flush()  # the fork is new, and shows a turn of the source
    with pruning(base.path) as it:
        plan = it.plan()
        assert (plan.calls, plan.conversations, plan.stay) == (2, 2, {OTHERS: 3})
    assert pruned(base.path)["conversations"] == 2
    assert {row["id"] for row in rows(base.path, "conversations")} == {"lives", "pinned", "fork"}
    assert {row["id"] for row in rows(base.path, "calls")} == {old("c"), named(1, "d"), old("e"), old("f")}
    assert store.call(base.read, ADMIN, old("f"))["conversation_id"] is None
    assert [each["answer"] for each in store.turns(base.read, ANN, "fork", 9)] == [
        [{"type": "text", "text": "Source? Yes."}]
    ]
    assert store.lineage(base.read, "fork") == (None, old("f"))


def test_a_comparison_goes_with_its_columns_or_not_at_all(base: Store) -> None:
    for name, late in (("old", old("z")), ("new", named(1, "z"))):
        columns = [(f"{name}-{number}", {"prompt": name, "number": number}) for number in range(2)]
        base.post(store.comparison_opened(name, ANN, name, columns))
        calls = [old(f"{name}0"), late.replace("z", "x") if name == "old" else late]
        for (conversation, _), call in zip(columns, calls, strict=True):
            turn(base, conversation, call, f"{name} {call}?")
        base.post(store.comparison_asked(name, 0, {"text": name}, 0, [store.Cell(call) for call in calls]))
    base.flush()
    assert pruned(base.path)["conversations"] == 2
    assert [row["id"] for row in rows(base.path, "comparisons")] == ["new"]
    assert {row["comparison_id"] for row in rows(base.path, "comparison_cells")} == {"new"}
    assert len(store.compared_calls(base.read, ANN, "new")) == 2
    assert not any('"old"' in text for text in texts(base.path))


def test_what_comes_into_use_after_the_plan_stays(base: Store) -> None:
    turn(base, "talk", old("a"), "Talk?")
    made(base, old("b"), "Alone?")
    with pruning(base.path) as it:
        base.post(store.flag_opened(old("b"), "Look."))
        turn(base, "talk", named(0, "c"), "And?")
        for _ in it.go():
            pass
        assert dict(it.gone) == {"conversations": 0, "calls": 0, "texts": 0}
    assert len(rows(base.path, "calls")) == 3
    assert store.conversation(base.read, ANN, "talk").head == named(0, "c")
    assert store.call(base.read, ADMIN, old("b"))["answer"]


def test_a_text_that_is_said_again_while_it_goes_is_there(base: Store) -> None:
    made(base, old("a"), "Again?")
    with pruning(base.path) as it:
        for step, _ in enumerate(it.go()):
            if step:  # the call is gone, and what it said is about to go
                made(base, named(0, f"n{step}"), "Again?")
        assert step > 2
    for row in rows(base.path, "calls"):
        found = store.call(base.read, ADMIN, row["id"])
        assert found["request"]["messages"][-1]["content"] == "Again?"
        assert store.plain_text(found["answer"]) == "Again? Up."
    hashes = {row["hash"] for row in rows(base.path, "texts")}
    assert {digest(text) for text in texts(base.path)} <= hashes  # whoever says it again finds it


def test_two_at_once_are_refused(base: Store) -> None:
    with pruning(base.path), pytest.raises(StoreLocked, match="Another process is taking old calls"):
        pruned(base.path)


def killed_midway(pipe: Any, path: Path, steps: int) -> None:
    with pruning(path) as it:
        going = it.go()
        for _ in range(steps):
            next(going)
        pipe.send("there")
        pipe.recv()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
def test_a_kill_in_the_middle_leaves_a_whole_database_and_the_next_time_goes_on(
    base: Store, steps: int
) -> None:
    for number in range(2):
        turn(base, f"talk{number}", old(f"t{number}"), f"Talk {number}?")
        made(base, old(f"a{number}"), f"Alone {number}?")
    made(base, named(0, "new"), "Alone 0?")
    with process(killed_midway, base.path, steps) as other:
        other.until("there")
        other.kill()
    assert [tuple(row) for row in base.read.execute("PRAGMA foreign_key_check")] == []
    for row in rows(base.path, "calls"):
        assert store.call(base.read, ADMIN, row["id"])["answer"]
    pruned(base.path)
    assert [row["id"] for row in rows(base.path, "calls")] == [named(0, "new")]
    assert {json.dumps(text) for text in texts(base.path) if "Talk" in text or "Alone 1" in text} == set()
    assert rows(base.path, "conversations") == rows(base.path, "turns") == rows(base.path, "messages") == []


def test_every_column_that_names_a_text_is_looked_at(base: Store) -> None:
    from lab.store import orphans

    tables = [row[0] for row in base.read.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    naming = {
        (table, row["from"])
        for table in tables
        for row in base.read.execute(f"PRAGMA foreign_key_list({table})")
        if row["table"] == "texts"
    }
    naming |= {("conversations", "column_id"), ("calls", "message_ids")}  # without a foreign key
    read = " ".join((*orphans._NAMED, orphans._SENT))
    missing = [column for table, column in naming if f"{column}" not in read or f"FROM {table}" not in read]
    assert missing == []
