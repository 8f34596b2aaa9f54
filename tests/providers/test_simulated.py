"""The simulated Claude as a child: there for a lab without a key, gone with it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from lab import models, sim
from lab.config import Settings
from lab.engine import Lab, opened, prepare
from lab.errors import LabError
from lab.models import Endpoint
from lab.providers import Providers, simulated
from lab.store import Store
from lab.types import Done
from tests.providers.raw import request
from tests.sim.wire import until

HOME = Endpoint("simulated", source="simulated")
PARENT = """
import sys, time
from lab.providers import simulated
child = simulated.start(0)
print(child.base_url(), flush=True)
time.sleep(600)
"""


def answers(url: str) -> bool:
    """Whether anything listens there."""
    try:
        return build_opener(ProxyHandler({})).open(f"{url}/healthz", timeout=10).status == 200
    except (URLError, ConnectionError):
        return False


def asked(providers: Providers, endpoint: Endpoint = HOME) -> str:
    """The source of an answer from there."""

    async def ask() -> str:
        try:
            found = [one async for one in providers.of(endpoint)(request(model="claude-haiku-4-5"))]
        finally:
            await providers.close()
        assert type(found[-1]) is Done
        return found[-1].reply.source

    return asyncio.run(ask())


def test_it_answers_and_ends_with_its_providers() -> None:
    providers = Providers(Settings(sim_speed=0))
    assert asked(providers) == "simulated"
    assert providers._child.process.poll() == 0


def test_it_gets_no_key_and_no_file_of_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own modules come first, whatever lies about where the lab is used."""
    for name in ("lab", "json", "asyncio", "argparse"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong file')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-theirs")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x: sk-theirs")
    child = simulated.start(0)
    try:
        assert answers(child.base_url())
        environ = Path(f"/proc/{child.process.pid}/environ")
        assert not environ.exists() or b"sk-theirs" not in environ.read_bytes()
    finally:
        child.close()


def test_where_it_listens_is_the_same_to_everyone_who_asks() -> None:
    async def ask() -> set[str]:
        child = simulated.start(0)
        try:
            return set(await asyncio.gather(*(asyncio.to_thread(child.base_url) for _ in range(5))))
        finally:
            child.close()

    assert len(asyncio.run(ask())) == 1


def test_being_cancelled_while_it_starts_does_no_harm() -> None:
    async def ask() -> None:
        providers = Providers(Settings(sim_speed=0))
        provider = providers.of(HOME)
        try:
            for steps in range(8):
                task = asyncio.create_task(provider.ready())
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
            await provider.ready()
            assert [one async for one in provider(request(model="claude-haiku-4-5"))]
        finally:
            await providers.close()

    asyncio.run(ask())


def test_one_that_does_not_start_is_said() -> None:
    dead = subprocess.Popen(
        [sys.executable, "-c", "raise SystemExit(7)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child = simulated.Child(dead)
    with pytest.raises(LabError, match=r"did not start \(exit code 7\)"):
        child.base_url()
    child.close()


def test_it_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    url = parent.stdout.readline().strip()
    assert answers(url)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    asyncio.run(until(lambda: not answers(url)))


def test_other_endpoints_are_asked_where_they_are() -> None:
    """Also one that says of itself that it is simulated, and though a simulated Claude runs at home."""

    async def ask() -> list[int]:
        servers = [await sim.serve(speed=0) for _ in range(2)]
        providers = Providers(Settings(sim_speed=0))
        endpoints = [
            HOME,
            Endpoint("local", servers[0].url),
            Endpoint("mine", servers[1].url, source="simulated"),
        ]
        for endpoint in endpoints:
            assert [one async for one in providers.of(endpoint)(request(model="claude-haiku-4-5"))]
        await providers.close()
        counts = [server.stats.requests for server in servers]
        for server in servers:
            await server.close()
        return counts

    assert asyncio.run(ask()) == [1, 1]


def test_an_endpoint_named_like_home_is_still_another() -> None:
    async def ask() -> tuple[int, int]:
        home, other = [await sim.serve(speed=0) for _ in range(2)]
        providers = Providers(Settings())
        for server in (home, other):
            provider = providers.of(Endpoint("anthropic", server.url))
            assert [one async for one in provider(request(model="claude-haiku-4-5"))]
        await providers.close()
        counts = home.stats.requests, other.stats.requests
        await home.close()
        await other.close()
        return counts

    assert asyncio.run(ask()) == (1, 1)


def test_a_server_that_simulates_is_labelled_in_the_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pointed at with ANTHROPIC_BASE_URL, as anyone would: the header says what it is."""
    store = Store(tmp_path / "lab.db")

    async def ask() -> None:
        server = await sim.serve(speed=0)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "any-word")
        lab = Lab(Settings(), store, *prepare(Settings()))
        assert lab.home.source == "api"
        async with opened(lab, Providers(lab.settings)) as call:
            assert [one async for one in call(request(model="claude-haiku-4-5"))]
        await server.close()

    asyncio.run(ask())
    store.flush()
    assert store.read.execute("SELECT source FROM calls").fetchone()[0] == "simulated"
    store.close()


def test_without_a_key_the_lab_opens_on_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    store, settings = Store(tmp_path / "lab.db"), Settings(sim_speed=0)
    lab = Lab(settings, store, *prepare(settings))
    assert lab.models.keys() == models.catalogue().keys()

    async def ask() -> str:
        providers = Providers(settings)
        providers.warm(lab.home)
        async with opened(lab, providers) as call:
            found = [one async for one in call(request(model="claude-haiku-4-5"))]
        return found[-1].reply.source

    assert asyncio.run(ask()) == "simulated"
    store.close()
