"""One question to several columns: a call for each, in a conversation of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.engine import Column, Lives, Said, build, columns_of, compare, go_on_comparing, retry_column
from lab.engine.comparing import running
from lab.errors import BadInput, CallError
from lab.store import Store
from lab.types import Event, Request, Text
from tests.engine.kit import CATALOGUE, ME, PLAIN, STARTED, answer, lab_of

OTHER = "claude-opus-5-5"
TWO = (Column(), Column(model=OTHER))


class Model:
    """Answers with the model that was asked, but fails as often as told for one of them, or never ends."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.failing: dict[str, int] = {}
        self.silent: set[str] = set()

    async def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        if self.failing.get(request.model):
            self.failing[request.model] -= 1
            raise CallError("No.", status=400)
        if request.model in self.silent:
            yield STARTED
            yield Text("Well")
            await asyncio.Event().wait()
        for event in answer(request.model, "."):
            yield event


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def lives(tmp_path: Path, model: Model) -> Iterator[Lives]:
    rules = {"all": {"model": OTHER, "longest": 200}}  # of chats; a comparison stays as it is put together
    lab = lab_of(Store(tmp_path / "lab.db"), model=PLAIN, grace=1000.0, routes=rules)
    opened = Lives(lab, lambda lab, providers: build(lab, model))
    yield opened
    opened.close()


def settled(lives: Lives, id: str) -> dict[str, Any]:
    """The comparison, once all of its calls have ended."""
    found = store.comparison(lives.lab.store.read, ME, id)
    while going := running(lives, ME, found):
        for live in going.values():
            live.wait(-1, 0.05)
    return found


def texts(lives: Lives, id: str) -> list[list[str | None]]:
    """What each column said in each turn."""
    settled(lives, id)
    calls = store.compared_calls(lives.lab.store.read, ME, id)
    return [
        [cell.error or store.plain_text(calls[cell.call]["answer"] or "") for cell in turn["cells"]]
        for turn in store.comparison(lives.lab.store.read, ME, id)["turns"]
    ]


def test_each_column_has_one_row_a_turn_and_its_own_conversation(lives: Lives, model: Model) -> None:
    id = compare(lives, ME, TWO, Said("Why?"))
    assert texts(lives, id) == [[f"{PLAIN}.", f"{OTHER}."]]
    go_on_comparing(lives, ME, id, Said("And then?"))
    assert texts(lives, id) == [[f"{PLAIN}.", f"{OTHER}."]] * 2
    rows = store.calls(lives.lab.store.read, ME, 9)
    assert {(row["origin"], row["state"]) for row in rows} == {("compare", "ok")}
    assert sorted(row["model"] for row in rows) == [PLAIN, PLAIN, OTHER, OTHER]
    by_model = {request.model: request for request in model.asked[2:]}
    for name, request in by_model.items():
        assert [store.plain_text(each["content"]) for each in request.messages] == [
            "Why?",
            f"{name}.",
            "And then?",
        ]
    assert store.comparisons(lives.lab.store.read, ME, 9)[0]["title"] == "Why?"
    assert store.conversations(lives.lab.store.read, ME, 9) == []
    with pytest.raises(BadInput, match="no conversation to continue"):
        store.latest_conversation(lives.lab.store.read, ME)


def test_one_that_cannot_be_asked_and_one_that_fails_leave_the_others_alone(
    lives: Lives, model: Model
) -> None:
    model.failing = {OTHER: 1}
    columns = (Column(), Column(model=OTHER), Column(effort="high"))
    id = compare(lives, ME, columns, Said("Why?"))
    (said,) = texts(lives, id)
    assert said[:2] == [f"{PLAIN}.", ""] and "does not take effort 'high'" in said[2]
    retry_column(lives, ME, id, 1)
    assert texts(lives, id)[0][1] == f"{OTHER}."
    with pytest.raises(BadInput, match="effort"):
        retry_column(lives, ME, id, 2)
    go_on_comparing(lives, ME, id, Said("More?"))
    settled(lives, id)
    sent = next(request for request in model.asked[3:] if request.model == OTHER)
    assert len(sent.messages) == 3


