"""Writing: versions never take each other's place, labels move in one step, whoever else writes."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from lab.errors import BadInput
from lab.prompts import (
    Conflict,
    Example,
    FewShot,
    Prompt,
    Version,
    dump,
    fewshot,
    fields,
    label,
    labelling,
    labels,
    load,
    new,
    save,
    saved,
    saving,
    verify,
    versions,
    writable,
)
from lab.prompts.edits import write
from lab.prompts.register import digest
from tests.prompts.folder import folder


def test_a_new_prompt_is_a_draft_that_is_in_order(tmp_path: Path) -> None:
    file = new(tmp_path / "prompts", "support")
    assert file == tmp_path / "prompts/support/v1.yaml"
    assert versions(tmp_path / "prompts", "support") == (Version(1, False),)
    assert load(tmp_path / "prompts", "support").user == "{{input}}"
    assert new(tmp_path / "prompts", "fewshot/tone").exists()
    assert len(fewshot(tmp_path / "prompts", "tone").examples) == 2
    assert verify(tmp_path / "prompts") == []


def test_a_prompt_that_is_there_is_not_new(tmp_path: Path) -> None:
    file = new(tmp_path, "support")
    file.write_text("system: mine\n")
    with pytest.raises(BadInput, match=re.escape(f"There is a 'support' already: {file}.")):
        new(tmp_path, "support")
    assert file.read_text() == "system: mine\n"


@pytest.mark.parametrize("made", [new, lambda root, name: save(root, name, {"system": "x"}, None)])
@pytest.mark.parametrize(
    "name", ["", "A", "../a", "a/b", "fewshot", "fewshot/", "fewshot/a/b", ".a", "a" * 65]
)
def test_only_names_become_folders(tmp_path: Path, name: str, made: Callable[[Path, str], object]) -> None:
    with pytest.raises(BadInput, match="not a name|cannot name"):
        made(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_saving_writes_the_next_version_canonically(tmp_path: Path) -> None:
    first = save(tmp_path, "support", {"user": "{{input}}", "system": "One.\r\nTwo.", "model": None}, None)
    assert (tmp_path / "support/v1.yaml").read_bytes() == b"system: |-\n  One.\n  Two.\n"
    assert first == load(tmp_path, "support")
    assert isinstance(first, Prompt)
    second = save(tmp_path, "support", {**fields(first), "max_tokens": 5, "description": "", "extra": {}}, 1)
    assert (second.version, second.hash) == (2, digest(b"max_tokens: 5\nsystem: |-\n  One.\n  Two.\n"))
    assert versions(tmp_path, "support") == (Version(1, True), Version(2, True))
    assert (tmp_path / "support/labels.yaml").read_text() == (
        f"labels: {{}}\npublished:\n  1: {first.hash}\n  2: {second.hash}\n"
    )
    assert verify(tmp_path) == []


def test_saving_a_set(tmp_path: Path) -> None:
    pairs = [{"input": "a", "output": {"b": 1}}]
    saved = save(tmp_path, "fewshot/tone", {"examples": pairs}, None)
    assert saved == FewShot("tone", 1, "", (Example("a", {"b": 1}),), saved.hash) == fewshot(tmp_path, "tone")


def test_saving_on_an_old_version_loses_nothing(tmp_path: Path) -> None:
    for n in (None, 1, 2):
        save(tmp_path, "support", {"system": f"on {n}"}, n)
    before = {file.name: file.read_bytes() for file in (tmp_path / "support").iterdir()}
    with pytest.raises(Conflict) as refused:
        save(tmp_path, "support", {"system": "late"}, 1)
    assert str(refused.value) == (
        "support was changed meanwhile: version 3 is there, and this is based on version 1. "
        "Nothing was saved; compare the two, then save again on the newer one."
    )
    assert (refused.value.newer, refused.value.text) == (3, "system: late\n")
    with pytest.raises(Conflict, match="based on nothing"):
        save(tmp_path, "support", {"system": "late"}, None)
    assert {file.name: file.read_bytes() for file in (tmp_path / "support").iterdir()} == before


def test_a_draft_counts_as_newer(tmp_path: Path) -> None:
    new(tmp_path, "support")
    with pytest.raises(Conflict, match="version 1 is there"):
        save(tmp_path, "support", {"system": "x"}, None)


def test_the_number_of_a_lost_version_is_not_given_again(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "x"}, None)
    save(tmp_path, "support", {"system": "y"}, 1)
    (tmp_path / "support/v2.yaml").unlink()
    assert save(tmp_path, "support", {"system": "z"}, 1).version == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "support (not saved), line 1: the file is empty"),
        ({"sytem": "x"}, "support (not saved), line 1: there is no field 'sytem'. Did you mean 'system'?"),
        ({"system": "x\n{{y}}"}, "support (not saved), line 3: {{y}} is not declared"),
        ({"system": "x", "max_tokens": "5"}, "whole number from 1"),
        ({"system": "x", "extra": {"a": float("nan")}}, "nan cannot be written into a file"),
        ({"system": "x", "extra": {"a": object}}, "cannot be written into a file"),
        ({"system": "x", "extra": {(1, 2): "a"}}, "(1, 2) cannot be a name in a file"),
        ({"system": "x", "extra": {None: "a"}}, "None cannot be a name in a file"),
        ({"system": "\ud800"}, "line 1: while parsing a quoted scalar"),
        ({"system": "x" * 300_000}, "too many"),
        ({"system": "x", "extra": {"a": [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}}, "deeper than 20"),
    ],
)
def test_what_cannot_be_saved_leaves_nothing_behind(
    tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput) as refused:
        save(tmp_path, "support", given, None)
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    """As somebody's would who does not wait for the folder."""
    file = tmp_path / "v2.yaml"
    file.write_text("theirs")
    with pytest.raises(BadInput, match="v2.yaml is there already; nothing was written."):
        write(file, "ours")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("v2.yaml", "theirs")]


