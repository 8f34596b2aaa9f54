"""The one SQLite file: what is written, by one thread a process, and what is read.

The only room with SQL. `Store(path)` opens it; writes are made by the functions that return a
`Write`, reads by those that take a connection.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from lab.errors import StoreError
from lab.store import alerting, liveness, rollups, sqlite
from lab.store.asking import as_query, from_query
from lab.store.batching import batch_ended, batch_opened, batch_out, batches, calls_out, names_known
from lab.store.branches import Tree, conversation_turned, tree, turn_pinned
from lab.store.budgets import Short, budget_of, run_capped
from lab.store.calls import (
    attempt_ended,
    attempt_started,
    attempt_streaming,
    attempt_withdrawn,
    call_ended,
    call_opened,
    call_partial,
    call_sent,
    call_streaming,
)
from lab.store.cases import case_texts, cases_kept, cases_of
from lab.store.cells import Counts, cell_counts, medians, results_open
from lab.store.compacting import compacted
from lab.store.comparisons import (
    Cell,
    compared_calls,
    comparison,
    comparison_asked,
    comparison_deleted,
    comparison_opened,
    comparison_retried,
    comparisons,
)
from lab.store.conversations import (
    Conversation,
    Made,
    conversation,
    conversation_opened,
    latest_conversation,
    message_received,
    message_sent,
    plain_text,
)
from lab.store.counted import KINDS
from lab.store.days import Day, days
from lab.store.drafts import draft, draft_dropped, draft_kept, drafts
from lab.store.exchanges import exchanges
from lab.store.export import Export
from lab.store.flags import call_meant, call_rerouted, call_resent, call_ruled, flag_opened, flag_settled
from lab.store.forgetting import Forgetting, Traces, finished, people, unfinished
from lab.store.forks import conversation_forked, conversation_replayed, lineage, place
from lab.store.indexing import keep, purged, unindexed
from lab.store.lengths import answer_lengths, newest_limits
from lab.store.listing import RANK, Page, calls, names_asked, page, prompts_asked, users_asked
from lab.store.logs import call, check, open_calls, totals
from lab.store.migration import prepare
from lab.store.paging import ORDERS
from lab.store.parcel import ELSEWHERE, Column, columns, named, packed, run_imported
from lab.store.pauses import Pause, paused, pauses, resumed
from lab.store.pieces import Pieces, pieces
from lab.store.prefixes import answered_as, sent_before
from lab.store.pruning import Plan, Pruning
from lab.store.readers import Readers
from lab.store.reconciliation import batch_lost, calls_unsent, reconcile
from lab.store.results import cases_asked, result_kept, results, results_of
from lab.store.reviews import (
    Review,
    answered,
    graded,
    gradings,
    results_like,
    reviewed,
    reviews,
    reviews_made,
)
from lab.store.runlist import last_run, newest_runs, runs, runs_before, runs_that_name
from lab.store.runs import STATES, delete_run, run, run_ended, run_head, run_opened, run_resumed, together
from lab.store.saying import cases_saying
from lab.store.searching import calls_saying, conversations_saying, excerpts
from lab.store.spenders import costliest
from lab.store.spending import BY, Row, datasets_of, running, spending, spending_by, split, titles_of
from lab.store.spool import Spool, replay_dead
from lab.store.sqlite import Connection, has_wal_reset_bug, version
from lab.store.taken import answers_taken
from lab.store.talks import Dialogues, Sought, dialogue, dialogues
from lab.store.terms import spots
from lab.store.threads import (
    conversation_deleted,
    conversation_renamed,
    conversations,
    rated,
    title,
    turns,
)
from lab.store.traffic import newest_of
from lab.store.trials import TrialKey, answered_alike, judges_called, trials_called
from lab.store.votes import VERDICTS, Verdict, voted, votes
from lab.store.wanted import ANSWERED, CACHE, MARKS, NOT_RESENT, RATINGS, USED, Wanted, first_id
from lab.store.whole import whole
from lab.store.writer import Write, Writer
from lab.types import new_id

__all__ = [
    "ANSWERED", "BY", "CACHE", "ELSEWHERE", "KINDS", "MARKS", "NOT_RESENT", "ORDERS", "RANK", "RATINGS",
    "STATES", "USED", "VERDICTS", "Cell", "Column", "Connection", "Conversation", "Counts", "Day",
    "Dialogues", "Export", "Forgetting", "Made", "Page", "Pause", "Pieces", "Plan", "Pruning", "Review",
    "Row", "Short", "Sought", "Store", "Traces", "Tree", "TrialKey", "Verdict", "Wanted", "Write", "alerting",
    "answer_lengths", "answered", "answered_alike", "answered_as", "answers_taken", "as_query",
    "attempt_ended", "attempt_started", "attempt_streaming", "attempt_withdrawn", "batch_ended", "batch_lost",
    "batch_opened", "batch_out", "batches", "budget_of", "call", "call_ended", "call_meant", "call_opened",
    "call_partial", "call_rerouted", "call_resent", "call_ruled", "call_sent", "call_streaming", "calls",
    "calls_out", "calls_saying", "calls_unsent", "case_texts", "cases_asked", "cases_kept", "cases_of",
    "cases_saying", "cell_counts", "check", "columns", "compacted", "compared_calls", "comparison",
    "comparison_asked", "comparison_deleted", "comparison_opened", "comparison_retried", "comparisons",
    "conversation", "conversation_deleted", "conversation_forked", "conversation_opened",
    "conversation_renamed", "conversation_replayed", "conversation_turned", "conversations",
    "conversations_saying", "costliest", "datasets_of", "days", "delete_run", "dialogue", "dialogues",
    "draft", "draft_dropped", "draft_kept", "drafts", "excerpts", "exchanges", "finished", "first_id",
    "flag_opened", "flag_settled", "from_query", "graded", "gradings", "has_wal_reset_bug", "judges_called",
    "last_run", "latest_conversation", "lineage", "medians", "message_received", "message_sent", "named",
    "names_asked", "names_known", "newest_limits", "newest_of", "newest_runs", "open_calls", "packed", "page",
    "paused", "pauses", "people", "pieces", "place", "plain_text", "prompts_asked", "purged", "rated",
    "result_kept", "results", "results_like", "results_of", "results_open", "resumed", "reviewed", "reviews",
    "reviews_made", "rollups", "run", "run_capped", "run_ended", "run_head", "run_imported", "run_opened",
    "run_resumed", "running", "runs", "runs_before", "runs_that_name", "sent_before", "spending",
    "spending_by", "split", "spots", "title", "titles_of", "together", "totals", "tree", "trials_called",
    "turn_pinned", "turns", "unfinished", "unindexed", "users_asked", "version", "voted", "votes", "whole",
]  # fmt: skip

PATIENCE = 5.0
"""Seconds a write that somebody waits for may wait for another process."""


class Store:
    """An open database: this process's writer, and a connection to read with for each thread.

    `process` names this process in the rows it writes; `buried` counts the calls of dead processes that
    opening it settled. `full_text`: whether the database has an index for searches; None: as it is.

    Raises StoreError, on opening, reading and writing, with a sentence.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE, full_text: bool | None = None) -> None:
        self.path = path = Path(os.path.realpath(path))  # one database has one folder of locks
        self.process = new_id()
        self._patience = patience
        self._readers = Readers(path, patience)
        self._opening = threading.Lock()
        self._writer: Writer | None = None
        self._closed = False
        try:
            _create(path)
            with closing(sqlite.connect(path, wait=patience)) as db:
                prepare(db)
                if full_text is not None:
                    keep(db, full_text)
                self.buried = _reconcile(db, path)
        except (OSError, sqlite.Error) as error:
            raise sqlite.explain(error, path) from error

    def post(self, write: Write) -> None:
        """Write it soon, after everything given before; nobody waits."""
        self._writing().post(write)

    async def commit(self, write: Write) -> Any:
        """Write it and come back when it is on the disk, with what the write gives."""
        return await asyncio.wrap_future(self._writing().commit(write))

    def settle(self) -> None:
        """Settle what processes that died meanwhile left, as opening does. Raises StoreError."""
        try:
            with closing(sqlite.connect(self.path, wait=self._patience)) as db:
                self.buried += _reconcile(db, self.path)
        except sqlite.Error as error:
            raise sqlite.explain(error, self.path) from error

    def flush(self) -> None:
        """Come back when everything given so far was written, or reported by `close` as impossible to write.
        Raises StoreError when it cannot be written now."""
        if self._writer:
            self._writer.commit(lambda connection: None).result()

    def _writing(self) -> Writer:
        if self._writer is None:
            with self._opening:
                if self._closed:
                    raise self._shut()
                if self._writer is None:
                    try:
                        self._lock = liveness.announce(self.path, self.process)
                    except OSError as error:
                        raise sqlite.explain(error, self.path) from error
                    self._writer = Writer(self.path, self._patience, Spool(self.path, self.process))
        return self._writer

    @property
    def read(self) -> Connection:
        """This thread's connection for reading; it sees what is committed. Another may have it afterwards."""
        if self._closed:
            raise self._shut()
        return self._readers.mine()

    def close(self) -> None:
        """Finish what was posted. Raises StoreError when something could not be written."""
        with self._opening:
            again, self._closed = self._closed, True
            self._readers.close()
        if again or not self._writer:
            return
        try:
            self._writer.close()
        finally:
            liveness.leave(self.path, self.process, self._lock)

    def _shut(self) -> StoreError:
        return StoreError(f"The database {self.path} is closed.")


def _create(path: Path) -> None:
    """The file and the folders above it, where they are missing."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder. Name a file in it with LAB_DB.")
    for folder in reversed(path.parents):
        folder.mkdir(mode=0o700, exist_ok=True)
    with liveness.held(liveness.folder(path) / "schema"):
        sqlite.create(path)


def _reconcile(db: Connection, path: Path) -> int:
    """Settle what dead processes left; where that cannot be written now, it is left to the next start."""
    db.execute("PRAGMA busy_timeout = 0")
    try:
        replay_dead(db, path)
        return reconcile(db, path)
    except sqlite.Error as error:
        if sqlite.is_transient(error):
            return 0
        raise
