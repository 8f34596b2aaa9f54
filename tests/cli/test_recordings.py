"""Recorded by whoever has a key, replayed where there is none: `lab check` and `lab recordings`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import logged, run
from tests.cli.test_check import THREE, here, kept, write

FILE = Path("datasets/x.cassette.jsonl")
SIM_REPLAY = ("check", "x", "--replay", "--sim")


def as_of_the_api(**fields: Any) -> None:
    """What was recorded, as if a real model had answered."""
    lines = [json.loads(line) | {"source": "api"} | fields for line in FILE.read_text().splitlines()]
    FILE.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_recorded_edited_replayed_and_recorded_again() -> None:
    """The real command, as an author and CI use it."""
    write("[[words 3]]", "again [[words 3]]", head=f"{THREE}repeats: 2\n")
    assert here("check", "x", "--sim", "--record").returncode == 0
    recorded = FILE.read_bytes()
    assert recorded.count(b"\n") == 4
    assert here("check", "x", "--sim", "--record").returncode == 0
    assert FILE.read_bytes() == recorded
    replayed = here(*SIM_REPLAY)
    assert (replayed.returncode, replayed.stderr[:22]) == (0, "SIMULATED: x: passed. ")
    Path("prompts/p/v1.yaml").write_text('user: "Please: {{input}}"\n')
    done = run(*SIM_REPLAY)
    assert done.returncode == 3
    assert (
        "lab: Case '1' for p@1 · claude-haiku-4-5 is not recorded in datasets/x.cassette.jsonl" in done.stderr
    )
    command = done.stderr.partition("Record it: ")[2].partition(" (1 other case")[0]
    assert command == "lab check x --sim --record"
    assert here(*command.split()[1:]).returncode == 0
    assert here(*SIM_REPLAY).returncode == 0
    assert FILE.read_bytes().count(b"\n") == 8


def test_what_is_replayed_costs_nothing_and_says_what_it_is() -> None:
    write("[[words 3]]", head=THREE)
    here("check", "x", "--sim", "--record")
    made_up = here(*SIM_REPLAY, "--json")
    found = json.loads(made_up.stdout)
    assert (found["source"], found["cost"], found["settings"]["replayed"]) == ("simulated", 0, True)
    assert "replay, simulated" in here("logs").stdout
    as_of_the_api()
    real = here("check", "x")
    assert real.returncode == 0 and "SIMULATED" not in real.stdout + real.stderr
    assert "Replayed from recordings: nothing was asked, and nothing billed." in real.stdout
    (call, *_), (newest, *_) = logged(), kept()
    assert (call["source"], call["endpoint"], call["cost"], call["attempts"]) == (
        "replay",
        "recordings",
        0,
        [],
    )
    assert (newest["source"], newest["settings"]["simulated"]) == ("replay", False)


def test_made_up_answers_are_judged_only_when_asked_for_and_replace_no_real_ones() -> None:
    write("[[words 3]]", head=THREE)
    here("check", "x", "--sim", "--record")
    done = here("check", "x")
    assert (done.returncode, kept()[0]["settings"]["replayed"]) == (3, False)
    assert "was recorded from the simulated Claude" in done.stderr and "Add --replay --sim" in done.stderr
    as_of_the_api()
    before = FILE.read_bytes()
    done = here("check", "x", "--sim", "--record")
    assert (done.returncode, FILE.read_bytes()) == (2, before)
    assert "made-up ones would take their place" in done.stderr
    assert "Leave --sim out to replay it." in here(*SIM_REPLAY).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 3, "whoever has a key makes datasets/x.cassette.jsonl with `lab check x --record`"),
        (("--replay", "-p", "p@1"), 3, "Record it: lab check x -p p@1 --record"),
        (("--record",), 3, "No key was found"),
        (("--record", "--replay"), 2, "leave --record or --replay out"),
        (("--record", "--reuse"), 2, "leave --record out, or --reuse and --watch."),
    ],
)
def test_without_recordings(arguments: tuple[str, ...], code: int, words: str) -> None:
    write("[[words 3]]", head=THREE)
    done = here("check", "x", *arguments)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert (kept(), FILE.exists()) == ([], False)


def test_a_broken_file_is_named_with_its_line() -> None:
    write("[[words 3]]", head=THREE)
    FILE.write_text("{}\n")
    for command in (("check", "x"), ("check", "x", "--sim", "--record"), ("recordings", "verify", "x")):
        done = here(*command)
        assert done.returncode == 2
        assert "datasets/x.cassette.jsonl, line 1: 'case' is missing." in done.stderr


def test_recordings_are_listed_verified_and_pruned() -> None:
    assert here("recordings").stderr.startswith("There are no recordings in")
    write("[[words 3]]", "again [[words 3]]", head=THREE)
    here("check", "x", "--sim", "--record")
    assert here("recordings", "verify").returncode == 0
    write("[[words 3]]", "other [[words 3]]", "more [[words 3]]", head=THREE)
    done = here("recordings", "verify", "x")
    assert (done.returncode, done.stdout.count("Record it: lab check x --sim --record")) == (1, 2)
    here("check", "x", "--sim", "--record")
    (row,) = json.loads(here("recordings", "--json").stdout)
    assert (row["answers"], row["unused"], row["from"]) == (4, 1, ["simulated"])
    assert row["models"] == ["claude-haiku-4-5"]
    assert "x: 1 of 4 taken out." in here("recordings", "prune").stderr
    assert "again" not in FILE.read_text()
    assert here("recordings", "verify").returncode == 0
    assert "x: 0 of 3 taken out." in here("recordings", "prune", "x").stderr
    FILE.rename("datasets/gone.cassette.jsonl")
    done = here("recordings")
    assert (done.returncode, "There is no dataset" in done.stderr) == (2, True)


TOOL = """tools:
  - name: weather
    input_schema: {type: object, properties: {city: {type: string}}}
    mocks: [{answer: sunny}]"""


def test_what_follows_from_an_answer_is_recorded_too() -> None:
    """A tool's round and a further turn: every request of a trial is a recording of its own."""
    write("Hi", head="")
    Path("prompts/p/v1.yaml").write_text(f'user: "{{{{input}}}}"\n{TOOL}\n')
    Path("datasets/x.yaml").write_text(
        "prompt: p\nmodels: [claude-haiku-4-5]\ncases:\n  - input: What is the weather in Paris?\n"
    )
    assert here("check", "x", "--sim", "--record").returncode == 0
    lines = [json.loads(line) for line in FILE.read_text().splitlines()]
    assert [(line["messages"], line["stop_reason"]) for line in lines] == [(1, "tool_use"), (3, "end_turn")]
    assert lines[1]["asked"] == "sunny"
    before = FILE.read_bytes()
    here("check", "x", "--sim", "--record")
    assert FILE.read_bytes() == before
    assert here(*SIM_REPLAY).returncode == 0
    assert here("recordings", "verify").returncode == 0
    assert "0 of 2" in here("recordings", "prune").stderr


def test_judgements_are_recorded_and_a_lack_of_one_is_no_verdict() -> None:
    """A grader that cannot ask is data for its run; here it ends it."""
    rubric = "graders: [{judge: {rubric: It is short., models: [claude-haiku-4-5]}}]\nmin_pass_rate: 0\n"
    write("[[words 3]]", head=rubric)
    assert here("check", "x", "--sim", "--record").returncode == 0
    lines = FILE.read_text().splitlines(keepends=True)
    assert [json.loads(line).get("judge", False) for line in lines] == [False, True]
    assert (here(*SIM_REPLAY).returncode, here("recordings", "verify").returncode) == (0, 0)
    FILE.write_text(lines[0])
    done = here(*SIM_REPLAY)
    assert done.returncode == 3
    assert "The judgement of case '1' for claude-haiku-4-5 is not recorded" in done.stderr
    assert kept()[0]["state"] == "interrupted"
