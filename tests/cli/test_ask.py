"""`lab ask`: what is shown and logged for each way in which a call can end."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from click.testing import CliRunner, Result

import lab.cli
from lab.errors import BadInput, LabError
from lab.store import plain_text
from tests.cli.running import CANARY, logged, stats
from tests.files import pdf, png


def ask(*arguments: str, code: int) -> Result:
    """The command within this process, where its packages are imported already."""
    result = CliRunner().invoke(lab.cli.lab, ["ask", *arguments])
    assert result.exit_code == code, (result.stderr, result.exception)
    return result


@pytest.mark.parametrize(
    ("orders", "code", "state", "figure", "words"),
    [
        ("[[words 3]]", 0, "ok", "finished", 3),
        ("[[words 9]]", 0, "ok", "cut off at max_tokens", 5),
        ("[[refuse]]", 1, "refused", "declined to answer", 0),
        ("[[refuse after 2]]", 1, "refused", "declined to answer", 2),
        ("[[401]]", 3, "failed", "failed", 0),
        ("[[529 x-should-retry false]]", 3, "failed", "failed", 0),
        ("[[429 retry-after 99]]", 3, "failed", "failed", 0),
        ("[[drop]]", 3, "unknown", "outcome not known", 0),
        ("[[cut after 2]]", 3, "failed", "failed", 2),
        ("[[end after 2]]", 3, "truncated", "ended without saying so", 2),
        ("[[error overloaded_error after 2]]", 3, "failed", "failed", 2),
    ],
)
def test_how_a_call_ends(online: str, orders: str, code: int, state: str, figure: str, words: int) -> None:
    options = ["--max-tokens", "5"] if "cut off" in figure else []
    result = ask(f"Say something {orders}", *options, code=code)
    call = logged()[0]
    assert call["state"] == state
    answer = plain_text(call["answer"] or [])
    assert result.stdout == (f"{answer}\n" if answer else "")
    assert len(answer.split()) == words or options
    *said, figures, hint = result.stderr.splitlines()
    assert figure in figures
    assert said == ([f"lab: {call['error']}"] if code == 3 else said[:1] if code else [])
    going_on = " · lab ask -c to go on" if answer and state != "refused" else ""
    assert hint == f"lab logs show {call['id']}{going_on}"


def test_a_call_is_tried_again_in_sight(online: str) -> None:
    result = ask("x [[529 once]] [[words 2]]", code=0)
    assert "trying again in" in result.stderr.splitlines()[0]
    assert [attempt["status"] for attempt in logged()[0]["attempts"]] == [529, 200]


@pytest.mark.parametrize("orders", ["[[words 3]]", "[[401]]", "[[refuse]]", "[[cut after 2]]"])
def test_json_is_the_whole_call_and_nothing_else(online: str, orders: str) -> None:
    result = CliRunner().invoke(lab.cli.lab, ["ask", "--json", f"x {orders}"])
    call = json.loads(result.stdout)
    row = logged()[0]
    for name in ("id", "state", "request", "answer"):
        assert call[name] == row[name]
    assert call["text"] == plain_text(row["answer"] or [])
    assert call["cost_floor_usd"] == row["cost_floor"] / 10**12
    assert "cost" not in call and "cost" not in call["attempts"][0]


def test_options_reach_the_model(online: str) -> None:
    ask("hi", "-m", "claude-opus-5-5", "-s", "Be brief.", "--max-tokens", "77", "--effort", "low", code=0)
    assert logged()[0]["request"] == {
        "model": "claude-opus-5-5",
        "max_tokens": 77,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "hi"}],
        "output_config": {"effort": "low"},
    }


def test_an_answer_that_does_not_fit_its_schema_is_named(online: str) -> None:
    folder = Path("prompts", "card")
    folder.mkdir(parents=True)
    schema = "{type: object, properties: {name: {type: string}}, required: [name]}"
    (folder / "v1.yaml").write_text(f'user: "{{{{input}}}}"\nschema: {schema}\n')
    whole = ask("-p", "card", "Who is Ana Lima?", code=0)
    assert "name" in json.loads(whole.stdout) and "schema" not in whole.stderr
    cut = ask("-p", "card", "Who is Ana Lima?", "--max-tokens", "1", code=0)
    assert "The answer does not fit its schema: it was cut off at max_tokens" in cut.stderr


def test_a_conversation_goes_on(online: str) -> None:
    ask("one [[words 1]]", code=0)
    ask("-c", "two [[words 1]]", code=0)
    call = logged()[0]
    ask("--conversation", call["conversation_id"], "three", code=0)
    turns = [turn["role"] for turn in logged()[0]["request"]["messages"]]
    assert turns == ["user", "assistant", "user", "assistant", "user"]


def test_a_model_that_retires_is_announced(online: str) -> None:
    Path("lab.toml").write_text('[models."old"]\nretires = 2020-01-01\n')
    result = CliRunner().invoke(lab.cli.lab, ["ask", "hi", "-m", "old"])
    assert result.stderr.startswith("old retired on 2020-01-01.\n")


def test_control_characters_reach_no_terminal(online: str) -> None:
    dangerous = "a\x1b]52;c;eA==\x07 b\x9b31m c\x7f d"
    for arguments in (("ask", dangerous), ("logs", "show", "last"), ("logs",), ("logs", "--json")):
        result = CliRunner().invoke(lab.cli.lab, arguments)
        assert result.exit_code == 0
        assert not {character for character in result.output if ord(character) in (7, 27, 127, 0x9B)}
    assert json.loads(result.stdout)[0]["question"] == dangerous


def test_the_key_is_nowhere(online: str, folder: Path) -> None:
    result = CliRunner().invoke(lab.cli.lab, ["ask", "--json", "x [[401]]"])
    result.output.index("authentication_error")
    assert CANARY not in result.output
    kept = b"".join(file.read_bytes() for file in (folder / ".lab").rglob("*") if file.is_file())
    assert b"authentication_error" in kept and CANARY.encode() not in kept


def test_no_call_is_begun_where_the_database_cannot_be_made(
    online: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/sys/kernel").is_dir():
        pytest.skip("needs a folder that not even root can write to: Linux's /sys")
    monkeypatch.setenv("LAB_DB", "/sys/lab.db")
    result = CliRunner().invoke(lab.cli.lab, ["ask", "hi"])
    assert isinstance(result.exception, LabError) and result.exception.exit_code == 3
    assert "The database /sys/lab.db cannot be written: permission denied." in str(result.exception)


@pytest.mark.parametrize(
    ("kind", "text", "typed", "asked"),
    [
        ("pipe", b"\xef\xbb\xbf  def f():\r\n\n", "What?", "  def f():\n\nWhat?"),
        ("pipe", b"x" * 50_000, "", "x" * 50_000),
        ("pipe", b"", "What?", "What?"),
        ("file", b"\xc3\xa9" * 100_000, "What?", "é" * 100_000 + "\n\nWhat?"),
        ("socket", b"Only this", "", "Only this"),
        ("socket", b"Not this", "What?", "What?"),
        ("/dev/null", b"", "What?", "What?"),
        ("closed", b"", "What?", "What?"),
    ],
)
def test_what_is_piped_in_stands_before_the_question(
    online: str, monkeypatch: pytest.MonkeyPatch, kind: str, text: bytes, typed: str, asked: str
) -> None:
    with stdin(kind, text) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        with pytest.raises(SystemExit, match="0"):
            lab.cli.lab.main(["ask", *([typed] if typed else [])], standalone_mode=False)
    assert logged()[0]["request"]["messages"][0]["content"] == asked


@contextmanager
def stdin(kind: str, text: bytes) -> Iterator[TextIO | None]:
    """A stdin of this kind that holds a text; Python's is None where it was closed."""
    if kind == "closed":
        yield None
        return
    if kind in ("file", "/dev/null"):
        path = Path(kind)
        if kind == "file":
            path.write_bytes(text)
        reading = os.open(path, os.O_RDONLY)
    elif kind == "pipe":
        reading, writing = os.pipe()
        os.write(writing, text)
        os.close(writing)
    else:
        ours, theirs = socket.socketpair()
        with ours:
            ours.sendall(text)
        reading = theirs.detach()
    with open(reading, encoding="utf-8") as stream:
        yield stream


