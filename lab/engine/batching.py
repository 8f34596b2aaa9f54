"""Message Batches: how calls that were put into a box go out together, are found again, and are collected.

What happens between two statements here may be the last that a process does. Rows come first: of a batch that
is `submitting` nobody knows whether the API has it, so that it is looked for before anything goes out again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from lab import store
from lab.answer import Answer
from lab.batch import Batch, Outcome
from lab.engine.lab import Lab
from lab.engine.layers.ledger import settled
from lab.engine.layers.retry import backoff
from lab.engine.layers.trace import trace
from lab.errors import BadInput, CallError, LabError
from lab.models import Endpoint
from lab.providers import Batches, Providers
from lab.types import NOTHING_BILLED, Done, Event, Origin, Principal, Request, Started, new_id

PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Seconds between two looks at a batch; the last one again and again."""
EARLIER = timedelta(days=1)
"""How far the API's clock may be behind this machine's: further than any that TLS lets in."""
TOGETHER = 200
"""Results that are written down before more are read."""
ATTEMPTS = 3
Row = Mapping[str, Any]
Tell = Callable[[str], None]


class Failure(NamedTuple):
    """A call that came back without an answer, and unbilled; `about` is its row. `again`: it was not the
    request's fault. `cut`: it expired, or was cancelled with its batch."""

    about: Row
    again: bool
    cut: bool


async def door(lab: Lab, providers: Providers, name: str) -> Batches:
    """The batches of the endpoint that has this name. Raises LabError."""
    known: dict[str, Endpoint] = {each.name: each for each in (*lab.endpoints.values(), lab.home)}
    if name not in known:
        raise BadInput(
            f"The batch went to the endpoint '{name}', which is not known now. Set its key, or its table in "
            "lab.toml, as it was."
        )
    return await providers.of(known[name]).batches()


async def submit(
    lab: Lab, there: Batches, run: str, principal: Principal, requests: Sequence[Request], tell: Tell
) -> None:
    """Send requests of one endpoint, whose rows are on the disk, as a batch. Raises LabError where the API
    did not take it: then nothing of it is billed."""
    id, endpoint = new_id(), lab.endpoint(requests[0].model)
    calls = [each.id for each in requests]
    await lab.store.commit(
        store.batch_opened(id, run, principal, endpoint.name, endpoint.source, calls)
    )  # a call of a batch has one attempt
    try:
        found = await _created(lab, there, {f"{each.id}-1": each for each in requests}, tell)
    except CallError as error:
        unclear = error.sent and (error.status is None or error.status >= 500)
        [row] = [each for each in store.batches(lab.store.read, principal, run=run) if each["id"] == id]
        found = await sought(lab, there, row, tell) if unclear else None
        if found is None:
            await _refused(lab, id, str(error))
            raise
    await noted(lab, id, found)


async def noted(lab: Lab, id: str, found: Batch) -> None:
    """Write down what the API calls a batch."""
    await lab.store.commit(store.batch_out(id, found.id, found.created_at, found.expires_at))


async def sought(lab: Lab, there: Batches, row: Row, tell: Tell) -> Batch | None:
    """The batch of a submission whose end nobody saw; None where the API has none of it, so that nothing is
    billed. Only its results say whose a batch is: one that may be this is waited for. Raises LabError."""
    mine, others = store.calls_out(lab.store.read, row["id"]), set[str]()
    looked_again, pauses, said = False, _pauses(), ""
    since = datetime.fromisoformat(row["made_at"]) - EARLIER
    while True:
        known, going = store.names_known(lab.store.read) | others, []
        async with aclosing(there.newest()) as batches:
            async for batch in batches:
                if datetime.fromisoformat(batch.created_at) < since:
                    break
                if batch.id not in known and batch.requests == row["requests"]:
                    going.append(batch)
        for batch in [each for each in going if each.status == "ended"]:
            going.remove(batch)
            others.add(batch.id)
            if await _holds(there, batch, mine):
                return batch
        if going:
            if (maybe := going[0].id) != said:
                tell(f"Whether {maybe} is the batch whose submission was cut shows when it has ended.")
            said = maybe
            await asyncio.sleep(next(pauses))
        elif looked_again:
            await _refused(lab, row["id"], "The lab ended before the API had this batch.")
            return None
        else:
            looked_again = True  # it may still be on its way
            await asyncio.sleep(lab.settings.first_token_timeout)


