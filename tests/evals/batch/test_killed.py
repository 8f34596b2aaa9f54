"""What `kill -9` leaves at each moment of a batch, and that going on submits nothing twice and loses nothing.

The server tells when it comes to a moment. The database is copied then: that is all that a process which is
killed there leaves behind.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.evals.batch.kit import TEXT, Team, serving, team, tokens_agree

MOMENTS = (("create", 1), ("create", 2), ("created", 1), ("created", 2), ("results", 1), ("half", 2))
JUDGED = TEXT.replace("graders: [", "graders: [{judge: 'Is it short?'}, ")


async def killed(folder: Path, moment: str, time: int) -> tuple[Team, dict[str, Any]]:
    """Those who go on after the kill, and their run in the end."""
    came, reached = 0, asyncio.Event()
    left: list[Team] = []

    async def told(said: str) -> None:
        nonlocal came
        came += said == moment
        if said == moment and came == time and not left:
            left.append(first.copied("killed.db"))
            reached.set()
            if moment == "create":
                raise ConnectionError  # it never arrived

    async with serving(folder, told) as first:
        running = asyncio.ensure_future(first.checked())
        waiting = asyncio.ensure_future(reached.wait())
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        with suppress(BaseException):
            await running
        [after] = left
        run = await after.gone_on()
        assert run["summary"]["scores"], run["summary"]
        assert tokens_agree(after)
        return after, run


@pytest.mark.parametrize(("moment", "time"), MOMENTS)
def test_after_a_kill(tmp_path: Path, moment: str, time: int) -> None:
    """The first batch holds the answers, the second what judges are asked about them."""

    async def test() -> None:
        after, run = await killed(team(tmp_path, JUDGED), moment, time)
        assert len(run["results"]) == 6
        assert all(None not in [grade["passed"] for grade in each["grades"]] for each in run["results"])
        assert {each["source"] for each in run["results"]} == {"simulated"}
        unsent = {("create", 1): 6, ("create", 2): 3}.get((moment, time), 0)
        assert after.one("SELECT count(*) FROM attempts WHERE cost = 0") == unsent

    asyncio.run(test())
