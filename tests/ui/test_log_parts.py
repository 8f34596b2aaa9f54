"""What the log page works out before it draws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from lab.errors import BadInput
from lab.types import State
from lab.ui.parts import spans
from lab.ui.parts.figures import COLOURS, cost, drawable, outcome, prompt

EAST = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 20, 1, 30, tzinfo=EAST)
"""Still the day before, in UTC."""


@pytest.mark.parametrize(
    ("span", "first", "last", "expected"),
    [
        ("", None, None, (None, None)),
        ("nonsense", None, None, (None, None)),
        ("today", None, None, ("2026-11-19T15:00", None)),
        ("24h", None, None, ("2026-11-18T16:30", None)),
        ("7d", None, None, ("2026-11-12T16:30", None)),
        ("30d", None, None, ("2026-10-20T16:30", None)),
        ("days", date(2026, 11, 1), date(2026, 11, 1), ("2026-10-31T15:00", "2026-11-01T15:00")),
        ("days", None, date(2026, 12, 31), (None, "2026-12-31T15:00")),
        ("days", None, None, (None, None)),
    ],
)
def test_spans_of_time(
    span: str, first: date | None, last: date | None, expected: tuple[str | None, ...]
) -> None:
    found = spans.bounds(span, first, last, NOW)
    assert tuple(at and at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") for at in found) == expected


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("2026-11-19T16:00:05.123Z", "01:00:05"),
        ("2026-11-19T14:59:59.000Z", "11-19 23:59"),
        ("2025-12-31T14:00:00.000Z", "2025-12-31"),
    ],
)
def test_a_time_is_told_as_short_as_it_can_be(stored: str, shown: str) -> None:
    assert spans.local(stored, NOW) == shown


@pytest.mark.parametrize("text", ["x", "2026-02-30", "0001-01-01", "9999-12-31", "2026-11-20T10:00"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not a day such as"):
        spans.day(text)


def test_a_day() -> None:
    assert spans.day("2026-11-20") == date(2026, 11, 20)
    assert spans.day("") is spans.day(None) is None


def ended(state: str, stop_reason: str | None = None) -> dict[str, Any]:
    return {"state": state, "stop_reason": stop_reason}


@pytest.mark.parametrize(
    ("call", "attempts", "expected"),
    [
        (ended("ok", "end_turn"), 1, ("finished", "gray")),
        (ended("ok", "end_turn"), 2, ("finished, 2 attempts", "yellow")),
        (ended("ok", "max_tokens"), 1, ("cut off at max_tokens", "orange")),
        (ended("ok", "not_yet_invented"), 1, ("not_yet_invented", "gray")),
        (ended("refused", "refusal"), 1, ("declined to answer", "orange")),
        (ended("failed"), 3, ("failed, 3 attempts", "red")),
        (ended("unknown"), 1, ("sent, outcome not known", "orange")),
        (ended("streaming"), 1, ("answering now", "blue")),
    ],
)
def test_an_outcome_in_few_words(call: dict[str, Any], attempts: int, expected: tuple[str, str]) -> None:
    assert outcome(call, attempts) == expected


def test_colours_are_of_states_that_there_are() -> None:
    assert set(COLOURS) == {*State.__args__} - {"ok", "cancelled"}


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ((5_000_000_000, 5_000_000_000, 5_000_000_000, "usage"), "$0.005"),
        ((0, 0, 0, "none"), "$0"),
        ((None, 1, 20_000_000_000, "estimate"), "≤ $0.02 est."),
        ((None, 0, None, "estimate"), "unknown"),
        ((None, None, None, "usage"), "unknown"),
        ((None, None, None, None), "unknown"),
    ],
)
def test_a_cost_in_the_width_of_a_column(amounts: tuple[Any, ...], shown: str) -> None:
    assert cost(dict(zip(("cost", "cost_floor", "cost_upper", "cost_basis"), amounts, strict=True))) == shown


def test_the_name_of_a_prompt() -> None:
    assert prompt({"prompt": "support", "version": 2}) == "support@2"
    assert prompt({"prompt": "support", "version": None}) == "support"
    assert prompt({"prompt": None, "version": None}) is None


def test_what_cannot_be_drawn_is_replaced() -> None:
    assert drawable({"\ud83d": ["ok", ("é\udc00", 1, None)]}) == {"?": ["ok", ["é?", 1, None]]}
