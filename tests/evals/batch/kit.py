"""A lab with a small dataset, a simulated API in the same loop, and runs that go through its batches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from lab import evals, sim, store
from lab.config import Settings
from lab.engine import Lab, caller
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store
from tests.engine.kit import CATALOGUE, ME

CASES = "cases: [{input: '[[words 3]] one'}, {input: '[[words 3]] two'}, {input: '[[words 4]] three'}]\n"
TEXT = f"prompt: p\nrepeats: 2\nneeds: 1\ngraders: [{{length: {{max: 3, unit: words}}}}]\n{CASES}"


def team(folder: Path, text: str = TEXT) -> Path:
    for name in ("prompts/p", "datasets"):
        (folder / name).mkdir(parents=True)
    (folder / "prompts/p/v1.yaml").write_text('user: "{{input}}"\nmodel: claude-haiku-4-5\n')
    (folder / "datasets/x.yaml").write_text(text)
    return folder


@dataclass
class Team:
    """Who checks: a folder, one of its databases, and the server that is asked."""

    folder: Path
    server: sim.Server
    database: Path

    def opened(self, order: evals.Order, **settings: Any) -> Lab:
        """A lab on the database, as `order` wants it; a submission that was cut is looked for at once."""
        chosen = Settings(user="me", first_token_timeout=0.0, **settings)
        home = Endpoint("api", self.server.url)
        bare = Lab(chosen, Store(self.database), CATALOGUE, {}, home, self.folder)
        return evals.equipped(bare, order)

    async def checked(self, waits: bool = True, **fields: Any) -> dict[str, Any]:
        """A run from its beginning."""
        order = evals.Order(("x",), batch=True, **fields)
        lab = self.opened(order)
        [plan] = evals.plans(lab, ME, evals.chosen(lab, ME, order).datasets, order)
        return await self._made(lab, plan, order, waits)

    async def gone_on(self, waits: bool = True, rerun_unknown: bool = False) -> dict[str, Any]:
        """The newest run, gone on with by somebody who knows no more than the database."""
        with closing(Store(self.database)):
            pass  # settles what dead processes left
        bare = self.opened(evals.Order(batch=True))
        head = evals.interrupted(bare, ME, "last", rerun_unknown)
        order = evals.asked_again(head)
        plan, _ = evals.resumed(bare, ME, head, order, rerun_unknown)
        return await self._made(bare, plan, order, waits)

    async def _made(self, lab: Lab, plan: evals.Plan, order: evals.Order, waits: bool) -> dict[str, Any]:
        providers = Providers(lab.settings)
        way, call = evals.Way(providers, waits), caller(lab, providers)
        try:
            await evals.fulfil(lab, call, plan, order, lambda result: None, way=way)
        finally:
            await providers.close()
            lab.store.close()
        return self.run(plan.run)

    def forget(self) -> None:
        """Give up what is out."""
        with closing(Store(self.database)) as kept:
            for batch in store.batches(kept.read, ME, out=True):
                kept.post(store.batch_lost(batch["id"], "It was given up."))
                kept.post(store.batch_ended(batch["id"], "given up", {}, None))

    def run(self, id: str) -> dict[str, Any]:
        with closing(Store(self.database)) as kept:
            return store.run(kept.read, ME, id)

    def copied(self, name: str) -> Team:
        """What `kill -9` would leave at this moment: the database as it is, without a process to it."""
        other = replace(self, database=self.database.with_name(name))
        with closing(sqlite3.connect(self.database)) as old, closing(sqlite3.connect(other.database)) as new:
            old.backup(new)
        return other

    def one(self, query: str) -> Any:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchone()[0]


@asynccontextmanager
async def serving(
    folder: Path, moment: Callable[[str], Awaitable[None]] | None = None, **options: Any
) -> AsyncIterator[Team]:
    told = {"moment": moment} if moment else {}
    server = await sim.serve(**{"speed": 0, **told, **options})
    try:
        yield Team(folder, server, folder / "lab.db")
    finally:
        await server.close()


def tokens_agree(team: Team) -> bool:
    """Whether the database has all tokens that the server bills for its batches, and no more."""
    names = ("input_tokens", "output_tokens")
    kept = [team.one(f"SELECT coalesce(sum({name}), 0) FROM attempts WHERE cost > 0") for name in names]
    return kept == [vars(team.server.stats.batched)[name] for name in names]


def others(team: Team, many: int) -> None:
    """Somebody else submits so many requests with the same key, from another thread."""
    params = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    items = [{"custom_id": f"theirs-{number}", "params": params} for number in range(many)]
    headers = {"authorization": "Bearer none", "anthropic-version": "2026-10-21"}
    body = json.dumps({"requests": items}).encode()
    with urlopen(Request(f"{team.server.url}/v1/messages/batches", body, headers)):
        pass


def advance(team: Team, seconds: float) -> None:
    """Put the server's clock forward, from another thread."""
    with urlopen(f"{team.server.url}/clock", json.dumps({"advance": seconds}).encode()):
        pass