async def ended(lab: Lab, there: Batches, row: Row, tell: Tell) -> Batch | None:
    """Wait for the end of a batch. None where a simulated API has forgotten it, and nobody pays. Raises
    LabError where the API does not know it, or does not let it be seen."""
    pauses = _pauses()
    while True:
        try:
            found = await there.find(row["api_id"])
        except CallError as error:
            if error.status == 404 and row["source"] == "simulated":
                await _refused(lab, row["id"], "The simulated Claude that had this batch has ended.")
                return None
            if error.status == 404:
                raise LabError(
                    f"The API does not know the batch {row['api_id']} with this key. It may be another "
                    f"workspace's. If it is gone for good: lab batches forget {row['id']}"
                ) from None
            if error.status is not None and error.status < 500 and error.status not in (408, 409, 429):
                raise
            tell(f"{error} The batch is asked for again.")
        else:
            if found.status == "ended":
                return found
        await asyncio.sleep(next(pauses))


async def collect(lab: Lab, there: Batches, row: Row, batch: Batch) -> list[Failure]:
    """Put what a batch that has ended came to into the log, and give what has no answer. What was cut in the
    middle of this is done to its end the next time. Raises LabError."""
    left, failures = store.calls_out(lab.store.read, row["id"]), []
    day = datetime.fromisoformat(row["made_at"]).date()
    async with aclosing(there.results(batch.id)) as outcomes:
        async for outcome in outcomes:
            about = left.pop(outcome.custom_id.rpartition("-")[0], None)
            if about is None:
                continue  # it is in the log from the last time
            await _settled(lab, about, outcome, day)
            if outcome.error:
                cut = getattr(outcome.error, "type", "") in ("expired", "canceled")
                failures.append(Failure(about, outcome.again, cut))
            if len(left) % TOGETHER == 0:
                await lab.store.commit(lambda connection: None)
    if left:
        lab.store.post(store.batch_lost(row["id"], "The results of its batch do not hold it."))
    await lab.store.commit(store.batch_ended(row["id"], "collected", batch.counts, batch.ended_at))
    return failures


async def _created(lab: Lab, there: Batches, items: Mapping[str, Request], tell: Tell) -> Batch:
    """Tried again only where it is sure that there is no batch yet."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await there.create(items)
        except CallError as error:
            wait = error.retry_after or backoff(attempt)
            refused = not error.sent or (error.status == 429 and error.retry_after is not None)
            if not refused or wait > lab.settings.longest_wait:
                raise
            tell(f"{error} It is tried again in {wait:.1f} s.")
        await asyncio.sleep(wait)
    return await there.create(items)


async def _holds(there: Batches, batch: Batch, calls: Mapping[str, Any]) -> bool:
    """Whether it is a batch of these calls: its first result says so."""
    async with aclosing(there.results(batch.id)) as outcomes:
        async for outcome in outcomes:
            return outcome.custom_id.rpartition("-")[0] in calls
    return False


async def _settled(lab: Lab, about: Row, outcome: Outcome, day: date) -> None:
    """Write down how one call ended, and what it cost."""
    names = ("user", "prompt", "version", "variant", "repeat")
    origin = Origin(
        about["origin"], run=about["run_id"], case=about["case_id"], **{n: about[n] for n in names}
    )
    request, answer = Request(about["id"], about["model"], (), about["max_tokens"], origin), Answer()

    async def told(request: Request) -> AsyncGenerator[Event, None]:
        if outcome.reply is None:
            raise outcome.error
        reply = replace(outcome.reply, cost=settled(outcome.reply, lab.model(request.model), day))
        yield Started(reply.id, None, reply.model, reply.usage, {}, reply.source)
        yield Done(reply)

    try:
        async with aclosing(trace(told, lab)(request)) as events:
            async for event in events:
                answer.add(event)
    except CallError as error:
        answer.fail(error)
    if answer.started:
        lab.store.post(store.call_streaming(request.id, answer.started))
    paid = answer.reply.cost if answer.reply else NOTHING_BILLED
    lab.store.post(store.attempt_ended(request.id, 1, answer, paid, None))
    lab.store.post(store.call_ended(request.id, answer, None, None))


async def _refused(lab: Lab, id: str, why: str) -> None:
    """The API has no such batch: nothing of it is billed."""
    lab.store.post(store.calls_unsent([*store.calls_out(lab.store.read, id)], why))
    await lab.store.commit(store.batch_ended(id, "refused", {}, None, why))


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]