def test_where_none_can_be_asked_there_is_no_comparison(lives: Lives) -> None:
    with pytest.raises(BadInput, match="There is no question"):
        compare(lives, ME, TWO, Said("  "))
    with pytest.raises(BadInput, match="A: .*effort.* B: .*model"):
        compare(lives, ME, (Column(effort="high"), Column(model="nobody")), Said("Why?"))
    assert store.comparisons(lives.lab.store.read, ME, 9) == []


def test_what_still_answers_is_waited_for_and_stopping_keeps_it(lives: Lives, model: Model) -> None:
    model.silent = {OTHER}
    id = compare(lives, ME, TWO, Said("Why?"))
    found = store.comparison(lives.lab.store.read, ME, id)
    for change in (
        lambda: go_on_comparing(lives, ME, id, Said("More?")),
        lambda: retry_column(lives, ME, id, 1),
    ):
        with pytest.raises(BadInput, match="still answers"):
            change()
    while (live := running(lives, ME, found)[1]).answer.text != "Well":
        live.wait(-1, 0.05)
    lives.stop(live.id)
    assert texts(lives, id) == [[f"{PLAIN}.", "Well"]]
    model.silent = set()
    retry_column(lives, ME, id, 1)
    assert texts(lives, id) == [[f"{PLAIN}.", f"{OTHER}."]]
    go_on_comparing(lives, ME, id, Said("More?"))
    settled(lives, id)
    sent = next(request for request in model.asked[3:] if request.model == OTHER)
    assert [store.plain_text(each["content"]) for each in sent.messages] == ["Why?", f"{OTHER}.", "More?"]


def test_what_is_deleted_leaves_its_calls_in_the_log(lives: Lives) -> None:
    id = compare(lives, ME, TWO, Said("Why?"))
    settled(lives, id)
    lives.lab.store.post(store.comparison_deleted(id))
    lives.lab.store.flush()
    assert store.comparisons(lives.lab.store.read, ME, 9) == []
    assert len(store.calls(lives.lab.store.read, ME, 9)) == 2
    with pytest.raises(BadInput, match="no comparison"):
        store.comparison(lives.lab.store.read, ME, id)


def test_further_fields_and_drafts_go_into_the_first_call(lives: Lives, model: Model) -> None:
    columns = (
        Column(system="Be brief."),
        Column(options={"metadata": {"user_id": "x"}, "stop_sequences": ["."]}),
    )
    settled(lives, compare(lives, ME, columns, Said("Why?")))
    brief, further = sorted(model.asked, key=lambda request: not request.system)
    assert brief.system == "Be brief." and further.options["stop_sequences"] == ["."]
    with pytest.raises(BadInput, match="model cannot stand"):
        compare(lives, ME, (Column(options={"model": "x"}), Column(options={"model": "x"})), Said("Why?"))


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ("x", "2 to 6 columns"),
        ([{}], "2 to 6 columns"),
        ([{}] * 7, "2 to 6 columns"),
        ([{}, 3], "Column B is no table"),
        ([{"promt": "a"}, {}], "Column A: there is no 'promt'. .*prompt"),
        ([{}, {"max_tokens": "9"}], "Column B: max_tokens cannot be '9'"),
        ([{}, {"options": []}], "options cannot be"),
    ],
)
def test_columns_from_outside(tables: Any, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        columns_of(tables)


def test_columns_are_told_by_what_they_change() -> None:
    assert columns_of([{}, {"prompt": "a@2"}])[1].given() == {"prompt": "a@2"}
    column = Column("a@2", OTHER, "", "high", 900, {"speed": "fast"}, "x")
    assert column.title == (
        f"a@2 · {OTHER} · draft · few-shot none · effort high · max_tokens 900 · speed fast"
    )
    assert OTHER in CATALOGUE


def test_votes_replace_each_other_whichever_way_round(lives: Lives) -> None:
    write: Callable[[Any], None] = lives.lab.store.post
    for vote in (
        ("a", "b", "better"),
        ("b", "a", "better"),
        ("a", "c", "tie"),
        ("c", "b", "both bad"),
        ("b", "c", None),
    ):
        write(store.voted(ME, *vote))
    lives.lab.store.flush()
    found = store.votes(lives.lab.store.read, ME, ["a", "b", "c"])
    assert found == {("a", "b"): "worse", ("b", "a"): "better", ("a", "c"): "tie", ("c", "a"): "tie"}
    assert lives.lab.store.read.execute("SELECT count(*) FROM votes").fetchone()[0] == 2
