"""The file as others see it: the views, and every query that the docs show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import store
from lab.store import Store
from lab.types import Principal
from tests.store.rows import answered, asked, opened, post_all, whole_call

ANN = Principal("ann")
DOCS = Path(__file__).parents[2] / "docs" / "database.md"
QUERIES = re.findall(r"^```sql\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A conversation of two turns about an invoice, the second one badly rated."""
    with opened(tmp_path_factory.mktemp("views") / "lab.db") as found:
        found.post(store.conversation_opened("talk", ANN))
        for id, text in (("a", "My invoice?"), ("b", "half \ud83d of a pair, invoice")):
            request = asked(id, "ann", "talk", text=text, system="You help.")
            post_all(found, *whole_call(found, request, answered(f"Answer {id}.")))
            found.post(store.message_sent("talk", request.messages[-1], id))
        found.post(lambda db: db.execute("UPDATE calls SET source = 'api'"))
        found.post(store.rated("b", ANN, -1, "No."))
        found.flush()
        yield found


def test_text_is_text_and_money_is_dollars(base: Store) -> None:
    rows = base.read.execute("SELECT * FROM call_texts ORDER BY call_id").fetchall()
    assert [(row["system"], row["question"], row["answer"]) for row in rows[:1]] == [
        ("You help.", "My invoice?", "Answer a.")
    ]
    assert "half \\ud83d of a pair" in rows[1]["question"]  # anything can read it
    assert [(row["kind"], row["dollars"]) for row in rows] == [("real", 70 / 1e12)] * 2
    each = "SELECT kind, sum(calls), sum(dollars), sum(unpriced) FROM daily_costs"
    days = base.read.execute(f"{each} GROUP BY kind HAVING sum(calls)")
    assert [tuple(row) for row in days] == [("real", 2, 140 / 1e12, 0)]


def test_turns_stand_in_their_order(base: Store) -> None:
    rows = base.read.execute("SELECT * FROM conversation_turns ORDER BY number").fetchall()
    assert [(row["number"], row["call_id"], row["parent_id"], row["rating"]) for row in rows] == [
        (1, "a", None, None),
        (2, "b", "a", -1),
    ]
    assert {(row["conversation_id"], row["title"], row["user"]) for row in rows} == {
        ("talk", "My invoice?", "ann")
    }


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_docs_finds_something(base: Store, query: str) -> None:
    assert base.read.execute(query).fetchall()


def test_the_docs_name_every_view_with_its_columns(base: Store) -> None:
    page = DOCS.read_text(encoding="utf-8")
    for view in ("call_texts", "conversation_turns", "daily_costs"):
        told = re.search(rf"^- `{view}`:.*?(?=^- |^$)", page, re.MULTILINE | re.DOTALL)[0]
        columns = [row["name"] for row in base.read.execute(f"PRAGMA table_info({view})")]
        missing = [name for name in columns if f"`{name}`" not in told and not name.endswith("_tokens")]
        assert missing == [], view
    assert len(QUERIES) >= 5
