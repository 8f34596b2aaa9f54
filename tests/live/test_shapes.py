"""What compares the simulator with the API, without the API: alike is alike, and each difference is named."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from decimal import Decimal

import httpx2
import pytest

from lab import sim
from lab.models import Model, catalogue

from .cases import MODEL, Purse, TooDear, cases, sent, worst
from .shapes import ABSENT, Exchange, broken_rules, differences, parsed


def simulated(name: str, nonce: str = "once", purse: Purse | None = None) -> list[Exchange]:
    """A fresh simulator's answers to a case."""

    async def asked() -> list[Exchange]:
        server = await sim.serve(speed=0)
        try:
            async with httpx2.AsyncClient(trust_env=False) as http:
                return await sent(http, server.url, "sim", cases(nonce)[name], purse)
        finally:
            await server.close()

    return asyncio.run(asked())


STATUSES = {"a wrong request": 400, "a wrong key": 401, "an unknown model": 404}


@pytest.mark.parametrize("name", cases(""))
def test_the_simulator_is_like_itself(name: str) -> None:
    once, again = simulated(name), simulated(name, "again")
    assert [one.status for one in once] == [STATUSES.get(name, 200)] * len(once)
    for one, other in zip(once, again, strict=True):
        assert differences(one, other) == []


def test_each_case_is_about_what_it_says() -> None:
    ends = {"a stop sequence": "stop_sequence", "an answer in one piece": "end_turn", "a schema": "end_turn"}
    for name, reason in ends.items():
        assert simulated(name)[0].body["stop_reason"] == reason
    for name, reason in {"a tool": "tool_use", "a cut": "max_tokens", "a stream": "end_turn"}.items():
        (delta,) = [data for event, data in simulated(name)[0].body if event == "message_delta"]
        assert delta["delta"]["stop_reason"] == reason
    first, second, third = (one.body for one in simulated("the cache"))
    written = first["usage"]["cache_creation_input_tokens"]
    assert written > 512 and second["usage"]["cache_read_input_tokens"] == written
    assert (first["diagnostics"], second["diagnostics"]) == (None, None)
    assert third["diagnostics"]["cache_miss_reason"]["type"] == "system_changed"


def change(one: Exchange, path: str, value: object = ABSENT) -> Exchange:
    """A copy with something else, or nothing, at a place in its body."""
    body = copy.deepcopy(one.body)
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    inner = body
    for step in steps:
        inner = inner[step]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return one._replace(body=body)


Doctor = Callable[[Exchange], Exchange]
DOCTORED: list[tuple[str, Doctor, str, str, str]] = [
    ("an answer in one piece", lambda one: one._replace(status=201), "status", "201", "200"),
    (
        "an answer in one piece",
        lambda one: one._replace(headers={k: v for k, v in one.headers.items() if k != "request-id"}),
        "headers.request-id", ABSENT, "a value",
    ),
    (
        "an answer in one piece",
        lambda one: one._replace(headers={**one.headers, "Anthropic-New": "1", "date": "now"}),
        "headers.anthropic-new", "a value", ABSENT,
    ),
    (
        "a stream",
        lambda one: one._replace(headers={**one.headers, "content-type": "text/event-stream"}),
        "headers.content-type", "text/event-stream", "text/event-stream; charset=utf-8",
    ),
    (
        "an answer in one piece", lambda one: change(one, "usage.output_tokens", "7"),
        "body.usage.output_tokens", "a string", "an integer",
    ),
    (
        "an answer in one piece", lambda one: change(one, "usage.output_tokens", 7.0),
        "body.usage.output_tokens", "a number", "an integer",
    ),
    (
        "an answer in one piece", lambda one: change(one, "usage.cache_creation"),
        "body.usage.cache_creation", ABSENT, "an object",
    ),
    ("an answer in one piece", lambda one: change(one, "new", {"a": 1}), "body.new", "an object", ABSENT),
    (
        "an answer in one piece", lambda one: change(one, "stop_reason", "finished"),
        "body.stop_reason", "'finished'", "'end_turn'",
    ),
    (
        "a wrong request", lambda one: change(one, "error.type", "api_error"),
        "body.error.type", "'api_error'", "'invalid_request_error'",
    ),
    ("a wrong key", lambda one: change(one, "request_id", None), "body.request_id", "null", "a string"),
    (
        "models", lambda one: change(one, "data.1.line", None),
        "body.data[model].line", "a string or null", "a string",
    ),
    (
        "a stream", lambda one: change(one, "0.1.message.usage.service_tier"),
        "message_start.message.usage.service_tier", ABSENT, "a string",
    ),
    (
        "a stream", lambda one: one._replace(body=[*one.body, ("extra", {"type": "extra"})]),
        "extra", "an event", ABSENT,
    ),
    (
        "a stream", lambda one: without(one, "ping"),
        "ping", ABSENT, "an event",
    ),
    (
        "a tool", lambda one: change(one, f"{at(one, 'input_json_delta')}.1.delta.partial_json", {}),
        "content_block_delta[input_json_delta].delta.partial_json", "a string or an object", "a string",
    ),
    (
        "thinking", lambda one: without(one, "signature_delta"),
        "content_block_delta[signature_delta]", ABSENT, "an event",
    ),
]  # fmt: skip


def without(one: Exchange, kind: str) -> Exchange:
    """A copy without the events with that word in them."""
    return one._replace(body=[pair for pair in one.body if kind not in str(pair)])


