"""Versions as they came to be, and where labels point."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import BadInput
from lab.prompts import Past, entry, history, label, pointing, save, shared, source, steps, told
from tests.prompts.folder import folder


def test_versions_come_with_labels_and_why_and_a_broken_one_with_its_error(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "a", "message": "First.", "description": "d"}, None)
    save(tmp_path, "support", {"system": "b", "message": "Second."}, 1)
    label(tmp_path, "support", "production", {1: 90, 2: 10})
    label(tmp_path, "support", "staging", 2)
    folder(tmp_path, {"support/v3.yaml": "sytem: c\n", "support/v4.yaml": "system: d\n"})
    found = history(tmp_path, "support")
    assert found[0] == Past(4, False, ())
    assert found[2:] == (
        Past(2, True, ("production (10%)", "staging"), "Second."),
        Past(1, True, ("production (90%)",), "First.", "d"),
    )
    assert found[1].number == 3 and "v3.yaml, line 1: there is no field 'sytem'" in found[1].error
    assert pointing(entry(tmp_path, "support"), 2) == ("production (10%)", "staging")
    assert source(tmp_path, "support", 3) == "sytem: c\n"


def test_an_entry_of_what_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    save(tmp_path, "support", {"system": "a"}, None)
    for name, words in (("suport", "Did you mean 'support'?"), ("../support", "is not a name")):
        for read in (entry, history):
            with pytest.raises(BadInput, match=words):
                read(tmp_path, name)
    folder(tmp_path, {"support/labels.yaml": "labels: [a]\n"})
    broken = entry(tmp_path, "support")
    assert [each.number for each in broken.versions] == [1] and "labels" in broken.error
    assert "labels" in history(tmp_path, "support")[0].error


@pytest.mark.parametrize(
    ("versions", "typed", "target"),
    [
        ([3], "", 3),
        ([2, 3], "90/10", {2: 90, 3: 10}),
        ([3, 2], " 10 % / 90 %", {3: 10, 2: 90}),
        ([1, 2, 3], "50:25,25", {1: 50, 2: 25, 3: 25}),
    ],
)
def test_shares_as_people_write_them(versions: list[int], typed: str, target: object) -> None:
    assert shared(versions, typed) == target


@pytest.mark.parametrize(
    ("versions", "typed", "words"),
    [
        ([], "90/10", "the versions chosen (none)"),
        ([2, 3], "90", "'90' does not share between the versions chosen (2, 3). Write a percentage for each"),
        ([2, 3], "90/5/5", "does not share"),
        ([2, 3], "-90/190", "does not share"),
        ([2, 3], "most/few", "does not share"),
        ([2, 3], f"{'9' * 5000}/1", "does not share"),
        ([2, 3], "90/20", "must share 100 percent, but shares 110"),
        ([2, 3], "100/0", "must give each version a whole percentage from 1 to 100"),
    ],
)
def test_shares_that_make_no_sense(versions: list[int], typed: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        shared(versions, typed)
    assert words in str(refused.value)


def test_what_readers_of_a_label_find_changed() -> None:
    assert steps(2, 3) == ((2, 3),)
    assert steps({2: 90, 3: 10}, {3: 50, 4: 50}) == ((2, 3), (2, 4))
    assert steps(2, {2: 90, 3: 10}) == ((2, 3),)
    assert steps(None, 3) == () == steps(3, 3)
    assert (told(2), told({2: 90, 3: 10})) == ("2", "2 (90%), 3 (10%)")
