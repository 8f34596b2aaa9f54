"""One attempt at one endpoint: what it ends in."""

from __future__ import annotations

import asyncio
import json
from email.utils import formatdate
from time import time

import pytest

from lab import sim
from lab.config import Settings
from lab.errors import CallError
from lab.models import Endpoint
from lab.providers import Providers
from lab.types import Done, Event
from tests.providers.raw import (
    ANSWER,
    KEY,
    KEY_VARIABLE,
    MIDDLE,
    RESET,
    START,
    TEXT,
    answered,
    begun,
    end,
    error,
    event,
    events,
    failed,
    head,
    request,
    said,
    server,
    streamed,
    whole,
)

OVERLOADED = event("error", error=error("overloaded_error")["error"], request_id="req_2")
GZIP = {"content-type": "text/event-stream", "content-encoding": "gzip"}
HTML = {"content-type": "text/html"}
NAMELESS = b'data: {"type": "message_start"}\n\n'
AWAY = head(307, {"location": "http://127.0.0.1:9/", "content-length": "0"})

ENDS = {
    # type, status and state of the CallError: what the server does, and the bytes of it
    ("no_response", None, "unknown"): {
        "closes before the headers": [b""],
        "resets before the headers": [RESET],
        "closes in the headers": [head()[:30]],
        "speaks no HTTP": [b"SSH-2.0-OpenSSH\r\n\r\n"],
        "breaks off its refusal": [head(529, {"content-length": "99"}), b"{"],
    },
    ("connection_lost", 200, "failed"): {
        "closes after the headers": [begun()],
        "closes in the middle": [begun(*MIDDLE)],
        "closes in a chunk": [begun(*MIDDLE), b"50\r\nevent: con"],
        "resets in the middle": [begun(*MIDDLE), RESET],
    },
    ("incomplete_stream", 200, "truncated"): {
        "ends in the middle": [streamed(*MIDDLE)],
        "ends in an event": [streamed(*MIDDLE, said("b")[:-1])],
        "ends before message_stop": [streamed(*ANSWER[:-1])],
        "stops without a reason": [streamed(*MIDDLE, end(None), ANSWER[-1])],
    },
    ("incomplete_stream", 200, "failed"): {
        "ends before it began": [streamed()],
        "stops without a beginning": [streamed(*ANSWER[1:])],
        "sends a page": [whole(200, b"<html>", HTML)],
        "sends JSON": [whole(200, {"id": "msg_1", "content": []})],
        "sends data without names": [streamed(NAMELESS)],
    },
    ("malformed_stream", 200, "failed"): {
        "sends half a JSON": [streamed(START, b'event: x\ndata: {"a":\n\n')],
        "sends no UTF-8": [streamed(START, b'event: x\ndata: "\xff"\n\n')],
        "sends null": [streamed(START, b"event: x\ndata: null\n\n")],
        "sends a list": [streamed(START, b"event: x\ndata: [1]\n\n")],
        "sends a deep list": [streamed(START, b"event: x\ndata: %b\n\n" % (b"[" * 99999))],
        "sends no message": [streamed(event("message_start"))],
        "sends a delta without one": [streamed(START, event("content_block_delta"))],
        "sends a delta without a block": [streamed(START, said("a"))],
        "sends a number for a text": [streamed(START, TEXT, said("?").replace(b'"?"', b"7"))],
        "sends no gzip": [streamed(*ANSWER, headers=GZIP)],
    },
    ("overloaded_error", 200, "failed"): {
        "sends an error": [streamed(*MIDDLE, OVERLOADED)],
        "sends an error first": [streamed(OVERLOADED)],
    },
    ("error_event", 200, "failed"): {
        "sends an error in plain text": [streamed(START, b"event: error\ndata: boom\n\n")],
    },
    ("redirect", 307, "failed"): {"redirects": [AWAY]},
    ("http_502", 502, "failed"): {"refuses in a page": [whole(502, b"<html>", HTML)]},
    ("http_500", 500, "failed"): {"refuses in half a JSON": [whole(500, b"{")]},
    ("http_400", 400, "failed"): {
        "refuses in a list": [whole(400, [1])],
        "refuses in a word": [whole(400, {"error": "no"})],
    },
    ("timeout_error", 504, "unknown"): {"gives up": [whole(504, error("timeout_error"))]},
}
REFUSALS = {
    **{400: "invalid_request_error", 401: "authentication_error", 402: "billing_error"},
    **{403: "permission_error", 404: "not_found_error", 408: "timeout_error", 409: "conflict_error"},
    **{413: "request_too_large", 418: "teapot_error", 422: "invalid_request_error", 429: "rate_limit_error"},
    **{500: "api_error", 502: "api_error", 503: "api_error", 529: "overloaded_error"},
}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [pytest.param(answer, end, id=what) for end, cases in ENDS.items() for what, answer in cases.items()],
)
def test_whatever_a_server_does_is_a_call_error_after_one_request(
    answer: list, expected: tuple[str, int | None, str]
) -> None:
    seen, error = failed(*answer)
    assert isinstance(error, CallError)
    assert (error.type, error.status, error.state) == expected
    assert error.sent
    assert str(error).endswith((".", "?", '"'))
    assert error.__cause__ is None  # nothing of the SDK's, which holds the request and its key
    assert not any(type(one) is Done for one in seen)


