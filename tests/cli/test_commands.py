"""What every command has in common: help, version, exit codes, speed of the start."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from lab import __version__
from lab.cli import Commands
from tests.cli.running import COMMAND, ended, run, started

COMMANDS = Commands(name="lab").list_commands(None)
HEAVY = {"anthropic", "numpy", "pandas", "plotly", "scipy", "streamlit"}


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), ("logs", "show")])
def test_help_fits_a_terminal(command: tuple[str, ...]) -> None:
    done = run(*command, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {' '.join(('lab', *command))} [OPTIONS]")
    lines = [line for line in done.stdout.split("\n") if not line.startswith("    lab ")]  # but for examples
    assert max(map(len, lines)) <= 80


def test_version() -> None:
    assert run("--version").stdout == f"lab, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [(("--help",), HEAVY | {"sqlite_utils"}), (("--version",), HEAVY | {"sqlite_utils"}), (("logs",), HEAVY)],
)
def test_a_command_imports_only_what_it_needs(arguments: tuple[str, ...], heavy: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {name.partition(".")[0] for name in re.findall(r"\| +(\S+)$", done.stderr, re.MULTILINE)}
    assert "click" in imported
    assert not imported & heavy


def test_without_a_key_a_simulated_answer_says_what_it_is() -> None:
    done = run("ask", "What is the capital of France?")
    assert done.returncode == 0
    assert "simulated" in done.stdout and done.stdout.endswith(".\n")
    note, figures, hint = done.stderr.splitlines()
    assert note.startswith("Simulated Claude: no key was found. Set ANTHROPIC_API_KEY")
    assert figures.startswith("claude-sonnet-5-5 · finished · first token ") and figures.endswith(
        "· simulated"
    )
    assert re.fullmatch(r"lab logs show \S+ · lab ask -c to go on", hint)


def test_claude_declining_is_exit_code_1(online: str) -> None:
    done = run("ask", "x [[refuse]]")
    assert (done.returncode, done.stdout) == (1, "")
    declined, figures, hint = done.stderr.splitlines()
    assert declined.startswith("Declined: ")
    assert "declined to answer" in figures
    assert re.fullmatch(r"lab logs show \S+", hint)


def test_a_simulated_server_ends_in_order_and_its_port_can_be_taken_only_once(server: str) -> None:
    port = server.rpartition(":")[2]
    done = run("sim", "--port", port)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"lab: Port {port} cannot be used: Address already in use. Name another one" in done.stderr
    with started("sim", "--port", "0") as process:
        assert process.stdout.readline().startswith(b"export ANTHROPIC_BASE_URL=http://127.0.0.1:")
        process.terminate()
        code, words = ended(process)
    assert code == 130
    assert words.startswith("The simulated Claude listens on http://127.0.0.1:") and "Traceback" not in words
