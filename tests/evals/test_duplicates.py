"""Which cases nearly repeat another."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.evals.duplicates import THRESHOLD, Shelf, duplicates
from tests.evals.files import dataset

TEN = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    ("one", "two", "share"),
    [
        (TEN, TEN, 1), (TEN, TEN.upper() + "!!", 1), (TEN, TEN.replace("ten", "zehn"), 9 / 11),
        (TEN, TEN + " eleven", 10 / 11), (TEN, "a b " + TEN, 10 / 12), (TEN, "a b c " + TEN, None),
        ("where is my invoice", "where is my hat", None), ("no no no no no", "no", None), ("?!", "?!", 1),
        ("?!", "??", None), ("", "  ", 1), ("請問發票在哪裡呢謝謝你", "請問發票在哪裡呢謝謝妳", 10 / 12),
        ("x" * 2000 + " a", "x" * 2000 + " b", None), (f"{TEN} " * 400, f"{TEN} " * 500, 1),
    ],
)  # fmt: skip
def test_how_near_two_texts_are(one: str, two: str, share: float | None) -> None:
    shelf = Shelf([one, two], THRESHOLD)
    assert shelf.put(0) is None
    found = shelf.put(1)
    assert (found[1] if found else None) == (pytest.approx(share) if share else None)


@given(
    st.lists(st.lists(st.sampled_from("abcdef"), max_size=7), max_size=9), st.sampled_from([0.5, 0.8, 1.0])
)
def test_the_nearest_is_found_as_by_comparing_all(texts: list[list[str]], threshold: float) -> None:
    shelf = Shelf([" ".join(text) for text in texts], threshold)
    for number, text in enumerate(texts):
        shares = [share(text, other) for other in texts[:number]]
        best = max(shares, default=0)
        found = shelf.put(number)
        assert (found is not None) == (best >= threshold)
        assert found is None or (found[1] == pytest.approx(best) and shares[found[0]] == pytest.approx(best))


def share(one: list[str], two: list[str]) -> float:
    same = sum(min(one.count(word), two.count(word)) for word in {*one})
    return same / (len(one) + len(two) - same) if one or two else 1


def test_turns_count_and_cases_are_named(tmp_path: Path) -> None:
    rows = (f"id: a, input: {TEN}", f"id: b, turns: [x y z], input: {TEN}", f"id: c, input: {TEN} x")
    text = f"prompt: p\ncases: [{{{'}, {'.join(rows)}}}]"
    found = duplicates(dataset(tmp_path, text).cases)
    assert [(near.case, near.like, round(near.share, 3)) for near in found] == [("c", "a", 0.909)]


def test_many_cases_are_compared_at_once() -> None:
    luck = random.Random(1)
    known = [f"w{n}" for n in range(500)]
    texts = [" ".join(luck.choices(known, k=40)) for _ in range(3000)]
    texts[2999] = texts[7] + " more"
    shelf = Shelf(texts, THRESHOLD)
    assert [number for number in range(3000) if shelf.put(number)] == [2999]
