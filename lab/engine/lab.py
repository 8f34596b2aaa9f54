"""What stands round a call: settings, the database, the catalogue, the endpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from lab import models, providers, routing
from lab.config import Settings
from lab.engine.pacing import Pacing
from lab.engine.tape import Tape
from lab.errors import BadInput
from lab.models import Endpoint, Model, Price
from lab.store import Store
from lab.types import Principal


@dataclass(frozen=True)
class Lab:
    """Opened once by each face, and handed to every layer.

    `home` is where models are asked that name no endpoint: the Claude API, or the simulated one. `folder` is
    the team's, with `prompts` and `datasets` in it. `pacing` knows the rate limits. `tapes`: by run,
    what its calls are recorded to or replayed from. `batched`: calls go through Message Batches.
    """

    settings: Settings
    store: Store
    models: Mapping[str, Model]
    endpoints: Mapping[str, Endpoint]
    home: Endpoint
    folder: Path = Path()
    pacing: Pacing = field(default_factory=Pacing, repr=False, compare=False)
    tapes: dict[str, Tape] = field(default_factory=dict)
    batched: bool = False

    @property
    def owner(self) -> Principal:
        """Nobody signs in yet: whoever reaches the app is its owner."""
        return Principal(self.settings.user, "admin")

    def model(self, name: str) -> Model:
        """Raises BadInput naming the nearest."""
        return models.find(self.models, name)

    def endpoint(self, model: str) -> Endpoint:
        """Where a model is asked."""
        return endpoint(self.model(model), self.endpoints, self.home)

    def price(self, model: str) -> str | None:
        """The price list that holds for a model today, as JSON."""
        price = self.model(model).price(today())
        return _json(price) if price else None


def prepare(settings: Settings) -> tuple[Mapping[str, Model], Mapping[str, Endpoint], Endpoint]:
    """The catalogue, the endpoints by name and the home endpoint. Raises BadInput and BadKey."""
    catalogue = models.catalogue(settings.models)
    routing.rules(settings.routes, catalogue)
    return catalogue, models.endpoints(settings.endpoints), providers.home(os.environ)


def endpoint(model: Model, endpoints: Mapping[str, Endpoint], home: Endpoint) -> Endpoint:
    """Where a model is asked. Raises BadInput for an endpoint that lab.toml does not name."""
    if model.endpoint is None:
        return home
    if model.endpoint not in endpoints:
        raise BadInput(
            f"{model.id} names the endpoint '{model.endpoint}', but lab.toml has no such [endpoints] table."
        )
    return endpoints[model.endpoint]


def today() -> date:
    """The day that prices and lifecycles are looked up for: UTC."""
    return datetime.now(UTC).date()


@cache
def _json(price: Price) -> str:
    return json.dumps(asdict(price), default=str)