def test_saving_on_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no prompt 'support'"):
        save(tmp_path, "support", {"system": "x"}, 3)
    save(tmp_path, "support", {"system": "x"}, None)
    with pytest.raises(BadInput, match="support has no version 3 to build on; it has 1."):
        save(tmp_path, "support", {"system": "x"}, 3)


def test_a_broken_register_is_not_written_over(tmp_path: Path) -> None:
    folder(tmp_path, {"support/v1.yaml": "system: x\n", "support/labels.yaml": "labels: oops\n"})
    with pytest.raises(BadInput, match="labels must be a table"):
        save(tmp_path, "support", {"system": "y"}, 1)
    with pytest.raises(BadInput, match="labels must be a table"):
        label(tmp_path, "support", "staging", 1)
    assert sorted(file.name for file in (tmp_path / "support").iterdir()) == ["labels.yaml", "v1.yaml"]


def test_a_label_moves_and_publishes(tmp_path: Path) -> None:
    folder(tmp_path, {f"support/v{n}.yaml": f"system: s{n}\n" for n in (1, 2, 3)})
    assert label(tmp_path, "support", "production", 2) == {"production": 2}
    assert load(tmp_path, "support").version == 2
    assert versions(tmp_path, "support") == (Version(1, False), Version(2, True), Version(3, False))
    assert label(tmp_path, "support", "staging", {3: 60, 1: 40}) == {
        "production": 2,
        "staging": {3: 60, 1: 40},
    }
    assert load(tmp_path, "support@staging").version == 3
    assert all(version.published for version in versions(tmp_path, "support"))
    assert label(tmp_path, "support", "production", 1)["production"] == 1
    assert label(tmp_path, "support", "production", None) == {"staging": {1: 40, 3: 60}}
    assert load(tmp_path, "support").version == 3
    text = (tmp_path / "support/labels.yaml").read_text()
    assert text.startswith("labels:\n  staging:\n    1: 40\n    3: 60\npublished:\n  1: ")
    assert verify(tmp_path) == []


def test_labels_of_sets_move_too(tmp_path: Path) -> None:
    new(tmp_path, "fewshot/tone")
    assert label(tmp_path, "fewshot/tone", "production", 1) == labels(tmp_path, "fewshot/tone")


