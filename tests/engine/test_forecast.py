"""What a request would send and cost, and the most that one may send."""

from __future__ import annotations

import asyncio

import pytest

from lab.engine import TooMuch, ceiling, forecast
from lab.engine.forecast import Counter, estimate
from lab.errors import CallError
from lab.models import catalogue
from lab.providers import Providers
from lab.store import Store
from lab.types import Request
from tests.engine.kit import answer, caller, collect, lab_of, request, simulated

TEXT = "word " * 60
ESTIMATE = estimate(request(TEXT))
MARK = {"type": "ephemeral"}


def counter(found: int | Exception | None, asked: list[Request]) -> Counter:
    """An endpoint that counts so many, or cannot."""

    async def count(one: Request) -> int | None:
        asked.append(one)
        if isinstance(found, Exception):
            raise found
        return found

    return count


@pytest.mark.parametrize(
    ("counted", "options", "said"),
    [
        (1000, {}, "This would send 1,000 tokens: $0.001 to $0.0015, with an answer of up to 100."),
        (None, {}, f"This would send about {ESTIMATE} tokens: $0.00"),
        (None, {}, "The endpoint cannot count them; the number is an estimate."),
        (1000, {"cache_control": MARK}, "tokens: $0.001 to $0.0025,"),
        (1000, {"cache_control": {**MARK, "ttl": "1h"}}, "tokens: $0.001 to $0.0025,"),
        (1000, {"cache_control": MARK}, "What is in the cache already costs less"),
    ],
)
def test_a_forecast_in_words(store: Store, counted: int | None, options: dict, said: str) -> None:
    found = asyncio.run(forecast(lab_of(store), counter(counted, []), request(TEXT, options=options)))
    assert said in str(found)


def test_an_unknown_price_is_unknown(store: Store) -> None:
    lab = lab_of(store)
    object.__setattr__(lab, "models", catalogue({"mine": {}}))
    found = asyncio.run(forecast(lab, counter(5, []), request(model="mine")))
    assert "at a price that is not known" in str(found)


@pytest.mark.parametrize(
    ("most", "counted", "asks", "refused"),
    [
        (0, 10**9, False, None),
        (ESTIMATE * 2, 10**9, False, None),
        (ESTIMATE * 2 - 1, 10, True, None),
        (ESTIMATE - 1, ESTIMATE - 1, True, None),
        (100, 101, True, "This request has 101 input tokens, and max_input_tokens is 100. Nothing was sent."),
        (100, None, True, f"has about {ESTIMATE} input tokens"),
        (100, CallError("No.", status=529), True, f"has about {ESTIMATE} input tokens"),
        (ESTIMATE + 1, None, True, None),
        (20, 1, False, f"has about {ESTIMATE} input tokens"),
    ],
)
def test_a_ceiling(
    store: Store, most: int, counted: int | None | Exception, asks: bool, refused: str | None
) -> None:
    asked: list[Request] = []
    lab = lab_of(store, max_input_tokens=most)
    call = ceiling(caller(*answer("a")), lab, counter(counted, asked))
    if refused:
        with pytest.raises(TooMuch) as caught:
            asyncio.run(collect(call, request(TEXT)))
        assert refused in str(caught.value)
    else:
        assert len(asyncio.run(collect(call, request(TEXT)))) == 3
    assert bool(asked) == asks


def test_the_count_is_what_the_answer_reports(store: Store) -> None:
    """Over the wire: with a system text, a schema, and options that the counter would refuse left out."""
    form = {"type": "json_schema", "schema": {"type": "object"}}
    options = {
        "output_config": {"format": form}, "metadata": {"user_id": "x"}, "stop_sequences": ["x"],
    }  # fmt: skip

    async def both() -> tuple[int | None, int]:
        async with simulated(store) as (call, lab, server):
            asked = request(TEXT, system="Be brief.", options=options)
            providers = Providers(lab.settings)
            counted = await providers.of(lab.home).count(asked)
            await providers.close()
            events = await collect(call, asked)
            assert server.stats.count_tokens == 1
            return counted, events[-1].reply.usage.prompt_tokens

    counted, reported = asyncio.run(both())
    assert counted == reported
