"""The recordings of a dataset: what a check's calls are recorded to, and replayed from."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from lab.endpoints import Endpoint
from lab.engine.redaction import likeness, redacted, without_secrets
from lab.errors import CallError
from lab.types import NOTHING_BILLED, Done, Event, Reply, Request, Sent, Started, Text, Thinking, Timing

RECORDINGS = Endpoint("recordings", source="replay", sampling=True)
MADE_UP = Endpoint("simulated", source="replay", sampling=True)
"""Where models are asked whose answers are replayed: those of the API, those of the simulated Claude."""

LONGEST_QUESTION = 200
"""Characters of what was asked that stand in a recording, for whoever reads it."""


class Spot(NamedTuple):
    """Which call a recording is of: the `key` of what was asked, and for which `repeat` of a case, from 1."""

    key: str
    repeat: int

    @classmethod
    def of(cls, request: Request) -> Spot:
        return cls(likeness(request), request.origin.repeat or 1)


@dataclass(frozen=True, slots=True)
class Recording:
    """One answer. `reply.source` says what it was recorded from, `day` when (UTC, ISO).

    `case`, `variant` (`support@2 · claude-haiku-5-5`), `judge` (whether a judge was asked), `messages` (how
    many were sent) and `asked` tell a reader what the call was; nothing is looked up by them.
    """

    spot: Spot
    case: str
    variant: str
    judge: bool
    messages: int
    asked: str
    day: str
    reply: Reply

    @property
    def place(self) -> tuple[Any, ...]:
        """Where it stands in its file: by case (10 after 9), judges after what they judge, by variant,
        repeat, and how far its trial had come."""
        which = (self.variant, self.spot.repeat, self.messages, self.spot.key)
        return (_natural(self.case), self.case, self.judge, *which)

    @property
    def simulated(self) -> bool:
        return self.reply.source == "simulated"


class Tape:
    """The recordings of one dataset, while a run uses them.

    `file` and `again`, the command that records it, are for sentences. `source`: whose answers are replayed,
    None: whoever's. `recording`: the run's calls are made, and what they answer is kept in `fresh`. `played`
    are the recordings that were used, `missed` the sentences about those that were not there. `saved` says
    what was written of it.
    """

    def __init__(
        self,
        recordings: Iterable[Recording],
        file: str,
        again: str,
        source: Literal["api", "simulated"] | None,
        recording: bool = False,
    ) -> None:
        self.kept = {each.spot: each for each in recordings}
        self.file, self.again, self.source, self.recording = file, again, source, recording
        self.fresh: dict[Spot, Recording] = {}
        self.played: set[Spot] = set()
        self.missed: dict[str, str] = {}
        self.saved: str | None = None
        self._turns: defaultdict[Spot, asyncio.Lock] = defaultdict(asyncio.Lock)

    def turn(self, spot: Spot) -> asyncio.Lock:
        """Calls that are recorded at the same spot, of cases that ask the same, are made one at a time."""
        return self._turns[spot]

    def find(self, request: Request) -> Recording:
        """The recording of a call. Raises CallError where there is none to be used."""
        spot = Spot.of(request)
        found = self.kept.get(spot)
        if found and self.source in (None, "simulated" if found.simulated else "api"):
            self.played.add(spot)
            return found
        sentence = self._missing(request, spot, found)
        self.missed.setdefault(str(request.origin.case), sentence)
        raise CallError(sentence, type="not_recorded", sent=False)

    def keep(self, request: Request, spot: Spot, reply: Reply) -> Reply:
        """Record the answer to a call. Gives it without the secrets in it: what is graded now, and goes on
        from it, is what will be when it is replayed."""
        self.fresh[spot] = recording(request, spot, reply)
        return replace(reply, content=self.fresh[spot].reply.content)

    def met(self, request: Request, spot: Spot) -> Recording | None:
        """What this run has recorded at a spot already, now also of this request's case."""
        found = self.fresh.get(spot)
        if found and (here := _labelled(found, request)).place < found.place:
            self.fresh[spot] = here
        return found

    def _missing(self, request: Request, spot: Spot, found: Recording | None) -> str:
        which = f"Answer {spot.repeat} of case" if spot.repeat > 1 else "Case"
        which = "The judgement of case" if _judges(request) else which
        what = f"{which} '{request.origin.case}' for {_variant(request)}"
        if found is None:
            return (
                f"{what} is not recorded in {self.file}: what is asked has changed since, or was never "
                f"recorded. Record it: {self.again}"
            )
        if found.simulated:
            return (
                f"{what} is recorded in {self.file} from the simulated Claude, which measures no quality. "
                f"Add --replay --sim to replay it all the same, or record the real answer: {self.again}"
            )
        return f"{what} is recorded in {self.file} from a real model. Leave --sim out to replay it."


def recording(request: Request, spot: Spot, reply: Reply) -> Recording:
    """What is kept of an answer: without ids, secrets, and times finer than milliseconds."""
    kept = replace(
        reply,
        id="",
        request_id=None,
        cache_miss=None,
        content=tuple(without_secrets(reply.content)),
        timing=Timing(*map(_to_the_ms, (reply.timing.headers, reply.timing.first_token, reply.timing.total))),
        cost=None,
        recorded_cost=reply.cost.amount if reply.cost else None,
    )
    return _labelled(
        Recording(spot, "", "", False, 0, "", datetime.now(UTC).date().isoformat(), kept), request
    )


def _labelled(found: Recording, request: Request) -> Recording:
    return replace(
        found,
        case=request.origin.case or "",
        variant=_variant(request),
        judge=_judges(request),
        messages=len(request.messages),
        asked=_asked(request.messages[-1]["content"]),
    )


def played(request: Request, recording: Recording) -> Iterator[Event]:
    """A recorded answer as the stream of one that comes at once, for nothing."""
    reply = recording.reply
    yield Sent(request)
    yield Started("", None, reply.model, replace(reply.usage, output_tokens=None), {}, "replay")
    for block in reply.content:
        kind = block.get("type")
        yield Thinking(block["thinking"]) if kind == "thinking" else Text(block.get("text", ""))
    yield Done(replace(reply, source="replay", cost=NOTHING_BILLED))


def _judges(request: Request) -> bool:
    return request.origin.source == "judge"


def _variant(request: Request) -> str:
    """What was asked for an answer; of a judge its model, since what it says may be of several variants."""
    return request.origin.variant if request.origin.variant and not _judges(request) else request.model


def _asked(content: str | Sequence[Mapping[str, Any]]) -> str:
    """The first words of a message, or of what a tool answered; of anything else what it is."""
    if not isinstance(content, str):
        said = (block.get("text") or block.get("content") or f"[{block.get('type')}]" for block in content)
        content = " ".join(each if isinstance(each, str) else "[content]" for each in said)
    words = " ".join(redacted(content).split())
    return words if len(words) <= LONGEST_QUESTION else f"{words[: LONGEST_QUESTION - 1]}…"


def _to_the_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """By what a name is sorted so that 10 comes after 9."""
    parts = [part for part in re.split(r"([0-9]+)", text) if part]
    return [
        (0, len(part.lstrip("0")), part.lstrip("0")) if part[0] in "0123456789" else (1, 0, part)
        for part in parts
    ]
