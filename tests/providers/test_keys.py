"""Which key goes where, and that it goes nowhere else."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import traceback
from pathlib import Path
from typing import Any

import pytest

from lab import engine, models
from lab.config import Settings
from lab.engine import Lab, build
from lab.errors import BadInput, BadKey, LabError
from lab.models import Endpoint
from lab.providers import Providers, credential, home
from lab.providers.keys import arguments
from lab.store import Store
from lab.types import Done, Event
from tests.providers.raw import (
    ANSWER,
    KEY,
    KEY_VARIABLE,
    RESET,
    begun,
    error,
    event,
    request,
    server,
    streamed,
    whole,
)

RULE = {"ANTHROPIC_FEDERATION_RULE_ID": "r", "ANTHROPIC_ORGANIZATION_ID": "o"}


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A home folder without the SDK's files."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return monkeypatch


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        ({"ANTHROPIC_API_KEY": ""}, None),
        ({"ANTHROPIC_API_KEY": "k"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, "ANTHROPIC_AUTH_TOKEN"),
        ({"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_API_KEY": "k"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_PROFILE": "p"}, "ANTHROPIC_AUTH_TOKEN"),
        ({"ANTHROPIC_PROFILE": "p"}, "profile"),
        (RULE, None),
        ({**RULE, "ANTHROPIC_IDENTITY_TOKEN": "t"}, "profile"),
        ({**RULE, "ANTHROPIC_IDENTITY_TOKEN_FILE": "f"}, "profile"),
    ],
)
def test_where_the_key_comes_from(environ: dict, found: str | None, own: pytest.MonkeyPatch) -> None:
    assert credential(environ) == found


@pytest.mark.parametrize("file", ["active_config", "configs/default.json"])
def test_the_sdks_profiles_are_found_in_their_folder(
    file: str, own: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder, environ in (
        (tmp_path / ".config/anthropic", {}),
        (tmp_path / "elsewhere", {"ANTHROPIC_CONFIG_DIR": str(tmp_path / "elsewhere")}),
    ):
        assert credential(environ) is None
        (folder / file).parent.mkdir(parents=True)
        (folder / file).write_text("{}")
        assert credential(environ) == "profile"


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, Endpoint("simulated", source="simulated")),
        (
            {"ANTHROPIC_API_KEY": "k"},
            Endpoint("anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
        ),
        (
            {"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": "https://gateway.example.com/"},
            Endpoint("anthropic", "https://gateway.example.com", "ANTHROPIC_AUTH_TOKEN"),
        ),
        (
            {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://127.0.0.1:8600"},
            Endpoint("anthropic", "http://127.0.0.1:8600", "ANTHROPIC_API_KEY"),
        ),
        (
            {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://gateway.internal:4000"},
            Endpoint("anthropic", "http://gateway.internal:4000", "ANTHROPIC_API_KEY"),
        ),
        ({"ANTHROPIC_PROFILE": "p"}, Endpoint("anthropic", "", "profile")),
    ],
)
def test_where_models_are_asked(environ: dict, found: Endpoint, own: pytest.MonkeyPatch) -> None:
    assert home(environ) == found


@pytest.mark.parametrize(
    ("environ", "error", "words"),
    [
        ({"ANTHROPIC_BASE_URL": "https://a.example.com"}, BadKey, "is set, but no key is"),
        ({"ANTHROPIC_BASE_URL": "localhost:8600"}, BadInput, "^ANTHROPIC_BASE_URL must"),
        ({"ANTHROPIC_BASE_URL": "ftp://api.example.com"}, BadInput, "must start with https://"),
        ({"ANTHROPIC_BASE_URL": "https://a.example.com/v1"}, BadInput, "must not end in /v1"),
        ({"ANTHROPIC_BASE_URL": "https://me:secret@a.example.com"}, BadInput, "user name or password"),
    ],
)
def test_an_address_that_cannot_be_asked(
    environ: dict, error: type, words: str, own: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error, match=words) as caught:
        home({"ANTHROPIC_API_KEY": "k", **environ} if error is BadInput else environ)
    assert "secret" not in str(caught.value)


BROKEN = [KEY + "\n", " " + KEY, KEY + "\r", KEY[:5] + " " + KEY[5:], KEY + "\x00", KEY + "\u201d", KEY + "é"]


@pytest.mark.parametrize("key", BROKEN)
@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(
    key: str, variable: str, own: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadKey, match=f"^{variable} holds a line break, a space") as caught:
        home({variable: key})
    assert KEY[5:] not in written(caught.value)


def test_each_endpoint_gets_its_own_key(own: pytest.MonkeyPatch) -> None:
    own.setenv("ANTHROPIC_API_KEY", "theirs")
    own.setenv("ANTHROPIC_AUTH_TOKEN", "token")
    own.setenv("GATEWAY_KEY", "ours")
    assert arguments(Endpoint("a", "https://a", "ANTHROPIC_API_KEY")) == {"api_key": "theirs"}
    assert arguments(Endpoint("a", "https://a", "ANTHROPIC_AUTH_TOKEN")) == {"auth_token": "token"}
    assert arguments(Endpoint("b", "https://b", "GATEWAY_KEY")) == {"api_key": "ours"}
    assert arguments(Endpoint("c", "https://c")) == {"api_key": "none"}
    with pytest.raises(BadKey, match="^MISSING_KEY is empty"):
        arguments(Endpoint("d", "https://d", "MISSING_KEY"))


@pytest.mark.parametrize(
    ("variable", "bearer", "secret_goes_along"),
    [
        ("ANTHROPIC_API_KEY", "theirs", True),
        ("ANTHROPIC_AUTH_TOKEN", "token", True),
        (KEY_VARIABLE, KEY, False),
        (None, "none", False),
    ],
)
def test_what_a_server_is_told(
    variable: str | None, bearer: str, secret_goes_along: bool, own: pytest.MonkeyPatch
) -> None:
    """Everything is set at once; each server sees its own alone."""
    own.setenv("ANTHROPIC_API_KEY", "theirs")
    own.setenv("ANTHROPIC_AUTH_TOKEN", "token")
    own.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-gateway: gateway-secret\nx-other: y")

    async def ask() -> bytes:
        async with server([streamed(*ANSWER)]) as (url, requests):
            providers = Providers(Settings())
            provider = providers.of(Endpoint("raw", url, variable))
            assert [one async for one in provider(request())]
            await providers.close()
            return requests[0].partition(b"\r\n\r\n")[0].lower()

    head = asyncio.run(ask())
    assert f"authorization: bearer {bearer}".lower().encode() in head
    assert (b"gateway-secret" in head) == secret_goes_along
    strangers = {"theirs", "token", KEY} - {bearer}
    assert not [key for key in strangers if key.encode() in head]


def profile(folder: Path, credentials: dict[str, Any] | None, **config: Any) -> None:
    """A profile of the SDK's own."""
    for name in ("configs", "credentials"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    authentication = {"authentication": {"type": "user_oauth"}}
    (folder / "configs/work.json").write_text(json.dumps(authentication | config))
    if credentials:
        file = folder / "credentials/work.json"
        file.write_text(json.dumps(credentials))
        file.chmod(0o600)


async def asked_by_profile(url: str) -> list[Event]:
    providers = Providers(Settings())
    try:
        found = home(os.environ)
        assert found.api_key_env == "profile"
        return [one async for one in providers.of(found)(request())]
    finally:
        await providers.close()


def test_a_profile_brings_its_own_token(own: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    own.setenv("ANTHROPIC_PROFILE", "work")
    profile(tmp_path, {"access_token": KEY})

    async def ask() -> bytes:
        async with server([streamed(*ANSWER)]) as (url, requests):
            own.setenv("ANTHROPIC_BASE_URL", url)
            assert type((await asked_by_profile(url))[-1]) is Done
            return requests[0]

    assert KEY.encode() in asyncio.run(ask())


@pytest.mark.parametrize("missing", ["the profile", "its credentials"])
def test_a_profile_that_cannot_be_used_is_said(missing: str, own: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    own.setenv("ANTHROPIC_PROFILE", "work")
    if missing == "its credentials":
        profile(tmp_path, None, base_url="https://127.0.0.1:9")
    with pytest.raises(BadKey, match="^The SDK's credentials cannot be used: .* not found"):
        asyncio.run(asked_by_profile(""))


def written(error: BaseException) -> str:
    """Everything that a traceback, a log or a page could show of an exception and of those behind it."""
    parts, seen = ["".join(traceback.format_exception(error))], [error]
    for one in seen:
        parts += [str(one), repr(one), repr(one.args), repr(vars(one)) if isinstance(one, LabError) else ""]
        seen += [other for other in (one.__cause__, one.__context__) if other and other not in seen]
    return "\n".join(parts)


ECHO = f"Wrong key: {KEY}. Again: {KEY}"
LEAKS = {
    "an answer": [streamed(*ANSWER)],
    "a refusal that repeats it": [whole(401, error("authentication_error", ECHO))],
    "an error that repeats it": [streamed(ANSWER[0], event("error", error={"type": KEY, "message": ECHO}))],
    "no answer": [b""],
    "a reset": [begun(*ANSWER[:3]), RESET],
    "no HTTP": [f"Bearer {KEY}\r\n\r\n".encode()],
    "no JSON": [streamed(ANSWER[0], f"event: x\ndata: {KEY}\n\n".encode())],
}  # fmt: skip


@pytest.mark.parametrize("kind", LEAKS)
def test_the_key_is_in_no_error_row_or_log(
    kind: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("asyncio", "aiohttp", "lab"):
        caplog.set_level(logging.DEBUG, logger=name)
    store = Store(tmp_path / "lab.db")
    found: list[str] = []

    async def ask() -> None:
        async with server(LEAKS[kind]) as (url, requests):
            endpoint = Endpoint("raw", url, KEY_VARIABLE)
            lab = Lab(Settings(model="claude-haiku-4-5"), store, models.catalogue(), {}, endpoint)
            async with engine.opened(lab, Providers(lab.settings)) as call:
                try:
                    async for one in call(request(model="claude-haiku-4-5")):
                        found.append(repr(one))
                except LabError as error:
                    found.append(written(error))
            assert KEY.encode() in requests[0]

    asyncio.run(ask())
    store.close()
    rows = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert found
    for text in (*found, caplog.text, rows.decode("latin-1")):
        assert KEY not in text


def test_a_broken_key_of_another_endpoint_is_a_failed_call_that_cost_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY + "\n")
    store = Store(tmp_path / "lab.db")
    endpoint = Endpoint("raw", "http://127.0.0.1:9", KEY_VARIABLE)
    lab, sent = Lab(Settings(), store, models.catalogue(), {}, endpoint), request(model="claude-haiku-4-5")

    async def ask() -> None:
        providers = Providers(lab.settings)
        async for _ in build(lab, lambda one: providers.of(endpoint)(one))(sent):
            pass

    with pytest.raises(BadKey) as caught:
        asyncio.run(ask())
    store.flush()
    call = dict(store.read.execute("SELECT * FROM calls").fetchone())
    assert (call["state"], call["error_type"], call["cost"]) == ("failed", "BadKey", 0)
    assert KEY not in written(caught.value) + repr(call)
    store.close()
