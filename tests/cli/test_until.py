"""`lab check --until-decided`: what it says, and writes, and what it needs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.test_check import here, kept, write

WORDS = ("--sim", "--until-decided", "--max-cost", "5")
HEAD = "graders: [{regex: '\\A\\S+ \\S+ \\S+\\Z'}]\ngate: {margin: 0.2}\n"


@pytest.fixture
def dataset() -> None:
    """Version 1 answers with three words, as it should, and version 2 with four."""
    write(*(f"Question {number}" for number in range(40)), head=HEAD)
    for version, words in ((1, 3), (2, 4), (3, 3)):
        text = f'user: "{{{{input}}}} {version} [[words {words}]]"\n'
        Path(f"prompts/p/v{version}.yaml").write_text(text)


@pytest.mark.usefixtures("dataset")
def test_it_stops_once_it_is_decided() -> None:
    done = here("check", "x", "-p", "p@2", "--baseline", "p@1", "--output", "r.junit.xml", *WORDS)
    assert done.returncode == 1, done.stderr
    assert "is worse than p@1 · claude-haiku-4-5: by 100 points" in done.stderr
    assert "Decided after 7 of 40 cases." in done.stderr
    [run] = kept()
    assert run["state"] == "failed" and len({each["case_id"] for each in run["results"]}) < 12
    suites = ElementTree.parse("r.junit.xml").getroot()
    assert any("Decided after 7 of 40 cases." in suite.findtext("system-out") for suite in suites)
    done = here("check", "x", "-p", "p@3", "--baseline", "p@1", "--json", *WORDS)
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["state"] == "passed" and told["settings"]["until"]["seed"] == 1
    [decision] = told["summary"]["decisions"]
    assert decision["measures"][0]["method"] == "until decided" and decision["measures"][0]["low"] > -0.2
    assert told["summary"]["until"]["looks"][-1][0] == decision["measures"][0]["cases"] < 40
    compared = here("compare", run["id"], told["id"])
    assert "this says less than it seems to, its own verdict stands" in compared.stderr


@pytest.mark.usefixtures("dataset")
def test_what_it_will_do_is_said_before() -> None:
    said = here("check", "x", "-p", "p@2", "--baseline", "p@1", "--price", *WORDS).stdout
    assert "It stops once it is decided, at the latest when $5.00 are spent." in said and not kept()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--until-decided", "--baseline", "p@1"), 2, "at what cost at most? Say it, such as --max-cost 5."),
        (WORDS, 2, "x has nothing to be held against"),
        ((*WORDS, "--baseline", "p@1", "--save-baseline"), 2, "not of 2: choose it with -p and -m"),
        ((*WORDS, "--baseline", "p@1", "--batch"), 2, "A batch is answered all at once"),
        ((*WORDS, "--baseline", "p@1", "--replay"), 3, "so there is nothing to replay"),
        (("--resume", "last", "--until-decided"), 2, "--resume goes on with a run as it was asked for."),
    ],
)
@pytest.mark.usefixtures("dataset")
def test_what_it_needs(words: tuple[str, ...], code: int, said: str) -> None:
    chosen = ("x", "--sim", "-p", "p@2") if "--resume" not in words else ()
    done = here("check", *chosen, *words)
    assert done.returncode == code and said in done.stderr, done.stderr
    assert not kept()
