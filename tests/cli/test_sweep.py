"""`lab sweep` and `lab ablate`, with the simulated Claude, which reads the examples that it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_check import here, kept

PROMPT = """model: claude-haiku-5-5
system: |
  Choose a category:

  - one: a matter of the first kind
  - two: a matter of the second kind
  - three: a matter of the third kind

  Answer only with the category.
examples: {set: t}
"""
EXAMPLES = {
    "I was charged twice for the invoice, please refund the payment.": "one",
    "My password does not work and I cannot sign in to the account.": "two",
    "The calendar shows every event in the wrong time zone.": "three",
}
ASKED = {
    "one": ("charged", "invoice", "refund", "payment"),
    "two": ("password", "account"),
    "three": ("calendar", "time zone"),
}


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    """A prompt that sorts by three examples, one that shows none, and cases of which half are of the first
    example's kind."""
    for name in ("prompts/t", "prompts/plain", "prompts/fewshot/t", "datasets"):
        Path(name).mkdir(parents=True)
    Path("prompts/t/v1.yaml").write_text(PROMPT)
    Path("prompts/plain/v1.yaml").write_text(PROMPT.rpartition("examples")[0])
    shown = [{"input": text, "output": name} for text, name in EXAMPLES.items()]
    Path("prompts/fewshot/t/v1.yaml").write_text(json.dumps({"examples": shown}))
    asked = [
        json.dumps({"input": f"A matter of the {word}, number {number}.", "label": name})
        for name, words in ASKED.items()
        for word in words
        for number in range(2)
    ]
    rows = "".join(f"- {each}\n" for each in asked)
    head = "prompt: t\nmin_pass_rate: 1\ngraders: [{equals: '{{label}}'}]\n"
    Path("datasets/t.yaml").write_text(f"{head}cases:\n{rows}")


def test_an_example_that_matters_is_found() -> None:
    done = here("ablate", "t", "t", "--sim", "--shuffles", "1", "--json")
    found = json.loads(done.stdout)["ablation"]
    assert (done.returncode, found["set"], len(found["orders"])) == (0, "t@1", 1)
    first = found["examples"][0]
    assert first["effect"] == "helps" and first["difference"]["low"] > 0 and first["tokens"] > 10
    again = here("ablate", "--run", "last")
    assert "helps: +" in again.stdout and "Order: 1 other order comes to" in again.stdout
    assert "SIMULATED" in again.stdout


def test_a_sweep_ends_with_a_table_and_a_sentence_and_is_kept() -> None:
    ways = ("-m", "claude-sonnet-5-5", "-m", "claude-haiku-4-5", "--fewshot", "t@1", "--fewshot", "none")
    done = here("sweep", "t", "--sim", *ways, "--effort", "low", "--output", "out/t.html")
    assert done.returncode == 0, done.stderr
    assert "claude-haiku-4-5 takes no effort: it is asked without." in done.stderr
    base = "t@1 · claude-sonnet-5-5 · few-shot t@1 · effort low"
    (run,) = kept()
    assert run["settings"]["variants"][0] == base and len(run["settings"]["variants"]) == 4
    assert "claude-haiku-4-5 · few-shot none" in done.stdout and f"than {base}" in done.stdout
    assert "few-shot none" in Path("out/t.html").read_text()
    again = here("sweep", "--run", run["id"], "--baseline", "haiku-4-5 · few-shot t", "--margin", "0.5")
    assert again.returncode == 0 and "than t@1 · claude-haiku-4-5 · few-shot t@1" in again.stdout
    told = json.loads(here("sweep", "--run", "last", "--json").stdout)["sweep"]
    assert told["baseline"] == base and len(told["variants"]) == 4


def test_a_sweep_that_its_budget_ends_goes_on_as_the_same_variants() -> None:
    one = ("--concurrency", "1", "--max-cost", "0.0008")
    spent = here("sweep", "t", "--sim", "--effort", "low", "--effort", "high", *one)
    assert spent.returncode == 3 and "The budget of" in spent.stderr
    done = here("check", "--resume", "last", "--max-cost", "1")
    assert done.returncode in (0, 1), done.stderr
    (run,) = kept()
    assert {result["variant"].rpartition(" · ")[2] for result in run["results"]} == {
        "effort low",
        "effort high",
    }
    assert len(run["results"]) == 32


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("sweep t --sim --price --effort low --effort high", 0, ""),
        ("sweep t -m claude-haiku-5-5 -m claude-opus-5-5", 3, "No key was found"),
        ("sweep", 2, "Name a dataset, or a run that is kept"),
        ("sweep t --run last", 2, "leave the dataset out"),
        ("sweep t --sim --effort loud", 2, "No combination is left to ask. Left out: t@1"),
        ("sweep t --sim --effort low --baseline opus", 2, "No variant is called 'opus'"),
        ("sweep t --sim --fewshot nobody", 2, "no few-shot set 'fewshot/nobody'"),
        ("sweep t --margin 1", 2, "--margin"),
        ("sweep nothing --sim", 2, "nothing"),
        ("sweep --run nothing", 2, "There is no run 'nothing'"),
        ("ablate t", 2, "Name a prompt and a dataset"),
        ("ablate plain t --sim", 2, "plain@1 shows no examples"),
        ("ablate t t --run last", 2, "leave prompt and dataset out"),
        ("ablate t t", 3, "No key was found"),
    ],
)
def test_what_is_asked_wrongly(command: str, code: int, words: str) -> None:
    done = here(*command.split())
    assert done.returncode == code and words in done.stderr and not kept()
    if code == 0:
        assert done.stdout.startswith("32 calls to the simulated Claude")


def test_runs_that_are_no_sweep_say_what_makes_one() -> None:
    here("check", "t", "--sim", "--first", "2")
    sweep, ablate = here("sweep", "--run", "last"), here("ablate", "--run", "last")
    assert sweep.returncode == 2 and "has one variant. A sweep holds several" in sweep.stderr
    assert ablate.returncode == 2 and "lab ablate PROMPT DATASET" in ablate.stderr
