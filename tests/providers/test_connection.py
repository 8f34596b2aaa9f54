"""The way to the server: not there, through a proxy, used again, and closed as soon as nobody listens."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from lab.config import Settings
from lab.endpoints import Endpoint
from lab.errors import CallError, LabError
from lab.providers import Providers
from lab.types import Connected, Done, Event, Started, Text
from tests.providers.raw import (
    ANSWER,
    HANG,
    KEY,
    KEY_VARIABLE,
    MIDDLE,
    RESET,
    answered,
    attempt,
    begun,
    error,
    events,
    head,
    request,
    server,
    streamed,
    taken,
    whole,
)


@asynccontextmanager
async def no_way(kind: str) -> AsyncIterator[str]:
    """An address to which there is no connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        greeting = b"SSH-2.0-OpenSSH\r\n" if kind == "no TLS there" else b""
        listener = await asyncio.start_server(lambda reader, writer: writer.write(greeting), "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        yield {
            "nobody listens": f"http://127.0.0.1:{taken.getsockname()[1]}",
            "no such host": "http://nowhere.invalid",
            "no TLS there": f"https://127.0.0.1:{port}",
            "no TLS in time": f"https://127.0.0.1:{port}",
        }[kind]
        listener.close()


@pytest.mark.parametrize("kind", ["nobody listens", "no such host", "no TLS there", "no TLS in time"])
def test_without_a_connection_nothing_was_sent(kind: str) -> None:
    async def ask() -> None:
        async with no_way(kind) as url:
            _, error = await attempt(url, connect_timeout=0.3 if kind == "no TLS in time" else 10)
            assert isinstance(error, CallError)
            assert (error.type, error.status, error.state) == ("connection_error", None, "failed")
            assert not error.sent
            assert str(error).startswith(f"{url} cannot be reached (")
            assert "CancelledError" not in str(error)

    asyncio.run(ask())


PROXIES = {
    "it is dead": (None, "connection_error", False),
    "it refuses": (head(407, {"content-length": "0"}), "connection_error", False),
    "it hangs up": (b"", "no_response", True),
}


