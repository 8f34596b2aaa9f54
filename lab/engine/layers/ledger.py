"""No row, no call: an attempt is on the disk, its cost reserved, before its first byte leaves."""

from __future__ import annotations

from asyncio import CancelledError
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from time import perf_counter

from lab import cost, store
from lab.answer import Answer
from lab.engine.lab import Lab, today
from lab.engine.purse import Purse
from lab.errors import BudgetSpent, CallError, Enclosed, LabError, StoreError
from lab.models import Model
from lab.store import Short
from lab.types import NOTHING_BILLED, Caller, Cost, Done, Event, Note, Reply, Request, Sent, Started


def ledger(call: Caller, lab: Lab) -> Caller:
    """Commits the attempt's row, then settles what it cost however it ends, but in a batch. An attempt that
    the budget of its run has no room for waits for calls of the run to end; where none is under way it raises
    BudgetSpent."""
    purses: defaultdict[str | None, Purse] = defaultdict(Purse)

    async def recorded(request: Request) -> AsyncGenerator[Event, None]:
        model, purse = lab.model(request.model), purses[request.origin.run]
        while True:
            yield Sent(request)
            ends = purse.ends
            number = await _reserve(lab, request, model)
            if type(number) is int:
                break
            yield Note("budget", "waiting for other calls to end: the budget has no room for one more")
            if not await purse.room(ends):
                raise _spent(number)
        purse.opened()
        answer, sent = Answer(), perf_counter()
        try:
            async with aclosing(call(request)) as events:
                async for event in events:
                    if type(event) is Done:
                        event = Done(replace(event.reply, cost=settled(event.reply, model, today())))
                    answer.add(event)
                    if type(event) is Started:
                        floor = _cut(request, answer, model)
                        lab.store.post(store.attempt_streaming(request.id, number, event, floor))
                    yield event
            if answer.reply is None:
                raise _unfinished(answer)
        except BaseException as error:
            answer.fail(error)
            raise
        finally:
            _end(lab, request, number, answer, perf_counter() - sent)
            purse.ended()

    return recorded


def _end(lab: Lab, request: Request, number: int, answer: Answer, seconds: float) -> None:
    if isinstance(answer.error, Enclosed):
        return
    paid = answer.reply.cost if answer.reply else _cut(request, answer, lab.model(request.model))
    lab.store.post(store.attempt_ended(request.id, number, answer, paid, seconds))


async def _reserve(lab: Lab, request: Request, model: Model) -> int | Short:
    """Commit the attempt's row. Gives its number; without one (the budget is short of room, or StoreError is
    raised) there is no call."""
    worst = cost.worst_case(request, model, today(), batched=lab.batched)
    try:
        return await lab.store.commit(store.attempt_started(request.id, worst, lab.batched))
    except StoreError as error:
        raise type(error)(f"{error} Nothing was sent.") from None
    except CancelledError:
        lab.store.post(store.attempt_withdrawn(request.id))
        raise


def _spent(short: Short) -> BudgetSpent:
    left = cost.dollars(max(short.cap - short.reserved, 0))
    return BudgetSpent(
        f"The budget of {cost.dollars(short.cap)} has no room for another call, which may cost more than the "
        f"{left} that are left of it."
    )


def _unfinished(answer: Answer) -> CallError:
    """For a stream that just stops: it breaks the contract of a Caller, and is no answer."""
    began = answer.started is not None
    sentence = "The answer stopped without its end; what arrived is kept. Ask again to have it whole."
    status, state = (200, "truncated") if began else (None, "unknown")
    return CallError(sentence, status=status, type="incomplete_stream", state=state)


def settled(reply: Reply, model: Model, on: date) -> Cost:
    """What the API says it cost, at the prices of a day. A refusal before any output is reported, but not
    billed."""
    unseen = reply.stop_reason == "refusal" and not reply.content
    return cost.settled(reply.usage, model, on, refused_unseen=unseen)


def _cut(request: Request, answer: Answer, model: Model) -> Cost:
    """What a call without an end may have cost."""
    if _free(answer.error):
        return NOTHING_BILLED
    usage = answer.started.usage if answer.started else None
    return cost.estimated(
        request, model, today(), usage=usage, delivered_characters=answer.characters, began=usage is not None
    )


def _free(error: BaseException | None) -> bool:
    """Whether it is sure that nothing was billed: nothing left, or the API refused to serve."""
    if isinstance(error, CallError):
        return not error.sent or (error.state == "failed" and error.status != 200)
    return isinstance(error, LabError)  # there was no call: no key, no simulated Claude
