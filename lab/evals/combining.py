"""Which variants a sweep asks: every version on every model, with every few-shot set and at every effort."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from lab import capability, prompts
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals.dataset import Dataset
from lab.evals.variant import Variant, named, shown, varied


class Combined(NamedTuple):
    """The names of the variants, in the order that they were asked for, and a sentence on each combination
    that is left out."""

    variants: tuple[str, ...]
    left_out: tuple[str, ...]


def combined(
    lab: Lab,
    dataset: Dataset,
    refs: Sequence[str] = (),
    models: Sequence[str] = (),
    examples: Sequence[str] = (),
    efforts: Sequence[str] = (),
) -> Combined:
    """Every combination that its model takes, as far as the catalogue knows. What is empty is as the dataset
    or the prompt says. A model that takes no effort at all is asked once, without.

    Raises BadInput for what is not there, and where no combination is left.
    """
    folder = lab.folder / "prompts"
    found: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for ref in refs or dataset.prompts:
        own = prompts.load(folder, ref).model or lab.settings.model
        every = product(models or dataset.models or (own,), examples or (None,), efforts or (None,))
        for model, shows, effort in every:
            if effort and lab.model(model).effort == ():
                left_out[f"{lab.model(model).id} takes no effort: it is asked without."] = None
                effort = None
            variant = varied(lab, folder, ref, model, shows, effort)
            if fault := _fault(lab, variant):
                left_out[f"Left out: {variant.name}. {fault}"] = None
            else:
                found[variant.name] = None
    if not found:
        raise BadInput(" ".join(["No combination is left to ask.", *left_out]))
    return Combined(tuple(found), tuple(left_out))


def ablated(
    lab: Lab, ref: str, model: str | None = None, shuffles: int = 0, examples: str | None = None
) -> tuple[str, ...]:
    """The names of the variants that show what each example of a prompt's few-shot set does, or of the set
    `examples` in its place: the whole set, the set without each of them, and in so many other orders.

    Raises BadInput where the prompt shows no examples, or its model does not take it.
    """
    folder = lab.folder / "prompts"
    own = prompts.load(folder, ref).model or lab.settings.model
    whole = varied(lab, folder, ref, model or own, examples)
    if whole.fewshot is None:
        raise BadInput(
            f"{whole.prompt.name}@{whole.prompt.version} shows no examples, so there are none to leave out. "
            "Name a version with a few-shot set, or the set itself (docs/prompts.md)."
        )
    if fault := _fault(lab, whole):
        raise BadInput(fault)
    name, number = f"{whole.fewshot.name}@{whole.fewshot.version}", len(whole.fewshot.examples)
    words = [name, *(f"{name} without {each}" for each in range(1, number + 1))]
    words += _orders(lab, name, shuffles)
    start = f"{whole.prompt.name}@{whole.prompt.version} · {whole.model} · few-shot "
    return tuple(named(lab, folder, start + each).name for each in words)


def _orders(lab: Lab, name: str, shuffles: int) -> list[str]:
    """So many orders of a set, no two the same and none its own, or as many as there are."""
    folder = lab.folder / "prompts"
    seen = [shown(folder, name)[0].examples]
    found: list[str] = []
    for number in range(1, 20 * shuffles + 1):
        order = shown(folder, each := f"{name} shuffled {number}")[0].examples
        if len(found) < shuffles and order not in seen:
            seen.append(order)
            found.append(each)
    return found


def _fault(lab: Lab, variant: Variant) -> str | None:
    """Why its model does not take it; None where nothing is known against it."""
    model, prompt = lab.model(variant.model), variant.prompt
    try:
        capability.check(model, prompt.max_tokens, prompts.options(prompt), endpoint=lab.endpoint(model.id))
    except BadInput as error:
        return str(error)
    return None
