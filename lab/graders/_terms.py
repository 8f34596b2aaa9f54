"""What every grader speaks of: the sample, the grade, and the place in a file that errors name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.types import Picodollars


@dataclass(frozen=True)
class Sample:
    """One answer to be graded, with the columns of the case it answers.

    `question` and `context` are what was asked; `seconds` is how long the answer took and `first_token`
    how long its first token, `cost` what it cost, each None where that is not known. `output_tokens`
    includes thinking. `refused`: by its stop_reason or by its first words. `source`: see `types.Reply`; of a
    replayed answer all figures are those of its recording. Figures and `content` are those of the whole way
    to the answer, with the calls of tools that mocks answered.
    """

    text: str
    stop_reason: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    content: Sequence[Mapping[str, Any]] = ()
    question: str = ""
    context: str | None = None
    seconds: float | None = None
    first_token: float | None = None
    output_tokens: int | None = None
    cost: Picodollars | None = None
    refused: bool = False
    source: str = "api"


@dataclass(frozen=True)
class Grade:
    """What a grader found. `passed` is None where the grader itself failed: ungraded, neither passed nor
    failed; `reason` then says what went wrong. `score` is from 0 to 1 where the grader has more to say than
    passed or failed. `weight` is what it counts for the answer, `metric` the figure that it adds to."""

    name: str
    passed: bool | None
    reason: str
    score: float | None = None
    weight: float = 1.0
    metric: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a spec stands. Its paths are relative to `folder`; `where(*path)` is e.g. `x.yaml, line 7`."""

    folder: Path
    where: Callable[..., str]

    def error(self, sentence: str, *path: str | int) -> BadInput:
        """The error to raise about what stands at a path within the spec."""
        return BadInput(f"{self.where(*path)}: {sentence}")

    def within(self, *above: str | int) -> Place:
        """The place of a part."""
        return Place(self.folder, lambda *path: self.where(*above, *path))

    def of(self, thing: str) -> Place:
        """The same place, on account of one thing, such as a row."""
        return Place(self.folder, lambda *path: f"{self.where(*path)} (for {thing})")


class Missing(Exception):
    """What a grader looks at is not in the answer. The sample fails, under `not` too."""


class Unknown(Exception):
    """What a grader looks at is not known of this answer, such as its cost. The sample is ungraded."""


@dataclass(frozen=True)
class Question:
    """What a grader asks a model; None is the lab's own. `schema` is that of the answer, which is JSON."""

    model: str | None
    system: str
    text: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Jury:
    """Who judges, and by what. `models`: each has a vote; None is the lab's own. `levels` are the verdicts
    from the worst to the best; from the position `least` on they pass. `rubric`, and the text that answers
    are held `against`, are as they were written, with their templates. `version` is equal where judges are
    told the same, whoever they are."""

    models: tuple[str | None, ...]
    levels: tuple[str, ...]
    least: int
    rubric: str
    version: str
    against: str | None


Ask = Callable[[Question], Awaitable[str]]
"""Gives what the model answers. Raises Unknown where it gave no answer, LabError where none can be had."""


def scalar(value: object) -> str | None:
    """Text, or a number or yes-or-no as it is written in YAML and JSON; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return value if isinstance(value, str) else None


def shown(text: str, longest: int = 60) -> str:
    """Text in quotes, cut where it is long."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")


def nearest(name: object, known: Iterable[str]) -> str:
    """A sentence that names what was probably meant, or all there is."""
    known = list(known)
    if not known:
        return "There are none."
    near = get_close_matches(str(name), known, 1)
    return f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known)}."
