"""The GitHub action: what it calls is there, nothing that a stranger writes becomes a command, and a comment
is updated in place."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.cli.check import command as check

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = [step for step in STEPS if "run" in step]
EXIT = """#!/bin/sh
printf '%s\\n' "$@" > "$RUNNER_TEMP/arguments"
echo "A line of the log."
[ -z "$REPORT" ] || printf '<!-- lab check a -->\\n## a: FAILED\\n' > "$RUNNER_TEMP/prompt-lab/a.md"
exit 1
"""
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$RUNNER_TEMP/calls"
case "$*" in *--paginate*) printf '%s' "$FOUND";; esac
"""


def test_every_option_that_it_gives_is_one_of_lab_check() -> None:
    known = {name for option in check.params for name in option.opts}
    before, _, after = SCRIPTS[0]["run"].partition("lab check")
    used = {*re.findall(r"words\+=\((--[\w-]+)", before), *re.findall(r"--[\w-]+", after)}
    assert used == {"--output", "--prompt", "--model"} and used <= known
    for page in ("docs/ci.md", "docs/reports.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for line in re.findall(r"lab check (.*)", text) + re.findall(r"args: (.*)", text):
            assert set(re.findall(r"(?<!\S)--[a-z][\w-]*", line)) <= known, line


def test_others_are_pinned_by_major_version_and_nothing_is_put_into_a_script() -> None:
    for step in STEPS:
        assert ("uses" in step) != ("run" in step)
        assert re.fullmatch(r"[\w-]+/[\w-]+@v[0-9]+", step.get("uses", "a/b@v1"))
        assert "${{" not in step.get("run", ""), "an input belongs into `env`"
        assert "uses" in step or step["shell"] == "bash"


def test_every_input_stands_in_the_docs() -> None:
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+)` \|", page, re.M)[: len(ACTION["inputs"])] == list(ACTION["inputs"])


def ran(step: dict[str, Any], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A step's script, with programs of ours in the place of uv and gh."""
    for name, text in {"uv": EXIT, "gh": GH}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    given = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(folder),
        "GITHUB_ACTION_PATH": "/action", "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_OUTPUT": str(folder / "output"), **dict.fromkeys(("DATASETS", "PROMPT", "MODEL", "MORE"), ""),
    }  # fmt: skip
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env=given | environ, cwd=folder, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("report", ["1", ""])
def test_the_check_is_asked_for_and_summed_up(report: str, tmp_path: Path) -> None:
    words = {"DATASETS": "a b", "PROMPT": "p@1\np@2", "MODEL": "m", "MORE": "--tag x$(touch evil) *"}
    done = ran(SCRIPTS[0], tmp_path, REPORT=report, **words)
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "arguments").read_text().splitlines()
    start = ["run", "--project", "/action", "--no-default-groups", "lab", "check", "a", "b"]
    middle = ["--prompt", "p@1", "--prompt", "p@2", "--model", "m", "--tag", "x$(touch", "evil)", "*"]
    assert asked[: len(start + middle)] == start + middle
    assert {Path(each).name for each in asked[len(start + middle) + 1 :: 2]} == {
        "{dataset}.md", "{dataset}.html", "{dataset}.junit.xml", "{dataset}.run.jsonl",
    }  # fmt: skip
    summary = (tmp_path / "summary").read_text()
    begins = "<!-- lab check a -->\n## a: FAILED" if report else "## Prompt Lab: exit code 1"
    assert summary.startswith(begins)
    assert report or "    A line of the log." in summary
    assert (tmp_path / "output").read_text() == "exit-code=1\n"
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("found", "call"),
    [
        ("", "--method POST repos/o/r/issues/7/comments"),
        ("12\n", "--method PATCH repos/o/r/issues/comments/12"),
    ],
)
def test_a_comment_is_made_once_and_then_updated(found: str, call: str, tmp_path: Path) -> None:
    (tmp_path / "prompt-lab").mkdir()
    (tmp_path / "prompt-lab" / "summary").write_text("## a: FAILED\n" + "ü" * 40_000)
    step = next(step for step in STEPS if step.get("id") == "comment")
    about = {"REPOSITORY": "o/r", "NUMBER": "7", "MARKER": "<!-- prompt-lab checks -->", "FOUND": found}
    done = ran(step, tmp_path, **about)
    assert done.returncode == 0, done.stderr
    assert call in (tmp_path / "calls").read_text()
    comment = (tmp_path / "prompt-lab" / "comment").read_text()
    assert comment.startswith("<!-- prompt-lab checks -->\n## a: FAILED\nü") and len(comment) < 65_536
    assert "head.repo.full_name == github.repository" in step["if"]


@pytest.mark.parametrize(("code", "ended"), [("0", 0), ("1", 1), ("", 3)])
def test_it_ends_as_the_check_did(code: str, ended: int, tmp_path: Path) -> None:
    assert ran(SCRIPTS[-1], tmp_path, CODE=code).returncode == ended
    assert json.dumps(SCRIPTS[-1]["env"]) == json.dumps({"CODE": "${{ steps.check.outputs.exit-code }}"})