@pytest.mark.parametrize("answer", [streamed(*MIDDLE), begun(*MIDDLE), streamed(*MIDDLE, OVERLOADED)])
def test_an_error_in_the_middle_names_the_request(answer: bytes) -> None:
    assert failed(answer)[1].request_id == "req_1"


@pytest.mark.parametrize(("status", "type"), REFUSALS.items())
def test_a_refusal_keeps_its_status_type_request_and_words(status: int, type: str) -> None:
    headers = {"request-id": "req_9", "x-should-retry": "false"}
    _, found = failed(whole(status, error(type, "Because\n of  this."), headers))
    assert (found.status, found.type, found.request_id) == (status, type, "req_9")
    assert (found.state, found.should_retry, found.retry_after) == ("failed", False, None)
    assert str(found).startswith(f"The API answered {status} {type}.")
    assert str(found).endswith('It said: "Because of this."')


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-1"}, 0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 -0000"}, None),
        ({"retry-after": "Thu, 99 Jan 1970 00:00:00 GMT"}, None),
    ],
)
def test_how_long_the_server_asks_to_wait(headers: dict, seconds: float | None) -> None:
    assert failed(whole(429, error("rate_limit_error"), headers))[1].retry_after == seconds


def test_a_wait_may_be_a_date() -> None:
    headers = {"retry-after": formatdate(time() + 1000, usegmt=True)}
    assert 900 < failed(whole(429, error("rate_limit_error"), headers))[1].retry_after <= 1000


@pytest.mark.parametrize(("header", "found"), [("true", True), ("false", False), ("", None), ("maybe", None)])
def test_whether_the_server_wants_a_retry(header: str, found: bool | None) -> None:
    assert failed(whole(500, b"", {"x-should-retry": header}))[1].should_retry is found


def test_the_request_is_sent_as_it_stands() -> None:
    options = {"thinking": {"type": "adaptive"}, "not_yet_invented": [1, {"a": None}]}
    asked = request(system="Be brief.", options=options)

    async def ask() -> list[bytes]:
        async with server([streamed(*ANSWER)]) as (url, requests):
            await events(url, asked)
            return requests

    sent, _, body = asyncio.run(ask())[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {**asked.body(), "stream": True}
    assert sent.startswith(b"POST /v1/messages HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".encode() in sent.lower()


def test_what_cannot_be_written_as_json_is_not_a_fault_of_the_wire() -> None:
    with pytest.raises(TypeError):
        answered(streamed(*ANSWER), asked=request(options={"x": object()}))


def test_simulated_answers_say_so_wherever_they_come_from() -> None:
    async def ask() -> list[Event]:
        found = await sim.serve(speed=0)
        try:
            return await events(found.url, request(model="claude-haiku-4-5"))
        finally:
            await found.close()

    seen = asyncio.run(ask())
    assert (seen[0].source, seen[-1].reply.source) == ("simulated", "simulated")


REACHED = {
    "it answers": ([whole(200, {"data": [], "has_more": False})], None),
    "it knows no models": ([whole(404, error("not_found_error"))], 404),
    "it refuses the key": ([whole(401, error("authentication_error"))], 401),
    "it hangs up": ([b""], None),
    "it is another kind of server": ([whole(200, b"<html>", HTML)], 200),
    "it redirects": ([AWAY], 307),
}


@pytest.mark.parametrize("kind", REACHED)
def test_whether_an_endpoint_is_there(kind: str) -> None:
    answer, status = REACHED[kind]

    async def reach() -> CallError | None:
        async with server(answer) as (url, _):
            providers = Providers(Settings())
            try:
                await providers.of(Endpoint("raw", url, KEY_VARIABLE)).reach()
            except CallError as error:
                return error
            finally:
                await providers.close()
            return None

    error = asyncio.run(reach())
    if kind == "it answers":
        assert error is None
    else:
        assert error.status == status
        assert "billed" not in str(error)  # asking for the models is free
