"""A tab without a browser: it speaks Streamlit's protocol over a websocket, as the browser's side does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

DONE = ForwardMsg.FINISHED_SUCCESSFULLY


class Session:
    """One tab: the page and query it shows, and the field that questions are typed into."""

    def __init__(self, socket: ClientConnection, page: str, query: str) -> None:
        self._socket, self._page, self.query = socket, page, query
        self._script = ""
        self._field = ""
        self._ticking: dict[str, asyncio.Task] = {}

    async def rerun(self, *states: WidgetState, fragment: str = "") -> None:
        """Ask for a run of the script, or of a fragment whose time has come; `states` as clicks do."""
        message = BackMsg()
        run = message.rerun_script
        run.page_name, run.page_script_hash, run.query_string = self._page, self._script, self.query
        run.fragment_id, run.is_auto_rerun = fragment, bool(fragment)
        run.context_info.timezone, run.context_info.locale = "Europe/Berlin", "en-GB"
        run.widget_states.widgets.extend(states)
        await self._socket.send(message.SerializeToString())

    async def ask(self, text: str) -> None:
        """Type a question and send it."""
        state = WidgetState(id=self._field)
        state.chat_input_value.data = text
        await self.rerun(state)

    async def run(self) -> float:
        """Seconds from a click until the page is drawn."""
        began = time.perf_counter()
        await self.rerun()
        async for _ in self.drawn():
            pass
        return time.perf_counter() - began

    async def drawn(self) -> AsyncIterator[tuple[float, ForwardMsg]]:
        """What comes until the page is drawn, each with its moment (`time.time()`)."""
        while True:
            data = await self._socket.recv()
            message, now = ForwardMsg.FromString(data), time.time()
            self._follow(message)
            yield now, message
            if message.WhichOneof("type") == "script_finished" and message.script_finished == DONE:
                return

    def _follow(self, message: ForwardMsg) -> None:
        """Do what the browser does at once."""
        kind: Any = message.WhichOneof("type")
        if kind == "navigation":
            self._script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun" and message.auto_rerun.fragment_id not in self._ticking:
            tick = self._tick(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            self._ticking[message.auto_rerun.fragment_id] = asyncio.create_task(tick)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                if task := self._ticking.pop(fragment, None):
                    task.cancel()
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "chat_input":
            self._field = message.delta.new_element.chat_input.id

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self.rerun(fragment=fragment)

    def leave(self) -> None:
        for task in self._ticking.values():
            task.cancel()


@asynccontextmanager
async def opened(url: str, page: str = "", query: str = "") -> AsyncIterator[Session]:
    """A tab on a page of the app (`logs`, `call=t3y…`), once it is drawn."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(
        address, subprotocols=["streamlit"], origin=url, max_size=None, max_queue=None, ping_interval=None
    ) as socket:
        session = Session(socket, page, query)
        await session.run()
        try:
            yield session
        finally:
            session.leave()
