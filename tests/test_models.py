"""The catalogue against the published tables, a team's overrides, and the sentences for what is wrong."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lab.errors import BadInput
from lab.models import Model, catalogue, find, retiring

TODAY = date(2026, 11, 20)

# Anthropic's pricing, caching and models pages: input, output, 5m write, 1h write and read in US dollars per
# million tokens; context; max output; shortest cacheable prefix; default effort.
PUBLISHED = """
claude-fable-5-2       8     40    10     16    0.20   1000000  128000  ?     high
claude-mythos-5-2      8     40    ?      ?     ?      1000000  128000  ?     ?
claude-haiku-5-5       0.10  0.50  0.125  0.20  0.01   1000000  128000  512   medium
claude-sonnet-5-5      2     10    2.50   4     0.10   1000000  128000  512   high
claude-fable-5-1       10    50    12.50  20    0.25   1000000  128000  512   high
claude-opus-5-5        4     20    5      8     0.20   1000000  128000  512   medium
claude-mythos-5-1      10    50    12.50  20    0.25   1000000  128000  512   high
claude-sonnet-5        2     10    2.50   4     0.20   1000000  128000  1024  high
claude-fable-5         10    50    12.50  20    1.00   1000000  128000  512   high
claude-mythos-5        10    50    12.50  20    1.00   1000000  128000  512   high
claude-opus-5          5     25    6.25   10    0.50   1000000  128000  512   high
claude-opus-4-8        5     25    6.25   10    0.50   1000000  128000  1024  high
claude-opus-4-7        5     25    6.25   10    0.50   1000000  128000  2048  high
claude-mythos-preview  ?     ?     ?      ?     ?      1000000  128000  2048  high
claude-opus-4-6        5     25    6.25   10    0.50   1000000  128000  4096  high
claude-sonnet-4-6      3     15    3.75   6     0.30   1000000  128000  1024  high
claude-haiku-4-5       1     5     1.25   2     0.10   200000   64000   4096  ?
claude-opus-4-5        5     25    6.25   10    0.50   200000   64000   4096  high
claude-sonnet-4-5      3     15    3.75   6     0.30   200000   64000   1024  ?
"""
ROWS = [line.split() for line in PUBLISHED.strip().splitlines()]

FIVE = ("low", "medium", "high", "xhigh", "max")
FOUR = ("low", "medium", "high", "max")
TOP = ("xhigh", "max")
MANUAL = ("adaptive", "enabled", "disabled")
# thinking types, default, efforts that need thinking, efforts, newer tokenizer, forced tools, prefill, geo,
# system messages between turns.
ABILITIES = {
    "claude-fable-5-2": (("adaptive",), "always", (), FIVE, True, None, False, True, None),
    "claude-mythos-5-2": (("adaptive",), "always", (), FIVE, True, None, False, True, None),
    "claude-haiku-5-5": (("adaptive", "disabled"), "on", TOP, FIVE, True, True, False, True, True),
    "claude-sonnet-5-5": (("adaptive", "between_tools"), "on", TOP, FIVE, True, False, False, True, True),
    "claude-fable-5-1": (("adaptive",), "always", (), FIVE, True, False, False, True, True),
    "claude-opus-5-5": (("adaptive",), "always", (), FIVE, True, False, False, True, True),
    "claude-mythos-5-1": (("adaptive",), "always", (), FIVE, True, False, False, True, True),
    "claude-sonnet-5": (("adaptive", "disabled"), "on", (), FIVE, True, True, False, True, False),
    "claude-fable-5": (("adaptive",), "always", (), FIVE, True, True, False, True, True),
    "claude-mythos-5": (("adaptive",), "always", (), FIVE, True, True, False, True, True),
    "claude-opus-5": (("adaptive", "disabled"), "on", TOP, FIVE, True, True, False, True, True),
    "claude-opus-4-8": (("adaptive", "disabled"), "off", (), FIVE, True, True, False, True, True),
    "claude-opus-4-7": (("adaptive", "disabled"), "off", (), FIVE, True, True, False, True, False),
    "claude-mythos-preview": (("adaptive", "enabled"), "always", (), FOUR, None, None, False, None, False),
    "claude-opus-4-6": (MANUAL, "off", (), FOUR, False, True, False, True, False),
    "claude-sonnet-4-6": (MANUAL, "off", (), FOUR, False, True, False, True, False),
    "claude-haiku-4-5": (("enabled", "disabled"), "off", (), (), False, True, True, False, False),
    "claude-opus-4-5": (("enabled", "disabled"), "off", (), FOUR[:3], False, True, True, False, False),
    "claude-sonnet-4-5": (("enabled", "disabled"), "off", (), (), False, True, True, False, False),
}


def number(text: str) -> Decimal | None:
    return None if text == "?" else Decimal(text)


def test_the_catalogue_holds_the_published_models_and_no_others():
    assert [row[0] for row in ROWS] == list(catalogue()) == list(ABILITIES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_model_has_its_published_prices_and_limits(row: list[str]):
    model = catalogue()[row[0]]
    price = model.price(TODAY)
    if row[1] == "?":
        assert price is None
    else:
        multipliers = (price.cache_write_5m, price.cache_write_1h, price.cache_read)
        cached = [None if multiplier is None else multiplier * price.input for multiplier in multipliers]
        assert [price.input, price.output, *cached] == [number(text) for text in row[1:6]]
        assert price.source
    limits = [model.context, model.max_output, model.min_cache]
    assert limits == [None if text == "?" else int(text) for text in row[6:9]]
    assert model.effort_default == (None if row[9] == "?" else row[9])


@pytest.mark.parametrize("name", ABILITIES)
def test_a_model_has_its_published_abilities(name: str):
    model = catalogue()[name]
    thinking = (model.thinking, model.thinking_default, model.thinking_required_at, model.effort)
    allowed = (model.forced_tools, model.prefill, model.inference_geo, model.system_turns)
    assert (*thinking, model.new_tokenizer, *allowed) == ABILITIES[name]
    assert model.line == name.split("-")[1]
    assert model.name == name.replace("-", " ", 2).title().replace("-", ".")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("restricted", {"mythos-5-2": True, "mythos-5-1": True, "mythos-5": True, "mythos-preview": None}),
        ("released", {"fable-5-2": date(2026, 11, 9)}),
        ("deprecated", {"mythos-preview": date(2026, 10, 8)}),
        ("retires", {"sonnet-4-5": date(2026, 11, 30)}),
        (
            "retires_not_before",
            {
                "haiku-5-5": date(2027, 10, 7), "sonnet-5-5": date(2027, 9, 28),
                "fable-5-1": date(2027, 9, 1), "opus-5-5": date(2027, 9, 22),
                "mythos-5-1": date(2027, 9, 1), "sonnet-5": date(2027, 6, 30),
                "fable-5": date(2027, 6, 9), "mythos-5": date(2027, 6, 9),
                "opus-5": date(2027, 7, 24), "opus-4-8": date(2027, 5, 28),
                "opus-4-7": date(2027, 4, 16), "opus-4-6": date(2027, 2, 5),
                "sonnet-4-6": date(2027, 2, 17), "haiku-4-5": date(2026, 10, 15),
                "opus-4-5": date(2026, 11, 24),
            },
        ),
        (
            "aliases",
            {
                "haiku-4-5": ("claude-haiku-4-5-20251001",),
                "opus-4-5": ("claude-opus-4-5-20251101",),
                "sonnet-4-5": ("claude-sonnet-4-5-20250929",),
            },
        ),
    ],
)  # fmt: skip
def test_what_few_models_have(field: str, expected: dict[str, object]):
    blank = getattr(Model("blank"), field)
    values = {name.removeprefix("claude-"): getattr(model, field) for name, model in catalogue().items()}
    assert {name: value for name, value in values.items() if value != blank} == expected


@pytest.mark.parametrize(
    ("name", "prompt_tokens", "expected"),
    [
        ("claude-haiku-5-5", 0, ("0.10", "0.50")),
        ("claude-haiku-5-5", 100_000, ("0.10", "0.50")),
        ("claude-haiku-5-5", 100_001, ("0.50", "2.50")),
        ("claude-sonnet-5-5", 1_000_000, ("2", "10")),
    ],
)
def test_a_band_begins_above_its_edge(name: str, prompt_tokens: int, expected: tuple[str, str]):
    rates = catalogue()[name].price(TODAY).rates(prompt_tokens)
    assert (rates.input, rates.output) == tuple(map(Decimal, expected))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-opus-5-5", (Decimal(8), Decimal(40))),
        ("claude-opus-5", (Decimal(10), Decimal(50))),
        ("claude-opus-4-8", (Decimal(10), Decimal(50))),
        ("claude-opus-4-7", (None, None)),
    ],
)
def test_fast_prices(name: str, expected: tuple[Decimal | None, Decimal | None]):
    rates = catalogue()[name].price(TODAY).rates(10, fast=True)
    assert (rates.input, rates.output) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2026, 10, 6), "0.1"), (date(2026, 10, 7), "0.05"), (date(2026, 10, 8), "0.05")],
)
def test_a_price_holds_from_its_day_on(on: date, expected: str):
    assert catalogue()["claude-sonnet-5-5"].price(on).cache_read == Decimal(expected)


def test_before_its_first_day_a_price_is_unknown():
    prices = [{"from": date(2026, 12, 1), "input": 2}, {"from": date(2026, 11, 1), "input": 1}]
    model = catalogue({"m": {"prices": prices}})["m"]
    days = (date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 1))
    assert [price and price.input for price in map(model.price, days)] == [None, Decimal(1), Decimal(2)]


# Overrides


def test_a_table_changes_single_fields_and_leaves_the_shipped_catalogue_alone():
    changed = catalogue({"claude-opus-5-5": {"max_output": 300_000, "prefill": True}})["claude-opus-5-5"]
    shipped = catalogue()["claude-opus-5-5"]
    assert (changed.max_output, changed.prefill, changed.context) == (300_000, True, 1_000_000)
    assert (shipped.max_output, shipped.prefill) == (128_000, False)
    assert changed.prices == shipped.prices


def test_what_a_model_costs_elsewhere_is_unknown_unless_the_table_says_it():
    table = {"endpoint": "proxy"}
    moved = catalogue({"claude-opus-5-5": table})["claude-opus-5-5"]
    assert (moved.endpoint, moved.context, moved.price(TODAY)) == ("proxy", 1_000_000, None)
    priced = catalogue({"claude-opus-5-5": table | {"prices": [{"input": 3}]}})["claude-opus-5-5"]
    assert priced.price(TODAY).input == Decimal(3)


def test_a_table_may_go_by_an_alias():
    models = catalogue({"claude-haiku-4-5-20251001": {"max_output": 10}})
    assert models["claude-haiku-4-5"].max_output == 10
    assert "claude-haiku-4-5-20251001" not in models


def test_a_new_model_needs_only_its_name():
    model = catalogue({"gemma3:27b": {}})["gemma3:27b"]
    assert model == Model("gemma3:27b", name="gemma3:27b")
    assert model.price(TODAY) is None
    assert retiring(model, TODAY) is None


def test_prices_of_lab_toml_are_exact_and_start_from_the_usual_multipliers():
    text = """
        [models.own]
        endpoint = "ollama"
        thinking_default = "off"
        prices = [
            { input = 0.1, output = "0.3", bands = [{ above = 32000, input = 1, output = 2 }] },
            { from = 2026-12-01, input = 1e-7, output = 0, cache_write_5m = 1 },
        ]
    """
    model = catalogue(tomllib.loads(text)["models"])["own"]
    first, second = model.prices
    assert (first.input, first.output) == (Decimal("0.1"), Decimal("0.3"))
    assert first.cache_write_5m == Decimal("1.25")
    assert (first.cache_read, first.source, first.since) == (None, "lab.toml", None)
    assert first.rates(32_001).output == Decimal(2)
    assert (second.input, second.cache_write_5m) == (Decimal("0.0000001"), Decimal(1))
    assert second.since == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"max_ouput": 5}, "no field 'max_ouput'. Did you mean 'max_output'?"),
        ({"id": "other"}, "no field 'id'."),
        ({"max_output": "64k"}, "max_output: '64k' is not a whole number above 0."),
        ({"max_output": True}, "max_output: True is not a whole number above 0."),
        ({"context": 0}, "context: 0 is not a whole number above 0."),
        ({"context": 1.5}, "context: 1.5 is not a whole number above 0."),
        ({"prefill": "yes"}, "prefill: 'yes' is not true or false."),
        ({"effort": "high"}, "effort: 'high' is not a list of words."),
        ({"effort": [1]}, "effort: [1] is not a list of words."),
        ({"retires": "2027"}, "retires: '2027' is not a day such as 2026-11-30."),
        ({"thinking_default": True}, 'thinking_default: True is not "on", "off" or "always".'),
        ({"name": ""}, "name: '' is not text."),
        ({"prices": [{"input": -1}]}, "prices, row 1, input: -1 is not a number of 0 or more."),
        ({"prices": [{}, {"output": "x"}]}, "prices, row 2, output: 'x' is not a number of 0 or more."),
        ({"prices": [{"input": float("nan")}]}, "prices, row 1, input: nan is not a number of 0 or more."),
        ({"prices": [{"fast": {"input": True}}]}, "row 1, fast, input: True is not a number of 0 or more."),
        ({"prices": [{"fast": 3}]}, "prices, row 1, fast must be a table."),
        ({"prices": 3}, "prices, row 1 must be a table."),
        ({"prices": [{"imput": 1}]}, "prices, row 1: no field 'imput'. Did you mean 'input'?"),
        (7, "must be a table."),
    ],
)
def test_a_wrong_table_is_named_with_its_model_and_field(table: object, said: str):
    with pytest.raises(BadInput) as caught:
        catalogue({"claude-opus-5-5": table})
    assert str(caught.value).startswith('lab.toml, [models."claude-opus-5-5"]')
    assert str(caught.value).endswith(said)


# Finding and checking


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
    ],
)
def test_find_takes_ids_and_aliases(name: str, id: str):
    assert find(catalogue(), name).id == id


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("claude-sonet-5-5", " Did you mean 'claude-sonnet-5-5'?"),
        ("claude-haiku-4-5-20251002", " Did you mean 'claude-haiku-4-5-20251001'?"),
        ("zzz", ""),
    ],
)
def test_find_names_the_nearest(name: str, hint: str):
    with pytest.raises(BadInput) as caught:
        find(catalogue(), name)
    advice = '`lab models` lists them; add your own under [models."…"] in lab.toml.'
    assert str(caught.value) == f"No model '{name}'.{hint} {advice}"


SONNET = "claude-sonnet-4-5 retires on 2026-11-30"
PREVIEW = "claude-mythos-preview is deprecated"


@pytest.mark.parametrize(
    ("name", "on", "said"),
    [
        ("claude-sonnet-4-5", date(2026, 11, 20), f"{SONNET}, in 10 days."),
        ("claude-sonnet-4-5", date(2026, 11, 29), f"{SONNET}, in 1 day."),
        ("claude-sonnet-4-5", date(2026, 11, 30), f"{SONNET}, today."),
        ("claude-sonnet-4-5", date(2026, 12, 1), "claude-sonnet-4-5 retired on 2026-11-30."),
        ("claude-sonnet-4-5", date(2026, 11, 30) - timedelta(60), f"{SONNET}, in 60 days."),
        ("claude-sonnet-4-5", date(2026, 11, 30) - timedelta(61), None),
        ("claude-haiku-4-5", date(2026, 12, 1), None),
        ("claude-opus-4-5", date(2026, 12, 1), None),
        ("claude-mythos-preview", date(2026, 10, 8), f"{PREVIEW}; no day is announced for its end."),
        ("claude-mythos-preview", date(2026, 10, 7), None),
        ("claude-opus-5-5", TODAY, None),
    ],
)
def test_retiring(name: str, on: date, said: str | None):
    assert retiring(catalogue()[name], on) == said


def test_a_deprecated_model_says_when_it_ends_however_far_off():
    model = Model("old", deprecated=date(2026, 1, 1), retires=date(2027, 11, 1))
    assert retiring(model, TODAY) == "old is deprecated; it retires on 2027-11-01."