@pytest.mark.parametrize("kind", PROXIES)
def test_a_proxy_that_fails(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, type, sent = PROXIES[kind]

    async def through_it() -> LabError:
        async with server([answer or b""]) as (proxy, _), no_way("nobody listens") as nowhere:
            monkeypatch.setenv("https_proxy", nowhere if answer is None else proxy)
            return (await attempt("https://api.example.com"))[1]

    error = asyncio.run(through_it())
    assert (error.type, error.sent) == (type, sent)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_is_not_asked_for_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def ask() -> list[Event]:
        async with server([streamed(*ANSWER)]) as (url, _):
            return await events(url.replace("127.0.0.1", host))

    assert type(asyncio.run(ask())[-1]) is Done


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_stays(status: int) -> None:
    async def ask() -> tuple[list, list, LabError]:
        async with server([streamed(*ANSWER)]) as (elsewhere, strangers):
            location = head(status, {"location": elsewhere, "content-length": "0"})
            async with server([location]) as (url, requests):
                return requests, strangers, (await attempt(url))[1]

    requests, strangers, error = asyncio.run(ask())
    assert len(requests) == 1
    assert KEY.encode() in requests[0]
    assert strangers == []
    assert "base_url" in str(error)


def test_an_answer_is_complete_with_its_last_event_whatever_the_server_does_then() -> None:
    for after in (b"", RESET, HANG):
        seen = answered(begun(*ANSWER), after)
        assert [type(one) for one in seen] == [Started, Text, Text, Done]


def test_a_connection_is_used_again() -> None:
    """Also where the body's end comes after the answer's, in a packet of its own."""
    connections, complete = 0, asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
            while await taken(reader):
                writer.write(begun(*ANSWER))
                await complete.wait()
                complete.clear()
                writer.write(b"0\r\n\r\n")

    async def ask() -> None:
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        providers = Providers(Settings())
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        provider = providers.of(Endpoint("raw", url, KEY_VARIABLE))
        for _ in range(3):
            async for one in provider(request()):
                if type(one) is Done:
                    complete.set()
        await providers.close()
        listener.close()

    asyncio.run(ask())
    assert connections == 1


USUAL: Mapping[str, Any] = {}
Calls = list[list[str]]
"""Of each call: `new` or `reused` once it had a connection, and `done`."""


@asynccontextmanager
async def kept(
    answer: bytes = streamed(*ANSWER), patience: int = 0, together: int = 1
) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that answers many requests over a connection: (its URL, the requests of each so far). After so
    many of one, if any, it takes the next and hangs up without a word. It answers nobody before `together`
    have asked."""
    seen: list[int] = []
    all_there = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(seen)
        seen.append(0)
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while await taken(reader):
                seen[number] += 1
                if patience and seen[number] > patience:
                    break
                if sum(seen) >= together:
                    all_there.set()
                await all_there.wait()
                writer.write(answer)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", seen
    listener.close()


def ways(times: int, server: Mapping[str, Any] = USUAL, **settings: Any) -> tuple[Calls, list[int]]:
    """What became of so many calls, one after the other; and the requests that came over each connection."""

    async def ask() -> tuple[Calls, list[int]]:
        async with kept(**server) as (url, seen):
            providers = Providers(Settings(**settings))
            provider = providers.of(Endpoint("raw", url, KEY_VARIABLE))
            calls: Calls = []
            for _ in range(times):
                calls.append([])
                with suppress(CallError):
                    async for one in provider(request()):
                        if type(one) is Connected:
                            assert 0 <= one.seconds < 60
                            calls[-1].append("reused" if one.reused else "new")
                        elif type(one) is Done:
                            calls[-1].append("done")
            await providers.close()
            return calls, seen

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("settings", "reused", "connections"),
    [
        ({}, "reused", [3]),
        ({"keep_alive": 0.0}, "new", [1, 1, 1]),
        ({"pool_size": 1}, "reused", [3]),
    ],
)
def test_the_first_call_opens_a_connection_and_the_next_may_use_it(
    settings: dict, reused: str, connections: list[int]
) -> None:
    calls, seen = ways(3, **settings)
    assert calls == [["new", "done"], [reused, "done"], [reused, "done"]]
    assert seen == connections


def test_a_refusal_has_its_connection_too() -> None:
    refusal = whole(529, error("overloaded_error"))
    assert ways(2, {"answer": refusal}) == ([["new"], ["reused"]], [2])


def test_a_kept_connection_that_patience_a_request_is_told() -> None:
    """Nothing is sent again by itself: the call ends without an answer, and the log can say why."""
    calls, seen = ways(2, {"patience": 1})
    assert (calls, seen) == ([["new", "done"], ["reused"]], [2])


def test_without_a_connection_there_is_none_to_tell() -> None:
    async def ask() -> list[Any]:
        async with no_way("nobody listens") as url:
            return (await attempt(url))[0]

    assert asyncio.run(ask()) == []


def test_calls_at_once_have_each_their_own_connection_told() -> None:
    """Two at once: each opens one; with room for one only, the other waits and uses it after."""

    async def ask(size: int) -> tuple[list[bool], list[int]]:
        async with kept(together=size) as (url, seen):
            providers = Providers(Settings(pool_size=size))
            provider = providers.of(Endpoint("raw", url, KEY_VARIABLE))

            async def way() -> bool:
                [found] = [one async for one in provider(request()) if type(one) is Connected]
                return found.reused

            found = await asyncio.gather(way(), way())
            await providers.close()
            return sorted(found), seen

    assert asyncio.run(ask(2)) == ([False, False], [1, 1])
    assert asyncio.run(ask(1)) == ([False, True], [2])


def test_calls_that_come_first_together_make_one_client() -> None:
    async def ask() -> list[type]:
        async with server([streamed(*ANSWER)]) as (url, _):
            providers = Providers(Settings())
            provider = providers.of(Endpoint("raw", url, KEY_VARIABLE))
            assert providers.of(Endpoint("raw", url, KEY_VARIABLE)) is provider

            async def last() -> type:
                return type([one async for one in provider(request())][-1])

            try:
                return await asyncio.gather(*(last() for _ in range(5)))
            finally:
                await providers.close()

    assert asyncio.run(ask()) == [Done] * 5


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("cancelled", b""),
        ("cancelled", begun()),
        ("cancelled", begun(*MIDDLE)),
        ("closed", begun(*MIDDLE)),
        ("forgotten", begun(*MIDDLE)),
    ],
)
def test_leaving_closes_the_connection_at_once(how: str, answer: bytes) -> None:
    noise: list[dict] = []

    async def leave() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: noise.append(context))
        if how != "forgotten":  # the loop would close what is only dropped
            sys.set_asyncgen_hooks(finalizer=lambda events: None)
        asked, gone, read = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await taken(reader)
            writer.write(answer)
            asked.set()
            await reader.read()
            gone.set()
            writer.close()

        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        providers = Providers(Settings())
        found = providers.of(Endpoint("raw", url, KEY_VARIABLE))(request())

        async def reads(found: AsyncGenerator[Event, None]) -> None:
            async for one in found:
                if type(one) is Text:
                    read.set()
                    if how != "cancelled":
                        return

        task = asyncio.create_task(reads(found))
        await (read if MIDDLE[-1] in answer else asked).wait()
        if how == "cancelled":
            task.cancel()
        await asyncio.wait([task])
        if how == "closed":
            await found.aclose()
        del found, task
        await asyncio.wait_for(gone.wait(), 10)
        listener.close()
        await providers.close()

    asyncio.run(leave())
    assert noise == []
