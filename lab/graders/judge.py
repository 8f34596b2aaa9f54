"""A model judges the answer by a rubric, or compares it with another text."""

from __future__ import annotations

from dataclasses import replace

from lab.graders import _judge_prompt, _judge_rubric
from lab.graders._judge_rubric import LOSES, PASS_OR_FAIL, TIES, WINS, Rubric
from lab.graders._judge_votes import Vote, majority, verdict
from lab.graders._terms import Ask, Jury, Place, Question, Sample, Unknown
from lab.types import digest

THRESHOLD_STANDS = "It stands beside the judge's scale: {rubric: …, scale: 10, threshold: 7}."
WITHIN = _judge_rubric.KEYS
"""What stands in the table under `judge:`, not beside it."""
VERSION = 8
"""Hex digits that tell what judges are told."""
SCORES = {WINS: 1.0, TIES: 0.5, LOSES: 0.0}


async def judge(picked: str, expected: Rubric, sample: Sample, ask: Ask) -> tuple[bool, str, float | None]:
    """`expected`: a rubric (a text), or a table: `rubric`, and of `scale`, `threshold`, `models`, `examples`,
    or `against` and `passes`, what differs from pass or fail by the lab's own model.

    Of several `models` more than half must agree. `against` is compared in both orders; a judge that changes
    its mind with the order has seen a tie.
    """
    return majority([await _vote(model, picked, expected, sample, ask) for model in expected.models])


def questions(picked: str, expected: Rubric, sample: Sample) -> list[Question]:
    """All that will be asked for one answer."""
    return [question for model in expected.models for question in _asked(model, picked, expected, sample)]


def ready(value: object, place: Place) -> Rubric:
    """The rubric. Raises BadInput."""
    return _judge_rubric.read(value, place)


def jury(written: object, expected: Rubric) -> Jury:
    """Who judges by this rubric. `written` is what stands in the YAML, with its templates."""
    table = written if isinstance(written, dict) else {"rubric": written}
    levels = expected.levels if expected.against is None else (LOSES, TIES, WINS)
    least = expected.least if expected.against is None else min(map(levels.index, expected.passes))
    against = None if expected.against is None else str(table["against"])
    told = replace(expected, text=table["rubric"], against=against)
    asked = _asked(None, "", told, Sample(""))[0]
    version = digest("\0".join((asked.system, asked.text, repr((levels, least))))).hex()[:VERSION]
    return Jury(expected.models, tuple(map(str, levels)), least, table["rubric"], version, against)


def _asked(model: str | None, picked: str, rubric: Rubric, sample: Sample) -> list[Question]:
    if rubric.against is None:
        return [_judge_prompt.graded(rubric, model, picked, sample)]
    pair = (picked, rubric.against)
    return [_judge_prompt.compared(rubric, model, *order, sample) for order in (pair, pair[::-1])]


async def _vote(model: str | None, picked: str, rubric: Rubric, sample: Sample, ask: Ask) -> Vote:
    name = model or "the lab's model"
    try:
        found = [verdict(each, await ask(each)) for each in _asked(model, picked, rubric, sample)]
    except Unknown as why:
        return Vote(name, None, "", str(why))
    if rubric.against is None:
        ((said, reason),) = found
        level, best = rubric.levels.index(said), len(rubric.levels) - 1
        words = f"{said} of {rubric.levels[-1]}" if isinstance(said, int) else said
        only = rubric.levels == PASS_OR_FAIL and len(rubric.models) == 1
        return Vote(name, level >= rubric.least, words, reason, None if only else level / best)
    (one, why), (other, also) = found
    outcome = {("first", "second"): WINS, ("second", "first"): LOSES}.get((one, other), TIES)
    agreed = outcome != TIES or one == other == "tie"
    reason = (
        why if agreed else f"the verdict hangs on the order ({one}: {why} – {other}, turned round: {also})"
    )
    return Vote(name, outcome in rubric.passes, outcome, reason, SCORES[outcome])
