"""The catalogue: what each model can do, how much it holds, what it costs, and where it is asked."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from lab.endpoints import Endpoint, endpoints
from lab.errors import BadInput, nearest
from lab.fields import Reader, filled, one_of

__all__ = ["SOON", "Endpoint", "Model", "Price", "Rates", "catalogue", "endpoints", "find", "retiring"]

SOON = 60  # days; the notice that Anthropic promises before it retires a model
ThinkingDefault = Literal["on", "off", "always"]


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens, for requests whose whole prompt is above that many tokens."""

    above: int = 0
    input: Decimal | None = None
    output: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Prices from a day on (None: always), in US dollars: per million tokens, `web_search` per search.

    `cache_*` multiply the input price, `batch` and `us` (inference there) every token price. None: unknown.
    """

    since: date | None = None
    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    batch: Decimal | None = None
    us: Decimal | None = None
    web_search: Decimal | None = None
    bands: tuple[Rates, ...] = ()
    fast: Rates | None = None
    source: str | None = None

    def rates(self, prompt_tokens: int, fast: bool = False) -> Rates:
        """The prices of a request with that many tokens in its whole prompt, cached ones included."""
        if fast:
            return self.fast or Rates()
        bands = [band for band in self.bands if prompt_tokens > band.above]
        return max(bands, key=lambda band: band.above, default=Rates(0, self.input, self.output))


@dataclass(frozen=True, slots=True)
class Model:
    """One model; models.yaml explains its fields. None: unknown, so permitted (endpoint: the Claude API)."""

    id: str
    name: str | None = None
    line: str | None = None
    endpoint: str | None = None
    aliases: tuple[str, ...] = ()
    context: int | None = None
    max_output: int | None = None
    min_cache: int | None = None
    new_tokenizer: bool | None = None
    thinking: tuple[str, ...] | None = None
    thinking_default: ThinkingDefault | None = None
    thinking_required_at: tuple[str, ...] = ()
    effort: tuple[str, ...] | None = None
    effort_default: str | None = None
    forced_tools: bool | None = None
    prefill: bool | None = None
    image_input: bool | None = None
    pdf_input: bool | None = None
    structured_output: bool | None = None
    inference_geo: bool | None = None
    system_turns: bool | None = None
    restricted: bool | None = False
    released: date | None = None
    deprecated: date | None = None
    retires: date | None = None
    retires_not_before: date | None = None
    prices: tuple[Price, ...] = ()

    def price(self, on: date) -> Price | None:
        """The price in force on a day; None where it is unknown."""
        begun = [price for price in self.prices if price.since is None or price.since <= on]
        return max(begun, key=lambda price: price.since or date.min, default=None)


def catalogue(models: Mapping[str, Any] = {}) -> Mapping[str, Model]:
    """Every known model by its id: the shipped ones, overlaid by a team's `[models.NAME]` tables.

    A table changes single fields of a known model, whose name may be an alias, or adds a model. `prices`
    are replaced as a whole; those of a model that is asked elsewhere are unknown unless the table has them.
    Raises BadInput naming model and field.
    """
    shipped, defaults = _shipped()
    known, readers = dict(shipped), _readers(replace(defaults, source="lab.toml"))
    for name, table in models.items():
        base = _named(known, name) or Model(name, name=name)
        changed = filled(base, table, f'lab.toml, [models."{name}"]', readers)
        moved = changed.endpoint != base.endpoint and "prices" not in table
        known[base.id] = replace(changed, prices=()) if moved else changed
    return known


def find(models: Mapping[str, Model], name: str) -> Model:
    """The model of that id or alias. Raises BadInput naming the nearest."""
    if model := _named(models, name):
        return model
    names = [each for model in models.values() for each in (model.id, *model.aliases)]
    advice = '`lab models` lists them; add your own under [models."…"] in lab.toml.'
    raise BadInput(f"No model '{name}'.{nearest(name, names)} {advice}")


def retiring(model: Model, on: date) -> str | None:
    """A sentence when the model is retired, deprecated, or retires within `SOON` days; else None."""
    days = (model.retires - on).days if model.retires else SOON + 1
    if days < 0:
        return f"{model.id} retired on {model.retires}."
    if days <= SOON:
        when = f"in {days} day{'s' * (days > 1)}" if days else "today"
        return f"{model.id} retires on {model.retires}, {when}."
    if model.deprecated is None or model.deprecated > on:
        return None
    end = f"it retires on {model.retires}" if model.retires else "no day is announced for its end"
    return f"{model.id} is deprecated; {end}."


@functools.cache
def _shipped() -> tuple[Mapping[str, Model], Price]:
    """The models of models.yaml, and what every price row starts from; 0.1 stays the decimal written."""
    import yaml

    loader = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(node.value))
    document = yaml.load(Path(__file__).with_name("models.yaml").read_bytes(), loader)
    defaults = filled(Price(), document["price_defaults"], "lab/models.yaml, price_defaults", {})
    tables, readers = document["models"].items(), _readers(defaults)
    return {n: filled(Model(n), t, f"lab/models.yaml, {n}", readers) for n, t in tables}, defaults


def _named(models: Mapping[str, Model], name: str) -> Model | None:
    return models.get(name) or next((model for model in models.values() if name in model.aliases), None)


def _readers(price: Price) -> Mapping[str, Reader]:
    """What reads the kinds of fields that only models have; price rows start from `price`."""

    def rows(blank: Rates | Price) -> Reader:
        def read(value: Any, where: str) -> Any:
            rows = value if isinstance(value, list) else [value]
            return tuple(filled(blank, row, f"{where}, row {n}", readers) for n, row in enumerate(rows, 1))

        return read

    readers = {
        "Rates": lambda value, where: filled(Rates(), value, where, {}),
        "tuple[Rates, ...]": rows(Rates()),
        "tuple[Price, ...]": rows(price),
        "ThinkingDefault": one_of("on", "off", "always"),
    }
    return readers
