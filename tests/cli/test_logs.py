"""`lab logs` and `lab models`: lists for people and for scripts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lab.cli
from tests.cli.running import logged


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(lab.cli.lab, arguments)
    assert result.exit_code == 0, (result.stderr, result.exception)
    return result


@pytest.fixture
def asked(online: str) -> list[str]:
    """The ids of three calls, newest first."""
    for question in ("one [[words 1]]", "two\nlines 日本語 " + "and more " * 20, "three [[401]]"):
        CliRunner().invoke(lab.cli.lab, ["ask", question])
    return [call["id"] for call in logged()]


def test_a_list_before_the_first_call_makes_no_database() -> None:
    assert run("logs").stderr.startswith("There are no calls in ")
    assert run("logs", "--json").stdout == "[]\n" == run("logs", "conversations", "--json").stdout
    assert run("logs", "conversations").stderr.startswith("There are no conversations yet.")
    assert not Path(".lab").exists()


def test_a_list_has_a_line_a_call_newest_first(asked: list[str]) -> None:
    head, *lines = run("logs").stdout.splitlines()
    assert " ".join(head.split()) == "call when model source state in out first token cost question"
    assert [line.split()[0] for line in lines] == asked
    assert lines[0].endswith("three [[401]]") and " failed " in lines[0] and " simulated " in lines[1]
    assert re.search(r"… \d+ more$", lines[1])
    assert "two lines 日本語 and more" in lines[1]


def test_a_list_can_be_read_page_by_page(asked: list[str]) -> None:
    assert [call["id"] for call in json.loads(run("logs", "--json", "-n", "2").stdout)] == asked[:2]
    older = run("logs", "--json", "--before", asked[1]).stdout
    assert [call["id"] for call in json.loads(older)] == asked[2:]
    assert run("logs", "--before", asked[2]).stderr == f"No calls before {asked[2]}.\n"
    assert run("logs", "list").stdout == run("logs").stdout
    assert [call["id"] for call in json.loads(run("logs", "list", "-n", "1", "--json").stdout)] == asked[:1]


def test_one_call_is_shown_whole(asked: list[str]) -> None:
    shown = run("logs", "show", "last").stdout
    assert shown == run("logs", "show", asked[0]).stdout
    assert f"Call {asked[0]} · " in shown and f"Error: {logged()[0]['error']}\n" in shown
    assert "Attempt 1: failed 401 authentication_error" in shown
    run("ask", "[[529 twice retry-after-ms 20]] four")
    first, second, third = re.findall(r"^Attempt .*", run("logs", "show", "last").stdout, re.M)
    assert re.fullmatch(r"Attempt 1: failed 529 overloaded_error · .* · \$0 · asked to wait 20 ms", first)
    assert re.match(r"Attempt 2, after a wait of \d.*: failed 529", second)
    assert re.match(r"Attempt 3, after a wait of \d.*: ok 200 · ", third) and "asked" not in third
    assert shown.endswith("── user\nthree [[401]]\n\n── answer\n(nothing arrived)\n")
    call = json.loads(run("logs", "show", "--json", asked[2]).stdout)
    assert (call["id"], call["text"], call["attempts"][0]["number"]) == (asked[2], "This", 1)
    assert call["cost_usd"] == call["attempts"][0]["cost_usd"] > 0


def test_models_are_listed_with_what_is_known() -> None:
    Path("lab.toml").write_text('[models."mine"]\nmax_output = 5000\nprices = {input = 3, output = 15.5}\n')
    lines = run("models").stdout.splitlines()
    assert " ".join(lines[0].split()) == "model in out cached context max effort thinks"
    row = next(line for line in lines if line.startswith("mine "))
    assert row.split() == ["mine", "$3", "$15.5", "unknown", "unknown", "5k", "–", "–"]
    models = json.loads(run("models", "--json").stdout)
    assert {"id": "mine", "max_output": 5000}.items() <= next(m for m in models if m["id"] == "mine").items()


@pytest.mark.parametrize("how", ["[[504 once]] q", "[[hang 9 once]] q"])
def test_an_unknown_call_is_listed_with_its_range_and_sent_again_by_a_person(how: str, online: str) -> None:
    CliRunner().invoke(lab.cli.lab, ["ask", "[[words 3]]"])
    first = CliRunner().invoke(lab.cli.lab, ["ask", how], env={"LAB_THINKING_TIMEOUT": "0.2"})
    assert first.exit_code == 3
    (line,) = run("logs", "--state", "unknown").stdout.splitlines()[1:]
    unknown, finished = logged()
    assert line.startswith(unknown["id"]) and re.search(r"\$0 to \$0\.\d+ \(estimate\)", line)
    again = run("logs", "rerun", unknown["id"], "--yes")
    assert f"Call {unknown['id']} stays charged with $0 to $0." in again.stderr
    assert "Sending it again is a new call of at most $0." in again.stderr
    assert again.stdout.startswith("This is a simulated answer")
    new, kept, _ = logged()
    assert (new["state"], new["request"], new["conversation_id"]) == (
        "ok", unknown["request"], unknown["conversation_id"],
    )  # fmt: skip
    assert (unknown["is_last"], new["is_last"]) == (1, 1)  # the conversation shows the new one in its place
    assert kept == unknown | {"resent_as": new["id"], "is_last": None} and new["id"] != unknown["id"]
    assert run("logs", "--state", "stalled").stderr == "No call has all of this: --state stalled\n"
    assert run("logs", "--rerun-unknown").stderr == "No call is unknown that was not sent again already.\n"


def test_all_that_is_unknown_is_sent_again_at_once_and_only_once(online: str) -> None:
    for number in (1, 2):
        CliRunner().invoke(lab.cli.lab, ["ask", f"[[504 once]] number {number} [[words 3]]"])
    result = CliRunner().invoke(lab.cli.lab, ["logs", "--rerun-unknown"])
    assert "asks first. Add --yes" in f"{result.stderr}{result.exception}" and len(logged()) == 2
    assert run("logs", "--rerun-unknown", "--yes").stdout.count("This is a") == 2
    newer, new, older, old = logged()
    assert [call["state"] for call in (newer, new, older, old)] == ["ok", "ok", "unknown", "unknown"]
    assert (old["resent_as"], older["resent_as"]) == (new["id"], newer["id"])
    assert run("logs", "--rerun-unknown", "--yes").stdout == ""
    assert len(logged()) == 4


@pytest.mark.parametrize(
    ("question", "arguments", "code", "says"),
    [
        ("[[words 3]]", ["--yes"], 2, "is ok: only what is failed, stalled"),
        ("[[refuse]]", ["--yes"], 2, "is refused: only what is failed, stalled"),
        ("[[504]]", [], 2, "asks first. Add --yes"),
        ("[[504]]", ["--yes"], 3, "The API answered 504"),
    ],
)
def test_only_what_was_not_finished_is_sent_again_and_never_unasked(
    question: str, arguments: list[str], code: int, says: str, online: str
) -> None:
    CliRunner().invoke(lab.cli.lab, ["ask", question])
    (call,) = logged()
    result = CliRunner().invoke(lab.cli.lab, ["logs", "rerun", call["id"], *arguments])
    said = f"{result.stderr}{result.exception}"
    assert says in said
    assert len(logged()) == (2 if code == 3 else 1)


def test_conversations_are_listed_and_told_turn_by_turn(asked: list[str]) -> None:
    CliRunner().invoke(lab.cli.lab, ["ask", "-c", "four and an invoice"])
    listed = json.loads(run("logs", "conversations", "--json").stdout)
    assert [each["turns"] for each in listed] == [2, 1, 1]
    newest = listed[0]
    assert (newest["asked"], newest["followed"], newest["state"]) == (1, 0, "ok")
    assert newest["spent"]["simulated"]["calls"] == 1 and newest["spent"]["simulated"]["cost_usd"] > 0
    head, *lines = run("logs", "conversations", "-n", "2").stdout.splitlines()
    names = "conversation last activity user turns follow-ups last answer thumbs cost title"
    assert " ".join(head.split()) == names
    assert [line.split()[0] for line in lines] == [each["id"] for each in listed[:2]]
    assert " simulated " in lines[0] and lines[0].endswith("three [[401]]")
    found = run("logs", "conversations", "--search", "invoice", "--since", "1h", "--user", newest["user"])
    assert len(found.stdout.splitlines()) == 2
    assert "No conversation has all of this" in run("logs", "conversations", "--user", "nobody").stderr
    behind = json.loads(run("logs", "conversations", "--json", "--before", newest["id"]).stdout)
    assert [each["id"] for each in behind] == [each["id"] for each in listed[1:]]
    last = listed[-1]["id"]
    assert f"No conversations behind {last}." in run("logs", "conversations", "--before", last).stderr
    assert run("logs", "conversations", "--until", "1h").stdout == ""
    told = run("logs", "conversations", newest["id"]).stdout
    assert f"Conversation {newest['id']} · " in told and "2 turns · 0 follow-ups" in told
    assert asked[0] in told and "four and an invoice" in told
    shown = json.loads(run("logs", "conversations", newest["id"], "--json").stdout)["turns_shown"]
    assert [turn["number"] for turn in shown] == [1, 2] and shown[1]["call"]["cost_usd"] > 0


@pytest.mark.parametrize("form", ["curl", "python"])
def test_what_is_copied_sends_the_same_again(online: str, form: str) -> None:
    """To a server that answers as the API does."""
    if form == "curl" and not shutil.which("curl"):
        pytest.skip("there is no curl here")
    CliRunner().invoke(lab.cli.lab, ["ask", 'How\'s the "weather"? [[words 3]]'])
    copied = run("logs", "show", "last", f"--{form}").stdout
    command = ["sh", "-c", copied] if form == "curl" else [sys.executable, "-c", copied]
    sent = {**os.environ, "ANTHROPIC_API_KEY": "simulated", "ANTHROPIC_BASE_URL": online}
    done = subprocess.run(command, env=sent, capture_output=True, text=True)
    streamed = [line for line in done.stdout.splitlines() if line.startswith("data: ")]
    answer = json.loads(done.stdout) if not streamed else json.loads(streamed[0].removeprefix("data: "))
    assert answer["type"] in ("message", "message_start"), done.stderr
