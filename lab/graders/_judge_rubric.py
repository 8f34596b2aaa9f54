"""What stands under `judge:`, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.graders._terms import Place, nearest, scalar

PASS_OR_FAIL = ("fail", "pass")
WINS, TIES, LOSES = "wins", "ties", "loses"
PASSES = {"wins": (WINS,), "wins or ties": (WINS, TIES)}
KEYS = ("rubric", "scale", "threshold", "models", "examples", "against", "passes")
MOST_LEVELS = 100


@dataclass(frozen=True)
class Rubric:
    """What an answer is judged by. `levels` are the verdicts from the worst to the best, those from the
    position `least` on pass. `models` are asked, each for one vote; None is the lab's own. `examples` are
    (answer, verdict, reason). `against`: the text that the answer is compared with, and then `passes` are the
    outcomes that pass."""

    text: str
    levels: tuple[str | int, ...] = PASS_OR_FAIL
    least: int = 1
    models: tuple[str | None, ...] = (None,)
    examples: tuple[tuple[str, str | int, str], ...] = ()
    against: str | None = None
    passes: tuple[str, ...] = ()


def read(value: object, place: Place) -> Rubric:
    """The rubric: a text, or a table with one. Raises BadInput."""
    table, place = {"rubric": value} if isinstance(value, str) else value, place.within("judge")
    if not isinstance(table, dict):
        raise place.error(
            "judge needs a rubric: a text that says when an answer is good, or a table with it."
        )
    for key in table:
        if key not in KEYS:
            raise place.error(f"judge has no '{key}'. {nearest(key, KEYS)}", key)
    text = table.get("rubric")
    if not isinstance(text, str) or not text.strip():
        raise place.error("the rubric is a text that says when an answer is good.")
    models = _models(table.get("models"), place)
    if "against" in table:
        return _compared(text, table, models, place)
    if "passes" in table:
        raise place.error("`passes` says which comparisons pass; it goes with `against`.", "passes")
    levels = _levels(table.get("scale"), place)
    least = _least(table.get("threshold"), levels, place)
    return Rubric(text, levels, least, models, _examples(table.get("examples"), levels, place))


def _compared(text: str, table: Mapping[str, Any], models: tuple[str | None, ...], place: Place) -> Rubric:
    for key in ("scale", "threshold", "examples"):
        if key in table:
            raise place.error(f"`{key}` has no meaning beside `against`: the better text wins.", key)
    against, passes = scalar(table["against"]), table.get("passes", WINS)
    if not against or not against.strip():
        raise place.error("there must be a text that the answer is compared with, not nothing.", "against")
    if not isinstance(passes, str) or passes not in PASSES:
        raise place.error(f"passes is not {passes!r}. {nearest(passes, PASSES)}", "passes")
    return Rubric(text, models=models, against=against, passes=PASSES[passes])


def _models(value: object, place: Place) -> tuple[str | None, ...]:
    if value is None:
        return (None,)
    names = value if isinstance(value, list) else [value]
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise place.error(f"models is the name of a model or a list of them, not {value!r}.", "models")
        if names.count(name) > 1:
            raise place.error(f"'{name}' stands twice in models: it would vote twice.", "models")
    if not names:
        raise place.error("the list of models is empty.", "models")
    return tuple(names)


def _levels(scale: object, place: Place) -> tuple[str | int, ...]:
    """`pass/fail`, a number of points, or names from the worst to the best."""
    if scale is None or scale == "pass/fail":
        return PASS_OR_FAIL
    if type(scale) is int and 2 <= scale <= MOST_LEVELS:
        return tuple(range(1, scale + 1))
    if isinstance(scale, list) and 2 <= len(scale) <= MOST_LEVELS:
        names = [each.strip() if isinstance(each, str) else "" for each in scale]
        if all(names) and len(set(names)) == len(names):
            return tuple(names)
    raise place.error(
        f"scale is pass/fail, a number of points (5: from 1 to 5; up to {MOST_LEVELS}), or a list of "
        f"different names from the worst to the best, such as [poor, fair, good]; not {scale!r}.",
        "scale",
    )


def _least(threshold: object, levels: tuple[str | int, ...], place: Place) -> int:
    if levels == PASS_OR_FAIL and threshold is None:
        return 1
    named = f"{levels[0]} to {levels[-1]}" if type(levels[0]) is int else ", ".join(map(str, levels))
    if threshold is None:
        raise place.error(f"a scale needs a `threshold`: the worst verdict that passes, of {named}.", "scale")
    if type(threshold) not in (str, int) or threshold not in levels:
        raise place.error(f"the threshold is one of {named}, not {threshold!r}.", "threshold")
    return levels.index(threshold)


def _examples(
    value: object, levels: tuple[str | int, ...], place: Place
) -> tuple[tuple[str, str | int, str], ...]:
    if not isinstance(value, list | None):
        raise place.error("examples are a list, one each: `- {answer: …, verdict: pass}`.", "examples")
    found = []
    for index, each in enumerate(value or ()):
        table = each if isinstance(each, dict) else {}
        answer, reason = scalar(table.get("answer")), scalar(table.get("reason", ""))
        if not answer or reason is None or table.keys() - {"answer", "verdict", "reason"}:
            raise place.error(
                "an example has an `answer`, its `verdict`, and a `reason` if you like.", "examples", index
            )
        if table.get("verdict") not in levels:
            known = ", ".join(map(str, levels))
            raise place.error(
                f"the verdict {table.get('verdict')!r} is not on the scale: {known}.", "examples", index
            )
        found.append((answer, table["verdict"], reason))
    return tuple(found)
