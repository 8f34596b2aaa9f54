"""A call that is ended before its end: the upstream call ends too, the row says so, nothing else is said."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import lab.cli
from tests.cli.running import ended, logged, run, started, stats, until

SILENT = "x [[words 9]] [[stall 60 after 2]]"
UNBEGUN = "x [[stall 60]]"


def assert_quiet(words: str) -> None:
    for noise in ("Traceback", "Exception ignored", "Unclosed", "unexpected"):
        assert noise not in words


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGINT] * 5,
        [signal.SIGTERM],
        [signal.SIGHUP, signal.SIGTERM, signal.SIGHUP],
    ],
)
def test_a_signal_cancels_the_call(online: str, signals: list[signal.Signals]) -> None:
    before = stats(online)["disconnects"]
    with started("ask", SILENT) as process:
        assert os.read(process.stdout.fileno(), 99)
        for number in signals:
            process.send_signal(number)
        code, words = ended(process)
    assert code == 130
    assert_quiet(words)
    assert "cancelled" in words and "lab ask -c to go on" in words
    assert [call["state"] for call in logged()] == ["cancelled"]
    until(lambda: stats(online)["disconnects"] == before + 1)


def test_a_signal_before_the_call_leaves_nothing(online: str) -> None:
    Path("lab.toml").write_text('[models."old"]\nretires = 2020-01-01\n')
    with started("ask", "-m", "old", SILENT) as process:
        assert process.stderr.readline() == b"old retired on 2020-01-01.\n"
        process.send_signal(signal.SIGINT)
        code, words = ended(process)
        assert process.stdout.read() == b""
    assert code in (130, -signal.SIGINT)
    assert words.strip() == ""
    assert logged() == []


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((SILENT,), True),
        (("--max-tokens", "128000", "x [[words 99999]]"), True),
        ((UNBEGUN,), False),
        (("--json", SILENT), False),
    ],
    ids=["silent", "streaming", "before the first word", "json"],
)
def test_a_reader_who_leaves_ends_the_call(online: str, arguments: tuple[str, ...], shown: bool) -> None:
    before = stats(online)
    with started("ask", *arguments) as process:
        if shown:
            assert process.stdout.read(5)
        else:
            until(lambda: stats(online)["open"] > before["open"])
        process.stdout.close()
        code, words = ended(process)
    assert code == 130
    assert_quiet(words)
    assert [call["state"] for call in logged()] == ["cancelled"]
    until(lambda: stats(online)["disconnects"] == before["disconnects"] + 1)


def test_no_stderr_is_no_failure(online: str) -> None:
    done = run("ask", "x [[words 2]]", preexec_fn=lambda: os.close(2))
    assert done.returncode == 0
    assert len(done.stdout.split()) == 2


def test_no_stdout_is_no_failure() -> None:
    done = run("models", preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("ask", "x [[words 2]]"), ("logs", "--json"), ("doctor",)])
def test_a_full_disk_is_a_sentence(online: str, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full, started(*arguments, stdout=full) as process:
        code, words = ended(process)
    assert code == 3
    assert "lab: The output cannot be written: No space left on device." in words
    assert_quiet(words)


def test_a_reader_who_leaves_a_list_is_no_failure(online: str) -> None:
    with started("models") as process:
        process.stdout.close()
        assert ended(process) == (130, "")


def test_a_database_that_is_held_ends_the_call_before_it_is_sent(online: str) -> None:
    assert logged() == []  # and the database is made
    before = stats(online)["requests"]
    with closing(sqlite3.connect(".lab/lab.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = run("ask", "x [[words 2]]")
    assert (done.returncode, done.stdout) == (3, "")
    assert "lab.db is held by another process." in done.stderr and "Nothing was sent." in done.stderr
    assert stats(online)["requests"] == before


def test_what_a_crash_left_open_is_settled_by_doctor(online: str) -> None:
    with started("ask", SILENT) as process:
        assert os.read(process.stdout.fileno(), 99)
        process.kill()
        process.wait()
    found = CliRunner().invoke(lab.cli.lab, ["doctor"])
    assert found.exit_code == 0
    assert "warn  calls       1 left open by a lab that ended; settled now" in found.stdout
    assert [call["state"] for call in logged()] == ["unknown"]
    assert "left open" not in CliRunner().invoke(lab.cli.lab, ["doctor"]).stdout
