"""How quick and how careful each simulated model is. The figures are made up, in the real models' order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import NamedTuple

from lab.models import Model
from lab.sim.http import Json
from lab.sim.prompt import Block

# Line -> seconds to the first token, tokens a second, and the chance that it slips, at generation 4.
_LINES = {
    "haiku": (0.25, 140, 0.16), "sonnet": (0.4, 80, 0.10), "opus": (0.6, 60, 0.06),
    "fable": (0.8, 50, 0.04), "mythos": (0.9, 45, 0.03),
}  # fmt: skip
_PER_GENERATION = (0.95, 1.1, 0.8)  # what each of the three is multiplied by
VARIES = 0.05  # the share of repeated requests that are answered afresh
_JITTER = 0.2  # of a wait, either way, the same for the whole answer


class Pace(NamedTuple):
    """Seconds to the first token, between tokens and between pings."""

    first: float = 0.4
    interval: float = 1 / 80
    ping: float = 3.0


Pacer = Callable[[Model, Random], Pace]


def traits(model: Model) -> tuple[float, ...]:
    """Seconds to the first token, tokens a second, and the chance of a slip."""
    numbers = re.findall(r"(?<=-)\d(?!\d)", model.id) or ["5"]
    generations = float(".".join(numbers[:2])) - 4
    base = _LINES.get(model.line or "", _LINES["sonnet"])
    return tuple(x * by**generations for x, by in zip(base, _PER_GENERATION, strict=True))


def pacer(speed: float, first: float | None, interval: float | None, ping: float) -> Pacer:
    """The pace of each model's answers; `first` and `interval` hold for every model, without jitter."""

    def pace(model: Model, chance: Random) -> Pace:
        own_first, own_speed, _ = traits(model)
        wait = chance.uniform(1 - _JITTER, 1 + _JITTER) / speed if speed else 0.0
        between = wait / own_speed if interval is None else interval
        return Pace(own_first * wait if first is None else first, between, ping)

    return pace


def chance(body: Json, blocks: list[Block], seed: int, repeat: int) -> Random:
    """What decides everything about the answer to the `repeat`th request of its kind, from 1."""
    asked = json.dumps(body["output_config"]).encode() + b"".join(block.data for block in blocks)
    first = sha256(f"{seed}\0{body['model']}".encode() + asked).digest()
    again = first + repeat.to_bytes(8)
    return Random(again if repeat > 1 and Random(again).random() < VARIES else first)
