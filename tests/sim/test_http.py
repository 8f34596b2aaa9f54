"""HTTP's corners on bare sockets, clients that leave, and the process of its own."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys

import anthropic
import pytest

from .wire import events, question, raw, run, texts, until

BODY = json.dumps(question()).encode()
HEAD = b"POST /v1/messages HTTP/1.1\r\nAuthorization: Bearer k\r\nanthropic-version: 2026-10-21\r\n"
SIZED = b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
CLOSE = b"Connection: close\r\n"


@pytest.mark.parametrize(
    "data",
    [
        HEAD + CLOSE + SIZED,
        HEAD.replace(b"1.1", b"1.0") + SIZED,
        HEAD.replace(b"/v1", b"/a/b/v1") + CLOSE + b"X-Odd:\r\n" + SIZED,
    ],
)
def test_bodies(data):
    async def test(server, client):
        reply = await raw(server, data)
        head, _, body = reply.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK") and b"connection: close" in head
        assert json.loads(body)["stop_reason"] == "end_turn"

    run(test)


def test_many_requests_on_one_connection_even_at_once():
    async def test(server, client):
        one = HEAD + SIZED
        last = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"
        reply = await raw(server, one * 3 + last)
        assert reply.count(b"HTTP/1.1 200 OK") == 4 and reply.endswith(b'{"ok": true}')
        assert server.stats.completed == 3

    run(test)


def test_a_request_in_single_bytes():
    async def test(server, client):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for byte in HEAD + CLOSE + SIZED:
            writer.write(bytes([byte]))
            await writer.drain()
        assert b"200 OK" in await reader.read()
        writer.close()

    run(test)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"hello there\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (HEAD + b"Content-Length: many\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 411),
        (HEAD + b"Content-Length: 33554433\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
        (b"GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
    ],
)
def test_requests_that_cannot_be_read(data, status):
    async def test(server, client):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(data)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith(f"HTTP/1.1 {status} ") and "connection: close" in head
        body = json.loads(await reader.read(65536))
        assert body["type"] == "error" and f"request-id: {body['request_id']}" in head
        writer.close()

    run(test)


def test_too_large_a_body_through_the_sdk():
    async def test(server, client):
        with pytest.raises(anthropic.ContentTooLargeError) as caught:
            await client.messages.create(**question("x" * (33 * 2**20)))
        assert caught.value.type == "request_too_large"
        assert (await client.messages.create(**question())).stop_reason == "end_turn"

    run(test)


def test_a_waiting_client_is_told_to_continue():
    async def test(server, client):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD + CLOSE + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(BODY)
        assert b"200 OK" in await reader.read()
        writer.close()

    run(test)


@pytest.mark.parametrize("stream", [True, False])
def test_a_lost_client_is_counted_with_what_it_had(stream):
    async def test(server, client):
        asked = question("[[words 20]] [[stall 60 after 5]]", stream=stream)
        task = asyncio.create_task(client.messages.create(**asked))
        if stream:
            answer = await task
            seen = 0
            async for event in answer:
                seen += event.type == "content_block_delta"
                if seen == 5:
                    break
            await answer.close()
        else:
            await until(lambda: server.stats.open == 1)
            task.cancel()
        await until(lambda: server.stats.disconnects == 1)
        stats = server.stats
        assert (stats.requests, stats.open, stats.completed, stats.errors) == (1, 0, 0, 0)
        if stream:
            assert stats.billed.output_tokens == 5 and stats.billed.input_tokens > 0

    run(test)


def test_half_closed_clients_are_lost_clients():
    async def test(server, client):
        data = json.dumps(question("[[stall 60]]")).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        await until(lambda: server.stats.open == 1)
        writer.write_eof()
        await until(lambda: server.stats.disconnects == 1)
        writer.close()

    run(test)


def test_a_client_that_does_not_read_holds_back_its_stream_alone():
    async def test(server, client):
        data = json.dumps(question("[[words 99999]]", max_tokens=64000, stream=True)).encode()
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        await until(lambda: server.stats.open == 1)
        assert len(texts(await events(client, "[[words 200]]"))) == 200
        assert (server.stats.completed, server.stats.open) == (1, 1)
        slow.close()
        await until(lambda: server.stats.disconnects == 1)
        assert server.stats.billed.output_tokens < 64000

    run(test)


def test_stats_and_health_are_served():
    async def test(server, client):
        await client.messages.create(**question())
        reply = await raw(server, b"GET /stats HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert json.loads(reply.partition(b"\r\n\r\n")[2]) == server.stats.json()

    run(test)


def test_twenty_streams_at_once():
    async def test(server, client):
        found = await asyncio.gather(*(events(client, f"{n} [[words 200]]") for n in range(20)))
        assert all(len(texts(one)) == 200 for one in found)
        assert (server.stats.completed, server.stats.open) == (20, 0)

    run(test)


CHILD = [sys.executable, "-m", "lab.sim", "--speed", "0"]
PARENT = f"""
import subprocess, time
child = subprocess.Popen({CHILD!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), flush=True)
time.sleep(60)
"""


def test_the_process_ends_with_its_stdin_even_while_it_serves():
    child = subprocess.Popen(CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    port = json.loads(child.stdout.readline())["port"]
    data = json.dumps(question("[[stall 60]]", stream=True)).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        assert peer.recv(100).startswith(b"HTTP/1.1 200")
        child.send_signal(signal.SIGINT)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as other:
            other.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200")
        child.stdin.close()
        assert child.wait(10) == 0
    assert child.stdout.read() == child.stderr.read() == b""
    child.stdout.close()
    child.stderr.close()


def test_the_process_ends_with_its_parent_even_if_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    port = json.loads(parent.stdout.readline())["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 200")
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(10)
        rest = b"x"
        while rest:
            try:
                rest = peer.recv(65536)
            except ConnectionResetError:
                break
    parent.stdout.close()
