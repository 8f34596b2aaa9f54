"""Who asks, as the API is told; and that what a prompt says further reaches the API as it is."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from lab import engine, prompts
from lab.config import Settings
from lab.endpoints import Endpoint
from lab.engine import build
from lab.engine.identity import identified, user_id
from lab.errors import StoreError
from lab.providers import Providers
from lab.store import Store
from lab.types import Event, Origin, Principal, Request
from tests.engine.kit import PLAIN, STARTED, answer, caller, collect, lab_of, request, row
from tests.prompts.folder import folder
from tests.providers.raw import ANSWER, KEY_VARIABLE, server, streamed

CLAUDE = Endpoint("anthropic", "https://api.anthropic.com")
PROFILE = Endpoint("anthropic", "", "profile")


def sent(store: Store, tmp_path: Path, home: Endpoint, asked: Request) -> dict[str, Any]:
    """The body that goes on inward."""
    seen: list[Request] = []

    async def call(one: Request) -> AsyncGenerator[Event, None]:
        seen.append(one)
        yield STARTED

    asyncio.run(collect(identified(call, lab_of(store, home, db=tmp_path / "lab.db")), asked))
    return seen[0].body()


@pytest.mark.parametrize("home", [CLAUDE, PROFILE])
def test_the_claude_api_gets_a_word_that_is_no_name(store: Store, tmp_path: Path, home: Endpoint) -> None:
    ana, ben = (request(origin=Origin("chat", name)) for name in ("ana.lima", "ben"))
    first, again, other = (sent(store, tmp_path, home, one)["metadata"] for one in (ana, ana, ben))
    assert first == again != other and list(first) == ["user_id"]
    assert len(first["user_id"]) == 68 and "ana" not in json.dumps(first)
    assert ana.key() == request(origin=Origin("chat", "ben")).key()
    assert user_id(tmp_path / "another.db", "ana.lima") != first["user_id"]


@pytest.mark.parametrize(
    ("home", "options", "metadata"),
    [
        (Endpoint("gateway", "https://gateway.example.com"), {}, None),
        (Endpoint("sim", source="simulated"), {}, None),
        (Endpoint("aws", "https://b.example", kind="bedrock", region="x"), {}, None),
        (CLAUDE, {"metadata": {"user_id": "mine"}}, {"user_id": "mine"}),
    ],
)
def test_nobody_else_is_told_and_a_prompts_own_word_stays(
    store: Store, tmp_path: Path, home: Endpoint, options: dict[str, Any], metadata: Any
) -> None:
    assert sent(store, tmp_path, home, request(options=options)).get("metadata") == metadata
    assert not list(tmp_path.glob("*secret*"))


def test_the_next_turn_is_of_whoever_asks_it(store: Store, tmp_path: Path) -> None:
    lab = lab_of(store, CLAUDE, model=PLAIN, db=tmp_path / "lab.db")
    call = identified(build(lab, caller(*answer("Yes"))), lab)
    me = Principal("identity")

    async def read(asked: Request) -> None:
        async with aclosing(engine.converse(lab, call, me, asked)) as events:
            async for _ in events:
                pass

    first = engine.ask(lab, me, engine.Asked("One?"))
    asyncio.run(read(first))
    logged = row(lab, first)["request"]["metadata"]
    assert logged == {"user_id": user_id(tmp_path / "lab.db", "identity")}
    further = engine.ask(lab, me, engine.Asked("Two?", conversation=first.origin.conversation))
    assert "metadata" not in further.options
    assert "metadata" not in engine.again(lab, Principal("other", "admin"), first.id).options


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    found: set[str] = set()
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.add(user_id(tmp_path / "lab.db", "ana"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (file,) = tmp_path.iterdir()
    assert len(found) == 1 and stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size == 32


def test_without_a_place_for_it_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used: No such file"):
        user_id(tmp_path / "gone" / "lab.db", "ana")


def test_what_a_prompt_says_further_reaches_the_api_as_it_is(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-any")
    extra = {
        "service_tier": "standard_only",
        "metadata": {"user_id": "mine"},
        "output_config": {"task_budget": {"type": "tokens", "total": 5}},
        "a_field_of_next_year": {"deep": [1, {"é": None}]},
    }
    text = f"user: '{{{{input}}}}'\neffort: low\nextra: {json.dumps(extra)}\n"
    home = folder(tmp_path, {"prompts/p/v1.yaml": text})
    filled = prompts.build(prompts.load(home / "prompts", "p"), None, "Hello", {})

    async def body() -> dict[str, Any]:
        providers = Providers(Settings())
        try:
            async with server([streamed(*ANSWER)]) as (url, requests):
                lab = lab_of(store, Endpoint("raw", url, KEY_VARIABLE))
                asked = engine.request(lab, filled, Origin("api", "me"), "claude-opus-5-5")
                await collect(engine.caller(lab, providers), asked)
                return json.loads(requests[0].partition(b"\r\n\r\n")[2])
        finally:
            await providers.close()

    found = asyncio.run(body())
    assert {name: found[name] for name in extra} == {
        **extra, "output_config": {**extra["output_config"], "effort": "low"},
    }  # fmt: skip