@pytest.mark.parametrize(
    ("name", "target", "sentence"),
    [
        ("production", 9, "support has no version 9; it has 2, 1."),
        ("production", {1: 50, 9: 50}, "support has no version 9; it has 2, 1."),
        ("production", {1: 50, 2: 40}, "The label production must share 100 percent, but shares 90."),
        ("production", 0, "The label production must be a version, such as 2, or shares, as "),
        (
            "production",
            True,
            "The label production must be a version, such as 2, or shares, as ",
        ),
        (
            "production",
            "2",
            "The label production must be a version, such as 2, or shares, as ",
        ),
        ("2", 1, "'2' is no label: labels are small letters, digits, - and _, up to 64 of them, "),
        ("gone", None, "support has no label 'gone'; it has none."),
        ("production", 2, "{}/support/v2.yaml, line 1: there is no field 'sytem'. Did you mean 'system'?"),
    ],
)
def test_a_label_that_cannot_be_set_changes_nothing(
    tmp_path: Path, name: str, target: Any, sentence: str
) -> None:
    folder(tmp_path, {"support/v1.yaml": "system: x\n", "support/v2.yaml": "sytem: x\n"})
    with pytest.raises(BadInput) as refused:
        label(tmp_path, "support", name, target)
    assert str(refused.value).startswith(sentence.replace("{}", str(tmp_path)))
    assert not (tmp_path / "support/labels.yaml").exists()


def test_a_changed_version_gets_no_label(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "x"}, None)
    (tmp_path / "support/v1.yaml").write_text("system: y\n")
    with pytest.raises(BadInput, match="was published as"):
        label(tmp_path, "support", "production", 1)
    assert labels(tmp_path, "support") == {}


def attempt(root: Path, n: int) -> str:
    """Save on version 1; says who came second."""
    try:
        saved = save(root, "support", {"system": f"by {n}"}, 1)
    except Conflict as conflict:
        return f"conflict with {conflict.newer}"
    return f"saved {saved.version}"


def persist(root: Path, n: int) -> int:
    """Save again and again on the newest until it is in."""
    while True:
        newest = versions(root, "support")[-1].number
        try:
            return save(root, "support", {"system": f"by {n}"}, newest).version
        except Conflict:
            continue


def move(root: Path, n: int) -> None:
    label(root, "support", f"of-{n}", 1)


def everywhere(work: Callable[[Path, int], Any], root: Path, times: int = 16) -> list[Any]:
    """Do it many times at once, in processes and in threads."""
    with (
        ProcessPoolExecutor(4, mp_context=get_context("fork")) as processes,
        ThreadPoolExecutor(4) as threads,
    ):
        pools = (processes, threads)
        futures = [pools[n % 2].submit(work, root, n) for n in range(times)]
        return [future.result() for future in futures]


def test_of_many_savers_on_one_version_one_wins(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "first"}, None)
    outcomes = everywhere(attempt, tmp_path)
    assert sorted(outcomes) == ["conflict with 2"] * 15 + ["saved 2"]
    assert verify(tmp_path) == []


def test_savers_that_try_again_all_get_a_version_of_their_own(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "first"}, None)
    numbers = everywhere(persist, tmp_path)
    assert sorted(numbers) == list(range(2, 18))
    texts = {load(tmp_path, f"support@{number}").system for number in numbers}
    assert texts == {f"by {n}" for n in range(16)}
    assert all(version.published for version in versions(tmp_path, "support"))
    assert verify(tmp_path) == []
    assert {file.suffix for file in (tmp_path / "support").iterdir()} == {".yaml"}


def test_labels_set_at_once_are_all_kept(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "first"}, None)
    everywhere(move, tmp_path)
    assert labels(tmp_path, "support") == {f"of-{n}": 1 for n in range(16)}


def both(root: Path, n: int) -> None:
    (persist if n % 4 < 2 else move)(root, n)


def test_saving_and_labelling_do_not_undo_each_other(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "first"}, None)
    everywhere(both, tmp_path)
    assert len(labels(tmp_path, "support")) == 8
    assert [version.published for version in versions(tmp_path, "support")] == [True] * 9
    assert verify(tmp_path) == []


