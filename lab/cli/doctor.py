"""Whether everything the lab needs is there and works."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lab.cli._out import folded, printable, say, say_json

if TYPE_CHECKING:
    from lab.config import Settings
    from lab.engine import health

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Check versions, key and database.

    It asks every endpoint whether it is there, which is free, and settles calls that a crash left open.
    """
    from lab.engine import health

    findings = []
    for look in (health.versions, settings):
        for finding in health.safely(look):
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


def settings() -> Iterator[health.Finding]:
    """All that depends on them; its name is what a finding says that they cannot be read."""
    from lab.cli import _opened
    from lab.engine import health

    chosen = _opened.settings()
    yield from health.settings(chosen, os.environ)
    yield from health.safely(health.models, chosen)
    yield from health.safely(health.key, os.environ)
    yield from health.safely(endpoints, chosen)
    yield from health.telemetry(os.environ)
    yield from health.safely(database, chosen)


def endpoints(chosen: Settings) -> list[health.Finding]:
    import asyncio

    from lab.engine import health
    from lab.providers import Providers

    async def reached() -> list[health.Finding]:
        providers = Providers(chosen)
        try:
            return await health.reached(providers, health.asked(chosen, os.environ))
        finally:
            await providers.close()

    return asyncio.run(reached())


def database(chosen: Settings) -> Iterator[health.Finding]:
    from lab.cli._opened import store
    from lab.engine import health

    if not chosen.db.exists():
        yield "ok", "database", f"{chosen.db} is not there yet; the first call makes it"
        return
    with store(chosen) as opened:
        yield from health.database(opened)
