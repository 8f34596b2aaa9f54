"""Where the time of a call went."""

from __future__ import annotations

from typing import Any

import pytest

from lab.stretches import parts, stretches, waits

ATTEMPT = {
    "number": 1,
    "state": "ok",
    "started_at": "2026-11-20T12:00:00.010Z",
    "ended_at": None,
    "total_ms": 9,
}


def call(
    waited: float | None,
    headers: float | None,
    first: float | None,
    total: float | None,
    attempts: tuple[dict[str, Any], ...] = (ATTEMPT,),
    connect: float | None = None,
) -> dict[str, Any]:
    timed = {"waited_ms": waited, "headers_ms": headers, "first_token_ms": first, "total_ms": total}
    began = {"started_at": "2026-11-20T12:00:00.000Z", "connect_ms": connect}
    return timed | began | {"attempts": list(attempts)}


@pytest.mark.parametrize("attempts", [(ATTEMPT,), ()], ids=["sent", "replayed"])
@pytest.mark.parametrize(
    ("timed", "expected"),
    [
        (
            (900, 100, 400, 2000),
            [("own wait", 900), ("headers", 100), ("first token", 300), ("streaming", 1600)],
        ),
        ((0, None, 400, 2000), [("first token", 400), ("streaming", 1600)]),
        ((0, 100, None, 700), [("headers", 100), ("without a token", 600)]),
        ((0.4, None, None, 28), [("own wait", 0.4), ("without a token", 28)]),
        ((0, 500, 400, 300), [("headers", 300)]),
    ],
)
def test_the_parts_of_one_attempt_follow_each_other(
    timed: tuple[float | None, ...], expected: list[tuple[str, float]], attempts: tuple[dict[str, Any], ...]
) -> None:
    found = stretches(call(*timed, attempts))
    assert [(each.name, each.ms) for each in found] == expected
    for one, other in zip(found, found[1:], strict=False):
        assert other.begin == one.begin + one.ms


def test_a_connection_is_a_part_of_its_own() -> None:
    timed = call(5, 100, 400, 2000, connect=35)
    assert parts(timed) == {
        "own wait": 5,
        "connection": 35,
        "headers": 65,
        "first token": 300,
        "streaming": 1600,
    }
    assert [each.begin for each in stretches(timed)] == [0, 5, 40, 105, 405]


def test_what_was_not_measured_is_nothing_and_not_0() -> None:
    assert parts(call(0, None, 400, 2000)) == {
        "own wait": 0,
        "connection": None,
        "headers": None,
        "first token": 400,
        "streaming": 1600,
    }
    assert parts(call(0, None, None, None)) == {}
    assert stretches(call(50, None, None, None, ())) == []


def attempt(number: int, start: str, end: str | None, state: str, ms: float | None) -> dict[str, Any]:
    times = {"started_at": f"2026-11-20T12:00:0{start}Z", "ended_at": end and f"2026-11-20T12:00:0{end}Z"}
    return times | {"number": number, "state": state, "total_ms": ms}


ATTEMPTS = (
    attempt(1, "0.020", "1.000", "failed", 980),
    attempt(2, "1.500", None, "unknown", None),
    attempt(3, "3.000", "4.000", "ok", 1000),
    attempt(4, "4.250", "5.250", "ok", 1000),
)


def test_attempts_lie_on_one_axis_with_the_waits_between_them() -> None:
    assert waits(ATTEMPTS) == [None, 500, None, 250]
    assert waits([]) == []
    assert [tuple(each) for each in stretches(call(4250, 100, 400, 1000, ATTEMPTS))] == [
        ("own wait", 1, 0, 20),
        ("failed", 1, 20, 980),
        ("wait", 2, 1000, 500),
        ("earlier round", 3, 3000, 1000),
        ("wait", 4, 4000, 250),
        ("headers", 4, 4250, 100),
        ("first token", 4, 4350, 300),
        ("streaming", 4, 4650, 600),
    ]


def test_of_a_running_call_the_attempts_that_ended_are_told() -> None:
    running = call(None, None, None, None, (ATTEMPTS[0], ATTEMPTS[1]))
    assert [each.name for each in stretches(running)] == ["own wait", "failed", "wait"]