def refused(work: Callable[[], object]) -> str:
    """The sentence with which a person who may not write is refused."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        work()
    except BadInput as error:
        return str(error)
    return "written"


def new_there(root: Path) -> str:
    return refused(lambda: new(root, "other"))


def save_there(root: Path) -> str:
    return refused(lambda: save(root, "support", {"system": "y"}, 1))


def label_there(root: Path) -> str:
    return refused(lambda: label(root, "support", "production", 1))


def test_a_read_only_folder_is_a_sentence() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        save(root, "support", {"system": "x"}, None)
        for place in (root / "support", root):
            place.chmod(0o555)
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            made, saved, moved = (
                pool.submit(work, root).result() for work in (new_there, save_there, label_there)
            )
        for place in (root, root / "support"):
            place.chmod(0o755)
        assert made == f"{root}/other cannot be written: Permission denied."
        assert saved == f"{root}/support/v2.yaml cannot be written: Permission denied."
        assert moved == f"{root}/support/labels.yaml cannot be written: Permission denied."
        assert sorted(file.name for file in (root / "support").iterdir()) == ["labels.yaml", "v1.yaml"]


def test_a_file_in_the_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("")
    with pytest.raises(BadInput, match="prompts/support cannot be written: Not a directory"):
        new(tmp_path / "prompts", "support")


def test_what_is_saved_is_what_dump_says(tmp_path: Path) -> None:
    prompt = load(tmp_path, "support") if new(tmp_path, "support") else None
    assert isinstance(prompt, Prompt)
    saved = save(tmp_path, "support", fields(prompt), 1)
    assert (tmp_path / "support/v2.yaml").read_text() == dump(prompt) == dump(saved)


def test_what_would_be_written_is_told_before_and_writes_nothing(tmp_path: Path) -> None:
    edit = saving(tmp_path, "support", {"system": "a", "message": "Why."}, None)
    assert list(tmp_path.iterdir()) == []
    assert edit.files["v1.yaml"] == (None, "message: Why.\nsystem: a\n")
    assert edit.files["labels.yaml"][1].endswith(f"1: {edit.thing.hash}\n")
    assert saved(tmp_path, "support", {"system": "a", "message": "Why."}, None) == edit
    with pytest.raises(Conflict):
        saving(tmp_path, "support", {"system": "b"}, None)
    before = (tmp_path / "support/labels.yaml").read_text()
    assert labelling(tmp_path, "support", "production", 1).files == {
        "labels.yaml": (before, before.replace("{}", "\n  production: 1", 1).replace(": \n", ":\n"))
    }
    assert labels(tmp_path, "support") == {}


@pytest.mark.parametrize("was", [None, 2, {1: 50, 2: 50}])
def test_a_label_that_somebody_moved_meanwhile_stays_there(was: Any, tmp_path: Path) -> None:
    for based_on in (None, 1):
        save(tmp_path, "support", {"system": f"on {based_on}"}, based_on)
    label(tmp_path, "support", "production", 1)
    for target in (2, None):
        with pytest.raises(BadInput, match="production was changed meanwhile, and now points to 1. Nothing"):
            label(tmp_path, "support", "production", target, was)
    assert label(tmp_path, "support", "production", 2, 1) == {"production": 2}
    with pytest.raises(BadInput, match="staging was changed meanwhile, and now is gone."):
        label(tmp_path, "support", "staging", 2, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a child of its own")
def test_a_folder_that_may_not_be_written_says_so_beforehand() -> None:
    """As nobody, who may write only what everybody may; root may write anywhere."""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        place = Path(root) / "prompts"
        save(place, "support", {"system": "a"}, None)
        place.chmod(0o777)
        (place / "support").chmod(0o555)
        child = os.fork()
        if child == 0:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setegid(65534)
                os.seteuid(65534)
            found = [writable(place, name) for name in ("", "support", "mail", "fewshot/tone")]
            os._exit(0 if found == [True, False, True, True] else 1)
        (place / "support").chmod(0o755)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert writable(place, "support")
