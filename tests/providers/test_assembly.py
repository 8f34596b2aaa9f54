"""A message put together from its stream, as the API sends it and as others do."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import CallError
from lab.providers.assembly import usage
from lab.types import Done, Started, Text, Thinking, Usage
from tests.providers.raw import (
    ANSWER,
    GOODBYE,
    SSE,
    START,
    STOP,
    TEXT,
    USAGE,
    answered,
    delta,
    end,
    event,
    replied,
    said,
    streamed,
)

TOOL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}


def block(**fields: Any) -> bytes:
    return event("content_block_start", index=0, content_block=fields)


def json_piece(piece: str) -> bytes:
    return delta("input_json_delta", partial_json=piece)


def start(**fields: Any) -> bytes:
    return event("message_start", message={"id": "msg_1", "model": "some-model", "usage": USAGE, **fields})


def test_an_answer_from_beginning_to_end() -> None:
    limits = {"anthropic-ratelimit-tokens-remaining": "7", "retry-after": "1"}
    headers = {**SSE, **limits, "anthropic-workspace-id": "w"}
    first, *texts, last = answered(streamed(*ANSWER, headers=headers))
    assert first == Started("msg_1", "req_1", "some-model", Usage(input_tokens=10), limits, "api")
    assert texts == [Text("Hel"), Text("lo")]
    reply = last.reply
    assert reply.content == ({"type": "text", "text": "Hello"},)
    assert (reply.id, reply.request_id, reply.model) == ("msg_1", "req_1", "some-model")
    assert (reply.stop_reason, reply.stop_sequence, reply.stop_details) == ("end_turn", None, None)
    assert reply.usage == Usage(input_tokens=10, output_tokens=2)
    assert (reply.source, reply.cost, reply.cache_miss) == ("api", None, None)
    assert 0 < reply.timing.headers <= reply.timing.first_token <= reply.timing.total


@pytest.mark.parametrize(
    ("inner", "content", "shown"),
    [
        ([], [], []),
        ([TEXT, STOP], [{"type": "text", "text": ""}], []),
        ([TEXT, said(""), STOP], [{"type": "text", "text": ""}], [Text("")]),
        ([block(type="text", text="Hel"), said("lo")], [{"type": "text", "text": "Hello"}], ["Hel", "lo"]),
        ([block(type="text"), said("lo")], [{"type": "text", "text": "lo"}], ["lo"]),
        (
            [TEXT, said("a"), STOP, TEXT, said("b"), STOP],
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            ["a", "b"],
        ),
        (
            [
                block(type="thinking", thinking="", signature=""),
                delta("thinking_delta", thinking="Hm"),
                delta("thinking_delta", thinking="."),
                delta("signature_delta", signature="c2ln"),
                STOP,
                TEXT,
                said("a"),
            ],
            [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}, {"type": "text", "text": "a"}],
            [Thinking("Hm"), Thinking("."), Text(""), "a"],
        ),
        (
            [
                block(type="thinking", thinking="", signature=""),
                delta("signature_delta", signature="s"),
                STOP,
            ],
            [{"type": "thinking", "thinking": "", "signature": "s"}],
            [Text("")],
        ),
        (
            [block(type="redacted_thinking", data="x")],
            [{"type": "redacted_thinking", "data": "x"}],
            [Text("")],
        ),
        (
            [block(**TOOL), json_piece(""), json_piece('{"ci'), json_piece('ty": "Ä"}'), STOP],
            [{**TOOL, "input": {"city": "Ä"}}],
            [Text("")] * 4,
        ),
        ([block(**TOOL), json_piece(""), STOP], [TOOL], [Text("")] * 2),
        ([block(**TOOL), STOP], [TOOL], [Text("")]),
        (
            [block(type="tool_use", id="t", name="n"), json_piece('{"a": [1]}')],
            [{"type": "tool_use", "id": "t", "name": "n", "input": {"a": [1]}}],
            [Text("")] * 2,
        ),
        (
            [
                block(type="server_tool_use", id="s", name="web_search", input={}),
                json_piece('{"query": "q"}'),
            ],
            [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}],
            [Text("")] * 2,
        ),
        (
            [block(type="not_yet_invented", shape={"round": [1, None]})],
            [{"type": "not_yet_invented", "shape": {"round": [1, None]}}],
            [Text("")],
        ),
        (
            [TEXT, said("a"), delta("not_yet_invented_delta", what=1), said("b")],
            [{"type": "text", "text": "ab"}],
            ["a", Text(""), "b"],
        ),
    ],
)
def test_content_is_kept_as_it_came(inner: list, content: list, shown: list) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        _, *events, last = answered(streamed(start(), *inner, end(), GOODBYE))
    assert events == [Text(piece) if isinstance(piece, str) else piece for piece in shown]
    assert list(last.reply.content) == content


def test_citations_are_kept_as_they_came() -> None:
    cited = {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": None}
    cited |= {"start_char_index": 0, "end_char_index": 1}
    other = {"type": "not_yet_invented", "where": "there"}
    pieces = (said("a"), delta("citations_delta", citation=cited), delta("citations_delta", citation=other))
    text = block(type="text", text="", citations=[])
    (found,) = replied(START, text, *pieces, said("b"), STOP, end(), GOODBYE).content
    assert (found["type"], found["text"]) == ("text", "ab")
    assert [{**cited, **citation} for citation in found["citations"]] == [cited, {**cited, **other}]


@pytest.mark.parametrize("stop_reason", ["max_tokens", "model_context_window_exceeded", "refusal"])
def test_a_tools_arguments_that_were_cut_short_are_kept_so_far(stop_reason: str) -> None:
    cut = (block(**TOOL), json_piece('{"city": "Paris", "day": "Mo'), STOP, end(stop_reason), GOODBYE)
    assert replied(START, *cut).content[0]["input"]["city"] == "Paris"


@pytest.mark.parametrize("piece", ['{"city": ', "nonsense", '{"a": 1}}'])
def test_a_tools_arguments_that_are_not_json_are_a_malformed_stream(piece: str) -> None:
    with pytest.raises(CallError) as caught:
        replied(START, block(**TOOL), json_piece(piece), STOP, end("tool_use"), GOODBYE)
    assert (caught.value.type, caught.value.status, caught.value.state) == ("malformed_stream", 200, "failed")


def test_what_a_server_leaves_out_is_unknown_never_nought() -> None:
    """No request-id, no usage anywhere, no stop_sequence, no content_block_stop."""
    bare = event("message_start", message={"id": "m", "model": "llama"})
    last = event("message_delta", delta={"stop_reason": "end_turn"})
    events = answered(streamed(bare, TEXT, said("a"), last, GOODBYE, headers={}))
    assert events[0] == Started("m", None, "llama", Usage(), {}, "api")
    reply = events[-1].reply
    assert (reply.request_id, reply.usage, reply.stop_sequence) == (None, Usage(), None)
    assert reply.content == ({"type": "text", "text": "a"},)


def test_events_without_a_message_of_their_own_change_nothing() -> None:
    noise = (
        event("ping"),
        event("not_yet_invented", x=1),
        b": a comment\n\n",
        b"data: {}\n\n",
        b"event: x\n\n",
    )
    mixed = [part for step in ANSWER for part in (*noise, step)]
    assert [type(event) for event in answered(streamed(*mixed))] == [Started, Text, Text, Done]


def test_how_it_ended_is_told_whole() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    miss = {"type": "model_changed", "cache_missed_input_tokens": 9}
    diagnosed = start(diagnostics={"cache_miss_reason": miss})
    stopped = {"stop_reason": "stop_sequence", "stop_sequence": "###", "stop_details": details}
    reply = replied(diagnosed, event("message_delta", delta=stopped, usage=USAGE), GOODBYE)
    assert (reply.stop_reason, reply.stop_sequence) == ("stop_sequence", "###")
    assert {**details, **reply.stop_details} == details
    assert {**miss, **reply.cache_miss} == miss


def test_the_last_stop_reason_counts_and_usage_adds_up_over_several_deltas() -> None:
    reply = replied(START, end(None, output_tokens=5), end("max_tokens", output_tokens=9), end(None), GOODBYE)
    assert (reply.stop_reason, reply.usage.output_tokens) == ("max_tokens", 2)


def test_usage_is_read_in_full() -> None:
    first = {
        **{"input_tokens": 3, "output_tokens": 1, "cache_creation_input_tokens": 7},
        **{"cache_read_input_tokens": 11, "service_tier": "standard", "speed": "fast", "inference_geo": "us"},
        "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 5},
    }
    last = {
        "output_tokens_details": {"thinking_tokens": 4},
        "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0},
    }
    reply = replied(start(usage=first), end("end_turn", output_tokens=6, **last), GOODBYE)
    assert reply.usage == Usage(
        **{"input_tokens": 3, "output_tokens": 6, "cache_creation_input_tokens": 7},
        **{"cache_read_input_tokens": 11, "ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 5},
        **{"thinking_tokens": 4, "web_search_requests": 2},
        **{"service_tier": "standard", "speed": "fast", "inference_geo": "us"},
    )


ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3))


@given(st.sampled_from(Usage.__slots__), ANYTHING, st.sampled_from([Usage(), Usage(1, 2, service_tier="x")]))
def test_only_counts_and_words_get_into_a_usage(name: str, value: Any, before: Usage) -> None:
    places = {"ephemeral": "cache_creation", "thinking": "output_tokens_details", "web": "server_tool_use"}
    place, reported = places.get(name.partition("_")[0]), {name: value}
    found = usage({place: reported} if place else reported, before)
    word = name in ("service_tier", "speed", "inference_geo")
    fits = isinstance(value, str) if word else type(value) is int and value >= 0
    assert found == (replace(before, **{name: value}) if fits else before)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_text_survives_any_cut_into_packets(size: int) -> None:
    """Characters of several bytes and all that Python takes for a line's end, cut wherever a network cuts."""
    text = "Grüße, 世界 🌍\u2028\x85\r\n\v\f\x1e." * 3
    unescaped = said("*").replace(b'"*"', json.dumps(text, ensure_ascii=False).encode())
    raw = streamed(START, TEXT, unescaped, STOP, end(), GOODBYE)
    packets = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert answered(*packets)[-1].reply.content[0]["text"] == text
