"""Pausing and resuming as a person types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lab.cli
from tests.cli.running import run

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def prompts(folder: Path) -> None:
    for name in ("prompts", "datasets"):
        shutil.copytree(ROOT / name, folder / name)


def typed(*arguments: str) -> Result:
    """A command in this process; what it complains of is its `exception`."""
    return CliRunner().invoke(lab.cli.lab, arguments)


def test_paused_calls_are_answered_with_a_sentence_until_they_are_resumed() -> None:
    paused = typed("pause", "support@2", "--because", "wrong prices", "--until", "2h", "--json")
    (found,) = json.loads(paused.stdout)
    assert (found["prompt"], found["version"], found["because"]) == ("support", 2, "wrong prices")
    asked = run("ask", "-p", "support@2", "-v", "plan=team", "What do I pay?")
    assert (asked.returncode, asked.stdout) == (3, "")
    assert "support@2 are paused since" in asked.stderr and "Nothing was sent" in asked.stderr
    checked = run("check", "support-check", "--sim", "-p", "support@2", "--first", "3")
    assert checked.returncode == 3 and "wrong prices" in checked.stderr and "--resume" in checked.stderr
    assert "\nNew calls are paused since" in typed("pause").stdout
    resumed = typed("resume")
    assert "made again" in resumed.stderr and "Still: New calls with support@2" in resumed.stderr
    assert typed("resume", "support@2").exit_code == 0
    assert "Nothing is paused" in typed("pause", "--list").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pause", "suport"), "Did you mean 'support'?"),
        (("pause", ""), "is not a name"),
        (("pause", "support@9"), "no version 9"),
        (("pause", "support@staging"), "Name the version itself: support@3"),
        (("pause", "fewshot/tone"), "few-shot set"),
        (("pause", "--until", "yesterday"), "is not a time"),
        (("pause", "--list", "support"), "--list pauses nothing"),
        (("resume",), "Nothing is paused"),
        (("resume", "support@2"), "not paused"),
    ],
)
def test_what_was_typed_wrongly_is_said(arguments: tuple[str, ...], said: str) -> None:
    found = typed(*arguments)
    assert said in f"{found.exception} {found.stderr}" and not found.stdout
    assert getattr(found.exception, "exit_code", None) == 2 or found.exit_code == 2
