"""The simulator against the real API: `LAB_LIVE=1 pytest -m live`, with ANTHROPIC_API_KEY; at most $0.10."""

from __future__ import annotations

import asyncio
import os
import secrets

import httpx2
import pytest

from lab import sim

from .cases import LIMIT, Purse, TooDear, cases, sent
from .shapes import Exchange, differences

URL, KEY = "https://api.anthropic.com", os.environ.get("ANTHROPIC_API_KEY", "")
PURSE = Purse()
ASKED = os.environ.get("LAB_LIVE") == "1"
WHY = f"Asks the real API, which costs up to ${LIMIT}: set LAB_LIVE=1" + " and ANTHROPIC_API_KEY" * (not KEY)
CASES = cases(secrets.token_hex(8))
pytestmark = [pytest.mark.live, pytest.mark.skipif(not (ASKED and KEY), reason=f"{WHY}.")]


@pytest.mark.parametrize("name", CASES)
def test_the_simulator_sends_what_the_api_sends(name: str) -> None:
    async def both() -> tuple[list[Exchange], list[Exchange]]:
        server = await sim.serve(speed=0)
        try:
            async with httpx2.AsyncClient(timeout=120) as http:
                real = await sent(http, URL, KEY, CASES[name], PURSE)
            async with httpx2.AsyncClient(trust_env=False) as http:
                return real, await sent(http, server.url, "sim", CASES[name])
        finally:
            await server.close()

    try:
        pairs = zip(*asyncio.run(both()), strict=True)
    except TooDear as error:
        pytest.exit(str(error), returncode=1)
    found = [f"step {at}, {one}" for at, pair in enumerate(pairs, 1) for one in differences(*pair)]
    assert not found, "\n".join(found)
