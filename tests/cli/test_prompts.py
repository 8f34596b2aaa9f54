"""`lab prompts`: versions are listed, compared, saved, labelled, and held against what was published."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.cli.test_check import here

FIRST, SECOND = 'system: "Be kind."\n', 'system: "Be brief and kind."\n'
SET = "examples:\n  - {input: a, output: A}\n"


@pytest.fixture
def shelf() -> Path:
    """`tone` with a published version and a draft, and a few-shot set of one draft."""
    files = {
        "prompts/tone/v1.yaml": FIRST,
        "prompts/tone/v2.yaml": SECOND,
        "prompts/fewshot/tone/v1.yaml": SET,
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    assert here("prompts", "label", "tone", "production", "1").returncode == 0
    return Path("prompts")


def test_none_yet() -> None:
    for arguments, words in (((), "There are no prompts"), (("verify",), "There is no folder prompts here.")):
        done = here("prompts", *arguments)
        assert (done.returncode, done.stdout) == (0, "")
        assert words in done.stderr


def test_they_are_listed(shelf: Path) -> None:
    listed = here("prompts").stdout
    assert here("prompts", "list").stdout == listed
    assert "1, 2 (draft)" in listed and "production 1" in listed and "fewshot/tone" in listed
    found = json.loads(here("prompts", "--json").stdout)
    assert found == json.loads(here("prompts", "list", "--json").stdout)
    assert [each["name"] for each in found] == ["tone", "fewshot/tone"]


@pytest.mark.parametrize(
    ("ref", "version", "text"),
    [
        ("tone", 1, FIRST),
        ("tone@production", 1, FIRST),
        ("tone@2", 2, SECOND),
        ("fewshot/tone", 1, "examples:"),
    ],
)
def test_a_version_is_shown(ref: str, version: int, text: str, shelf: Path) -> None:
    done = here("prompts", "show", ref)
    assert done.returncode == 0 and done.stdout.startswith(text.split('"')[0].rstrip())
    assert f"tone@{version} · " in done.stderr
    found = json.loads(here("prompts", "show", ref, "--json").stdout)
    assert (found["name"], found["version"], len(found["hash"])) == ("tone", version, 64)


def test_versions_are_compared(shelf: Path) -> None:
    assert here("prompts", "diff", "tone@1", "tone@2").stdout == "system\n  Be {+brief and +}kind.\n"
    done = here("prompts", "diff", "tone", "tone@1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "They say the same.\n")


@pytest.mark.parametrize("name", ["care", "fewshot/care"])
def test_a_new_one_can_be_labelled_at_once(name: str) -> None:
    done = here("prompts", "new", name)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"lab prompts label {name} production 1" in done.stderr
    assert here("prompts", "label", name, "production", "1").returncode == 0
    assert here("prompts", "verify").returncode == 0
    assert here("prompts", "new", name).returncode == 2


def test_saving_goes_on_from_the_newest_or_from_what_is_named(shelf: Path) -> None:
    Path("next.yaml").write_text('system: "Be swift."\n')
    done = here("prompts", "save", "tone", "-f", "next.yaml", "-m", "Faster.")
    assert done.stderr == "Saved tone@3 in prompts/tone/v3.yaml.\n"
    assert "message: Faster." in (shelf / "tone" / "v3.yaml").read_text()
    assert here("prompts", "save", "tone", "-f", "next.yaml", "--based-on", "3").returncode == 0
    done = here("prompts", "save", "tone", "-f", "next.yaml", "--based-on", "3")
    assert (done.returncode, "version 4 is there" in done.stderr) == (2, True)
    assert not (shelf / "tone" / "v5.yaml").exists()
    assert here("prompts", "verify").returncode == 0


def test_a_version_can_be_piped_in() -> None:
    done = run("prompts", "save", "care", input=FIRST.encode())
    assert (done.returncode, done.stderr) == (0, "Saved care@1 in prompts/care/v1.yaml.\n")
    assert Path("prompts/care/v1.yaml").read_text() == "system: Be kind.\n"


def test_labels_move_and_go(shelf: Path) -> None:
    done = here("prompts", "label", "tone", "staging", "1:90,2:10")
    assert done.stderr == "tone: production 1 · staging 1 (90%), 2 (10%)\n"
    assert here("prompts", "label", "tone", "staging", "none").stderr == "tone: production 1\n"
    assert here("prompts", "label", "tone", "production", "none").stderr == "tone: no labels\n"


def test_a_label_requires_a_check(shelf: Path) -> None:
    Path("datasets").mkdir()
    Path("datasets/tone-check.yaml").write_text(
        "prompt: tone\ngraders: [{contains: a}]\ncases: [{input: one}]\n"
    )
    done = here("prompts", "require", "tone", "production", "tone-chek")
    assert (done.returncode, "Did you mean 'tone-check'?" in done.stderr) == (2, True)
    done = here("prompts", "require", "tone", "production", "tone-check")
    assert (done.returncode, done.stderr) == (0, "production of tone requires tone-check.\n")
    assert here("prompts", "verify").returncode == 1
    done = here("prompts", "label", "tone", "production", "2")
    assert done.returncode == 2 and "Check it: lab check tone-check -p tone@2" in done.stderr
    assert '--override "the reason"' in done.stderr
    done = here("prompts", "label", "tone", "production", "2", "--override", "read by hand")
    assert (done.returncode, done.stderr) == (0, "tone: production 2\n")
    assert "override: read by hand" in (shelf / "tone" / "labels.yaml").read_text()
    assert here("prompts", "verify").returncode == 0
    assert here("prompts", "label", "tone", "staging", "2", "--override", "x").returncode == 2
    assert "nothing" in here("prompts", "require", "tone", "production", "none").stderr
    assert "promoted" not in (shelf / "tone" / "labels.yaml").read_text()


def test_a_published_version_that_changed_is_told_with_both_hashes(shelf: Path) -> None:
    sound = run("prompts", "verify")
    assert (sound.returncode, sound.stderr) == (0, "1 prompts and 1 few-shot sets are sound.\n")
    (shelf / "tone" / "v1.yaml").write_text('system: "Be rude."\n')
    done = run("prompts", "verify")
    assert (done.returncode, done.stdout) == (1, "")
    for text in (FIRST, 'system: "Be rude."\n'):
        assert hashlib.sha256(text.encode()).hexdigest()[:12] in done.stderr
    assert here("prompts", "show", "tone@1").returncode == 2
    assert here("prompts", "show", "tone@2").returncode == 0
    assert here("prompts").returncode == 0


WRONG = [
    (("show", "tome"), "There is no prompt 'tome'", "Did you mean 'tone'?"),
    (("show", "tone@3"), "tone has no version 3; it has 2", ""),
    (("show", "tone@live"), "tone has no label 'live'.", "It has production."),
    (("show", "../tone"), "is not a name", ""),
    (("show", "fewshot/tome"), "There is no few-shot set 'fewshot/tome'", "Did you mean"),
    (("diff", "tone"), "Missing argument 'NEW'.", ""),
    (("diff", "tone", "tone@9"), "tone has no version 9", ""),
    (("new", "Tone"), "'Tone' is not a name", ""),
    (("new", "tone"), "There is a 'tone' already", "v2.yaml"),
    (("save", "tone", "-f", "none.yaml"), "none.yaml", ""),
    (("save", "tone", "-f", "list.yaml"), "list.yaml", "a version is a table"),
    (("save", "tone", "-f", "wrong.yaml"), "systm", "Did you mean"),
    (("save", "tone", "-f", "good.yaml", "--based-on", "1"), "version 2 is there", "Nothing was saved"),
    (("save", "tone", "-f", "good.yaml", "--based-on", "0"), "--based-on", ""),
    (("save", "tome", "-f", "good.yaml", "--based-on", "1"), "There is no prompt 'tome'", ""),
    (("label", "tone", "staging", "three"), "'three' is no version. Write 3, 2:90,3:10, or none.", ""),
    (("label", "tone", "staging", "7"), "tone has no version 7", ""),
    (("label", "tone", "staging", "1:50,2:40"), "must share 100 percent, but shares 90", ""),
    (("label", "tone", "staging", "1:"), "'1:' is no version.", ""),
    (("label", "tone", "3", "1"), "'3' is no label", ""),
    (("label", "tone", "staging", "none"), "tone has no label 'staging'", ""),
    (("label", "tome", "staging", "1"), "There is no prompt 'tome'", ""),
    (("shwo", "tone"), "Did you mean 'show'?", ""),
    (("--json", "show", "tone"), "Options of `show` stand after it.", ""),
]


@pytest.mark.parametrize(("arguments", "words", "then"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_what_is_asked_wrongly_changes_nothing(
    arguments: tuple[str, ...], words: str, then: str, shelf: Path
) -> None:
    texts = {"list.yaml": "- a\n", "wrong.yaml": "systm: a\n", "good.yaml": FIRST}
    for name, text in texts.items():
        Path(name).write_text(text)
    before = {file: file.read_bytes() for file in shelf.rglob("*") if file.is_file()}
    done = here("prompts", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and then in done.stderr.partition(words)[2]
    assert {file: file.read_bytes() for file in shelf.rglob("*") if file.is_file()} == before
