"""Why costs differ between two times, in words and figures that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from lab.cost import dollars
from lab.figures import many
from lab.rise import FACTORS, PROMPT, TERMS, Usages, Used, by_factor
from lab.types import Picodollars

LABELS = {
    "turns": "turns",
    "mix": "model mix",
    "prompt": "prompt tokens a turn",
    "answer": "answer tokens a turn",
    "thinking": "thinking tokens a turn",
    "searches": "web searches a turn",
    "cache": "read from the cache",
    "price": "prices",
    "cut": "cut off",
    "other": "not told apart",
}
_WHY = {
    "turns": ("there were more turns", "there were fewer turns"),
    "mix": ("dearer models took more of the turns", "cheaper models took more of the turns"),
    "prompt": ("prompts were longer", "prompts were shorter"),
    "answer": ("answers were longer", "answers were shorter"),
    "thinking": ("models thought longer", "models thought less"),
    "searches": ("there were more web searches a turn", "there were fewer web searches a turn"),
    "cache": ("the cache saved less of the prompts", "the cache saved more of the prompts"),
    "price": ("tokens had a higher price", "tokens had a lower price"),
    "cut": ("more was spent on calls that were cut off", "less was spent on calls that were cut off"),
    "other": ("more was spent on what cannot be told apart", "less was spent on what cannot be told apart"),
}
"""Why costs rose by a factor, and why they fell."""
MOST, NOTABLE, NAMED = 0.7, 0.25, 2
"""Reasons are named until they come to the first share of the difference, two at most; what worked against it
is named from the second share on."""

NONE = "–"
"""How what there was none of stood."""

Cells = Mapping[tuple[str, str], Picodollars]
"""What `rise` gives."""


class Step(NamedTuple):
    """A factor: by how much it made costs rise, and how it stood before and after."""

    factor: str
    amount: Picodollars
    before: str
    after: str


def steps(before: Usages, after: Usages, cells: Cells) -> list[Step]:
    """The factors in their order, without those that do not count here at all."""
    found = by_factor(cells)
    dearer, moved = _dearer(before, after), _moved(before, after)
    ends = [_measured(here, there, moved, dearer) for here, there in ((before, after), (after, before))]
    told = [Step(name, found[name], ends[0][name], ends[1][name]) for name in FACTORS]
    return [step for step in told if step.amount or (step.before != step.after and NONE not in step)]


def sentence(before: Usages, after: Usages, cells: Cells, kind: str = "real") -> str:
    """What happened and mostly why, in one sentence."""
    old, new = (sum(one.cost for one in each.values()) for each in (before, after))
    name = "Costs" if kind == "real" else f"{kind.capitalize()} costs"
    difference = new - old
    if not difference:
        return f"{name} did not change: {dollars(new)} in both periods."
    share = f" ({difference / old:+.0%})".replace("-", "−") if old else ""
    said = f"{name} {'rose' if difference > 0 else 'fell'} by {dollars(abs(difference))}{share}"
    return f"{said}, from {dollars(old)} to {dollars(new)}, mostly because {_reasons(by_factor(cells))}."


def signed(amount: Picodollars) -> str:
    """`+$1.20`, `−$0.30`, `$0`."""
    return f"{'+' if amount > 0 else '−' if amount else ''}{dollars(abs(amount))}"


def _reasons(found: Mapping[str, Picodollars]) -> str:
    difference = sum(found.values())
    up = 1 if difference > 0 else -1
    ranked = sorted(found, key=lambda name: -up * found[name])
    named, reached = [], 0
    for name in ranked:
        if named and (len(named) == NAMED or reached >= MOST * abs(difference)):
            break
        if up * found[name] > 0:
            named.append(name)
            reached += up * found[name]
    said = " and ".join(_reason(name, found[name]) for name in named)
    against = ranked[-1]
    if -up * found[against] >= NOTABLE * abs(difference):
        said += f", although {_reason(against, found[against])}"
    return said


def _reason(factor: str, amount: Picodollars) -> str:
    return f"{_WHY[factor][amount < 0]} ({signed(amount)})"


def _measured(here: Usages, there: Usages, moved: str, dearer: tuple[str, str] | None) -> dict[str, str]:
    """How each factor stands in one of the two periods; of models and prices those that changed most."""
    turns = sum(one.turns for one in here.values())
    if not turns:
        return dict.fromkeys(FACTORS, NONE) | {"turns": "0"} | _beside(here)
    used = _alike(here, there)
    prompt = sum(used[term] for term in PROMPT)
    return {
        "turns": f"{turns:,}",
        "mix": f"{moved} {_part(here, moved):.0%}",
        "prompt": _few(prompt),
        "answer": _few(used["output"] - used["thinking"]),
        "thinking": _few(used["thinking"]),
        "searches": _few(used["web_search"]),
        "cache": f"{used['cache_read'] / prompt:.0%}" if prompt else NONE,
        "price": _price(here, dearer),
    } | _beside(here)


def _alike(here: Usages, there: Usages) -> dict[str, float]:
    """What a turn uses by terms, were each model's share of the turns the average of both periods: a change
    in it is none of the mix."""
    shares = {model: _part(here, model) + _part(there, model) for model in {*here, *there}}
    found = dict.fromkeys((*TERMS, "thinking"), 0.0)
    for model, share in shares.items():
        one = (
            next(each[model] for each in (here, there) if each.get(model, Used()).turns) if share else Used()
        )
        for term in found:
            found[term] += share * one.count(term) / max(one.turns, 1)
    return {term: each / sum(shares.values()) for term, each in found.items()}


def _beside(usages: Usages) -> dict[str, str]:
    """What is no turn."""
    cuts, cut, rest = (sum(getattr(one, name) for one in usages.values()) for name in ("cuts", "cut", "rest"))
    return {"cut": f"{many(cuts)}, {dollars(cut)}", "other": dollars(max(rest, 0))}


def _few(each: float) -> str:
    return f"{each:,.0f}" if each >= 10 or not each else f"{each:,.2g}"


def _moved(before: Usages, after: Usages) -> str:
    """The model whose share of the turns changed most; of equals the first."""
    models = sorted({*before, *after})
    change = {model: abs(_part(before, model) - _part(after, model)) for model in models}
    return max(models, key=lambda model: change[model], default="")


def _part(usages: Usages, model: str) -> float:
    turns = sum(one.turns for one in usages.values())
    return usages.get(model, Used()).turns / turns if turns else 0.0


def _price(usages: Usages, term: tuple[str, str] | None) -> str:
    """What a million tokens of a part of a model's bill cost."""
    if term is None:
        return NONE
    model, part = term
    each = _each(usages.get(model, Used()), part)
    unit = 1 if part == "web_search" else 10**6
    said = dollars(round(each * unit))
    return f"{model} {part.replace('_', ' ')} {said}{'' if unit == 1 else '/M'}"


def _dearer(before: Usages, after: Usages) -> tuple[str, str] | None:
    """The model and the part of its bill whose price did most to the sums; None where no price changed."""
    did: dict[tuple[str, str], Fraction] = {}
    for model in sorted({*before} & {*after}):
        one, other = before[model], after[model]
        for part in TERMS:
            if (one.count(part) and other.count(part)) and _each(one, part) != _each(other, part):
                tokens = one.count(part) + other.count(part)
                did[model, part] = abs(_each(other, part) - _each(one, part)) * tokens
    return max(did, key=lambda key: did[key], default=None)


def _each(used: Used, part: str) -> Fraction:
    return Fraction(used.costs.get(part, 0), used.count(part) or 1)
