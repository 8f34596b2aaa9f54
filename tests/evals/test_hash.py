"""The hash of a dataset: equal where the same is asked and graded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.evals.files import dataset

HASHED = {
    "prompt": "p",
    "cases": [{"id": "a", "input": "A", "n": 1}, {"id": "b", "input": "B", "n": 2, "t": {"x": 1, "y": 2}}],
    "graders": [{"number": "{{n}}", "tolerance": 1}, {"python": "own.py:f"}, {"json_schema": "s.json"}],
    "context": "c",
    "variables": {"v": "{{n}}"},
    "tags": ["t"],
}


def hashed(folder: Path, function: str = "f", schema: str = "{}", **changes: Any) -> str:
    table = {**HASHED, **changes}
    source = f"def {function}(text, columns):\n    return True\n"
    return dataset(folder, json.dumps(table), own__py=source, s__json=schema).hash


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "q"}, {"models": ["m"]}, {"description": "d"}, {"min_pass_rate": 0.5}, {"repeats": 2},
        {"concurrency": 2}, {"cases": HASHED["cases"][::-1]}, {"variables": {"v": "{{ n }}"}},
        {"cases": [HASHED["cases"][0], dict(reversed(HASHED["cases"][1].items()))]},
        {"schema": "{ }"},
    ],
)  # fmt: skip
def test_the_hash_is_kept_by_what_changes_no_grade(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert hashed(tmp_path, **changes) == hashed(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"cases": HASHED["cases"][:1]}, {"context": "d"}, {"variables": {}}, {"tags": []}, {"input": "x"},
        {"graders": HASHED["graders"][:2]}, {"graders": [{"number": "{{n}}"}, *HASHED["graders"][1:]]},
        {"graders": [{**HASHED["graders"][0], "name": "n"}, *HASHED["graders"][1:]]},
        {"graders": [{"not": HASHED["graders"][0]}, *HASHED["graders"][1:]]},
        {"graders": [{**HASHED["graders"][0], "of": "last number"}, *HASHED["graders"][1:]]},
        {"schema": '{"type": "object"}'}, {"threshold": 0.5},
        {"cases": [HASHED["cases"][0], {**HASHED["cases"][1], "t": {"x": 2, "y": 1}}]},
    ],
)  # fmt: skip
def test_the_hash_follows_questions_and_graders(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert hashed(tmp_path, **changes) != hashed(tmp_path)


def test_the_hash_follows_the_source_of_a_function(tmp_path: Path) -> None:
    before = hashed(tmp_path)
    source = (tmp_path / "own.py").read_text()
    assert dataset(tmp_path, json.dumps(HASHED), own__py=source + "\n").hash != before
    other = tmp_path / "other"
    other.mkdir()
    assert hashed(other) == before
