"""Our own routes beside the pages, without the pages."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the app's packages are not installed here")

from starlette.applications import Starlette  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from lab import engine, server  # noqa: E402
from lab.store import Wanted, as_query  # noqa: E402
from lab.types import new_id  # noqa: E402
from tests.store.rows import asked, post_all, whole_call  # noqa: E402


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The routes, of a lab with three calls."""
    monkeypatch.chdir(tmp_path)
    lives = engine.lives(Path.cwd())
    for number in range(3):
        post_all(
            lives.lab.store, *whole_call(lives.lab.store, asked(f"c{number}", text=f"=Question {number}"))
        )
    lives.lab.store.flush()
    with TestClient(Starlette(routes=server.ROUTES), raise_server_exceptions=False) as found:
        yield found
    lives.close()


def test_all_calls_that_match_are_a_file(client: TestClient) -> None:
    answer = client.get("/export/calls.jsonl")
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == ["c2", "c1", "c0"]
    named = r'attachment; filename="calls-\d{4}-\d\d-\d\d\.jsonl"'
    assert re.fullmatch(named, answer.headers["content-disposition"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    answer = client.get("/export/calls.csv", params=as_query(Wanted(state="ok")))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row["question"] for row in csv.DictReader(io.StringIO(answer.text))][0] == "'=Question 2"
    assert client.get("/export/calls.jsonl", params=as_query(Wanted(state="stalled"))).text == ""


WRONG = [
    ("calls.jsonl?stat=ok", 400, "There is no filter 'stat'. Did you mean 'state'?"),
    ("calls.jsonl?versions=x", 400, "versions must be whole numbers with commas between, not 'x'."),
    ("calls.csv?since=yesterday", 400, "since must be a time with its zone, such as 2026-11-29T12:00:00Z,"),
    ("calls.csv?since=2026-11-29T12:00:00", 400, "since must be a time with its zone"),
    ("calls.xlsx", 404, "Calls come as csv or jsonl, not as xlsx."),
]


@pytest.mark.parametrize(("path", "code", "sentence"), WRONG)
def test_what_is_asked_wrongly_is_a_sentence(client: TestClient, path: str, code: int, sentence: str) -> None:
    answer = client.get(f"/export/{path}")
    assert (answer.status_code, sentence in answer.text) == (code, True)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_other_sites_get_nothing(client: TestClient, headers: dict[str, str], code: int) -> None:
    answer = client.get("/export/calls.jsonl", headers=headers)
    assert answer.status_code == code
    assert ("Question" in answer.text) == (code == 200)


def test_a_database_that_cannot_be_read_is_a_sentence(client: TestClient) -> None:
    (Path(".lab") / "lab.db").write_bytes(b"no database " * 9999)
    answer = client.get("/export/calls.jsonl")
    assert (answer.status_code, "is not a SQLite database" in answer.text) == (503, True)


def test_what_is_older_than_the_setting_says_goes(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """As every day, beside the app that goes on."""
    base = engine.lives(Path.cwd()).lab.store
    post_all(base, *whole_call(base, asked(new := new_id(), text="Today")))
    base.flush()
    Path("lab.toml").write_text("keep_days = 90\n")
    with caplog.at_level("INFO", "lab"):
        server.prune()
    assert "Gone: 0 conversations, 3 calls, " in caplog.text
    assert [json.loads(line)["id"] for line in client.get("/export/calls.jsonl").text.splitlines()] == [new]
    Path("lab.toml").write_text("keep_days = 'long'\n")
    server.prune()
    assert caplog.records[-1].levelname == "WARNING"
    assert "keep_days" in caplog.messages[-1]
