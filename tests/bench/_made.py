"""The rows of calls as the writer leaves them when they have ended."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from lab.store import Connection, indexing
from lab.store.counted import TERMS
from lab.store.sqlite import as_json
from lab.types import Usage, digest
from tests.bench._outcome import MAX_TOKENS, SYSTEM, UNCACHED, Ended, amounts, ended, failed, model, usage
from tests.bench._prose import Prose
from tests.bench._runs import Runs
from tests.bench._traffic import PROMPTS, Asked, stamp

QUESTION, ANSWER = 400, 1_350
"""Characters of a turn, in the mean."""
MARK = {"type": "ephemeral"}
TABLES = (
    "texts",
    "conversations",
    "runs",
    "cases",
    "calls",
    "attempts",
    "turns",
    "messages",
    "results",
    "ratings",
)
"""Those that others name come first."""
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_ENDPOINTS = {"api": "anthropic", "simulated": "simulated", "replay": "recordings"}
_UNSENT = ("failed", "blocked", "unknown")


class _Conversation:
    """What has been said in one: the texts that the next call sends again, and their tokens; `row` is its own
    row, which is written with its last call."""

    def __init__(self, id: str) -> None:
        self.id, self.texts, self.tokens, self.head, self.message = id, list[int](), 0, "", ""
        self.row: dict[str, Any] = {"id": id}


class Made:
    """Rows that wait to be written, and what later ones name of earlier ones."""

    def __init__(self, seed: int) -> None:
        self.drawn = random.Random(seed)
        self.prose = Prose(seed)
        self.rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._texts = 0
        self._shared: dict[bytes, int] = {}
        self._open: dict[int, _Conversation] = {}
        self._runs = Runs(self)
        self._prices: dict[tuple[str, date], int] = {}
        self._systems = {
            (name, version): self._system(name, version)
            for name, newest in PROMPTS.items()
            for version in range(1, newest + 1)
        }

    def write(self, connection: Connection) -> None:
        calls = [row["id"] for row in self.rows["calls"]]
        for table in TABLES:
            if rows := self.rows.pop(table, []):
                marks = ", ".join("?" * len(rows[0]))
                statement = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})"
                connection.executemany(statement, [tuple(row.values()) for row in rows])
        for call in calls:
            indexing.indexed(connection, call)
        indexing.caught_up(connection)

    def finish(self, connection: Connection) -> None:
        """What is known of a run when its last call has ended."""
        self._runs.close(connection)

    def add(self, asked: Asked) -> None:
        """A call with its texts and attempts, and its place in a conversation or a run."""
        id, drawn = self.id(asked.at), self.drawn
        talk = self._conversation(asked)
        words = self._runs.question(asked) or self.words(QUESTION)
        answer = self.words(ANSWER)
        end = ended(drawn, asked, talk.tokens if talk else 0, len(words) // 4, len(answer) // 4)
        sent = self.text(as_json(words), asked.case is not None)
        content = [{"type": "text", "text": answer}]
        answered = self.text(content) if end.state not in _UNSENT else None
        row = self._call(id, asked, end, talk, [*(talk.texts if talk else ()), sent], answered)
        self.rows["calls"].append(row)
        self._attempts(row, end)
        if talk:
            self._said(asked, row, talk, sent, words, content, answered)
        self._runs.add(asked, row)
        if asked.origin == "chat" and drawn.random() < 0.06:
            value = 1 if drawn.random() < 0.8 else -1
            rating = {"call_id": id, "user": asked.user, "value": value, "created_at": row["ended_at"]}
            self.rows["ratings"].append(rating)

    def words(self, mean: int) -> str:
        return self.prose.text(self.drawn, int(mean * self.drawn.lognormvariate(-0.15, 0.55)))

    def id(self, at: int) -> str:
        """As `lab.types.new_id` makes one at that millisecond."""
        number = at << 24 | self.drawn.getrandbits(24)
        return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))

    def text(self, value: Any, shared: bool = False) -> int:
        """The number of a text. One that may come again is kept in mind: short ones may by chance."""
        body = value if isinstance(value, str) else as_json(value)
        key, shared = digest(body), shared or len(body) < 300
        if shared and key in self._shared:
            return self._shared[key]
        self._texts += 1
        self.rows["texts"].append({"id": self._texts, "hash": key, "body": body})
        if shared:
            self._shared[key] = self._texts
        return self._texts

    def _conversation(self, asked: Asked) -> _Conversation | None:
        if asked.origin not in ("chat", "compare"):
            return None
        if asked.session not in self._open:
            self._open[asked.session] = _Conversation(self.id(asked.at))
        found = self._open[asked.session]
        if _last(asked):
            del self._open[asked.session]
        return found

    def _call(
        self,
        id: str,
        asked: Asked,
        end: Ended,
        talk: _Conversation | None,
        sent: list[int],
        answer: int | None,
    ) -> dict[str, Any]:
        system, options = self._sent(asked, talk)
        came = end.state not in _UNSENT
        return {
            "id": id, "process": "made0", "started_at": stamp(asked.at),
            "ended_at": stamp(asked.at + int(end.waited + end.total)), "user": asked.user,
            "origin": asked.origin, "conversation_id": talk.id if talk else None, "prompt": asked.prompt,
            "version": asked.version, "run_id": self._runs.id(asked), "case_id": self._runs.case(asked),
            "variant": self._runs.variant(asked), "repeat": asked.repeat,
            "endpoint": _ENDPOINTS[asked.source], "source": asked.source, "model": asked.model,
            "max_tokens": MAX_TOKENS, "system_id": system, "message_ids": json.dumps(sent),
            "options_id": options, "price_id": self._price(asked),
            "key": digest(f"{asked.model} {system} {sent}").hex(), "state": end.state,
            "stop_reason": end.stop_reason, "answered_by": asked.model if came else None, "answer_id": answer,
            "message_id": f"msg_{digest(id).hex()[:24]}" if came else None,
            "request_id": f"req_{digest(id).hex()[8:]}", "error_type": end.error_type,
            "error": end.error_type and "The API is overloaded. Ask again later.",
            "waited_ms": end.waited, "headers_ms": end.headers, "first_token_ms": end.first_token,
            "total_ms": end.total,
            "connection": "reused" if came else None, "connect_ms": 0.1 if came else None,
            **usage(end.usage), **amounts(end), **failed(end), "turn": asked.turn + 1 if talk else None,
            "followed": 1 if talk and not _last(asked) else None,
            "is_last": 1 if talk and _last(asked) else None,
        }  # fmt: skip

    def _sent(self, asked: Asked, talk: _Conversation | None) -> tuple[int | None, int | None]:
        """The system text and the further fields of the body."""
        if not asked.prompt:
            return None, None
        system = self._systems[asked.prompt, asked.version]
        if (asked.prompt, asked.version) == UNCACHED:
            return system, None
        told = {"diagnostics": {"previous_message_id": talk.message or None}} if talk else {}
        return system, self.text({"cache_control": MARK} | told)

    def _system(self, prompt: str, version: int) -> int:
        block = {"type": "text", "text": self.prose.text(self.drawn, 4 * SYSTEM)}
        return self.text([block if (prompt, version) == UNCACHED else block | {"cache_control": MARK}])

    def _price(self, asked: Asked) -> int:
        at = asked.model, datetime.fromtimestamp(asked.at / 1000, UTC).date()
        if at not in self._prices:
            self._prices[at] = self.text(json.dumps(asdict(model(at[0]).price(at[1])), default=str), True)
        return self._prices[at]

    def _attempts(self, row: dict[str, Any], end: Ended) -> None:
        at = row["started_at"]
        for number in range(1, end.tries):
            free = {"cost": 0, "cost_floor": 0, "cost_upper": 0, "cost_basis": "none"} | dict.fromkeys(
                TERMS, 0
            )
            failed = {"state": "failed", "status": 529, "error_type": "overloaded_error", "total_ms": 80.0}
            self._attempt(
                {"call_id": row["id"], "number": number, "started_at": at, "ended_at": at}, failed, free
            )
        head = {"call_id": row["id"], "number": end.tries, "started_at": at, "ended_at": row["ended_at"]}
        how = {
            "state": end.state,
            "status": end.status,
            "error_type": end.error_type,
            "total_ms": row["total_ms"],
        }
        self._attempt(head, how, {"request_id": row["request_id"]} | usage(end.usage) | amounts(end))

    def _attempt(self, *parts: dict[str, Any]) -> None:
        row: dict[str, Any] = {"request_id": None, **usage(Usage())}
        for part in parts:
            row |= part
        self.rows["attempts"].append(row)

    def _said(
        self, asked: Asked, row: dict[str, Any], talk: _Conversation, sent: int, words: str,
        content: list[dict[str, str]], answered: int | None,
    ) -> None:  # fmt: skip
        """The turn's place in its conversation, and its messages."""
        id, at = row["id"], row["started_at"]
        if not talk.head:
            talk.row |= {"user": asked.user, "title": words[:80], "created_at": at}
        if _last(asked):
            self.rows["conversations"].append(talk.row | {"updated_at": at, "head_id": id})
        turn = {
            "conversation_id": talk.id,
            "call_id": id,
            "parent_id": talk.head or None,
            "pinned": 0,
            "pins": "[]",
        }
        self.rows["turns"].append(turn)
        named = {"conversation_id": talk.id, "call_id": id}
        question = {"role": "user", "content_id": sent, "created_at": at}
        self.rows["messages"].append(named | question)
        talk.head, talk.message = id, row["message_id"] or ""
        if answered:
            reply = {"role": "assistant", "content_id": answered, "created_at": row["ended_at"]}
            self.rows["messages"].append(named | reply)
            if not _last(asked):
                talk.texts += [sent, -answered]
                talk.tokens += len(words) // 4 + (row["output_tokens"] or 0)


def _last(asked: Asked) -> bool:
    """Whether it is the last turn of its conversation."""
    return asked.turn == asked.turns - 1
