"""A variant: one version of a prompt on one model, as it stands or with another effort or few-shot set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import NamedTuple

from lab import prompts
from lab.engine import Lab
from lab.errors import BadInput
from lab.prompts import Examples, FewShot, Prompt

NONE = "none"
"""In the place of a few-shot set: none is shown."""
GAP = " · "
FEWSHOT, EFFORT, LONGEST = "few-shot ", "effort ", "max_tokens "
CHANGED = re.compile(r"(?P<set>\S+?)(?: (?P<change>without|shuffled) (?P<number>[1-9][0-9]{0,5}))?")


@dataclass(frozen=True)
class Variant:
    """A column of the report: `prompt` and `fewshot` as they are asked. `examples` and `effort` name what is
    asked otherwise than the prompt's version says: a few-shot set (see `shown`), and how hard to try, as
    does `max_tokens`."""

    prompt: Prompt
    fewshot: FewShot | None
    model: str
    examples: str | None = None
    effort: str | None = None
    max_tokens: int | None = None

    @cached_property
    def name(self) -> str:
        """`support@2 · claude-haiku-5-5`, with ` · few-shot tone@1 · effort low` where that is so."""
        ref = f"{self.prompt.name}@{self.prompt.version}"
        return name_of(ref, self.model, self.examples, self.effort, self.max_tokens)


class Parts(NamedTuple):
    """What the name of a variant says: the version of a prompt, the model, and what is otherwise."""

    prompt: str
    model: str
    examples: str | None = None
    effort: str | None = None
    max_tokens: int | None = None


def name_of(
    ref: str,
    model: str,
    examples: str | None = None,
    effort: str | None = None,
    max_tokens: int | None = None,
) -> str:
    """The name that says so."""
    words = [ref, model]
    words += [FEWSHOT + examples] if examples else []
    words += [EFFORT + effort] if effort else []
    return GAP.join(words + ([f"{LONGEST}{max_tokens}"] if max_tokens else []))


def parts(name: str) -> Parts:
    """Those of a name, whatever it is."""
    prompt, _, rest = name.partition(GAP)
    model, *others = rest.split(GAP)
    kinds = (FEWSHOT, EFFORT, LONGEST)
    found = {kind: each[len(kind) :] for each in others for kind in kinds if each.startswith(kind)}
    longest = found.get(LONGEST, "")
    most = int(longest) if longest.isdecimal() and len(longest) < 9 else None
    return Parts(prompt, model, found.get(FEWSHOT), found.get(EFFORT), most)


def short(names: Sequence[str]) -> tuple[str, ...]:
    """Each by what tells it from the others: their prompts where all else is the same, and so on."""
    each = [name.split(GAP) for name in names]
    if len(each) < 2:
        return tuple(words[0] for words in each)
    common = set(each[0]).intersection(*each[1:])
    kept = [GAP.join(word for word in words if word not in common) for words in each]
    return tuple(kept) if all(kept) and len(set(kept)) == len(kept) else tuple(names)


def varied(
    lab: Lab,
    folder: Path,
    ref: str,
    model: str,
    examples: str | None = None,
    effort: str | None = None,
    max_tokens: int | None = None,
) -> Variant:
    """The prompt that a reference stands for, on a model; `folder` holds the prompts. None: as the prompt
    says. Raises BadInput."""
    prompt = prompts.load(folder, ref)
    prompt = replace(prompt, effort=effort) if effort else prompt
    prompt = replace(prompt, max_tokens=max_tokens) if max_tokens else prompt
    if examples is None:
        fewshot = prompts.fewshot(folder, prompt.examples.set) if prompt.examples else None
        return Variant(prompt, fewshot, lab.model(model).id, None, effort, max_tokens)
    fewshot, examples = shown(folder, examples)
    place = replace(prompt.examples or Examples(""), set=fewshot.name) if fewshot else None
    return Variant(
        replace(prompt, examples=place), fewshot, lab.model(model).id, examples, effort, max_tokens
    )


def named(lab: Lab, folder: Path, name: str) -> Variant:
    """The variant of a name, which a run keeps. Raises BadInput."""
    said = parts(name)
    return varied(lab, folder, *said)


def shown(folder: Path, words: str) -> tuple[FewShot | None, str]:
    """The few-shot set that is shown for `tone`, `tone@2`, `tone@2 without 3` (its third example left out),
    `tone@2 shuffled 1` (in an order that this number draws) or `none`, and its words with the version.
    Raises BadInput."""
    if words == NONE:
        return None, NONE
    said = CHANGED.fullmatch(words)
    if said is None:
        raise BadInput(f"'{words[:100]}' is no few-shot set: write a name such as tone@1, or {NONE}.")
    whole = prompts.fewshot(folder, said["set"])
    name = f"{whole.name}@{whole.version}"
    if said["change"] is None:
        return whole, name
    number, examples = int(said["number"]), list(whole.examples)
    if said["change"] == "shuffled":
        Random(number).shuffle(examples)
    elif number > len(examples):
        raise BadInput(f"{name} has {len(examples)} examples, so that it cannot leave out number {number}.")
    else:
        del examples[number - 1]
    found = replace(whole, examples=tuple(examples)) if examples else None
    return found, f"{name} {said['change']} {number}"
