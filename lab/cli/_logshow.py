"""One call of the log, as a person reads it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lab import figures
from lab.cli._out import folded
from lab.store import plain_text
from lab.stretches import waits

Call = Mapping[str, Any]


def whole(call: Call) -> str:
    request = call["request"] or {}
    parts = [
        f"Call {call['id']} · {figures.local_time(call['started_at'])} · {call['user']} · {call['origin']}",
        f"Conversation {call['conversation_id']}" if call["conversation_id"] else "",
        figures.line(call),
        figures.cache_miss(call) or "",
        f"Latency: {figures.latency(call)}" if call["total_ms"] is not None else "",
        f"Request id {call['request_id']}" if call["request_id"] else "",
        f"Error: {call['error']}" if call["error"] else "",
        figures.ruled(call) if call["rule"] else "",
        f"Rerouted: {call['rerouted']}" if call["rerouted"] else "",
        _flag(call["flag"]) if call["flag"] else "",
        *_attempts(call["attempts"]),
    ]
    if sys.stdout.isatty():
        parts = [folded(part, shutil.get_terminal_size().columns, indent=2) for part in parts]
    parts += [
        f"\n── system\n{words(request['system'])}" if request.get("system") else "",
        *(f"\n── {message['role']}\n{words(message['content'])}" for message in request.get("messages", [])),
        f"\n── answer\n{plain_text(call['answer'] or []) or call['partial'] or '(nothing arrived)'}",
    ]
    return "\n".join(part for part in parts if part)


def _flag(flag: Mapping[str, Any]) -> str:
    if flag["settled_at"]:
        return f"Flagged: {flag['reason']} Settled by {flag['settled_by']}."
    return f"Flagged: {flag['reason']} To settle it: lab logs settle {flag['call_id']}"


def _attempts(attempts: Sequence[Call]) -> list[str]:
    return [_attempt(attempt, wait) for attempt, wait in zip(attempts, waits(attempts), strict=True)]


def _attempt(attempt: Call, wait: float | None) -> str:
    """An attempt in a line, with the wait before it, and how long the API asked to wait after it."""
    before = "a wait that was not measured" if wait is None else f"a wait of {figures.seconds(wait)}"
    which = f"Attempt {attempt['number']}" + (f", after {before}" if attempt["number"] > 1 else "")
    status = f" {attempt['status']}" if attempt["status"] else ""
    error = f" {attempt['error_type']}" if attempt["error_type"] else ""
    spent = f"{figures.seconds(attempt['total_ms'])} · {figures.cost(attempt)}"
    asked = attempt["retry_after"]
    after = "" if asked is None else f" · asked to wait {figures.seconds(asked * 1000)}"
    return f"{which}: {attempt['state']}{status}{error} · {spent}{after}"


def words(content: Any) -> str:
    """A message's text; blocks that are not text are named."""
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"] if block.get("type") == "text" else f"[{block.get('type')}]" for block in content
    )
