"""The baseline of `compare`: what the raw SDK streams, passed on at once to a page that only paints it.

`python -m tests.bench._bare` prints its port and serves until its standard input ends. Its page can be asked
and watched as those of the app are.
"""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus

import anthropic
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

MODEL, LONGEST = "claude-sonnet-5-5", 100_000
PAGE = """<!doctype html>
<body data-testid="stApp" data-test-script-state="notRunning">
<textarea data-testid="stChatInputTextArea"></textarea><main></main>
<script>
  const socket = new WebSocket(location.href.replace("http", "ws"));
  const letters = [..."ABCDEF"].slice(0, Number(new URLSearchParams(location.search).get("columns") || 1));
  const field = document.querySelector("textarea"), state = document.body.dataset;
  let places = [], left = 0;
  socket.onopen = () => state.testConnectionState = "CONNECTED";
  socket.onmessage = message => {
    const { column, text, over } = JSON.parse(message.data);
    if (over) state.testScriptState = --left ? "running" : "notRunning";
    else places[column].textContent = text;
  };
  field.onkeydown = event => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    state.testScriptState = "running";
    places = letters.map(letter => {
      const cell = document.querySelector("main").appendChild(document.createElement("section"));
      cell.dataset.testid = "stColumn";
      cell.append(letter, document.createElement("p"));
      cell.lastChild.dataset.testid = "stMarkdownContainer";
      return cell.lastChild;
    });
    left = letters.length;
    for (const column of letters.keys()) socket.send(JSON.stringify({ column, text: field.value }));
    field.value = "";
  };
</script>"""


async def main() -> None:
    http = anthropic.DefaultAsyncHttpxClient(trust_env=False, limits=anthropic.DEFAULT_CONNECTION_LIMITS)
    async with anthropic.AsyncAnthropic(max_retries=0, http_client=http) as client:

        async def talk(socket: ServerConnection) -> None:
            async with asyncio.TaskGroup() as group:
                async for asked in socket:
                    group.create_task(_stream(client, socket, **json.loads(asked)))

        async with serve(talk, "127.0.0.1", 0, process_request=_page, compression=None) as server:
            print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
            await asyncio.to_thread(sys.stdin.read)


async def _page(connection: ServerConnection, request: Request) -> Response | None:
    if "Upgrade" in request.headers:
        return None
    body = PAGE.encode()
    head = Headers({"Content-Type": "text/html", "Content-Length": str(len(body)), "Connection": "close"})
    return Response(HTTPStatus.OK, "OK", head, body)


async def _stream(client: anthropic.AsyncAnthropic, socket: ServerConnection, column: int, text: str) -> None:
    """Ask, and send on the whole of the answer with every delta, as the app's pages are sent it too."""
    said, asked = "", [{"role": "user", "content": text}]
    async for event in await client.messages.create(
        model=MODEL, max_tokens=LONGEST + column, messages=asked, stream=True
    ):
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            said += event.delta.text
            await socket.send(json.dumps({"column": column, "text": said}))
    await socket.send(json.dumps({"column": column, "over": True}))


if __name__ == "__main__":
    asyncio.run(main())
