"""What a person at a terminal of 80 columns sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import lab.cli
from tests.cli.running import logged, on_terminal, visible


def test_an_answer_and_its_figures_fit(online: str) -> None:
    code, seen = on_terminal("ask", "x [[hang 1.5]] [[words 3]]")
    assert code == 0
    assert "\rWaiting for claude-sonnet-5-5 … 1 s" in seen
    answer, *figures = visible(seen)
    assert len(answer.split()) == 3  # and nothing is left of the waiting
    assert figures[0].startswith("claude-sonnet-5-5 · finished · ")
    assert max(map(len, figures)) <= 80


def test_ctrl_c_keeps_what_arrived(online: str) -> None:
    code, seen = on_terminal("ask", "x [[words 9]] [[stall 20 after 2]]", typed=b"\x03")
    assert code == 130
    assert "Traceback" not in seen
    assert "cancelled" in seen and "lab ask -c to go on" in seen
    kept = logged()[0]["answer"][0]["text"]
    assert kept and visible(seen)[0].replace("^C", "") == kept, seen


def test_a_retry_is_told_above_the_answer(online: str) -> None:
    code, seen = on_terminal("ask", "x [[529 once]] [[words 1]]")
    assert code == 0
    told, answer, *_ = visible(seen)
    assert "trying again in" in told
    assert len(answer.split()) == 1


@pytest.mark.parametrize("arguments", [("logs",), ("logs", "show", "last"), ("models",), ("doctor",)])
def test_lists_fit(online: str, folder: Path, arguments: tuple[str, ...]) -> None:
    question = "How do I reset my password if I cannot read the mail that you sent? " + "日本語 " * 9
    CliRunner().invoke(lab.cli.lab, ["ask", "-s", "Be brief.", f"{question} [[cut after 2]]"])
    code, seen = on_terminal(*arguments)
    assert code == 0
    assert "claude-sonnet-5-5" in seen
    whole = ("How do I", str(folder))  # the question stands as it was asked, and a path is never broken
    assert max(len(line) for line in visible(seen) if not any(words in line for words in whole)) <= 80
