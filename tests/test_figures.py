"""A call's figures in words."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lab import figures
from lab.types import State

DOLLAR = 10**12


def call(**fields: Any) -> dict[str, Any]:
    """A logged call that came to a good end."""
    usual = {"model": "claude-a", "answered_by": "claude-a", "state": "ok", "stop_reason": "end_turn"}
    tokens = {"input_tokens": 22, "cache_creation_input_tokens": 1711, "cache_read_input_tokens": 11442}
    tokens |= {"output_tokens": 509, "first_token_ms": 412.4, "total_ms": 6550.0, "source": "api"}
    amount = int(0.0123 * DOLLAR)
    cost = {"cost": amount, "cost_floor": amount, "cost_upper": amount, "cost_basis": "usage"}
    return {**usual, **tokens, **cost, **fields}


NEVER_SENT = {
    **dict.fromkeys(("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")),
    **dict.fromkeys(("output_tokens", "stop_reason", "answered_by", "first_token_ms", "total_ms")),
    **dict.fromkeys(("cost", "cost_floor", "cost_upper", "cost_basis")),
}


def test_a_whole_line() -> None:
    assert figures.line(call()) == (
        "claude-a · finished · first token 412 ms · 83 tokens/s · total 6.5 s"
        " · in 22 · write 1,711 · read 11,442 · out 509 · $0.012"
    )


def test_a_line_of_a_call_without_any_figures() -> None:
    assert figures.line(call(**NEVER_SENT, state="cancelled")) == (
        "claude-a · cancelled · first token – · – tokens/s · total –"
        " · in – · write – · read – · out – · unknown"
    )


@pytest.mark.parametrize(
    ("source", "endpoint", "said"),
    [
        ("simulated", "simulated", "simulated"),
        ("api", "anthropic", "$0.012"),
        ("replay", "recordings", "replay"),
        ("replay", "simulated", "replay, simulated"),
    ],
)
def test_answers_that_are_simulated_or_replayed_say_so(source: str, endpoint: str, said: str) -> None:
    assert figures.line(call(source=source, endpoint=endpoint)).endswith(f" · {said}")


def test_who_answered_goes_before_who_was_asked() -> None:
    assert figures.line(call(answered_by="claude-b")).startswith("claude-b · ")
    assert figures.line(call(answered_by="")).startswith("claude-a · ")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stop_reason": "max_tokens"}, "cut off at max_tokens: ask for more, or for less at once"),
        ({"stop_reason": "refusal", "state": "refused"}, "declined to answer"),
        (
            {"stop_reason": "not_yet_invented"},
            "not_yet_invented: a reason that this lab does not know",
        ),
        ({"stop_reason": "stop_sequence", "stop_sequence": "\n#"}, 'ended at the stop sequence "\\n#"'),
        ({"stop_reason": "stop_sequence", "stop_sequence": None}, "ended at a stop sequence"),
        ({"stop_reason": "pause_turn"}, "paused by the API: send it back to go on"),
        ({"stop_reason": "tool_use"}, "waits for a tool's answer"),
        ({"stop_reason": "end_turn", "refused_in_words": 1}, "finished, but may be a refusal"),
        ({"stop_reason": "end_turn", "refused_in_words": None}, "finished"),
        ({"stop_reason": None, "state": "unknown"}, "sent, outcome not known: it may have been billed"),
        ({"stop_reason": None, "state": "stalled"}, "fell silent; what arrived is kept"),
    ],
)
def test_how_it_ended(fields: dict[str, Any], words: str) -> None:
    assert figures.outcome(call(**fields)) == words


@pytest.mark.parametrize("state", [state for state in State.__args__ if state not in ("ok", "refused")])
def test_every_state_without_a_stop_reason_has_its_words(state: str) -> None:
    assert figures.outcome(call(stop_reason=None, state=state)) == figures.STATES[state]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"input_tokens": 0}, "in 0 · write 1,711 · read 11,442 · out 509"),
        ({"cache_read_input_tokens": None}, "in 22 · write 1,711 · read – · out 509"),
        ({"stop_reason": None}, "in 22 · write 1,711 · read 11,442 · out –"),
        ({"output_tokens": 1_234_567}, "in 22 · write 1,711 · read 11,442 · out 1,234,567"),
    ],
)
def test_tokens_that_were_not_reported_are_a_dash_never_nought(fields: dict[str, Any], words: str) -> None:
    assert figures.tokens(call(**fields)) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "$0.012"),
        ({"cost": 0, "cost_floor": 0, "cost_upper": 0, "cost_basis": "none"}, "$0"),
        ({"cost": None, "cost_floor": None, "cost_upper": None}, "unknown"),
        (
            {"cost": None, "cost_floor": DOLLAR // 100, "cost_upper": 2 * DOLLAR, "cost_basis": "estimate"},
            "$0.01 to $2.00 (estimate)",
        ),
        ({"cost": None, "cost_floor": 0, "cost_upper": None, "cost_basis": "estimate"}, "unknown"),
        ({"cost": None, "cost_floor": None, "cost_upper": None, "cost_basis": None}, "unknown"),
    ],
)
def test_what_it_cost(fields: dict[str, Any], words: str) -> None:
    assert figures.cost(call(**fields)) == words


SECONDS = {
    None: "–",
    0: "0 ms",
    0.4: "0 ms",
    412.5: "412 ms",
    999: "999 ms",
    999.9: "1.0 s",
    61_250: "61.2 s",
}


@pytest.mark.parametrize(("milliseconds", "words"), SECONDS.items())
def test_seconds(milliseconds: float | None, words: str) -> None:
    assert figures.seconds(milliseconds) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"first_token_ms": 1000, "total_ms": 3000, "output_tokens": 100}, "50 tokens/s"),
        ({"first_token_ms": None}, "– tokens/s"),
        ({"first_token_ms": 0.0, "total_ms": 1000, "output_tokens": 7}, "7 tokens/s"),
        ({"total_ms": None}, "– tokens/s"),
        ({"first_token_ms": 3000, "total_ms": 3000}, "– tokens/s"),
        ({"output_tokens": None}, "– tokens/s"),
        ({"output_tokens": 0}, "– tokens/s"),
        ({"stop_reason": None}, "– tokens/s"),
    ],
)
def test_how_fast_it_came(fields: dict[str, Any], words: str) -> None:
    assert figures.speed(call(**fields)) == words


MEASURED = {"waited_ms": 3.0, "connection": "new", "connect_ms": 35.0, "headers_ms": 380.0}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "own wait 3 ms · connection 35 ms (new) · headers 345 ms · first token 32 ms"),
        (
            {"connection": "reused", "connect_ms": 0.1},
            "own wait 3 ms · connection 0 ms (reused) · headers 380 ms · first token 32 ms",
        ),
        (
            {"connection": None, "connect_ms": None},
            "own wait 3 ms · connection – · headers 380 ms · first token 32 ms",
        ),
        ({"first_token_ms": None}, "own wait 3 ms · connection 35 ms (new) · headers 345 ms · first token –"),
        ({"headers_ms": None}, "own wait 3 ms · connection 35 ms (new) · headers – · first token 412 ms"),
    ],
)
def test_where_the_time_to_the_first_token_went(fields: dict[str, Any], words: str) -> None:
    assert figures.latency(call(**MEASURED | fields)) == words


def test_the_legs_add_up_to_the_time_to_the_first_token() -> None:
    legs = figures.legs(call(**MEASURED))
    assert sum(legs.values()) == pytest.approx(3.0 + 412.4)


def test_a_time_is_the_readers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = "2026-11-20T12:00:00.123Z"
    try:
        for zone, shown in (("UTC", "2026-11-20 12:00:00"), ("UTC+5", "2026-11-20 07:00:00")):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert figures.local_time(stored) == shown
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (None, None),
        ({}, None),
        ("no table", None),
        (
            {"type": "system_changed", "cache_missed_input_tokens": 1200},
            "The system text changed: about 1,200 tokens were not read from the cache.",
        ),
        ({"type": "previous_message_not_found"}, "The API no longer knows the answer before."),
        ({"type": "a_new_one", "cache_missed_input_tokens": "x"}, "The API says a_new_one."),
    ],
)
def test_why_the_cache_was_missed(reason: Any, said: str | None) -> None:
    assert figures.cache_miss(call(cache_miss=reason)) == said


def ended(**figures: Any) -> dict[str, Any]:
    return {
        "state": "ok",
        "stop_reason": "end_turn",
        "first_token_ms": 100.0,
        "total_ms": 1100.0,
        "output_tokens": 50,
        "cache_read_input_tokens": 0,
        "cost": 5,
        "cost_basis": "usage",
    } | figures


def test_the_best_of_several_calls_are_told_for_each_figure() -> None:
    calls = [
        ended(),
        ended(first_token_ms=50.0, cost=None, cost_basis="estimate"),
        ended(output_tokens=80, cost=9, cache_read_input_tokens=700),
        ended(state="failed", stop_reason=None, first_token_ms=1.0, total_ms=1.0, cost=0),
        None,
    ]
    assert figures.best(calls) == [
        {"out", "cost"},
        {"first token", "out"},
        {"speed", "read"},
        frozenset(),
        frozenset(),
    ]
    assert figures.best([ended(), ended()]) == [frozenset()] * 2 and figures.best([None]) == [frozenset()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<customer_message>\nHow?\n</customer_message>\n", "\nHow?\n"),
        ("<a>x</a> and <a>y</a>", None),
        ("Context:\nc\n\n<a>x</a>", None),
        ("<a>x</b>", None),
        ("a < b", None),
    ],
)
def test_a_question_without_the_tags_round_all_of_it(text: str, words: str | None) -> None:
    assert figures.inside(text) == (text if words is None else words)


def test_what_a_cell_leaves_out_is_counted() -> None:
    assert figures.beginning("short", 46, 5) == "short"
    shown = figures.beginning("word " * 40, 46, 1234)
    begun, _, more = shown.rpartition(" … ")
    assert len(shown) <= 46 and int(more.removesuffix(" more").replace(",", "")) + len(begun) == 1234
