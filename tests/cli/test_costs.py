"""`lab costs`: what calls cost together, and why that rose."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lab.cli
from lab.store import Store

TODAY = date.today().isoformat()


def costs(*arguments: str) -> Result:
    return CliRunner().invoke(lab.cli.lab, ["costs", *arguments])


def ask(*arguments: str) -> None:
    assert CliRunner().invoke(lab.cli.lab, ["ask", *arguments]).exit_code == 0


def test_an_empty_log_says_so() -> None:
    result = costs()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No calls from " in result.stderr and "looks further back" in result.stderr
    assert json.loads(costs("--json").stdout)["real"]["together"]["calls"] == 0
    assert costs("--csv", "--by", "user").stdout.startswith("user,calls,cost_usd,")
    assert "No calls from " in costs("why").stderr


def test_simulated_calls_are_told_as_such_and_apart() -> None:
    for _ in range(2):
        ask("x [[words 1]]")
    result = costs("--by", "origin")
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["chat", "2"], ["all", "2"]]
    assert lines[3] == "" and lines[4].split() == ["part", "count", "cost"]
    assert "The cache saved: $0." in lines
    assert "SIMULATED: nobody was billed." in result.stderr
    assert costs("--kind", "real").stdout == ""
    assert "--kind simulated" in costs("--kind", "real").stderr
    found = json.loads(costs("--json", "--by", "run").stdout)
    assert found["real"]["together"]["cost_usd"] is None
    assert found["simulated"]["run"] == []
    found = json.loads(costs("--json").stdout)["simulated"]
    assert found["together"]["cost_usd"] == found["model"][0]["cost_usd"] > 0
    (row,) = csv.DictReader(costs("--csv", "--by", "user").stdout.splitlines())
    assert (float(row["cost_usd"]), row["calls"]) == (found["together"]["cost_usd"], "2")


def test_days_before_the_clock_changed_are_those_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past midnight in summer is half past eleven of the day before by the winter's clock."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    ask("x [[words 1]]")
    with closing(Store(Path(".lab/lab.db"))) as base:
        base.post(
            lambda connection: connection.execute("UPDATE calls SET started_at = '2026-07-14T22:30:00.000Z'")
        )
    (row,) = csv.DictReader(costs("--csv", "--by", "day", "--from", "2026-07-01").stdout.splitlines())
    assert row["day"] == "2026-07-15"
    spoken = CliRunner().invoke(lab.cli.lab, ["health", "--by", "day", "--days", "3660", "--json"]).stdout
    assert [row["day"] for row in json.loads(spoken)["rows"]] == ["2026-07-15"]


def test_why_says_it_in_a_sentence_and_in_numbers_that_add_up() -> None:
    ask("x [[words 1]]")
    result = costs("why", "--from", TODAY, "--by", "prompt")
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    assert result.stdout.startswith("Simulated costs rose by $")
    assert f"{TODAY}, against {yesterday}." in result.stdout
    assert "turns" in result.stdout and "(none)" in result.stdout
    assert "SIMULATED: nobody was billed." in result.stderr
    found = json.loads(costs("why", "--from", TODAY, "--json").stdout)
    difference = found["difference_picodollars"]
    assert sum(found["factors_picodollars"].values()) == difference > 0
    ends = [sum(one[end]["least_picodollars"] for one in found["where"]) for end in ("before", "after")]
    assert ends[1] - ends[0] == difference
    against = costs("why", "--from", TODAY, "--against", "2026-01-05")
    assert f"{TODAY}, against 2026-01-05." in against.stdout
    assert json.loads(costs("why", "--json").stdout)["difference_picodollars"] == 0


WRONG = [
    (("--days", "5", "--from", "2026-11-01"), "--days counts back"),
    (("--from", "2026-11-02", "--to", "2026-11-01"), "comes before the first, 2026-11-02"),
    (("--from", "1900-01-01"), "at most 3,660 are added up"),
    (("--json", "--csv"), "choose one"),
    (("--by", "colour"), "'colour'"),
    (("--from", "yesterday"), "'yesterday'"),
    (("--days", "3", "why"), "Options of `why` stand after it."),
    (("wy",), "Did you mean 'why'?"),
    (("why", "--from", "2026-11-02", "--to", "2026-11-01"), "comes before the first"),
    (("why", "--against", "soon"), "'soon'"),
    (("why", "--by", "day"), "'day'"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], words: str) -> None:
    result = costs(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
