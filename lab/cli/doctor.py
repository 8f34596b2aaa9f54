"""Whether everything the lab needs is there and works."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from lab import __version__
from lab.cli._out import folded, printable, say, say_json
from lab.errors import CallError, LabError

if TYPE_CHECKING:
    from lab.config import Settings
    from lab.models import Endpoint
    from lab.providers import Providers

APP = ("streamlit", "pandas", "plotly")
PACKAGES = ("anthropic", "sqlite-utils", "pyyaml", "click", *APP)
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
Finding = tuple[str, str, str]
"""`ok`, `warn` or `fail`; what was looked at; what was found."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Check versions, key and database.

    It asks every endpoint whether it is there, which is free, and settles calls that a crash left open.
    """
    findings = []
    for look in (_versions, _sqlite, _settings):
        for finding in _safely(look):
            findings.append(finding)
            if not as_json:
                _print(*finding)
    if as_json:
        say_json([{"level": level, "what": what, "found": found} for level, what, found in findings])
    if any(level == "fail" for level, _, _ in findings):
        raise SystemExit(3)


def _print(level: str, what: str, found: str) -> None:
    line = f"{level:4}  {what:10}  {printable(found)}"
    if sys.stdout.isatty():
        line = folded(line, shutil.get_terminal_size().columns, indent=18)
    say(click.style(line[:4], fg=COLOURS[level]) + line[4:], colours=True)


def _safely(look: Callable[..., Iterator[Finding]], *arguments: object) -> Iterator[Finding]:
    """What a look finds; an error is a finding too."""
    try:
        yield from look(*arguments)
    except LabError as error:
        yield "fail", look.__name__.strip("_"), str(error)


def _versions() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    yield "ok", "lab", f"{__version__}, Python {platform.python_version()}, {platform.platform()}"
    for package in PACKAGES:
        try:
            yield "ok", "package", f"{package} {version(package)}"
        except PackageNotFoundError:
            level, why = ("warn", "the app needs it") if package in APP else ("fail", "install the lab again")
            yield level, "package", f"{package} is not installed: {why}"


def _sqlite() -> Iterator[Finding]:
    from lab import store

    found = f"SQLite {'.'.join(map(str, store.version()))}"
    if store.has_wal_reset_bug():
        fault = "can damage a database that two processes write to (fixed in 3.51.3)"
        yield "warn", "sqlite", f"{found} {fault}. Install pysqlite3, or run one lab at a time."
    else:
        yield "ok", "sqlite", found


def _settings() -> Iterator[Finding]:
    from lab.cli._opened import settings
    from lab.config import strangers

    chosen = settings()
    yield "ok", "settings", f"model {chosen.model}, max_tokens {chosen.max_tokens:,}, you are '{chosen.user}'"
    for stranger in strangers(os.environ):
        yield "warn", "settings", stranger
    for look in (_models, _key, _endpoints, _telemetry, _database):
        yield from _safely(look, chosen)


def _models(chosen: Settings) -> Iterator[Finding]:
    from lab.engine import today
    from lab.models import catalogue, find, retiring

    models = catalogue(chosen.models)
    model = find(models, chosen.model)
    yield "ok", "models", f"{len(models)} models known; the default is {model.id}"
    if warning := retiring(model, today()):
        yield "warn", "models", warning


def _key(chosen: Settings) -> Iterator[Finding]:
    from lab.providers import HOW_TO_SET_A_KEY, home

    where = home(os.environ)
    if where.source == "simulated":
        yield "warn", "key", f"none found, so the simulated Claude answers. {HOW_TO_SET_A_KEY}"
    else:
        profile = where.api_key_env == "profile"
        yield "ok", "key", f"found in {where.api_key_env}" if not profile else "found: the SDK's profile"


def _endpoints(chosen: Settings) -> Iterator[Finding]:
    import asyncio

    from lab.models import endpoints
    from lab.providers import home

    asked = list(endpoints(chosen.endpoints).values())
    with suppress(LabError):  # the key's own finding says so
        asked.insert(0, home(os.environ))
    yield from asyncio.run(_reached(chosen, asked))


async def _reached(chosen: Settings, endpoints: list[Endpoint]) -> list[Finding]:
    import asyncio

    from lab.providers import Providers

    providers = Providers(chosen)
    try:
        return await asyncio.gather(*(_answers(providers, endpoint) for endpoint in endpoints))
    finally:
        await providers.close()


async def _answers(providers: Providers, endpoint: Endpoint) -> Finding:
    from lab.endpoints import CLOUDS

    where = f"{endpoint.name} {endpoint.base_url}".rstrip()
    if endpoint.title != endpoint.name:
        where = f"{where} ({endpoint.title})"
    try:
        await providers.of(endpoint).reach()
    except LabError as error:
        if not (isinstance(error, CallError) and error.status == 404):  # not every server lists its models
            return "fail", "endpoint", f"{where}: {error}"
    return ("warn" if endpoint.kind in CLOUDS else "ok"), "endpoint", f"{where} answers"


def _telemetry(chosen: Settings) -> Iterator[Finding]:
    from lab.engine import telemetry_fault

    if sentence := telemetry_fault(os.environ):
        yield "warn", "telemetry", sentence


def _database(chosen: Settings) -> Iterator[Finding]:
    from lab.cli._opened import store as opened
    from lab.store import check, open_calls, totals

    if not chosen.db.exists():
        yield "ok", "database", f"{chosen.db} is not there yet; the first call makes it"
        return
    with opened(chosen) as database:
        mode = stat.S_IMODE(os.stat(database.path).st_mode)
        size = os.path.getsize(database.path)
        rows = ", ".join(f"{count:,} {table}" for table, count in totals(database.read).items())
        fault = check(database.read)
        yield ("fail" if fault else "ok"), "database", f"{database.path}, {size / 1e6:.1f} MB, {rows}"
        if fault:
            yield "fail", "database", f"SQLite finds it damaged: {fault}"
        if mode & 0o077:
            advice = f"chmod 600 {database.path}"
            yield "warn", "database", f"others on this machine can read it (mode {mode:o}); {advice}"
        if database.buried:
            found = f"{database.buried} left open by a lab that ended; settled now"
            yield "warn", "calls", f"{found}, see `lab logs --state unknown`"
        yield "ok", "calls", f"{open_calls(database.read)} being made now"
