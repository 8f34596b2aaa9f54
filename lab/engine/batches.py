"""Batches that went out, whoever waits for them: how they stand, their end asked for, or given up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from lab import store
from lab.engine.batching import door
from lab.engine.lab import Lab
from lab.errors import BadInput, LabError
from lab.providers import Providers
from lab.types import Principal

Row = Mapping[str, Any]
LOST = "Its batch was given up: whether this was answered, and billed, is not known."


def batch_named(lab: Lab, principal: Principal, id: str) -> Row:
    """The batch that is out under this name, its own or the API's. Raises BadInput."""
    rows = store.batches(lab.store.read, principal)
    found = next((each for each in rows if id in (each["id"], each["api_id"])), None)
    if found is None:
        raise BadInput(f"There is no batch '{id}'. `lab batches` lists them.")
    if found["state"] not in ("submitting", "out"):
        raise BadInput(f"The batch {id} is not out any more: {found['state']}.")
    return found


async def standings(lab: Lab, providers: Providers, rows: Sequence[Row]) -> dict[str, str]:
    """How batches that are out stand at the API, by their own ids: its word, or why it cannot be had."""

    async def one(row: Row) -> str:
        try:
            there = await door(lab, providers, row["endpoint"])
            return (await there.find(row["api_id"])).status
        except LabError as error:
            return str(error)

    asked = [row for row in rows if row["state"] == "out"]
    said = await asyncio.gather(*map(one, asked))
    return {row["id"]: words for row, words in zip(asked, said, strict=True)}


async def cancel(lab: Lab, providers: Providers, row: Row) -> None:
    """Ask for the end of a batch: what is not answered by then never is, nor billed. Raises LabError."""
    if row["api_id"] is None:
        raise BadInput(
            f"Whether the API has the batch {row['id']} is not known yet. To find out: "
            f"lab check --resume {row['run_id']}"
        )
    there = await door(lab, providers, row["endpoint"])
    await there.cancel(row["api_id"])


async def forget(lab: Lab, row: Row) -> None:
    """Give a batch up: its calls are of unknown outcome from now on."""
    lab.store.post(store.batch_lost(row["id"], LOST))
    await lab.store.commit(store.batch_ended(row["id"], "given up", {}, None))
