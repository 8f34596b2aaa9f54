"""Which datasets differ from a commit, in a repository of which the team's folder is a part."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import prompts
from lab.errors import BadInput
from lab.evals import load
from lab.evals.commit import changed

FEW = "examples: [{input: a, output: b}]\n"
GRADER = "def f(text, columns):\n    return True\n"
A = """\
prompt: p
cases: a.jsonl
graders: [{python: 'g.py:f'}, {json_schema: s.json}]
"""


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("top")
    team = top / "deep" / "team"
    files = {
        "prompts/p/v1.yaml": "system: one\nexamples: {set: tone}\n",
        "prompts/p/v2.yaml": "system: two\n",
        "prompts/p/labels.yaml": "labels: {production: 1, staging: 2}\n",
        "prompts/fewshot/tone/v1.yaml": FEW,
        "datasets/a.yaml": A,
        "datasets/a.jsonl": '{"input": "x"}\n',
        "datasets/g.py": GRADER,
        "datasets/s.json": "{}",
        "datasets/b.yaml": "prompt: p@staging\ncases: ../../shared.csv\n",
        "../shared.csv": "input\nx\n",
    }
    for name, text in files.items():
        (team / name).parent.mkdir(parents=True, exist_ok=True)
        (team / name).write_text(text)
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    return top


@pytest.fixture
def team(committed: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(committed), "here")
    return tmp_path / "here" / "deep" / "team"


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda team: (team / name).write_text(text)


def names(team: Path, base: str = "HEAD", *refs: str) -> str:
    found, left_out = changed(team, base, [load(team / "datasets" / f"{name}.yaml") for name in "ab"], refs)
    assert len(found) + len(left_out) == 2
    return "".join(dataset.name for dataset in found)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda team: None, ""),
        (write("notes.md", "x"), ""),
        (write("prompts/p/v3.yaml", "system: three\n"), ""),
        (write("prompts/p/v1.yaml", "system: one!\nexamples: {set: tone}\n"), "a"),
        (write("prompts/p/v2.yaml", "system: two!\n"), "b"),
        (write("prompts/p/labels.yaml", "labels: {production: 1, staging: 1}\n"), "b"),
        (write("prompts/fewshot/tone/v2.yaml", FEW), "a"),
        (write("datasets/g.py", GRADER + "\n"), "a"),
        (write("datasets/s.json", '{"type": "object"}'), "a"),
        (write("datasets/a.jsonl", '{"input": "y"}\n'), "a"),
        (write("datasets/a.yaml", A + "min_pass_rate: 0.5\n"), "a"),
        (write("../shared.csv", "input\ny\n"), "b"),
    ],
)
def test_each_file_that_decides_counts(change: Callable[[Path], object], found: str, team: Path) -> None:
    change(team)
    before = git(team, "status", "--porcelain")
    assert names(team) == found
    assert git(team, "status", "--porcelain") == before


def test_a_dataset_that_is_new_counts_and_the_prompt_that_is_named_decides(team: Path) -> None:
    (team / "datasets" / "b.yaml").write_text("prompt: p@2\ncases: a.jsonl\n")
    git(team, "add", "-A")
    git(team, "commit", "-q", "-m", "second")
    assert (names(team), names(team, "HEAD~1")) == ("", "b")
    (team / "prompts" / "p" / "v2.yaml").write_text("system: two!\n")
    assert (names(team, "HEAD", "p@1"), names(team, "HEAD", "p@2")) == ("", "ab")
    assert prompts.load(team / "prompts", "p@2").system == "two!"


def test_a_commit_that_is_not_there_and_a_folder_without_any(team: Path, tmp_path: Path) -> None:
    for base in ("nope", "--help", ""):
        with pytest.raises(BadInput, match=f"git knows no commit '{base}' here."):
            names(team, base)
    with pytest.raises(BadInput, match="is in no git repository."):
        changed(tmp_path, "HEAD", [], ())