def at(one: Exchange, kind: str) -> int:
    """Where the first event with that word in it is."""
    return next(at for at, pair in enumerate(one.body) if kind in str(pair))


@pytest.mark.parametrize(
    ("name", "doctor", "path", "real", "own"), DOCTORED, ids=[row[2] for row in DOCTORED]
)
def test_a_doctored_copy_differs_there(name: str, doctor: Doctor, path: str, real: str, own: str) -> None:
    one = simulated(name)[0]
    found = [tuple(each) for each in differences(doctor(one), one) if each.path != "order"]
    assert found == [(path, real, own)]


def test_every_difference_is_listed_and_reads_as_a_sentence() -> None:
    one = simulated("an answer in one piece")[0]
    doctored = change(change(change(one, "id", 5), "usage.speed"), "content.0.type", "poem")
    assert [str(each) for each in differences(doctored, one)] == [
        "body.content[poem]: the API sent an object, the simulator nothing",
        "body.content[text]: the API sent nothing, the simulator an object",
        "body.id: the API sent an integer, the simulator a string",
        "body.usage.speed: the API sent nothing, the simulator a string",
    ]


def test_what_a_tool_is_given_is_free() -> None:
    bodies = [
        {"content": [{"type": "tool_use", "input": given}], "capabilities": {"image_input": {"a": 1}}}
        for given in ({"place": "Bern"}, {"town": 5})
    ]
    assert differences(*(Exchange(200, {}, body) for body in bodies)) == []


def events(*names: str) -> list[tuple[str, dict]]:
    """Events of these names, with indexes where `name 1` has one."""
    pairs = [(name.split()[0], name.split()[1:]) for name in names]
    return [(name, {"type": name, **({"index": int(at[0])} if at else {})}) for name, at in pairs]


START, DELTA, STOP = "content_block_start", "content_block_delta", "content_block_stop"
ENDED = ("message_delta", "message_stop")


@pytest.mark.parametrize(
    ("names", "broken"),
    [
        (("message_start", "ping", f"{START} 0", "ping", f"{DELTA} 0", f"{STOP} 0", *ENDED), []),
        (("message_start", *ENDED), []),
        (("message_start", f"{START} 0", f"{STOP} 0", f"{START} 1", f"{STOP} 1", ENDED[0], *ENDED), []),
        ((f"{START} 0", f"{STOP} 0", *ENDED), ["begin with"]),
        (("message_start", f"{START} 0", f"{STOP} 0", "message_delta"), ["end with"]),
        (("message_start", f"{START} 0", f"{STOP} 0", "message_stop"), ["message_delta"]),
        (("message_start", "message_delta", f"{START} 0", f"{STOP} 0", "message_stop"), ["message_delta"]),
        (("message_start", f"{START} 1", f"{STOP} 1", *ENDED), ["block 1 does not follow"]),
        (("message_start", f"{START} 0", f"{START} 1", f"{STOP} 1", *ENDED), ["block 1 does not follow"]),
        (("message_start", f"{START} 0", f"{DELTA} 1", f"{STOP} 0", *ENDED), ["belongs to block 1"]),
        (("message_start", f"{DELTA} 0", *ENDED), ["but None is open"]),
        (("message_start", f"{START} 0", *ENDED), ["stays open"]),
    ],
)
def test_the_rules_of_order(names: tuple[str, ...], broken: list[str]) -> None:
    found = broken_rules(events(*names))
    assert len(found) == len(broken)
    assert all(part in sentence for part, sentence in zip(broken, found, strict=True))


def test_a_stream_out_of_order_is_a_difference() -> None:
    one = simulated("a stream")[0]
    (found,) = differences(one._replace(body=[*one.body[:-2], *one.body[:-3:-1]]), one)
    assert (found.path, found.simulated) == ("order", "right") and "message_stop" in found.real


def test_events_are_read_from_either_line_ending() -> None:
    text = 'event: ping\r\ndata: {"type": "ping"}\r\n\r\nevent: error\ndata: {"type": "error"}\n\n'
    found = parsed(200, {"content-type": "text/event-stream"}, text)
    assert found.body == [("ping", {"type": "ping"}), ("error", {"type": "error"})]


def test_the_worst_is_writing_everything_and_all_of_max_tokens() -> None:
    # 0.10 and 0.50 dollars a million, twice the first for writing to the cache for an hour
    assert worst({"max_tokens": 1000}, 10_000, catalogue()[MODEL]) == Decimal("0.0025")
    with pytest.raises(ValueError, match="not known"):
        worst({"max_tokens": 1000}, 10_000, Model("claude-new"))


def test_all_cases_together_cost_less_than_the_limit_and_are_paid_before() -> None:
    purse = Purse()
    for name in cases(""):
        simulated(name, purse=purse)
    assert Decimal("0.0005") < purse.spent < purse.limit / 2
    with pytest.raises(TooDear, match=r"more than \$0.000001"):
        simulated("a stream", purse=(small := Purse(Decimal("0.000001"))))
    assert small.spent == 0


def test_an_empty_purse_sends_nothing() -> None:
    paths = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        paths.append(request.url.path)
        return httpx2.Response(200, json={"input_tokens": 9})

    async def asked() -> None:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
            await sent(http, "http://api", "key", cases("")["a stream"], Purse(Decimal(0)))

    with pytest.raises(TooDear):
        asyncio.run(asked())
    assert paths == ["/v1/messages/count_tokens"]
