"""What a request would send and cost, before it is sent; and the most that one may send."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from lab import cost
from lab.engine.caching import marked
from lab.engine.lab import Lab, today
from lab.engine.window import tokens
from lab.errors import BadInput, CallError
from lab.types import Caller, Cost, Event, Request, Usage

Counter = Callable[[Request], Awaitable[int | None]]
"""The endpoint's own count of a request's input tokens; None where it counts none. Raises LabError."""

SURELY_BELOW, SURELY_ABOVE = 2, 4
"""How far off a limit the local estimate must be to decide alone: it takes 3 bytes for a token, which some
languages need more of, and counts files by the most that they are likely to be."""


class TooMuch(BadInput):
    """A request that `max_input_tokens` does not let out. There is no call: nothing of it is in the log."""


@dataclass(frozen=True)
class Forecast:
    """`tokens` that would go in; `counted` by the endpoint, else estimated. `cost` is from the input at full
    price to that and the longest answer. `cached`: some of it may be written to the cache or read from it."""

    tokens: int
    counted: bool
    cost: Cost
    max_tokens: int
    cached: bool
    simulated: bool

    def __str__(self) -> str:
        number = f"{self.tokens:,} tokens" if self.counted else f"about {self.tokens:,} tokens"
        said = [f"This would send {number}: {self._price()}, with an answer of up to {self.max_tokens:,}."]
        if not self.counted:
            said.append("The endpoint cannot count them; the number is an estimate.")
        if self.cached:
            said.append("What is in the cache already costs less; how much that is shows only in the answer.")
        if self.simulated:
            said.append("Of the simulated Claude: nobody pays.")
        return " ".join(said)

    def _price(self) -> str:
        if self.cost.floor is None or self.cost.upper is None:
            return "at a price that is not known"
        return f"{cost.dollars(self.cost.floor)} to {cost.dollars(self.cost.upper)}"


async def forecast(lab: Lab, count: Counter, request: Request) -> Forecast:
    """What this request would send, by the endpoint's count where it has one. Raises LabError."""
    counted = await count(request)
    number = estimate(request) if counted is None else counted
    cached = marked(request.options, request.system, *(message["content"] for message in request.messages))
    return Forecast(
        tokens=number,
        counted=counted is not None,
        cost=_cost(lab, request, number, cached),
        max_tokens=request.max_tokens,
        cached=cached,
        simulated=lab.endpoint(request.model).source == "simulated",
    )


def ceiling(call: Caller, lab: Lab, count: Counter) -> Caller:
    """`call`, but for requests that `max_input_tokens` does not let out: those raise TooMuch, unsent."""
    if not lab.settings.max_input_tokens:
        return call

    async def weighed(request: Request) -> AsyncGenerator[Event, None]:
        await weigh(lab, count, request)
        async with aclosing(call(request)) as events:
            async for event in events:
                yield event

    return weighed


async def weigh(lab: Lab, count: Counter, request: Request) -> None:
    """Raise TooMuch for a request above `max_input_tokens`. Where the local estimate is near it the endpoint
    counts; one that cannot leaves it to the estimate."""
    most, number, about = lab.settings.max_input_tokens, estimate(request), "about "
    if not most or number * SURELY_BELOW <= most:
        return
    if number <= most * SURELY_ABOVE:
        try:
            counted = await count(request)
        except CallError:
            counted = None
        if counted is not None:
            number, about = counted, ""
    if number > most:
        raise TooMuch(
            f"This request has {about}{number:,} input tokens, and max_input_tokens is {most:,}. Nothing was "
            "sent. Shorten it, begin a new conversation, or raise max_input_tokens."
        )


def estimate(request: Request) -> int:
    """Input tokens of a request by the size of what makes up its prompt."""
    said = [message["content"] for message in request.messages]
    more = [request.options[name] for name in ("tools", "output_config") if name in request.options]
    return sum(tokens(part) for part in (request.system, *said, *more) if part)


def _cost(lab: Lab, request: Request, number: int, cached: bool) -> Cost:
    """Written to the cache for an hour, all of it, is the dearest that input can be."""
    model, day, written = lab.model(request.model), today(), number if cached else 0
    least = Usage(
        input_tokens=number,
        output_tokens=0,
        speed=request.options.get("speed"),
        inference_geo=request.options.get("inference_geo"),
    )
    most = replace(
        least,
        input_tokens=number - written,
        output_tokens=request.max_tokens,
        cache_creation_input_tokens=written,
        ephemeral_1h_input_tokens=written,
    )
    low, high = (cost.settled(usage, model, day).amount for usage in (least, most))
    return Cost(None, low, high, "estimate")
