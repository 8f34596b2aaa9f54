"""Wanted calls in an address."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import get_args, get_type_hints

import pytest

from lab.store import Wanted, as_query, from_query

SAMPLES = {
    str: "a b&c=ü",
    int: 7,
    float: 0.25,
    bool: False,
    tuple[int, ...]: (1, 3),
    datetime: datetime(2026, 11, 29, 12, 0, 0, 250000, UTC),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Wanted)])
def test_every_filter_comes_back_as_it_was(name: str) -> None:
    kind = next(each for each in get_args(get_type_hints(Wanted)[name]) if each is not type(None))
    wanted = Wanted(**{name: SAMPLES[kind]})
    assert from_query(as_query(wanted)) == wanted != Wanted()


def test_nothing_asked_is_nothing_written() -> None:
    assert as_query(Wanted()) == {}
    assert from_query({}) == Wanted()
