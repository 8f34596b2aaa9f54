"""What an edit writes, as a patch that git applies: byte for byte what the lab itself writes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.prompts import Edit, label, labelling, patch, save, saved, saving, verify
from lab.prompts.plan import Edit as Plan

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

LABELS = "# Who moves these asks Ana first.\nlabels: {}\n"


def git(folder: Path, *arguments: str, input: bytes = b"") -> None:
    identity = ("-c", "user.name=ana", "-c", "user.email=ana@lab.example", "-c", "core.autocrlf=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, input=input, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def fresh(here: Path, folder: Path) -> Path:
    """A copy of the folder that holds the prompts, under git."""
    shutil.copytree(here, folder)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "As it was", "--allow-empty")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    found = (file for file in folder.rglob("*") if file.is_file() and ".git" not in file.parts)
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


BEFORE = {
    "nothing": {},
    "a version": {"v1.yaml": "system: one\n"},
    "comments": {"v1.yaml": "system: one\n", "labels.yaml": LABELS},
    "no last line feed": {"v1.yaml": "system: one\n", "labels.yaml": LABELS.rstrip("\n")},
    "Windows": {"v1.yaml": "system: one\r\n", "labels.yaml": LABELS.replace("\n", "\r\n")},
    "other line ends": {"v1.yaml": "system: one\n", "labels.yaml": f"{LABELS}\u2028# a\x85# b"},
    "empty": {"v1.yaml": "system: one\n", "labels.yaml": ""},
}
TEXTS = ["Be kind.", "Be kind.\n- a\n+ b\n\n--- c\n\\ d", "a\u2028b\tc\x85d  ", "é 🎈 ｆ"]


@pytest.mark.parametrize("name", ["support", "fewshot/tone"])
@pytest.mark.parametrize("before", BEFORE)
def test_git_applies_what_saving_wrote(name: str, before: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    place = here / "prompts" / name
    place.mkdir(parents=True)
    for file, text in BEFORE[before].items():
        text = text.replace("system: one", "examples: [{input: a, output: b}]") if "/" in name else text
        (place / file).write_bytes(text.encode())
    for number, text in enumerate(TEXTS):
        given = {"examples": [{"input": "a", "output": text}]} if "/" in name else {"system": text}
        based_on = number + bool(BEFORE[before]) or None
        there = fresh(here, tmp_path / f"there-{number}")
        foreseen = saving(here / "prompts", name, {**given, "message": "Why"}, based_on)
        edit = saved(here / "prompts", name, {**given, "message": "Why"}, based_on)
        assert edit == foreseen
        git(there, "apply", "--whitespace=nowarn", "-", input=patch(here / "prompts", edit).encode())
        assert files(there) == files(here)
    assert verify(here / "prompts") == []


def test_it_applies_in_a_folder_of_a_repository_too(tmp_path: Path) -> None:
    edit = saved(tmp_path / "prompts", "support", {"system": "Be kind."}, None)
    repository = tmp_path / "repository"
    (repository / "apps" / "mail").mkdir(parents=True)
    git(repository, "init", "-q")
    git(repository / "apps" / "mail", "apply", "-", input=patch(tmp_path / "prompts", edit).encode())
    assert files(repository / "apps" / "mail")["prompts/support/v1.yaml"] == b"system: Be kind.\n"


@pytest.mark.parametrize("target", [1, {1: 50, 2: 50}, None])
def test_git_applies_a_moved_label(target: int | dict[int, int] | None, tmp_path: Path) -> None:
    here = tmp_path / "here"
    for based_on in (None, 1):
        save(here / "prompts", "support", {"system": f"on {based_on}"}, based_on)
    label(here / "prompts", "support", "production", 2)
    there = fresh(here, tmp_path / "there")
    edit = labelling(here / "prompts", "support", "production", target, 2)
    git(there, "apply", "-", input=patch(here / "prompts", edit).encode())
    assert files(there) != files(here)
    label(here / "prompts", "support", "production", target, 2)
    assert files(there) == files(here)


def test_a_file_that_stays_as_it_is_is_not_in_the_patch(tmp_path: Path) -> None:
    same: Callable[..., Edit] = lambda **files: Plan("support", files)  # noqa: E731
    assert patch(tmp_path, same(a=("x\n", "x\n"))) == ""
    assert patch(tmp_path, same(a=("x\n", "y\n"))).count("\n") == 5
