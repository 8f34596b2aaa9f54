"""What a team's calls are like over three months: who asks what, when, of which model, and how it ends."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

DAYS, USERS = 90, 200
UNTIL = datetime(2026, 11, 29, tzinfo=UTC)
PROMPTS = {"support": 4, "insurance": 2, "extract": 3, "tickets": 2}
"""Their versions: each is used from its share of the time on, beside the one before for a while."""
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
KINDS = {"chat": 0.34, "api": 0.3, "run": 0.0008, "compare": 0.03, "load": 0.001}
"""What a session can be, by how often one begins; a run makes hundreds of calls, a conversation a few."""
_HOURS = [1 + 9 * max(0.0, math.sin((hour - 6) / 14 * math.pi)) for hour in range(24)]
_DAYS = (1.0, 1.1, 1.1, 1.05, 0.9, 0.3, 0.25)
"""How busy an hour (UTC) and a day of the week is, Monday first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: at which millisecond, and why. `turn` counts from 0 in a conversation; of calls with the same
    `case` in a run the question is the same."""

    at: int
    origin: str
    user: str
    model: str
    prompt: str | None
    version: int | None
    session: int
    turn: int = 0
    turns: int = 1
    case: int | None = None
    variant: int | None = None
    repeat: int | None = None
    source: str = "api"


def traffic(calls: int, seed: int) -> Iterator[Asked]:
    """So many calls, a day after the other, in their order within it."""
    drawn = random.Random(seed)
    weights = [_DAYS[_day(number).weekday()] * (1 + number / DAYS) for number in range(DAYS)]
    left, session = calls, 0
    for number in range(DAYS):
        many = round(left * weights[number] / sum(weights[number:]))
        asked: list[Asked] = []
        while len(asked) < many:
            session += 1
            asked += _session(drawn, number, session, many - len(asked))
        left -= many
        yield from sorted(asked[:many], key=lambda each: each.at)


def _day(number: int) -> datetime:
    return UNTIL - timedelta(days=DAYS - number)


def _session(drawn: random.Random, day: int, session: int, most: int) -> list[Asked]:
    """The calls of one; a conversation has `most` turns at most."""
    hour = drawn.choices(range(24), _HOURS)[0]
    at = int(_day(day).timestamp() * 1000) + (hour * 3600 + drawn.randrange(3600)) * 1000
    user = f"user{min(int(drawn.expovariate(1 / 40)), USERS - 1):03}"
    prompt = drawn.choices([*PROMPTS, None], (50, 15, 15, 12, 8))[0]
    share = day / DAYS
    version = _version(drawn, PROMPTS[prompt], share) if prompt else None
    model = drawn.choices(MODELS, (65 - 35 * share, 28 + 25 * share, 7 + 10 * share))[0]
    kind = drawn.choices([*KINDS], list(KINDS.values()))[0]
    if kind == "run":
        return _run(drawn, at, prompt or "support", version or 1, session)
    if kind == "chat":
        turns = min(1 + int(drawn.expovariate(0.5)), 12)
        starts = list(accumulate(drawn.randrange(15_000, 240_000) for _ in range(turns)))[:most]
        return [
            Asked(at + start, kind, user, model, prompt, version, session, turn, len(starts))
            for turn, start in enumerate(starts)
        ]
    if kind == "compare":
        return [
            Asked(at + place, kind, user, each, prompt, version, session) for place, each in enumerate(MODELS)
        ]
    source = "simulated" if kind == "load" else "api"
    return [
        Asked(at + 20 * place, kind, user, model, prompt, version, session, source=source)
        for place in range(1 if kind == "api" else 40)
    ]


def _version(drawn: random.Random, newest: int, share: float) -> int:
    """A version comes after the other; for a fifth of its time it is used beside the one before."""
    place = share * newest + drawn.uniform(-0.2, 0)
    return min(max(int(place) + 1, 1), newest)


def _run(drawn: random.Random, at: int, prompt: str, version: int, session: int) -> list[Asked]:
    """A check of two variants with three repeats, and a judge's call for each third answer."""
    source = drawn.choices(("api", "simulated", "replay"), (40, 40, 20))[0]
    cases, found = drawn.randrange(20, 120), []
    for case in range(cases):
        for variant, model in enumerate(MODELS[:2]):
            for repeat in (1, 2, 3):
                at += drawn.randrange(50, 400)
                place = (prompt, version, session, 0, 1, case, variant, repeat, source)
                found.append(Asked(at, "check", "ci", model, *place))
        found.append(
            Asked(at + 900, "judge", "ci", MODELS[1], None, None, session, 0, 1, case, source=source)
        )
    return found


def stamp(at: int) -> str:
    """A millisecond as it stands in the tables."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
