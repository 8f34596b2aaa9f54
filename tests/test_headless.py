"""Everything on the command line works where the app's packages are not installed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UV = os.environ.get("UV")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`lab` of an environment made with `uv sync --no-default-groups`."""
    if UV is None:
        pytest.skip("made by uv: run the tests with sh tests/run.sh")
    environment = tmp_path_factory.mktemp("headless") / "env"
    environ = os.environ | {"UV_PROJECT_ENVIRONMENT": str(environment)}
    environ.pop("VIRTUAL_ENV", None)
    made = subprocess.run(
        [UV, "sync", "--no-default-groups"], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    yield environment / "bin" / "lab"


@pytest.mark.parametrize("package", ["streamlit", "pandas", "plotly", "pytest"])
def test_the_apps_packages_are_absent(lab: Path, package: str) -> None:
    run = subprocess.run([lab.with_name("python"), "-c", f"import {package}"], capture_output=True, text=True)
    assert "ModuleNotFoundError" in run.stderr


def test_a_question_is_answered_and_logged(lab: Path, tmp_path: Path) -> None:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "LAB_"))
    }
    environ |= {"LAB_SIM_SPEED": "0", "HOME": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [lab, *words], cwd=tmp_path, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    asked = run("ask", "How do I reset my password?")
    assert asked.returncode == 0, asked.stderr
    assert "simulated" in asked.stdout
    assert "Simulated Claude" in asked.stderr
    assert "How do I reset my password?" in run("logs").stdout
    assert run("doctor").returncode == 0
    for words in ((), ("ui",)):
        app = run(*words)
        assert app.returncode == 3 and "packages that are not installed" in app.stderr
