"""The log as a file: JSON that loses nothing, and tables that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.engine import FORMS
from lab.record import in_dollars
from lab.spreadsheet import bare
from lab.store import Export, Store, Wanted, plain_text
from lab.types import Principal, new_id
from tests.store.rows import answered, asked, opened, post_all, whole_call

ADMIN = Principal("root", "admin")
TEXTS = [
    "Plain.",
    "=1+1",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "-5",
    "+x",
    'a,"b"\r\nc',
    "日本 🙂",
    "'=2",
    "x" * 40_000,
]


def given(to: Store, form: str, wanted: Wanted | None = None) -> bytes:
    return b"".join(FORMS[form](Export(to.path, ADMIN, wanted or Wanted())))


def table(data: bytes) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(data.decode(), newline=""))]


@pytest.fixture
def said(tmp_path: Path) -> Any:
    """A store with a call for each of the texts, in question and answer alike."""
    with opened(tmp_path / "lab.db") as found:
        for number, text in enumerate(TEXTS):
            request = asked(f"c{number:02}", text=text, system="You help.")
            post_all(found, *whole_call(found, request, answered(text)))
        found.post(store.rated(request.id, Principal("ann"), 1, "=note"))
        found.flush()
        yield found


def test_lines_of_json_lose_nothing(said: Store) -> None:
    lines = [json.loads(line) for line in given(said, "jsonl").splitlines()]
    listed = store.calls(said.read, ADMIN, 99)
    wanted = [store.call(said.read, ADMIN, each["id"]) for each in listed]
    assert lines == [in_dollars(call) | {"text": plain_text(call["answer"])} for call in wanted]


def test_half_of_a_surrogate_pair_stays_what_it_is(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as found:
        post_all(found, *whole_call(found, asked(new_id(), text="\ud83d \x9b alone")))
        found.flush()
        (line,) = given(found, "jsonl").splitlines()
        (row,) = table(given(found, "csv"))
    assert json.loads(line)["request"]["messages"][-1]["content"] == "\ud83d \x9b alone"
    assert b"\x9b" not in line.replace(b"\\u009b", b"")
    assert row["question"] == "? \x9b alone"


def test_a_table_has_a_row_for_each_call_and_gives_every_text_back(said: Store) -> None:
    rows = table(given(said, "csv"))
    assert [bare(row["question"]) for row in rows] == [bare(row["answer"]) for row in rows] == [*TEXTS[::-1]]
    assert not any(row["answer"].startswith(("=", "@", "\t", "\r", "+x")) for row in rows)
    first = rows[0]
    assert (first["good"], first["bad"], bare(first["notes"])) == ("1", "0", "=note")
    assert (first["output_tokens"], first["cost_usd"], first["total_ms"]) == ("2", "0.00000000007", "300")
    assert (first["system"], first["attempts"], first["stop_reason"]) == ("You help.", "1", "end_turn")
    assert {row["output_tokens"] for row in rows} == {"2"}


def test_where_nothing_matches_the_names_of_the_columns_are_there(said: Store) -> None:
    nothing = Wanted(state="stalled")
    assert given(said, "jsonl", nothing) == b""
    assert given(said, "csv", nothing) == given(said, "csv").split(b"\r\n")[0] + b"\r\n"
