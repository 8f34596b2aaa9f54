"""The fault matrix: every way a call can end is written once and billed once, through the whole engine.

A fault comes from the simulated Claude, from a server that sends the very bytes it is told to, or from the
operating system.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from lab import cost
from lab.engine import Lab, build, converse, today
from lab.errors import CallError, StoreError
from lab.models import Endpoint
from lab.providers import Providers
from lab.sim import Server
from lab.store import Store, conversation, sqlite
from lab.types import Caller, Done, Event, Origin, Sent, Started, Text, Usage, new_id
from tests.engine.kit import CATALOGUE, ME, PLAIN, collect, lab_of, request, row, simulated
from tests.providers import raw
from tests.sim.wire import until

OK = ("ok", 200, None, "usage")
OVERLOADED = ("failed", 529, "overloaded_error", "none")
STALL = {"silence_timeout": 0.3}
SOON = "retry-after 0.01"
NOW = {"retry-after": "0.01"}
AGAIN, MAYBE = "Ask again", "may have been billed; it is not sent again by itself. Ask again"
MOMENT = "Try again in a moment"


@dataclass(frozen=True)
class Case:
    """A way to end, and what must be left of it.

    `asked`: the question, or in its place what a raw server answers, attempt by attempt. `attempts`: state,
    status, error_type and cost_basis of each. `text`: how many pieces of it arrived. `says`: what the error
    tells the person to do. `leave`: what the reader does in the end: `cancel` or `close` after that text,
    `hang up` before any. `served`: requests that reach the server, where that is not all attempts.
    """

    asked: str | Sequence[Sequence[Any]]
    state: str
    attempts: Sequence[tuple[str, int | None, str | None, str]]
    text: int | None = None
    says: str = ""
    leave: str = ""
    stop_reason: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    max_tokens: int = 100
    way: str = ""
    served: int | None = None


def lost(type: str, state: str = "failed") -> list[tuple[str, int | None, str | None, str]]:
    """One attempt that broke after its 200."""
    return [(state, 200, type, "estimate")]


UNKNOWN = ("unknown", None, "no_response", "estimate")
NO_WAY = [("failed", None, "connection_error", "none")] * 3


def refused(status: int, kind: str, *after: tuple, **more: Any) -> Case:
    """The simulated server answers this status, as often as there are attempts but the last if that is OK."""
    attempts = [("failed", status, kind, "none"), *after]
    times = {(): "", (OK,): f" once {SOON}"}[after]
    state, stop = ("ok", "end_turn") if after else ("failed", None)
    return Case(f"[[{status}{times}]]", state, attempts, None if after else 0, stop_reason=stop, **more)


def broken(*wire: Any, type: str, text: int = 0, state: str = "failed", **more: Any) -> Case:
    """A raw server answers 200 and then this."""
    return Case([wire], state, lost(type, state), text, **more)


START, SAID = raw.START, (raw.START, raw.TEXT, raw.said("Hél"), raw.said("lo"))
SPLIT = [raw.said("H€l").split(b"\\u20ac")[0] + b"\xc3", b"\xa9" + raw.said("H€l").split(b"\\u20ac")[1]]
CASES = {
    "ok": Case("Hello", "ok", [OK], stop_reason="end_turn"),
    "max_tokens": Case("[[words 50]]", "ok", [OK], 20, stop_reason="max_tokens", max_tokens=20),
    "refused unseen": Case(
        "[[refuse]]", "refused", [("refused", 200, None, "none")], 0, stop_reason="refusal"
    ),
    "refused midway": Case(
        "[[refuse after 3]]", "refused", [("refused", 200, None, "usage")], 3, stop_reason="refusal"
    ),
    "529 once": refused(529, "overloaded_error", OK),
    "529 twice": Case(f"[[529 twice {SOON}]]", "ok", [OVERLOADED] * 2 + [OK], stop_reason="end_turn"),
    "529 always": Case(f"[[529 {SOON}]]", "failed", [OVERLOADED] * 3, 0, MOMENT),
    "529 never again": Case("[[529 x-should-retry false]]", "failed", [OVERLOADED], 0, MOMENT),
    "429 once": refused(429, "rate_limit_error", OK),
    "429 too long": Case(
        "[[429 retry-after 100]]",
        "failed",
        [("failed", 429, "rate_limit_error", "none")],
        0,
        r"asks to wait 100 s, longer than the lab waits by itself \(longest_wait, in",
    ),
    "429 spent": refused(429, "rate_limit_error", says="Try again later, or send less"),
    "408 once": refused(408, "invalid_request_error", OK),
    "409 once": refused(409, "conflict_error", OK),
    "500 once": refused(500, "api_error", OK),
    "502 once": refused(502, "api_error", OK),
    "503 once": refused(503, "api_error", OK),
    "400": refused(400, "invalid_request_error", says="Change what it names"),
    "401": refused(401, "authentication_error", says="Check it with `lab doctor`"),
    "402": refused(402, "billing_error", says="plans and billing page"),
    "403": refused(403, "permission_error", says="Choose another, or ask whoever gave it"),
    "404": refused(404, "not_found_error", says="`lab models` lists"),
    "413": refused(413, "request_too_large", says="Shorten it"),
    "422": refused(422, "invalid_request_error", says="Change what it names"),
    "501": refused(501, "api_error", says=MOMENT),
    "504": Case("[[504]]", "unknown", [("unknown", 504, "timeout_error", "estimate")], 0, MAYBE),
    "302": Case(
        [[raw.head(302, {"location": "http://127.0.0.1:9", "content-length": "0"})]],
        "failed",
        [("failed", 302, "redirect", "none")],
        0,
        "name the address it leads to as base_url",
    ),
    "a proxy's 502 once": Case(
        [[raw.whole(502, b"<html>", {"content-type": "text/html"})], [raw.streamed(*raw.ANSWER)]],
        "ok",
        [("failed", 502, "http_502", "none"), OK],
        stop_reason="end_turn",
    ),
    "drop": Case("[[drop]]", "unknown", [UNKNOWN], 0, MAYBE),
    "reset before headers": Case([[raw.RESET]], "unknown", [UNKNOWN], 0, MAYBE),
    "closed before headers": Case([[]], "unknown", [UNKNOWN], 0, MAYBE),
    "closed in the headers": Case([[b"HTTP/1.1 200 O"]], "unknown", [UNKNOWN], 0, MAYBE),
    "refused, then dropped": Case(
        [[raw.whole(529, raw.error("overloaded_error"), NOW)], []], "unknown", [OVERLOADED, UNKNOWN], 0, MAYBE
    ),
    "hang": Case(
        "[[hang 600]]",
        "unknown",
        [("unknown", None, "timeout", "estimate")],
        0,
        MAYBE,
        settings={"first_token_timeout": 0.3},
    ),
    "html": Case("[[html]]", "failed", lost("incomplete_stream"), 0, "Is a proxy in between?"),
    "no content type": broken(raw.head(200, {}), b"hello", type="incomplete_stream", says="Is a proxy in"),
    "closed after headers": broken(raw.begun(), type="connection_lost", says=AGAIN),
    "begun and closed": broken(raw.begun(START), type="connection_lost", says=AGAIN),
    "begun and ended": broken(raw.streamed(START), type="incomplete_stream", state="truncated", says=AGAIN),
    "reset after two": broken(raw.begun(*SAID), raw.RESET, type="connection_lost", text=-1, says=AGAIN),
    "half of its JSON": broken(
        raw.begun(*SAID, b'event: message_delta\ndata: {"type": "mess\n\n'),
        type="malformed_stream",
        text=2,
        says=AGAIN,
    ),
    "never said why it stopped": broken(
        raw.streamed(*SAID, raw.STOP), type="incomplete_stream", text=2, state="truncated", says=AGAIN
    ),
    "an error of a type nobody knows": broken(
        raw.streamed(*SAID, raw.event("error", error={"type": "new_error", "message": "No."})),
        type="new_error",
        text=2,
        says=AGAIN,
    ),
    "an event nobody knows": Case(
        [[raw.streamed(*SAID, raw.event("news", text="x"), raw.STOP, raw.end(), raw.GOODBYE)]],
        "ok",
        [OK],
        2,
        stop_reason="end_turn",
    ),
    "a character split in two": Case(
        [[raw.streamed(START, raw.TEXT, *SPLIT, raw.STOP, raw.end(), raw.GOODBYE)]],
        "ok",
        [OK],
        1,
        stop_reason="end_turn",
    ),
    "cut at once": Case("[[cut]]", "failed", lost("connection_lost"), 0, AGAIN),
    "cut": Case("[[cut after 3]]", "failed", lost("connection_lost"), 3, AGAIN),
    "reset": Case("[[reset after 3]]", "failed", lost("connection_lost"), -1, AGAIN),
    "end": Case("[[end after 3]]", "truncated", lost("incomplete_stream", "truncated"), 3, AGAIN),
    "error event": Case("[[error overloaded_error after 3]]", "failed", lost("overloaded_error"), 3, MOMENT),
    "error event at once": Case("[[error api_error]]", "failed", lost("api_error"), 0, MOMENT),
    "stall": Case(
        "[[stall 600 after 3]]", "stalled", lost("timeout", "stalled"), -1, "silence_timeout", settings=STALL
    ),
    "silent": Case(
        "[[stall 600 after 3 silent]]",
        "stalled",
        lost("timeout", "stalled"),
        -1,
        "silence_timeout",
        settings=STALL,
    ),
    "too long in all": Case(
        "[[stall 600 after 3]]",
        "stalled",
        lost("total_timeout", "stalled"),
        -1,
        "total_timeout",
        settings={"total_timeout": 1.5},
    ),
    "cancelled before headers": Case(
        "[[hang 600]]", "cancelled", [("cancelled", None, None, "estimate")], 0, leave="hang up"
    ),
    "cancelled": Case(
        "[[stall 600 after 3]]", "cancelled", [("cancelled", 200, None, "estimate")], 3, leave="cancel"
    ),
    "closed": Case("Hello", "cancelled", [("cancelled", 200, None, "estimate")], 3, leave="close"),
    "left by a bug": Case("Hello", "cancelled", [("cancelled", 200, None, "estimate")], 3, leave="raise"),
    "nobody listens": Case("Hello", "failed", NO_WAY, 0, "Check the network", way="closed", served=0),
    "no TLS there": Case(
        "Hello",
        "failed",
        NO_WAY,
        0,
        "Check the network",
        settings={"connect_timeout": 0.1},
        way="https",
        served=0,
    ),
    "no place in the pool": Case(
        "[[hang 600]]",
        "failed",
        NO_WAY,
        0,
        "Check the network",
        settings={"pool_size": 1, "connect_timeout": 0.1},
        way="taken",
        served=1,
    ),
    "a database that is held": Case("Hello", "failed", [], 0, "Nothing was sent", way="held", served=0),
    "a full disk": Case(
        "Hello" * 9000, "failed", [], 0, "Free some space.* Nothing was sent", way="full", served=0
    ),
}


async def reading(events: AsyncGenerator[Event, None], case: Case, seen: list[Event]) -> None:
    """Read as the case has it."""
    async with aclosing(events):
        async for event in events:
            seen.append(event)
            if sum(type(event) is Text for event in seen) == case.text:
                if case.leave == "close":
                    return
                if case.leave == "raise":
                    raise ZeroDivisionError


@dataclass
class Scene:
    """Where a case is played: the engine, and what its server counts."""

    call: Caller
    lab: Lab
    served: Callable[[], int]
    open: Callable[[], int]
    server: Server | None = None


@asynccontextmanager
async def scene(case: Case, store: Store) -> AsyncIterator[Scene]:
    if isinstance(case.asked, str) and case.way not in ("closed", "https"):
        async with simulated(store, ping=0.02, **case.settings) as (call, lab, server):
            stats = server.stats
            yield Scene(call, lab, lambda: stats.requests, lambda: stats.open, server)
        return
    answers = [[]] if isinstance(case.asked, str) else case.asked
    async with raw.server(*answers) as (url, requests):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
            port = nobody.getsockname()[1]
            url = {"closed": f"http://127.0.0.1:{port}", "https": url.replace("http", "https")}.get(
                case.way, url
            )
            lab = lab_of(store, Endpoint("test", url), **case.settings)
            providers = Providers(lab.settings)
            try:
                engine = build(lab, lambda asked: providers.of(lab.home)(asked))
                yield Scene(engine, lab, lambda: len(requests), lambda: 0)
            finally:
                await providers.close()


@asynccontextmanager
async def obstacle(case: Case, on: Scene) -> AsyncIterator[None]:
    """What stands in the way of the case's call, until it has ended."""
    store = on.lab.store
    if case.way == "held":
        other = sqlite.connect(store.path)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
    elif case.way == "full":
        found: list[sqlite.Connection] = []
        store.post(found.append)
        store.flush()
        found[0].execute("PRAGMA max_page_count = 1")  # not a page more than there are
        yield
        found[0].execute("PRAGMA max_page_count = 100000")
    elif case.way == "taken":
        first = asyncio.create_task(collect(on.call, request(case.asked)))
        await until(lambda: on.served() == 1)
        yield
        first.cancel()
        await asyncio.wait([first])
    else:
        yield


