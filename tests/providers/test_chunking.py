"""However the wire cuts a stream into pieces, the same events come of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab.types import Done, Event
from tests.providers.raw import GOODBYE, START, STOP, TEXT, answered, begun, chunk, delta, end, event, said

WIRE = b"".join(
    [
        START,
        event("ping"),
        TEXT,
        said("Hé").replace(b"\\u00e9", "é".encode()),
        said("€\n\r\u2028").replace(b"\\u20ac", "€".encode()),
        event("news", text="of a kind that nobody knows"),
        b": a comment\n\n",
        said("😀").replace(b"\\ud83d\\ude00", "😀".encode()).replace(b"\n", b"\r\n"),
        STOP,
        event("content_block_start", index=1, content_block={"type": "thinking", "thinking": ""}),
        delta("thinking_delta", thinking="hm").replace(b'"index": 0', b'"index": 1'),
        STOP.replace(b'"index": 0', b'"index": 1'),
        end(),
        GOODBYE,
    ]
)


def received(cuts: list[int]) -> list[Event]:
    """The events of an answer whose bytes come in pieces that end there; but for how long they took."""
    edges = [0, *sorted(set(cuts)), len(WIRE)]
    pieces = [chunk(WIRE[start:stop]) for start, stop in zip(edges, edges[1:], strict=False)]
    *events, last = answered(begun(), *pieces, b"0\r\n\r\n")
    assert isinstance(last, Done)
    return [*events, Done(replace(last.reply, timing=None))]


@cache
def whole() -> list[Event]:
    return received([])


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(1, len(WIRE) - 1), max_size=40))
@example(cuts=list(range(1, len(WIRE))))
def test_any_pieces_of_the_wire_give_the_same_events(cuts: list[int]) -> None:
    assert received(cuts) == whole()
    assert whole()[-1].reply.content[0]["text"] == "Hé€\n\r\u2028😀"
