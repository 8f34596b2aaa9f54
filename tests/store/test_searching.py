"""Calls found by what was asked and answered in them, whatever is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import store
from lab.errors import BadInput
from lab.store import Connection, Store, Wanted, indexing, sqlite, terms
from lab.store.migration import prepare
from lab.store.schema import MIGRATIONS
from lab.types import Principal
from tests.store.rows import answered, asked, opened, post_all, refused, whole_call

ANN, BEN, ADMIN = Principal("ann"), Principal("ben"), Principal("root", "admin")
ANYTHING = Wanted()
TEXTS = {
    "a1": ("Where is the refund for order_4711?", "Le café l'a remboursé: 50 %."),
    "a2": ("Wie heißt die Straße? 北京大学在哪里", "東京タワーは高い 🙂👍🏽 done"),
    "a3": ("snake_case and refunds, the end of it", 'He said "never mind" AND left -- NEAR(it)'),
    "b1": ("Somebody else's refund", "Yes."),
}


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "lab.db") as found:
        for id, (question, answer) in TEXTS.items():
            user = "ben" if id == "b1" else "ann"
            request = asked(id, user, text=question, system="You help with a manual.")
            post_all(found, *whole_call(found, request, answered(answer)))
        found.flush()
        yield found


def found(
    base: Store, sought: str, who: Principal = ANN, wanted: Wanted = ANYTHING, **more: object
) -> list[str]:
    return store.calls_saying(base.read, who, wanted, sought, 9, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sought", "calls"),
    [
        ("refund", ["a1"]),
        ("refund*", ["a3", "a1"]),
        ("REFUND order", ["a1"]),
        ("refund never", []),
        ("cafe", ["a1"]),
        ("CAFÉ rembourse", ["a1"]),
        ("cafe\u0301", ["a1"]),
        ("order_4711", ["a1"]),
        ("4711", ["a1"]),
        ("strasse", []),
        ("straße", ["a2"]),
        ("北京", ["a2"]),
        ("大学在", ["a2"]),
        ("北大", []),
        ("タワー 北京", ["a2"]),
        ("👍", ["a2"]),
        ("🙂", ["a2"]),
        ("🦄", []),
        ('"never mind"', ["a3"]),
        ('"mind never"', []),
        ("mind never", ["a3"]),
        ('"never', ["a3"]),
        ("AND", ["a3"]),
        ("left NOT refunds", []),
        ("NEAR(it)", ["a3"]),
        ("asked:refund", []),
        ("manual", []),
        ("", []),
        ("   ", []),
        ('"', []),
        ('""', []),
        ("*", []),
        ("-- ; ' %", []),
        ("x\0y \ud83d", []),
        ("\U0001e900", []),
        ("ra" * 5000, []),
        ("^refund", ["a1"]),
        ("{asked}", []),
    ],
)
def test_what_is_found(base: Store, sought: str, calls: list[str]) -> None:
    assert found(base, sought) == calls
    assert sorted(found(base, sought, ranked=True)) == sorted(calls)


def test_too_many_words_are_refused_in_a_sentence(base: Store) -> None:
    assert "at most 60" in refused(lambda: found(base, "many " * 61), BadInput)


def test_filters_and_whose_it_is_hold_on_top(base: Store) -> None:
    assert found(base, "refund", ADMIN) == ["b1", "a1"]
    assert found(base, "refund", BEN) == ["b1"]
    assert found(base, "refund", ADMIN, Wanted(model="m")) == []
    assert found(base, "refund", ADMIN, Wanted(state="ok", origin="chat")) == ["b1", "a1"]


def test_pages_go_on_where_the_last_one_ended(base: Store) -> None:
    assert store.calls_saying(base.read, ADMIN, ANYTHING, "refund*", 2) == ["b1", "a3"]
    assert store.calls_saying(base.read, ADMIN, ANYTHING, "refund*", 2, "a3") == ["a1"]


def test_those_that_say_it_most_come_first(base: Store) -> None:
    post_all(base, *whole_call(base, asked("c", text="refund"), answered("refund refund")))
    base.flush()
    post_all(base, *whole_call(base, asked("d", text="refund " + "word " * 90), answered("no")))
    base.flush()
    assert found(base, "refund", ranked=True) == ["c", "a1", "d"]


def test_an_exchange_is_found_once_and_not_by_what_was_said_before(base: Store) -> None:
    said = ({"role": "user", "content": "unicorns?"}, {"role": "assistant", "content": "Horned horses."})
    talk = (*said, {"role": "user", "content": "Where?"})
    post_all(base, *whole_call(base, asked("t", messages=talk), answered("In books.")))
    tools = (
        {"role": "user", "content": "Weather in Paris?"},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "I look."}, {"type": "tool_use", "id": "1"}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "rain"}]},
    )
    post_all(base, *whole_call(base, asked("w", messages=(*said, *tools)), answered("It rains.")))
    base.flush()
    assert found(base, "where books") == ["t"]
    assert found(base, "unicorns") == []
    assert found(base, "paris rains") == ["w"]


def test_what_is_taken_out_is_found_no_more_and_leaves_no_word(base: Store) -> None:
    def purge(connection: Connection) -> None:
        begin = True
        while store.purged(connection, begin):
            begin = False

    assert b"bourse" in words_in(base)
    base.post(lambda connection: store.unindexed(connection, ["a1", "nobody"]))
    base.post(lambda connection: connection.execute("INSERT INTO spoken (spoken) VALUES ('integrity-check')"))
    base.flush()
    assert found(base, "refund*") == ["a3"]
    assert base.read.execute("SELECT count(*) FROM spoken WHERE spoken MATCH 'cafe'").fetchone()[0] == 0
    base.post(purge)
    base.flush()
    assert b"bourse" not in words_in(base)
    assert found(base, "refunds") == ["a3"]


def test_calls_of_one_transaction_make_one_piece_of_the_index(base: Store) -> None:
    """Whatever is written between their ends: many pieces would have to be merged."""

    def pieces(connection: Connection) -> int:
        return connection.execute("SELECT count(DISTINCT segid) FROM spoken_idx").fetchone()[0]

    def written(connection: Connection) -> None:
        before.append(pieces(connection))
        for write in (*whole_call(base, asked("n1", text="One")), *whole_call(base, asked("n2", text="Two"))):
            write(connection)

    before: list[int] = []
    base.post(written)
    base.flush()
    assert pieces(base.read) == before[0] + 1
    assert [found(base, word) for word in ("one", "two")] == [["n1"], ["n2"]]


def words_in(base: Store) -> bytes:
    """All that the index holds."""
    return b" ".join(row[0] for row in base.read.execute("SELECT block FROM spoken_data"))


def test_a_database_can_do_without_the_index_and_have_it_again(tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    with opened(path, full_text=False) as base:
        post_all(base, *whole_call(base, asked("x", text="A first word"), answered("Yes.")))
        base.flush()
        assert "full_text" in refused(lambda: found(base, "first"), BadInput)
        assert store.conversations_saying(base.read, ANN, "first", 9) == []
        assert not base.read.execute("SELECT count(*) FROM indexed_calls").fetchone()[0]
        base.post(lambda connection: store.unindexed(connection, ["x"]))
        base.post(lambda connection: store.purged(connection, True))
    with opened(path) as base:
        assert "full_text" in refused(lambda: found(base, "first"), BadInput)
    with opened(path, full_text=True) as base:
        assert found(base, "first") == ["x"]


def test_an_older_lab_s_calls_are_found_too(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    sqlite.create(path)
    old = sqlite.connect(path)
    prepare(old, MIGRATIONS[: MIGRATIONS.index(indexing.create)])
    texts = ('{"role":"user","content":"The oldest question"}', '[{"type":"text","text":"Its answer"}]')
    for number, body in enumerate(texts, 1):
        old.execute("INSERT INTO texts VALUES (?, ?, ?)", (number, b"%d" % number, body))
    for id, state in (("x", "ok"), ("y", "started")):
        old.execute(
            "INSERT INTO calls (id, process, started_at, user, origin, state, endpoint, source, model,"
            " max_tokens, message_ids, answer_id)"
            " VALUES (?, 'p', '2026', 'ann', 'chat', ?, 'e', 'api', 'm', 9, '[1]', 2)",
            (id, state),
        )
    old.close()
    with opened(path) as base:
        assert found(base, "oldest answer") == ["y", "x"]  # what its process left open was settled meanwhile


def test_the_words_round_what_was_found(base: Store) -> None:
    long = " ".join(f"word{number}" for number in range(60))
    post_all(base, *whole_call(base, asked("l", text=f"{long} Café-Crème {long}"), answered("Yes.")))
    base.flush()
    found = store.excerpts(base.read, ["l", "a2", "a3"], 'cafe "never mind"')
    assert "Café-Crème" in found["l"] and found["l"].startswith("…") and len(found["l"]) <= 122
    assert "never mind" in found["a3"]
    assert found["a2"].startswith("Wie heißt")


@pytest.mark.parametrize(
    "text", ["", "plain", "\ud800 half", "nul\0", "日本", "e\u0301", "İstanbul", json.dumps({})]
)
def test_any_text_can_be_kept_and_shown(text: str) -> None:
    terms.indexed(text).encode()
    assert terms.excerpt(text, text) is None or terms.excerpt(text, text) in text