async def made(case: Case, store: Store) -> tuple[dict[str, Any], list[Event], Scene, str]:
    """The call's row, what the reader saw, where, and what the person was told, when everything is over."""
    question = case.asked if isinstance(case.asked, str) else "Hello"
    origin, seen, said = Origin("chat", "me", conversation=new_id()), [], ""
    asked = request(question, max_tokens=case.max_tokens, origin=origin)
    async with scene(case, store) as on:
        async with obstacle(case, on):
            events = converse(on.lab, on.call, ME, asked)
            task = asyncio.create_task(reading(events, case, seen))
            if case.leave == "hang up":
                await until(lambda: on.open() == 1)
                task.cancel()
            elif case.leave == "cancel":
                await until(lambda: sum(type(event) is Text for event in seen) == case.text)
                task.cancel()
            await asyncio.wait([task])
        await until(lambda: on.open() == 0)  # nothing is being written for nobody
        assert task.cancelled() == (case.leave in ("hang up", "cancel"))
        if not task.cancelled() and task.exception():
            said = str(task.exception())
            expected = ZeroDivisionError if case.leave == "raise" else (CallError, StoreError)
            assert isinstance(task.exception(), expected)
        return row(on.lab, asked), seen, on, said


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that waits for nobody."""
    opened = Store(tmp_path_factory.mktemp("hasty") / "lab.db", patience=0.2)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", CASES)
def test_every_end_is_written_and_billed_once(name: str, store: Store, hasty: Store) -> None:
    case = CASES[name]
    call, seen, on, said = asyncio.run(made(case, hasty if case.way in ("held", "full") else store))
    assert call["state"] == case.state
    assert call["stop_reason"] == case.stop_reason
    found = [(a["state"], a["status"], a["error_type"], a["cost_basis"]) for a in call["attempts"]]
    assert found == list(case.attempts)
    assert on.served() == (len(found) if case.served is None else case.served)
    assert call["ended_at"]
    assert all(attempt["ended_at"] for attempt in call["attempts"])
    assert call["partial"] is None
    assert not found or (call["error_type"], bool(call["error"])) == (found[-1][2], found[-1][2] is not None)
    assert case.leave == "raise" or (said or None) == call["error"]
    assert re.search(case.says, said), said

    texts = [event.text for event in seen if type(event) is Text]
    assert case.text in (None, -1) or len(texts) == case.text
    kept = "".join(block["text"] for block in call["answer"] or ())
    assert kept == "".join(texts)
    turns = conversation(on.lab.store.read, ME, call["conversation_id"]).messages
    remembered = texts and case.state != "refused"
    assert [turn["content"] for turn in turns[1:]] == ([call["answer"]] if remembered else [])
    assert sum(type(event) is Sent for event in seen) == max(len(found), 1)
    assert sum(type(event) is Done for event in seen) == (case.stop_reason is not None)

    for kind in ("cost", "cost_floor", "cost_upper"):
        parts = [attempt[kind] for attempt in call["attempts"]]
        assert call[kind] == (None if None in parts else sum(parts))
    assert call["cost_floor"] <= call["cost_upper"]
    if found:
        check_the_bill(call, seen, on.server)


def check_the_bill(call: dict[str, Any], seen: list[Event], server: Server | None) -> None:
    """The last attempt's cost, by what the reader saw and what the server billed."""
    last, model = call["attempts"][-1], CATALOGUE[PLAIN]
    if last["cost_basis"] == "none":
        assert last["cost"] == last["cost_floor"] == last["cost_upper"] == 0
        assert server is None or server.stats.billed.output_tokens == 0
    elif last["cost_basis"] == "usage":
        billed = server.stats.billed if server else Usage(10, 2)
        usage = Usage(billed.input_tokens, billed.output_tokens)
        assert last["cost"] == last["cost_floor"] == last["cost_upper"]
        assert last["cost"] == cost.settled(usage, model, today()).amount > 0
        assert (last["input_tokens"], last["output_tokens"]) == (usage.input_tokens, usage.output_tokens)
    else:
        assert last["cost"] is None
        sent = request(max_tokens=call["max_tokens"], messages=tuple(call["request"]["messages"]))
        worst = cost.worst_case(sent, model, today())
        started = [event for event in seen if type(event) is Started]
        if not started:
            assert (last["cost_floor"], last["cost_upper"]) == (0, worst)
            assert call["input_tokens"] is None
        else:
            sent = Usage(started[0].usage.input_tokens, 0)
            assert (
                cost.settled(sent, model, today()).amount <= last["cost_floor"] < last["cost_upper"] < worst
            )
            assert call["input_tokens"] == last["input_tokens"] == sent.input_tokens > 0
            assert last["output_tokens"] is None  # the API's number at the start is a placeholder


def test_wherever_a_call_is_cancelled_it_is_closed_and_written(store: Store) -> None:
    """Cancel it one step of the loop later each time, until it has come to its end."""

    async def sweep() -> list[str]:
        states = []
        async with simulated(store) as (call, lab, server):
            for steps in (*range(40), *(int(40 * 1.15**n) for n in range(60))):
                asked = request("[[words 5]]")
                task = asyncio.create_task(collect(call, asked))
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                await until(lambda: server.stats.open == 0)
                if steps:
                    found = row(lab, asked)
                    attempts = [attempt["state"] for attempt in found["attempts"]]
                    assert attempts in ([], [found["state"]]), steps
                    states.append(found["state"])
                if not task.cancelled():
                    break
        return states

    *states, last = asyncio.run(sweep())
    assert last == "ok"
    assert set(states) <= {"cancelled", "ok"}
    assert states[0] == "cancelled"
