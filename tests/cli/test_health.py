"""`lab health`: how fast and how well answers are served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lab.cli


def health(*arguments: str) -> Result:
    return CliRunner().invoke(lab.cli.lab, ["health", *arguments])


def test_an_empty_log_says_so() -> None:
    result = health()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No real calls in this time." in result.stderr
    found = json.loads(health("--json").stdout)
    assert found["rows"] == [] and found["together"]["first_token_ms"]["p50"] is None


def test_calls_are_told_by_model_version_and_day() -> None:
    for words in ("x [[words 1]]", "y [[words 2]]"):
        CliRunner().invoke(lab.cli.lab, ["ask", words])
    result = health()
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["model", "calls"],
        ["claude-sonnet-5-5", "2"],
        ["together", "2"],
    ]
    assert "SIMULATED" in result.stderr and "4.9%" in result.stderr
    assert "(no prompt) · claude-sonnet-5-5" in health("--by", "version").stdout
    (row,) = json.loads(health("--by", "day", "--exact", "--json").stdout)["rows"]
    assert row["calls"] == 2 and row["errors"] == {"count": 0, "of": 2, "rate": 0.0}
    assert "exact" in health("--exact").stderr
    assert health("--prompt", "nobody").stdout == ""
    assert "--kind simulated" in health("--kind", "real").stderr


def test_the_week_is_reported_in_words_markdown_and_json() -> None:
    result = health("--week")
    assert result.exit_code == 0 and "errors" in result.stdout and "guides advise" in result.stderr
    Path("lab.toml").write_text('[objectives.fast]\nmeasure = "total"\ntarget = 3\n')
    said = health("--week", "--markdown").stdout
    assert said.startswith("# Health, ") and "| fast | 95 % of the answers: whole answer within 3 s |" in said
    (found,) = json.loads(health("--week", "--json").stdout)["objectives"]
    assert (found["name"], found["reached"], found["budget_left"]) == ("fast", None, None)


WRONG = [
    (("--markdown",), "add --week"),
    (("--week", "--markdown", "--json"), "one of --markdown and --json"),
    (("--week", "--days", "7"), "leave out --days"),
    (("--week", "--by", "day"), "leave out --by"),
    (("--days", "0"), "0 is not in the range"),
    (("--days", "x"), "'x' is not a valid integer"),
    (("--by", "user"), "'user' is not one of"),
    (("--kind", "made-up"), "'made-up' is not one of"),
    (("--wek",), "--week"),
    (("extra",), "unexpected extra argument"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_what_is_typed_wrongly_is_told(arguments: tuple[str, ...], said: str) -> None:
    result = health(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
