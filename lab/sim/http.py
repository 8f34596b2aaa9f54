"""HTTP/1.1 on asyncio's streams: requests in, pieces of answers out, and a lost client is seen at once."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
    403: "permission_error", 404: "not_found_error", 409: "conflict_error", 413: "request_too_large",
    429: "rate_limit_error", 500: "api_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
Json = Mapping[str, Any]
BODY_LIMIT, BATCH_LIMIT = 32 * 2**20, 256 * 2**20  # bytes; the Messages API refuses more with 413
HEAD_LIMIT = 64 * 2**10
_REASONS = {one.value: one.phrase for one in HTTPStatus}


class Problem(Exception):
    """What is wrong with a request, wherever that is found; answered with this HTTP status."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] = {}, code: str = "") -> None:
        super().__init__(message)
        self.status, self.headers, self.code = status, headers, code

    def json(self, request_id: str) -> dict[str, Any]:
        """The API's error object."""
        fallback = "invalid_request_error" if self.status < 500 else "api_error"
        error = {"type": TYPES.get(self.status, fallback), "message": str(self)}
        error |= {"details": {"error_code": self.code}} if self.code else {}
        return {"type": "error", "error": error, "request_id": request_id}


def require(holds: object, message: str, status: int = 400) -> None:
    """Refuses the request with this sentence unless the condition holds."""
    if not holds:
        raise Problem(status, message)


class Request(NamedTuple):
    """One request; its headers' names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Connection(asyncio.StreamReaderProtocol):
    """One client. Its requests are answered one after the other; losing it cancels the answer under way."""

    def __init__(self, app: Callable[[Connection], Awaitable[None]], tasks: set[asyncio.Task[None]]) -> None:
        super().__init__(asyncio.StreamReader(HEAD_LIMIT), self._begin)
        self._app, self._tasks, self._keep_alive = app, tasks, True
        self.headers: dict[str, str] = {}  # of the answer to the request at hand

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._serving = asyncio.get_running_loop().create_task(self._serve())
        self._tasks.add(self._serving)
        self._serving.add_done_callback(self._tasks.discard)

    def eof_received(self) -> None:
        self._serving.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._serving.cancel()

    async def _serve(self) -> None:
        try:
            while self._keep_alive and not self._writer.is_closing():
                await self._app(self)
            self._writer.write_eof()
            while await self._reader.read(HEAD_LIMIT):
                pass  # closing on unread bytes would take the answer from the client
        finally:
            self._writer.transport.abort()

    async def request(self) -> Request:
        """The next request. Raises Problem where it cannot be read, and for the last time then."""
        self._keep_alive = False
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise Problem(431, "The request's head is too long.") from None
        line, *lines = head.decode("latin-1").strip("\r\n").split("\r\n")
        parts = re.fullmatch(r"([A-Z]+) (\S+) HTTP/1\.([01])", line)
        require(parts and all(":" in one for one in lines), "This is not an HTTP/1.1 request.")
        pairs = (one.partition(":") for one in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if headers.get("expect", "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        require("transfer-encoding" not in headers, "Send the body with a content-length.", 411)
        size = headers.get("content-length", "0")
        require(re.fullmatch("[0-9]{1,12}", size), "The content-length is not a number.")
        limit = BATCH_LIMIT if parts[2].endswith("/batches") else BODY_LIMIT
        require(int(size) <= limit, f"The body is larger than {limit // 2**20} MB.", 413)
        body = await self._reader.readexactly(int(size))
        self._keep_alive = parts[3] == "1" and headers.get("connection", "").lower() != "close"
        return Request(parts[1], parts[2], headers, body)

    def answer(self, status: int, type: str, body: bytes | None = None) -> None:
        """Sends a whole answer; without a body its head alone, and chunks follow."""
        head = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}", f"content-type: {type}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        head += ["transfer-encoding: chunked" if body is None else f"content-length: {len(body)}"]
        head += [] if self._keep_alive else ["connection: close"]
        self._writer.write("\r\n".join([*head, "\r\n"]).encode("latin-1") + (body or b""))

    async def chunk(self, data: bytes) -> None:
        """Sends one chunk, on its own; the empty one ends the body. Waits for a client that reads slowly."""
        self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        if self._writer.transport.get_write_buffer_size():
            await self._writer.drain()

    def cut(self, reset: bool = False) -> None:
        """Closes in the middle of things (FIN), or resets the connection (RST)."""
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.close()
