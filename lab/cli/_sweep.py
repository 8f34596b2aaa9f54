"""Sweeps and ablations from the command line: checks of many variants, and what these come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from lab import evals, figures
from lab.cli._check import Wanted, laboratory, made
from lab.cli._options import SELECTION
from lab.cli._out import note, say, say_json
from lab.cli._price import Asking
from lab.cli._table import clipped, table
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import Ablation, Combined, Dataset, Order, Selection, Tradeoff, Verdict, reports
from lab.store import last_run, run, run_head
from lab.types import Principal

WIDE = 60
"""Columns of a terminal that an example has."""
ONLY_ONE = "Run {id} has one variant. A sweep holds several against each other: lab sweep --help"
NO_ABLATION = "Run {id} left no example of a few-shot set out. That does: lab ablate PROMPT DATASET"


class Telling(NamedTuple):
    """How a sweep is told: against which variant, by which margin; or (`ablation`) what examples do."""

    baseline: str | None = None
    margin: float = evals.MARGIN
    ablation: bool = False
    as_json: bool = False


def ask(
    dataset: str, combine: Callable[[Lab, Dataset], Combined], telling: Telling, wishes: dict[str, Any]
) -> int:
    """Put the variants that `combine` gives to a dataset, and say what they come to; `wishes` are the options
    that checks have too. Gives 0, 3 where a variant cannot be judged, 130 where it was interrupted. Raises
    LabError."""
    selection = Selection(**{name: wishes.pop(name) for name in SELECTION})
    outputs, against = wishes.pop("outputs"), wishes.pop("against")
    asking = Asking(wishes.pop("price"), wishes.pop("yes"))
    order = Order((dataset,), selection=selection, **wishes)
    with laboratory() as (bare, who):
        [found], left_out = _chosen(bare, who, order)
        variants, without = combine(bare, found)
        evals.variant_chosen(variants, telling.baseline)
        order = replace(order, variants=variants)
        lab = evals.equipped(bare, order)
        files = reports.wanted(lab.store.read, who, [found.name], outputs, against)
        for sentence in (*left_out, *without):
            note(sentence)
        plans = evals.plans(lab, who, [found], order)

        def told(subjects: Sequence[reports.Subject], verdicts: Sequence[Verdict], *_: bool) -> None:
            _tell(lab, who, subjects[0].run, telling)
            for verdict in verdicts:
                if verdict.state == "invalid":
                    note(verdict.sentence)

        code = made(lab, who, plans, order, Wanted(files, against, telling.as_json, asking, told))
        return 0 if code == 1 else code  # that a variant fails is what a sweep is to find


def again(id: str, telling: Telling) -> int:
    """Say what a run that is kept comes to (`last`: the newest). Raises LabError."""
    with laboratory() as (lab, who):
        if id == "last":
            id = last_run(lab.store.read, who) or id
        _tell(lab, who, (run if telling.as_json else run_head)(lab.store.read, who, id), telling)
    return 0


def _chosen(lab: Lab, who: Principal, order: Order) -> evals.Chosen:
    found = evals.chosen(lab, who, order)
    if not found.datasets:
        raise BadInput(" ".join(found.left_out))
    return found


def _tell(lab: Lab, who: Principal, kept: Mapping[str, Any], telling: Telling) -> None:
    if telling.ablation:
        found = evals.ablation(lab, who, kept)
        if found is None:
            raise BadInput(NO_ABLATION.format(id=kept["id"]))
        more, show = {"ablation": evals.ablation_plain(found)}, partial(_ablation, found)
    else:
        if len(kept["settings"]["variants"]) < 2:
            raise BadInput(ONLY_ONE.format(id=kept["id"]))
        of = evals.tradeoff(lab.store.read, who, kept, telling.baseline, telling.margin)
        more, show = {"sweep": evals.tradeoff_plain(of)}, partial(_tradeoff, of)
    if telling.as_json:
        say_json(dict(kept) | more)
    else:
        show()
    if kept["source"] == "simulated" and not telling.as_json:
        say("SIMULATED: these answers say nothing about quality.")
    note(f"Run {kept['id']}, {figures.cost(kept)}. The cases: lab runs show {kept['id']}")


def _tradeoff(of: Tradeoff) -> None:
    """The cheapest first, then the sentence."""
    measure = "mean score" if of.scored else "passes"
    rows = [
        {
            "variant": each.short,
            measure: evals.quality_words(each),
            "against the baseline": evals.standing_words(each),
            "per 1,000": evals.choice_price(each),
            "median": _seconds(each.seconds),
            "p95": _seconds(each.slow),
            "best for": evals.frontier_words(each),
        }
        for each in of.choices
    ]
    say(table(rows))
    say("In brackets: 90% intervals. Best for: no other is as good and cheaper, or as good and faster.")
    say(evals.conclusion(of))


def _ablation(of: Ablation) -> None:
    rows = [
        {
            "example": f"{each.number}",
            "effect": evals.effect_words(each),
            "tokens": evals.token_words(each),
            "1,000 calls": evals.price_words(each),
            "input": clipped(each.input, WIDE),
        }
        for each in of.examples
    ]
    whole = "–" if of.whole is None else f"{of.whole.value:.1%}"
    say(f"{of.set} as it stands: {whole} {'mean score' if of.scored else 'pass'}.")
    say(table(rows))
    say(evals.order_words(of))
    say("In brackets: 90% intervals, so that about one example in ten seems to help or harm by chance.")


def _seconds(seconds: float | None) -> str:
    return figures.seconds(None if seconds is None else seconds * 1000)
