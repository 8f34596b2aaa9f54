"""What `lab ask` says and does for each reason that an answer may stop for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import lab.cli
from lab.errors import BadInput
from tests.cli.running import logged, on_terminal
from tests.cli.test_ask import ask
from tests.scripted import message, played, text

SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "up"}}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`with script(answer, answer) as bodies` asks a server that answers so."""

    @contextmanager
    def play(*answers: bytes) -> Iterator[Sequence[Any]]:
        with played(*answers) as (url, bodies):
            monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
            monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
            yield bodies

    return play


def refused(*arguments: str) -> str:
    """What is said where nothing is asked."""
    result = CliRunner().invoke(lab.cli.lab, ["ask", *arguments])
    assert isinstance(result.exception, BadInput)
    return str(result.exception)


def test_a_paused_answer_goes_on_without_a_question(script: Any) -> None:
    with script(message(SEARCH, stop_reason="pause_turn"), message(text("Up."))) as bodies:
        assert "lab ask -c, without a question, to go on" in ask("Up?", code=0).stderr
        assert ask("-c", code=0).stdout == "Up.\n"
        assert bodies[1]["messages"][1] == {"role": "assistant", "content": [SEARCH]}
        assert "was not paused" in refused("-c")


def test_a_full_window_is_asked_again_with_half_the_history(script: Any) -> None:
    full = message(text("Up"), stop_reason="model_context_window_exceeded")
    with script(message(text("One.")), full, message(text("Up."))) as bodies:
        ask("One?", code=0)
        assert "lab ask -c --shorten" in ask("-c", "Up?", code=0).stderr
        ask("-c", "--shorten", code=0)
        assert bodies[2]["messages"] == [{"role": "user", "content": "Up?"}]


@pytest.mark.parametrize("arguments", [["--shorten"], ["-c", "--shorten", "Up?"], ["--tool-result", "a=b"]])
def test_shortening_is_for_a_conversation(arguments: list[str]) -> None:
    assert "go on with a conversation, without a question" in refused(*arguments)


def test_a_refusal_is_explained(script: Any) -> None:
    details = {"type": "refusal", "category": "bio", "explanation": None}
    with script(message(text("First"), stop_reason="refusal", stop_details=details)):
        said = ask("Up?", code=1).stderr
    assert "Declined (bio). What was begun is no answer, and is not sent along." in said


def test_what_may_be_a_refusal_can_be_listed(script: Any) -> None:
    with script(message(text("I can't help with that.")), message(text("Up."))):
        assert "may be a refusal" in ask("Break in!", code=0).stderr
        ask("Up?", code=0)
    assert [call["refused_in_words"] for call in logged()] == [None, 1]
    listed = CliRunner().invoke(lab.cli.lab, ["logs", "--refused"]).stdout
    assert "Break in!" in listed and "Up?" not in listed


def test_a_flagged_call_is_listed_and_settled(script: Any, folder: Path) -> None:
    (folder / "prompts" / "careful").mkdir(parents=True)
    (folder / "prompts" / "careful" / "v1.yaml").write_text("system: x\non_refusal: person\n")
    with script(message(text("No."), stop_reason="refusal")):
        ask("-p", "careful", "Up?", code=1)
    id = logged()[0]["id"]
    run = CliRunner().invoke
    assert id in run(lab.cli.lab, ["logs", "--flagged"]).stdout
    assert f"lab logs settle {id}" in run(lab.cli.lab, ["logs", "show", id]).stdout
    assert run(lab.cli.lab, ["logs", "settle", id]).exit_code == 0
    assert id not in run(lab.cli.lab, ["logs", "list", "--flagged"]).stdout
    assert "Settled by" in run(lab.cli.lab, ["logs", "show", id]).stdout
    assert "is open" in str(run(lab.cli.lab, ["logs", "settle", id]).exception)


def test_a_pipe_gets_the_answer_that_stands(script: Any, folder: Path) -> None:
    (folder / "prompts" / "bold").mkdir(parents=True)
    (folder / "prompts" / "bold" / "v1.yaml").write_text("system: x\non_refusal: rephrase\n")
    with script(message(text("I can't help with that.")), message(text("Up."))):
        result = ask("-p", "bold", "Up?", code=0)
    assert result.stdout == "Up.\n" and "asked another way" in result.stderr
    assert "Rerouted: " in CliRunner().invoke(lab.cli.lab, ["logs", "show", "last"]).stdout


GUIDE = """\
system: x
tools:
  - name: weather
    input_schema: {type: object}
    mock: cold
  - name: clock
    input_schema: {type: object}
"""
WEATHER = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}
CLOCK = {"type": "tool_use", "id": "toolu_2", "name": "clock", "input": {}}


@pytest.fixture
def guide(folder: Path) -> None:
    """A prompt with a tool that has a mock, and one that has none."""
    (folder / "prompts" / "guide").mkdir(parents=True)
    (folder / "prompts" / "guide" / "v1.yaml").write_text(GUIDE)


def test_mocks_answer_and_a_person_does(script: Any, guide: None) -> None:
    both = message(WEATHER, CLOCK, stop_reason="tool_use")
    with script(message(WEATHER, stop_reason="tool_use"), both, message(text("Noon."))) as bodies:
        said = ask("-p", "guide", "Up?", code=0).stderr
        assert "Answered by mocks: weather" in said and "clock {}" in said
        assert "lab ask -c --tool-result toolu_2=TEXT" in said
        assert "has no answer yet" in str(refused("-c", "--tool-result", "toolu_1=x"))
        assert "takes ID=TEXT" in refused("-c", "--tool-result", "toolu_2")
        assert ask("-c", "--tool-result", "toolu_2=12 = noon", code=0).stdout == "Noon.\n"
        results = bodies[2]["messages"][-1]["content"]
    assert [each["content"] for each in results] == ["cold", "12 = noon"]


def test_a_person_types_the_answer_at_a_terminal(script: Any, guide: None) -> None:
    with script(message(WEATHER, CLOCK, stop_reason="tool_use"), message(text("Noon."))) as bodies:
        code, shown = on_terminal("ask", "-p", "guide", "Up?", typed=b"12:00\n")
        assert code == 0 and "What clock answers" in shown and "Noon." in shown
        results = bodies[1]["messages"][-1]["content"]
    assert [each["content"] for each in results] == ["cold", "12:00"]
