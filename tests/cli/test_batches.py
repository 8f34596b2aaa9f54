"""`lab check --batch` and `lab batches`: submitted, left, collected by another process, and asked wrongly."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.cli.running import CANARY, run
from tests.cli.test_check import THREE, here, kept, write

INPUTS = ("[[words 3]] a", "[[words 3]] b", "[[words 4]]")


def out(url: str) -> int:
    """How many batches the server has."""
    who = {"x-api-key": CANARY, "anthropic-version": "2026-10-21"}
    asked = urllib.request.Request(f"{url}/v1/messages/batches", headers=who)
    with urllib.request.urlopen(asked) as answer:
        return len(json.load(answer)["data"])


def test_submitted_left_and_collected_by_another(online: str) -> None:
    write(*INPUTS, head=THREE)
    before = out(online)
    left = run("check", "x", "--batch", "--no-wait")
    assert (left.returncode, left.stdout, out(online)) == (0, "", before + 1)
    [found] = kept()
    assert "3 requests out in a batch for 0 s; expires 2" in left.stderr
    assert f"Collect it: lab check --resume {found['id']}" in left.stderr
    assert (found["state"], len(found["batches"])) == ("interrupted", 1)
    listed = here("batches", "list")
    assert listed.stdout.splitlines()[1].split()[1:5] == [found["id"], "x", "3", "out"]
    assert listed.stdout.splitlines()[1].endswith("ended")
    assert here("runs", "delete", found["id"], "--yes").stderr == (
        f"lab: Run {found['id']} is out in a batch. Collect it first: lab check --resume {found['id']}\n"
    )
    done = run("check", "--resume", "last", "--output", "x.csv", "--json")
    assert "0 of 3 answers are there. 3 are out in a batch, and collected first." in done.stderr
    assert (done.returncode, out(online), kept()[0]["batches"]) == (3, before + 1, [])  # simulated: not valid
    assert json.loads(done.stdout)["summary"]["scores"][0]["passed"] == 2
    assert len(Path("x.csv").read_text().splitlines()) == 4
    [row] = json.loads(here("batches", "--json").stdout)
    assert (row["state"], row["counts"]["succeeded"], row["at_the_api"]) == ("collected", 3, None)


def test_answers_in_bulk_need_no_graders() -> None:
    write(*INPUTS)
    done = here("check", "x", "--sim", "--batch", "--output", "x.jsonl")
    [found] = kept()
    assert (done.returncode, found["state"]) == (0, "answered")
    rows = [json.loads(line) for line in Path("x.jsonl").read_text().splitlines()]
    assert [len(row["answer"].split()) for row in rows] == [3, 3, 4]
    assert {row["seconds"] for row in rows} == {None}
    price = here("check", "x", "--sim", "--batch", "--price").stdout
    assert price.startswith("3 calls through a batch to the simulated Claude")
    assert ", instead of $" in price and ": it saves $" in price


def test_without_a_key_nothing_goes_out() -> None:
    write(*INPUTS, head=THREE)
    done = here("check", "x", "--batch")
    assert (done.returncode, kept()) == (3, [])
    assert "No key was found" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "x", "--sim", "--batch", "--record"), "make them without a batch."),
        (("check", "x", "--batch", "--replay"), "make them without a batch."),
        (("check", "x", "--sim", "--batch", "--watch"), "--watch asks again at once: leave --batch out."),
        (("check", "x", "--sim", "--no-wait"), "--no-wait goes with --batch"),
        (("check", "x", "--sim", "--batch", "--no-wait", "--save-baseline"), "leave --no-wait out."),
        (("check", "--resume", "last", "--batch"), "--resume goes on with a run as it was asked for."),
        (("batches", "cancel", "nope"), "There is no batch 'nope'. `lab batches` lists them."),
        (("batches", "forget", "nope", "--yes"), "There is no batch 'nope'."),
        (("batches", "list", "-n", "0"), "0 is not in the range"),
        (("batches", "cancel"), "Missing argument 'ID'"),
        (("batches", "-n", "3", "cancel", "x"), "Options of `cancel` stand after it."),
    ],
)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], words: str) -> None:
    write(*INPUTS, head=THREE)
    done = here(*arguments)
    assert (done.returncode, done.stdout, kept()) == (2, "", [])
    assert words in done.stderr
    empty = here("batches")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr.startswith("There are no batches yet. Make one: lab check")
