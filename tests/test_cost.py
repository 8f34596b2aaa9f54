"""What calls cost: numbers worked by hand from Anthropic's pricing page of 2026-10-10, in picodollars."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lab.bill import bill
from lab.cost import TERMS, dollars, estimated, exactly, settled, span, terms, worst_case
from lab.models import Model, catalogue
from lab.types import NOTHING_BILLED, Cost, Origin, Request, Usage

TODAY = date(2026, 11, 20)
MODELS = catalogue({"own": {"prices": [{"input": 1, "output": "0.0000005"}]}, "free": {}})


def usage(input: int = 0, output: int = 0, w5: int = 0, w1: int = 0, read: int = 0, **more: Any) -> Usage:
    """Usage as the API reports it, the split of cache writes included."""
    return Usage(input, output, w5 + w1, read, w5, w1, **more)


# Model, usage, then input, 5m write, 1h write, cache read, output and web search.
BILLS = {
    "every term": ("claude-sonnet-4-6", usage(1000, 500, 100, 10, 2000, web_search_requests=3),
        3_000_000_000, 375_000_000, 60_000_000, 600_000_000, 7_500_000_000, 30_000_000_000),
    "nothing": ("claude-sonnet-4-6", usage(), 0, 0, 0, 0, 0, 0),
    "short band": ("claude-haiku-5-5", usage(1000, 1000, 1000, 1000, 1000),
        100_000_000, 125_000_000, 200_000_000, 10_000_000, 500_000_000, 0),
    "short band, 100,000 in all": ("claude-haiku-5-5", usage(40_000, 10, 10_000, 20_000, 30_000),
        4_000_000_000, 1_250_000_000, 4_000_000_000, 300_000_000, 5_000_000, 0),
    "long band, 100,001 in all": ("claude-haiku-5-5", usage(40_001, 10, 10_000, 20_000, 30_000),
        20_000_500_000, 6_250_000_000, 20_000_000_000, 1_500_000_000, 25_000_000, 0),
    "long band by cache hits alone": ("claude-haiku-5-5", usage(1, 10, 0, 0, 100_000),
        500_000, 0, 0, 5_000_000_000, 25_000_000, 0),
    "long output stays in the short band": ("claude-haiku-5-5", usage(10, 120_000),
        1_000_000, 0, 0, 0, 60_000_000_000, 0),
    "no other model has bands": ("claude-sonnet-5-5", usage(900_000, 10),
        1_800_000_000_000, 0, 0, 0, 100_000_000, 0),
    "batch": ("claude-opus-5-5", usage(100, 100, 100, 100, 100, service_tier="batch", web_search_requests=1),
        200_000_000, 250_000_000, 400_000_000, 10_000_000, 1_000_000_000, 10_000_000_000),
    "batch, the smallest price there is": ("claude-haiku-5-5", usage(0, 0, 0, 0, 1, service_tier="batch"),
        0, 0, 0, 5_000, 0, 0),
    "geo": ("claude-opus-5-5", usage(100, 100, 100, 100, 100, inference_geo="us", web_search_requests=1),
        440_000_000, 550_000_000, 880_000_000, 22_000_000, 2_200_000_000, 10_000_000_000),
    "batch and geo": ("claude-haiku-5-5", usage(3, 3, 3, 3, 3, service_tier="batch", inference_geo="us"),
        165_000, 206_250, 330_000, 16_500, 825_000, 0),
    "geo elsewhere": ("claude-opus-5-5", usage(100, inference_geo="global"), 400_000_000, 0, 0, 0, 0, 0),
    "no geo before 4.6": ("claude-opus-4-5", usage(100, inference_geo="us"), 500_000_000, 0, 0, 0, 0, 0),
    "geo from 4.6": ("claude-opus-4-6", usage(100, inference_geo="us"), 550_000_000, 0, 0, 0, 0, 0),
    "reads at a tenth": ("claude-opus-4-8", usage(read=1000), 0, 0, 0, 500_000_000, 0, 0),
    "reads at a twentieth": ("claude-opus-5-5", usage(read=1000), 0, 0, 0, 200_000_000, 0, 0),
    "reads at a fortieth": ("claude-fable-5-1", usage(read=1000), 0, 0, 0, 250_000_000, 0, 0),
    "fast": ("claude-opus-5-5", usage(100, 100, 100, 100, 100, speed="fast"),
        800_000_000, 1_000_000_000, 1_600_000_000, 40_000_000, 4_000_000_000, 0),
    "fast and geo": ("claude-opus-4-8", usage(100, 100, 100, 100, 100, speed="fast", inference_geo="us"),
        1_100_000_000, 1_375_000_000, 2_200_000_000, 110_000_000, 5_500_000_000, 0),
    "standard speed": ("claude-opus-5", usage(100, 100, speed="standard"),
        500_000_000, 0, 0, 0, 2_500_000_000, 0),
    "fast where no such price is known": ("claude-opus-4-7", usage(1, 1, speed="fast"),
        None, 0, 0, 0, None, 0),
    "priority is a contract's price": (
        "claude-opus-5-5", usage(1, 1, 1, 0, 1, service_tier="priority", web_search_requests=1),
        None, None, 0, None, None, 10_000_000_000),
    "unknown cache prices": ("claude-mythos-5-2", usage(10, 10, 1, 1, 1),
        80_000_000, None, None, None, 400_000_000, 0),
    "unknown cache prices, not used": ("claude-mythos-5-2", usage(10, 10),
        80_000_000, 0, 0, 0, 400_000_000, 0),
    "no price at all": ("claude-mythos-preview", usage(10, 0, 0, 0, 0, web_search_requests=1),
        None, 0, 0, 0, 0, None),
    "a model of the team without prices": ("free", usage(10, 10), None, 0, 0, 0, None, 0),
    "tokens not reported": ("claude-opus-5-5", Usage(), None, 0, 0, 0, None, 0),
    "output not reported": ("claude-opus-5-5", Usage(100), 400_000_000, 0, 0, 0, None, 0),
    "no split": ("claude-opus-5-5", Usage(0, 0, cache_creation_input_tokens=100), 0, 500_000_000, 0, 0, 0, 0),
    "half a split": ("claude-opus-5-5", Usage(0, 0, 100, ephemeral_1h_input_tokens=40),
        0, 300_000_000, 320_000_000, 0, 0, 0),
    "a split without its sum": ("claude-opus-5-5", Usage(0, 0, ephemeral_5m_input_tokens=100),
        0, 500_000_000, 0, 0, 0, 0),
    "thinking is part of output": ("claude-opus-5-5", usage(0, 100, thinking_tokens=90),
        0, 0, 0, 0, 2_000_000_000, 0),
    "half a picodollar goes up": ("own", usage(0, 1), 0, 0, 0, 0, 1, 0),
    "three halves go up": ("own", usage(0, 3), 0, 0, 0, 0, 2, 0),
    "a quarter goes down": ("own", usage(0, 1, service_tier="batch"), 0, 0, 0, 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("case", BILLS)
def test_the_terms_that_are_kept_are_the_whole_bill(case: str) -> None:
    """Those, and what the same tokens of the prompt cost at the input price."""
    name, used, *expected = BILLS[case]
    found = settled(used, MODELS[name], TODAY)
    if found.amount is None:
        assert found.terms is None
        return
    first, five, hour, read, output, search = expected
    assert found.terms[:5] == (first, five + hour, read, output, search)
    assert sum(found.terms[:5]) == found.amount
    plain = replace(used, input_tokens=used.prompt_tokens, cache_creation_input_tokens=0)
    plain = replace(
        plain, cache_read_input_tokens=0, ephemeral_5m_input_tokens=0, ephemeral_1h_input_tokens=0
    )
    assert found.terms.uncached == terms(plain, MODELS[name], TODAY)["input"]
    assert (found.terms.thinking is None) == (used.thinking_tokens is None)


def test_thinking_is_told_apart_where_the_endpoint_does() -> None:
    used = usage(1000, 500, 100, 10, 2000, thinking_tokens=200)
    kept = settled(used, MODELS["claude-sonnet-4-6"], TODAY).terms
    assert (kept.thinking, kept.output) == (3_000_000_000, 7_500_000_000)
    assert kept.uncached == 3110 * 3_000_000  # dollars per million tokens are picodollars, times a million


@pytest.mark.parametrize("case", BILLS)
def test_every_term(case: str):
    model, used, *expected = BILLS[case]
    found = terms(used, MODELS[model], TODAY)
    assert found == dict(zip(TERMS, expected, strict=True))
    assert {type(value) for value in found.values()} <= {int, type(None)}


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2026, 10, 6), 200_000_000), (date(2026, 10, 7), 100_000_000), (TODAY, 100_000_000)],
)
def test_a_price_is_that_of_the_day(on: date, expected: int):
    assert terms(usage(read=1000), MODELS["claude-sonnet-5-5"], on)["cache_read"] == expected


@pytest.mark.parametrize(
    ("model", "used", "expected"),
    [
        ("claude-sonnet-4-6", usage(1000, 500, 100, 10, 2000, web_search_requests=3), 41_535_000_000),
        ("claude-mythos-5-2", usage(10, 10), 480_000_000),
        ("claude-mythos-5-2", usage(10, 10, 0, 0, 1), None),
        ("claude-opus-5-5", Usage(None, 10), None),
        ("claude-opus-5-5", Usage(10, None), None),
        ("claude-opus-5-5", usage(), 0),
    ],
)
def test_settled_is_the_sum_or_unknown(model: str, used: Usage, expected: int | None):
    assert settled(used, MODELS[model], TODAY) == Cost(expected, expected, expected, "usage")


def test_a_refusal_before_output_is_free_and_one_midway_is_not():
    model = MODELS["claude-opus-5-5"]
    used = usage(1000, 20, 10, web_search_requests=1)
    assert terms(used, model, TODAY, refused_unseen=True) == dict.fromkeys(TERMS, 0)
    assert settled(used, model, TODAY, refused_unseen=True) == NOTHING_BILLED
    # 4,000,000,000 in, 50,000,000 written, 400,000,000 out, 10,000,000,000 for the search
    assert settled(used, model, TODAY).amount == 14_450_000_000


def test_what_was_not_billed_costs_nothing_at_an_unknown_price():
    assert settled(usage(9), MODELS["claude-mythos-preview"], TODAY, refused_unseen=True) == NOTHING_BILLED


# Estimates


def request(model: str = "claude-opus-5-5", text: str = "", max_tokens: int = 100, **options: Any) -> Request:
    messages = ({"role": "user", "content": text},)
    return Request("r1", model, messages, max_tokens, Origin("chat", "ann"), options=options)


# {"model":"claude-opus-5-5","messages":[{"role":"user","content":""}],"max_tokens":100} is 86 bytes.
WORST = {
    "86 tokens in, 100 out": (request(), 2_344_000_000),
    "12 more for 5 letters, by UTF-8": (request(text="aéñ€😀"), 2_392_000_000),
    "fast: 101 in": (request(speed="fast"), 4_808_000_000),
    "geo: 107 in": (request(inference_geo="us"), 2_670_800_000),
    "caching: 123 in, at twice the price": (request(cache_control={"type": "ephemeral"}), 2_984_000_000),
    "talk of caching: 103 in": (request(text='"cache_control"'), 2_412_000_000),
    "tools bring a hidden prompt: 97 + 1,000 in": (request(tools=[]), 6_388_000_000),
    "short band: 100,000 in": (request("claude-haiku-5-5", "x" * 99_913), 10_050_000_000),
    "long band: 100,001 in": (request("claude-haiku-5-5", "x" * 99_914), 50_250_500_000),
    "a context of 200,000": (request("claude-opus-4-5", "x" * 300_000), 1_002_500_000_000),
    "half a letter": (request(text="\ud83d"), 2_356_000_000),
    "unknown price": (request("claude-mythos-preview"), None),
    "unknown price of writing the cache": (request("claude-mythos-5-2", cache_control={}), None),
    "unknown fast price": (request("claude-opus-4-7", speed="fast"), None),
}


@pytest.mark.parametrize("case", WORST)
def test_worst_case(case: str):
    asked, expected = WORST[case]
    assert worst_case(asked, MODELS[asked.model], TODAY) == expected


KNOWN = usage(10, 1, 4, 0, 20)  # 40,000,000 + 20,000,000 + 4,000,000: 64,000,000 of input


@pytest.mark.parametrize(
    ("used", "characters", "began", "floor", "upper"),
    [
        (KNOWN, 0, True, 64_000_000, 2_064_000_000),
        (KNOWN, 1, True, 84_000_000, 2_064_000_000),
        (KNOWN, 4, True, 84_000_000, 2_064_000_000),
        (KNOWN, 5, True, 104_000_000, 2_064_000_000),
        (KNOWN, 401, True, 2_064_000_000, 2_064_000_000),
        (replace(KNOWN, speed="fast"), 4, True, 168_000_000, 4_128_000_000),
        (None, 8, True, 40_000_000, 2_344_000_000),
        (Usage(), 0, True, 0, 2_344_000_000),
        (None, 0, False, 0, 2_344_000_000),
    ],
)
def test_estimated(used: Usage | None, characters: int, began: bool, floor: int, upper: int):
    model = MODELS["claude-opus-5-5"]
    found = estimated(request(), model, TODAY, usage=used, delivered_characters=characters, began=began)
    assert found == Cost(None, floor, upper, "estimate")


@pytest.mark.parametrize(("began", "floor"), [(True, None), (False, 0)])
def test_an_estimate_at_an_unknown_price_has_no_upper_bound(began: bool, floor: int | None):
    model = MODELS["claude-mythos-preview"]
    asked = request(model.id)
    found = estimated(asked, model, TODAY, usage=usage(9), delivered_characters=9, began=began)
    assert found == Cost(None, floor, None, "estimate")


# The bill of a logged call


def logged(model: Model, used: Usage, cost: Cost, on: date = TODAY, **fields: Any) -> dict[str, Any]:
    """A call as the log gives it, with the price of the day as it is stored."""
    price = model.price(on)
    stored = json.loads(json.dumps(asdict(price), default=str)) if price else None
    amounts = {"cost": cost.amount, "cost_floor": cost.floor, "cost_upper": cost.upper}
    row = {"model": model.id, "price": stored, "cost_basis": cost.basis, **amounts}
    return {**row, **asdict(used), **fields}


def added(parts: Any, end: str) -> int | None:
    amounts = [getattr(part, end) for part in parts if part.within is None]
    return None if None in amounts else sum(amounts)


@pytest.mark.parametrize("case", BILLS)
def test_a_bill_is_at_the_price_that_was_stored(case: str):
    name, used, *expected = BILLS[case]
    parts = bill(logged(MODELS[name], used, settled(used, MODELS[name], TODAY)), MODELS[name])
    whole = [part for part in parts if part.within is None]
    assert [(part.name, part.floor, part.upper) for part in whole] == [
        (term, cost, cost) for term, cost in zip(TERMS, expected, strict=True)
    ]


def test_a_bill_tells_tokens_rates_and_thinking():
    used = usage(1000, 500, 100, 10, 2000, web_search_requests=3, thinking_tokens=200)
    model = MODELS["claude-sonnet-4-6"]
    parts = bill(logged(model, used, settled(used, model, TODAY)))
    assert [(part.name, part.count, part.rate, part.within) for part in parts] == [
        ("input", 1000, 3, None),
        ("cache_write_5m", 100, Decimal("3.75"), None),
        ("cache_write_1h", 10, 6, None),
        ("cache_read", 2000, Decimal("0.3"), None),
        ("output", 500, 15, None),
        ("thinking", 200, 15, "output"),
        ("web_search", 3, 10_000, None),
    ]
    assert parts[5].floor == parts[5].upper == 3_000_000_000


def test_a_bill_of_old_stays_at_the_old_price():
    model, used = MODELS["claude-sonnet-5-5"], usage(read=1000)
    call = logged(model, used, settled(used, model, date(2026, 10, 6)), on=date(2026, 10, 6))
    assert [part.upper for part in bill(call, model)] == [0, 0, 0, 200_000_000, 0, 0]


@pytest.mark.parametrize("written", [0, 1, 200, 5000])
def test_the_bill_of_a_cut_call_is_open_at_its_output(written: int):
    model = MODELS["claude-opus-5-5"]
    used = replace(KNOWN, output_tokens=1)
    cost = estimated(request(), model, TODAY, usage=used, delivered_characters=written, began=True)
    parts = bill(logged(model, used, cost), model)
    assert (added(parts, "floor"), added(parts, "upper")) == (cost.floor, cost.upper)
    open_at = [part.name for part in parts if part.floor != part.upper]
    assert open_at == (["output"] if cost.floor != cost.upper else [])
    assert [part.count for part in parts if part.name == "output"] == [None]


def test_where_nothing_was_billed_all_parts_are_nought():
    model, used = MODELS["claude-opus-5-5"], usage(1000, 20, thinking_tokens=20)
    parts = bill(logged(model, used, NOTHING_BILLED), model)
    assert {(part.floor, part.upper) for part in parts} == {(0, 0)}
    assert [part.count for part in parts] == [1000, 0, 0, 0, 20, 20, 0]
    assert bill(logged(MODELS["free"], Usage(), NOTHING_BILLED))[0].count is None


NO_PARTS = {
    "not begun": (usage(10, 10), Cost(None, None, None, None), {}),
    "sent, and no reply": (Usage(), Cost(None, 0, 5, "estimate"), {}),
    "another price than was paid": (usage(10, 10), Cost(1, 1, 1, "usage"), {}),
    "less than its input": (KNOWN, Cost(None, 1, 2, "estimate"), {}),
    "no price, though there was one": (usage(10, 10), Cost(1, 1, 1, "usage"), {"price": None}),
    "a price without a number": (usage(10, 10), Cost(1, 1, 1, "usage"), {"price": {"input": 1}}),
}


@pytest.mark.parametrize("case", NO_PARTS)
def test_parts_that_do_not_add_up_are_not_shown(case: str):
    used, cost, fields = NO_PARTS[case]
    assert bill(logged(MODELS["claude-opus-5-5"], used, cost, **fields)) == ()


def test_an_unknown_price_is_unknown_in_its_part_alone():
    model, used = MODELS["claude-mythos-5-2"], usage(10, 10, read=5)
    parts = bill(logged(model, used, settled(used, model, TODAY)), model)
    assert [part.upper for part in parts] == [80_000_000, 0, 0, None, 400_000_000, 0]
    assert parts[3].rate is None


# For people


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "unknown"),
        (0, "$0"),
        (1, "$0.000000000001"),
        (5_500, "$0.0000000055"),
        (420_000_000, "$0.00042"),
        (424_999_999, "$0.00042"),
        (425_000_000, "$0.00043"),
        (1_000_000_000, "$0.001"),
        (4_200_000_000, "$0.0042"),
        (99_600_000_000, "$0.10"),
        (20_000_000_000, "$0.02"),
        (500_000_000_000, "$0.50"),
        (994_999_999_999, "$0.99"),
        (995_000_000_000, "$1.00"),
        (1_000_000_000_000, "$1.00"),
        (1_234_999_999_999, "$1.23"),
        (1_235_000_000_000, "$1.24"),
        (1_234_567_890_000_000_000, "$1,234,567.89"),
        (999_995_000_000_000, "$1,000.00"),
    ],
)
def test_dollars(amount: int | None, shown: str):
    assert dollars(amount) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "unknown"),
        (0, "$0"),
        (1, "$0.000000000001"),
        (774_000_000, "$0.000774"),
        (10_000_000_000_000, "$10"),
        (1_234_567_890_120_000_000, "$1234567.89012"),
    ],
)
def test_exactly(amount: int | None, shown: str):
    assert exactly(amount) == shown


@pytest.mark.parametrize(
    ("cost", "shown"),
    [
        (Cost(4_200_000_000, 4_200_000_000, 4_200_000_000, "usage"), "$0.0042"),
        (Cost(None, None, None, "usage"), "unknown"),
        (NOTHING_BILLED, "$0"),
        (Cost(None, 1_000_000_000, 20_000_000_000, "estimate"), "$0.001 to $0.02 (estimate)"),
        (Cost(None, 0, 20_000_000_000, "estimate"), "$0 to $0.02 (estimate)"),
        (Cost(None, 20_000_000_000, 20_000_000_001, "estimate"), "$0.02 (estimate)"),
        (Cost(None, 0, None, "estimate"), "unknown"),
        (Cost(None, None, None, "estimate"), "unknown"),
    ],
)
def test_span(cost: Cost, shown: str):
    assert span(cost) == shown


# Properties

COUNTS = st.integers(0, 150_000)
TIERS = {
    "service_tier": st.sampled_from([None, "standard", "batch"]),
    "inference_geo": st.sampled_from([None, "global", "us"]),
}
USAGES = st.builds(usage, *[COUNTS] * 5, web_search_requests=st.integers(0, 9), **TIERS)
UNPRICED = ("claude-mythos-preview", "claude-mythos-5-2")
PRICED = st.sampled_from([model for model in catalogue().values() if model.id not in UNPRICED])


def parted(whole: Usage, share: int) -> tuple[Usage, Usage]:
    """The same usage as two: `share` hundredths of every count, and the rest."""
    numbers = {name: count for name, count in asdict(whole).items() if isinstance(count, int)}
    part = {name: count * share // 100 for name, count in numbers.items()}
    written = part["ephemeral_5m_input_tokens"] + part["ephemeral_1h_input_tokens"]
    part["cache_creation_input_tokens"] = written
    return replace(whole, **part), replace(whole, **{n: count - part[n] for n, count in numbers.items()})


@given(PRICED, USAGES)
def test_a_bill_is_the_sum_of_its_terms_and_never_a_float(model, used):
    found = terms(used, model, TODAY)
    cost = settled(used, model, TODAY)
    assert all(type(value) is int and value >= 0 for value in found.values())
    assert cost.amount == cost.floor == cost.upper == sum(found.values())
    assert type(cost.amount) is int


@given(PRICED, USAGES, COUNTS)
def test_the_parts_of_any_bill_add_up_to_what_is_stored(model, used, thinking):
    used = replace(used, thinking_tokens=min(thinking, used.output_tokens))
    cost = settled(used, model, TODAY)
    parts = bill(logged(model, used, cost), model)
    assert added(parts, "floor") == added(parts, "upper") == cost.amount
    assert all(part.upper <= parts[TERMS.index("output")].upper for part in parts if part.within)


@given(PRICED, st.text(), st.integers(1, 1000), st.integers(0, 5000), USAGES)
def test_the_parts_of_any_estimate_add_up_to_its_ends(model, text, max_tokens, characters, used):
    asked = request(model.id, text, max_tokens)
    cost = estimated(asked, model, TODAY, usage=used, delivered_characters=characters, began=True)
    parts = bill(logged(model, used, cost), model)
    assert (added(parts, "floor"), added(parts, "upper")) == (cost.floor, cost.upper)


@given(PRICED, USAGES, st.integers(0, 100))
def test_parts_cost_what_the_whole_does_within_a_band(model, used, share):
    parts = parted(used, share)
    rates = {model.price(TODAY).rates(each.prompt_tokens) for each in (used, *parts)}
    assume(len(rates) == 1)
    whole = settled(used, model, TODAY).amount
    assert whole == sum(settled(part, model, TODAY).amount for part in parts)


@given(PRICED, st.text(), st.integers(1, 1000), st.integers(0, 5000), COUNTS)
def test_an_estimate_never_ends_below_where_it_begins(model, text, max_tokens, characters, tokens):
    asked = request(model.id, text, max_tokens)
    found = estimated(asked, model, TODAY, usage=usage(tokens), delivered_characters=characters, began=True)
    assert 0 <= found.floor <= found.upper
