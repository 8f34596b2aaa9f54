"""Whether everything the lab needs is there and works: what each look finds, for whoever shows it."""

from __future__ import annotations

import asyncio
import os
import platform
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from lab import __version__, store
from lab.config import Settings, strangers
from lab.endpoints import CLOUDS
from lab.engine.lab import today
from lab.errors import CallError, LabError
from lab.models import Endpoint, catalogue, endpoints, find, retiring
from lab.providers import HOW_TO_SET_A_KEY, Providers, home
from lab.store import Store

APP = ("streamlit", "pandas", "plotly")
PACKAGES = ("anthropic", "sqlite-utils", "pyyaml", "click", *APP)
Finding = tuple[str, str, str]
"""`ok`, `warn` or `fail`; what was looked at; what was found."""


def safely(look: Callable[..., Iterable[Finding]], *arguments: object) -> Iterator[Finding]:
    """What a look finds; an error is a finding too."""
    try:
        yield from look(*arguments)
    except LabError as error:
        yield "fail", look.__name__, str(error)


def versions() -> Iterator[Finding]:
    """The lab, Python, the packages, SQLite."""
    yield "ok", "lab", f"{__version__}, Python {platform.python_version()}, {platform.platform()}"
    for package in PACKAGES:
        try:
            yield "ok", "package", f"{package} {version(package)}"
        except PackageNotFoundError:
            level, why = ("warn", "the app needs it") if package in APP else ("fail", "install the lab again")
            yield level, "package", f"{package} is not installed: {why}"
    found = f"SQLite {'.'.join(map(str, store.version()))}"
    if store.has_wal_reset_bug():
        fault = "can damage a database that two processes write to (fixed in 3.51.3)"
        yield "warn", "sqlite", f"{found} {fault}. Install pysqlite3, or run one lab at a time."
    else:
        yield "ok", "sqlite", found


def settings(chosen: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What is in force, and variables that set nothing."""
    yield "ok", "settings", f"model {chosen.model}, max_tokens {chosen.max_tokens:,}, you are '{chosen.user}'"
    for stranger in strangers(environ):
        yield "warn", "settings", stranger


def models(chosen: Settings) -> Iterator[Finding]:
    """How many are known, and whether the default one is to go. Raises BadInput."""
    known = catalogue(chosen.models)
    model = find(known, chosen.model)
    yield "ok", "models", f"{len(known)} models known; the default is {model.id}"
    if warning := retiring(model, today()):
        yield "warn", "models", warning


def key(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Where the key was found, never what it is. Raises BadKey."""
    where = home(environ)
    if where.source == "simulated":
        yield "warn", "key", f"none found, so the simulated Claude answers. {HOW_TO_SET_A_KEY}"
    else:
        profile = where.api_key_env == "profile"
        yield "ok", "key", f"found in {where.api_key_env}" if not profile else "found: the SDK's profile"


def asked(chosen: Settings, environ: Mapping[str, str]) -> list[Endpoint]:
    """Every endpoint that models are asked at. Raises BadInput."""
    known = list(endpoints(chosen.endpoints).values())
    with suppress(LabError):  # the key's own finding says so
        known.insert(0, home(environ))
    return known


async def reached(providers: Providers, asked: Iterable[Endpoint]) -> list[Finding]:
    """Whether each endpoint is there, which is free."""
    return await asyncio.gather(*(_answers(providers, endpoint) for endpoint in asked))


async def _answers(providers: Providers, endpoint: Endpoint) -> Finding:
    where = f"{endpoint.name} {endpoint.base_url}".rstrip()
    if endpoint.title != endpoint.name:
        where = f"{where} ({endpoint.title})"
    try:
        await providers.of(endpoint).reach()
    except LabError as error:
        if not (isinstance(error, CallError) and error.status == 404):  # not every server lists its models
            return "fail", "endpoint", f"{where}: {error}"
    return ("warn" if endpoint.kind in CLOUDS else "ok"), "endpoint", f"{where} answers"


def telemetry(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Why none can be sent although the environment asks for it."""
    from lab.engine import exporter

    if sentence := exporter.fault(environ):
        yield "warn", "telemetry", sentence


def database(opened: Store) -> Iterator[Finding]:
    """Its size and rows, whether it is whole, who can read it, and calls that are open."""
    mode = stat.S_IMODE(os.stat(opened.path).st_mode)
    size = os.path.getsize(opened.path)
    rows = ", ".join(f"{count:,} {table}" for table, count in store.totals(opened.read).items())
    fault = store.check(opened.read)
    yield ("fail" if fault else "ok"), "database", f"{opened.path}, {size / 1e6:.1f} MB, {rows}"
    if fault:
        yield "fail", "database", f"SQLite finds it damaged: {fault}"
    if mode & 0o077:
        advice = f"chmod 600 {opened.path}"
        yield "warn", "database", f"others on this machine can read it (mode {mode:o}); {advice}"
    if opened.buried:
        found = f"{opened.buried} left open by a lab that ended; settled now"
        yield "warn", "calls", f"{found}, see `lab logs --state unknown`"
    yield "ok", "calls", f"{store.open_calls(opened.read)} being made now, or out in a batch"
