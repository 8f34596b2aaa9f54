"""What judges said, and what it comes to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.graders._terms import Question, Unknown, shown


@dataclass(frozen=True)
class Vote:
    """One judge's: `said` is its verdict in words, `score` from 0 to 1. `passed` None: it gave none."""

    judge: str
    passed: bool | None
    said: str
    reason: str
    score: float | None = None


def verdict(question: Question, text: str) -> tuple[Any, str]:
    """The verdict and the reason in a judge's answer. Raises Unknown where it has none of those asked for."""
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        raise Unknown(f"the judge's answer cannot be read: {shown(text)}") from None
    wanted = question.schema["properties"]["verdict"]["enum"]
    said, reason = found.get("verdict"), found.get("reason")
    known = [each for each in wanted if each == said and type(each) is type(said)]
    if not known or not isinstance(reason, str):
        raise Unknown(f"the judge's answer is no verdict: {shown(text)}")
    return known[0], " ".join(reason.split())


def majority(votes: Sequence[Vote]) -> tuple[bool, str, float | None]:
    """What more than half of all judges say, why, and their mean score where they give one.

    Raises Unknown where they do not agree so far.
    """
    counts = {passed: sum(vote.passed is passed for vote in votes) for passed in (True, False, None)}
    if len(votes) == 1 and votes[0].passed is None:
        raise Unknown(votes[0].reason)
    each = "; ".join(map(_words, votes))
    for passed in (True, False):
        if counts[passed] * 2 > len(votes):
            scores = [vote.score for vote in votes if vote.score is not None]
            score = sum(scores) / len(scores) if scores else None
            if len(votes) == 1:
                return passed, f"{votes[0].said}: {votes[0].reason}", score
            return passed, f"{counts[passed]} of {len(votes)} judges: {each}", score
    split = f"{counts[True]} for, {counts[False]} against"
    without = f", {counts[None]} without a verdict" if counts[None] else ""
    if counts[None] == len(votes):
        raise Unknown(f"no judge gives a verdict: {each}")
    raise Unknown(f"the judges do not agree ({split}{without}): {each}")


def _words(vote: Vote) -> str:
    return vote.reason if vote.passed is None else f"{vote.judge} {vote.said}: {vote.reason}"
