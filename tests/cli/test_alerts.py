"""`lab alerts` as a person and cron call it."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lab.cli
from lab.store import Store
from tests.alerts.calls import post, rows

NOW = datetime.now(UTC)
BAD = {"state": "failed", "stop_reason": None, "first_token_ms": None}


def typed(*arguments: str) -> Result:
    """A command in this process; what it complains of is its `exception`."""
    return CliRunner().invoke(lab.cli.lab, ["alerts", *arguments])


@pytest.fixture
def failing(folder: Path) -> None:
    """Every call of the last hour failed."""
    with closing(Store(folder / ".lab" / "lab.db")) as store:
        post(store, rows(NOW - timedelta(hours=1), NOW, timedelta(seconds=30), **BAD))


def test_where_nothing_is_wrong_the_exit_code_is_0() -> None:
    found = typed("--watched")
    assert (found.exit_code, found.stdout) == (0, "") and "No alert is open." in found.stderr
    assert json.loads(typed("--json").stdout) == {"alerts": []}


@pytest.mark.usefixtures("failing")
def test_an_open_alert_is_told_and_is_the_exit_code_until_somebody_knows() -> None:
    found = typed("--watched")
    assert found.exit_code == 1
    assert "1  critical  Errors, since 20" in found.stdout and "100.0%" in found.stdout
    assert "\n    More: lab logs --state failed\n" in found.stdout and "\ncritical    Errors:" in found.stdout
    whole = json.loads(typed("--json", "--watched").stdout)
    assert [each["rule"] for each in whole["alerts"]] == ["errors"]
    assert {each["rule"] for each in whole["watched"]} == {"errors", "cache"}
    assert typed("mute", "1", "--until", "2h").exit_code == 0
    assert typed().exit_code == 0
    assert typed("mute", "1", "--until", "now").exit_code == 0
    assert typed("--severity", "critical").exit_code == 1
    assert typed("ack", "1").exit_code == 0
    known = typed()
    assert (known.exit_code, "acknowledged by" in known.stdout) == (0, True)


@pytest.mark.usefixtures("failing")
def test_a_webhook_that_cannot_be_told_is_said_and_is_no_failure(folder: Path) -> None:
    (folder / "lab.toml").write_text('[alerts]\nwebhook = "http://127.0.0.1:9/SECRET"\n')
    found = typed()
    assert found.exit_code == 1 and "1 of the last day's messages were not delivered." in found.stderr
    assert "127.0.0.1 could not be reached" in found.stderr and "SECRET" not in found.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--severity", "bad"), "'bad' is not one of"),
        (("ack",), "Missing argument 'ID'"),
        (("ack", "x"), "'x' is not a valid integer"),
        (("ack", "7"), "No alert 7 is open. None is open."),
        (("mute", "7"), "Missing option '--until'"),
        (("mute", "7", "--until", "soon"), "'soon' is not a time"),
        (("mute", "7", "--until", "2h"), "No alert 7 is open."),
        (("akc",), "Did you mean 'ack'?"),
    ],
)
def test_what_was_typed_wrongly_is_said(arguments: tuple[str, ...], said: str) -> None:
    found = typed(*arguments)
    assert said in f"{found.exception} {found.stderr}" and not found.stdout
    assert getattr(found.exception, "exit_code", None) == 2 or found.exit_code == 2


def test_a_variable_that_holds_no_url_is_said(folder: Path) -> None:
    (folder / "lab.toml").write_text('[alerts]\nwebhook = "NO_SUCH_HOOK"\n')
    assert "The variable NO_SUCH_HOOK" in str(typed().exception)
