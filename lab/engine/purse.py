"""Room in a budget: a call whose worst case does not fit waits for others to end, mostly for less."""

from __future__ import annotations

import asyncio
from collections import deque


class Purse:
    """The calls of one run that this process has under way, and those that wait until one of them ends."""

    def __init__(self) -> None:
        self.ends = 0
        self._open = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def opened(self) -> None:
        """A call got its room; there may be more."""
        self._open += 1
        self._wake()

    def ended(self) -> None:
        """A call has ended, and its cost is being written down."""
        self._open -= 1
        self.ends += 1
        self._wake()

    async def room(self, ends: int) -> bool:
        """Wait until there may be more room than when so many calls had ended; False where none is under way
        that could make it."""
        if self.ends != ends:
            return True
        if not self._open:
            self._wake()  # it is the same for those who wait
            return False
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._wake()  # it was meant for somebody who can use it
            raise
        return True

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