def test_files_go_along(online: str, folder: Path) -> None:
    (folder / "plan.dat").write_bytes(png(40, 30))
    (folder / "terms.pdf").write_bytes(pdf(2))
    ask("--file", "plan.dat", "--file", "terms.pdf", "Is it within the terms?", code=0)
    content = logged()[0]["request"]["messages"][0]["content"]
    assert [block["type"] for block in content] == ["image", "document", "text"]
    (folder / "note.png").write_bytes(b"just words")
    for path, said in (("note.png", "none of the files"), ("gone.png", "gone.png cannot be read: No such")):
        result = CliRunner().invoke(lab.cli.lab, ["ask", "--file", path, "What is it?"])
        assert said in str(result.exception)
    assert len(logged()) == 1


def test_a_count_says_the_price_and_sends_nothing(online: str) -> None:
    before = stats(online)["requests"]
    said = ask("--count", "How do I reset my password?", "--max-tokens", "100", code=0).stdout
    assert re.match(r"This would send \d+ tokens: \$0\.\d+ to \$0\.\d+, .* of up to 100\.\n", said)
    assert stats(online)["requests"] == before and logged() == []


def test_what_is_too_long_is_refused_with_its_count_before_it_is_sent(online: str) -> None:
    question = "How do I reset my password?"
    result = CliRunner().invoke(lab.cli.lab, ["ask", "--max-input-tokens", "5", question])
    assert isinstance(result.exception, BadInput)
    said = r"This request has \d+ input tokens, and max_input_tokens is 5\. Nothing was sent\."
    assert re.match(said, str(result.exception)) and logged() == []
    ask("--max-input-tokens", "500", question, code=0)
    assert len(logged()) == 1
