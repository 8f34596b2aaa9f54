"""Rate limits and the clock they refill by."""

from datetime import datetime

import anthropic
import pytest

from lab.sim.clock import Clock
from lab.sim.http import Problem
from lab.sim.limits import TIER, Limits

from .wire import NEW, OLD, question, run

KINDS = ("requests", "input-tokens", "output-tokens", "tokens")
LONG = "All work and no play makes a long prompt. " * 600


def limits(**sizes: int) -> tuple[Clock, Limits]:
    clock = Clock(lambda: 0.0)
    return clock, Limits(clock, {name.replace("_", "-"): size for name, size in sizes.items()})


def left(headers) -> list[int]:
    return [int(headers[f"anthropic-ratelimit-{kind}-remaining"]) for kind in KINDS]


async def advance(client, seconds) -> None:
    await client.post("/clock", body={"advance": seconds}, cast_to=object)


def test_too_many_requests_are_refused_until_time_has_passed():
    async def test(server, client):
        for _ in range(3):
            await client.messages.create(**question())
        with pytest.raises(anthropic.RateLimitError) as caught:
            await client.messages.create(**question())
        headers = caught.value.response.headers
        assert (caught.value.type, headers["retry-after"]) == ("rate_limit_error", "20")
        assert (left(headers)[0], headers["anthropic-ratelimit-requests-limit"]) == (0, "3")
        assert (server.stats.errors, server.stats.completed) == (1, 3)
        await client.messages.create(**question(model=NEW))
        await client.with_options(api_key="other").messages.create(**question())
        await advance(client, 20)
        await client.messages.create(**question())
        with pytest.raises(anthropic.RateLimitError):
            await client.messages.create(**question())
        await advance(client, 7200)
        raw = await client.messages.with_raw_response.create(**question())
        assert left(raw.headers)[0] == 2

    run(test, limits={"requests": 3}, clock=lambda: 0.0)


def test_reads_from_the_cache_are_free_and_the_headers_are_true():
    async def test(server, client):
        asked = question(LONG, cache_control={"type": "ephemeral"})
        first = await client.messages.with_raw_response.create(**asked)
        size = (await first.parse()).usage.cache_creation_input_tokens
        rounded = round((10_000 - size) / 1000) * 1000
        assert left(first.headers) == [999, rounded, 1000, rounded + 1000]
        again = await client.messages.with_raw_response.create(**asked)
        assert left(again.headers)[:2] == [998, rounded]
        assert left(again.headers)[2] == 1000
        with pytest.raises(anthropic.RateLimitError, match="input-tokens"):
            await client.messages.create(**question(f"New. {LONG}"))
        other = await client.models.with_raw_response.list()
        assert left(other.headers)[0] == 1000

    run(test, limits={"input-tokens": 10_000, "output-tokens": 1000}, clock=lambda: 0.0)


def test_output_counts_when_it_is_written():
    async def test(server, client):
        await client.messages.create(**question("[[words 250]]", max_tokens=5000))
        with pytest.raises(anthropic.RateLimitError, match="output-tokens") as caught:
            await client.messages.create(**question())
        assert caught.value.response.headers["retry-after"] == "91"  # 151 tokens at 100 a minute

    run(test, limits={"output-tokens": 100}, clock=lambda: 0.0)


def test_by_default_nothing_is_refused_and_the_first_tier_is_shown():
    async def test(server, client):
        for _ in range(3):
            raw = await client.messages.with_raw_response.create(**question())
            assert left(raw.headers)[:3] == list(TIER.values())
            assert int(raw.headers["anthropic-ratelimit-requests-limit"]) == TIER["requests"]

    run(test)


def test_the_moment_of_being_full_again():
    clock, own = limits(requests=60)
    for _ in range(30):
        own.take("key", OLD, 0)
    stamps = [own.headers("key", name)["anthropic-ratelimit-requests-reset"] for name in (OLD, NEW)]
    used, unused = (datetime.fromisoformat(stamp) for stamp in stamps)
    assert (used - unused).total_seconds() == 30
    clock.advance(10)
    assert left(own.headers("key", OLD))[0] == 40


def test_models_that_share_a_limit():
    _, own = limits(requests=1)
    own.take("key", "claude-opus-4-5", 0)
    with pytest.raises(Problem):
        own.take("key", "claude-opus-4-8", 0)
    own.take("key", "claude-opus-5", 0)
    own.take("key", "claude-sonnet-4-5", 0)
    with pytest.raises(Problem):
        own.take("key", "claude-sonnet-4-6", 0)


def test_what_is_more_than_a_minutes_worth_never_fits():
    clock, own = limits(input_tokens=100)
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            own.take("key", OLD, 101)
        assert caught.value.headers == {"retry-after": "1"}
        clock.advance(1000)


@pytest.mark.parametrize("seconds", [None, "60", -1, True, float("nan"), float("inf")])
def test_the_clock_goes_forward_only(seconds):
    with pytest.raises(Problem):
        Clock().advance(seconds)


@pytest.mark.parametrize(("ttl", "seconds"), [("5m", 300), ("1h", 3600)])
def test_a_cache_entry_expires_without_waiting(ttl, seconds):
    async def test(server, client):
        asked = question(LONG, cache_control={"type": "ephemeral", "ttl": ttl})

        async def read() -> int:
            return (await client.messages.create(**asked)).usage.cache_read_input_tokens

        await read()
        await advance(client, seconds - 1)
        assert await read() > 0
        await advance(client, seconds)
        assert await read() == 0

    run(test, clock=lambda: 0.0)
