"""The journal: a line of JSON for every call that has ended, through the standard `logging`."""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from io import TextIOWrapper
from queue import SimpleQueue
from typing import Any

from lab.cost import DOLLAR
from lab.engine.summary import Summary


@cache
def journal(target: str) -> logging.Logger:
    """The journal `json`, which is stderr, or that of a file. It is written by a thread of its own: whoever
    logs goes on at once. One that cannot be written says so once, and hinders no call.
    """
    from logging.handlers import QueueHandler, QueueListener

    if target == "json":
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
    else:
        handler = _file(target)
    lines: SimpleQueue[Any] = SimpleQueue()
    listener = QueueListener(lines, handler)
    listener.start()
    atexit.register(listener.stop)  # which waits for the last line
    logger = logging.Logger("lab.calls", logging.INFO)
    logger.addHandler(QueueHandler(lines))
    return logger


def line(summary: Summary) -> str:
    """A call in one line, under the names of the database's columns. It holds no text and no key."""
    request, cost = summary.request, summary.cost
    origin = request.origin
    return json.dumps(
        {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "call": request.id,
            "origin": origin.source,
            "prompt": origin.prompt,
            "version": origin.version,
            "conversation": origin.conversation,
            "run": origin.run,
            "case": origin.case,
            "source": summary.source,
            "model": request.model,
            "answered_by": summary.answered_by,
            "state": summary.state,
            "stop_reason": summary.stop_reason,
            "error_type": summary.error_type,
            "status": summary.status,
            "attempts": summary.attempts,
            "message_id": summary.message_id,
            "request_id": summary.request_id,
            **asdict(summary.usage),
            "cost_usd": None if cost is None or cost.amount is None else cost.amount / DOLLAR,
            "waited_ms": _ms(summary.waited),
            "headers_ms": _ms(summary.headers),
            "first_token_ms": _ms(summary.first_token),
            "total_ms": _ms(summary.total),
        },
        ensure_ascii=False,
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _file(name: str) -> logging.Handler:
    from logging.handlers import WatchedFileHandler

    class Journal(WatchedFileHandler):
        """Lines at the end of a file for its owner's eyes, which may be moved away at any time."""

        told = False

        def _open(self) -> TextIOWrapper:
            return open(self.baseFilename, "a", encoding="utf-8", opener=lambda *way: os.open(*way, 0o600))

        def emit(self, record: logging.LogRecord) -> None:
            try:
                super().emit(record)
            except OSError:
                self.handleError(record)

        def handleError(self, record: logging.LogRecord) -> None:
            error = sys.exc_info()[1]
            if not self.told:
                self.told = True
                why = getattr(error, "strerror", None) or type(error).__name__
                logging.getLogger("lab").warning(f"No line can be written to {name}: {why}. Calls go on.")

    return Journal(name, delay=True)
