"""`lab costs`: what calls cost together."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

import lab.cli


def costs(*arguments: str) -> Result:
    return CliRunner().invoke(lab.cli.lab, ["costs", *arguments])


def test_an_empty_log_says_so() -> None:
    result = costs()
    assert result.exit_code == 0
    assert "No real calls in 30 days." in result.stderr
    assert json.loads(costs("--json").stdout)["real"]["together"]["calls"] == 0


def test_simulated_calls_are_told_as_such_and_apart() -> None:
    for _ in range(2):
        CliRunner().invoke(lab.cli.lab, ["ask", "x [[words 1]]"])
    result = costs("--by", "origin")
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [
        ["chat", "2"],
        ["together", "2"],
    ]
    assert "SIMULATED: nobody was billed." in result.stderr
    assert costs("--kind", "real").stdout == ""
    assert "--kind simulated" in costs("--kind", "real").stderr
    found = json.loads(costs("--json").stdout)
    assert found["real"]["together"]["cost_usd"] is None
    assert found["simulated"]["run"][0]["run"] is None
    assert found["simulated"]["together"]["cost_usd"] == found["simulated"]["model"][0]["cost_usd"] > 0
