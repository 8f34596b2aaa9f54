"""Writing prompts and few-shot sets: a new version never takes another's place, a label moves in one step."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.files import held, write
from lab.prompts import plan, shelf
from lab.prompts.plan import Edit
from lab.prompts.prompt import FewShot, Prompt
from lab.prompts.proof import Proofs
from lab.prompts.register import FILE, Target

FIRST_PROMPT = """\
description: Answers questions about our product.

# What the model should always know and do. {{name}} stands for a variable that is declared below.
system: |
  You answer questions about our product for {{audience}}.

  - Begin with the answer, then give the reason in a sentence or two.
  - When you do not know, say so and name who could.

# What goes with each question; {{input}} is what the person typed.
user: "{{input}}"

variables:
  audience:
    default: people who use it for the first time
    description: who reads the answer

max_tokens: 1024
"""

FIRST_SET = """\
description: Questions about our product, and how to answer them.

# Each shows the model one question and the answer that it should give.
examples:
  - input: How do I change my password?
    output: Open Settings, choose Account, then Change password.
  - input: What will it cost next year?
    output: I do not know. Our sales team can tell you.
"""


def new(folder: Path, name: str) -> Path:
    """Write a first draft to edit, of a prompt or of a few-shot set (`fewshot/tone`). Raises BadInput."""
    place = shelf.spot(folder, name)
    text = FIRST_SET if name.startswith(f"{shelf.SETS}/") else FIRST_PROMPT
    with held(place):
        if there := shelf.numbers(place):
            raise BadInput(f"There is a '{name}' already: {place / f'v{there[-1]}.yaml'}.")
        write(place / "v1.yaml", text)
    return place / "v1.yaml"


def save(folder: Path, name: str, prompt_fields: Mapping[str, Any], based_on: int | None) -> Prompt | FewShot:
    """Write and publish the next version, from fields as they stand in a file; empty ones are left out.

    `based_on` is the version that was edited, None where there was none. Raises Conflict when there is a
    newer one, BadInput for what cannot be saved.
    """
    return saved(folder, name, prompt_fields, based_on).thing


def saved(folder: Path, name: str, prompt_fields: Mapping[str, Any], based_on: int | None) -> Edit:
    """As `save`; gives all that was written."""
    place, text = _text(folder, name, prompt_fields, based_on)
    with held(place):
        edit = plan.version(place, name, text, based_on)
        _carry_out(place, edit)
    return edit


def saving(folder: Path, name: str, prompt_fields: Mapping[str, Any], based_on: int | None) -> Edit:
    """What `saved` would write, and its errors; nothing is written."""
    place, text = _text(folder, name, prompt_fields, based_on)
    return plan.version(place, name, text, based_on)


def label(
    folder: Path,
    name: str,
    label: str,
    target: Target | None,
    was: Any = ...,
    proofs: Proofs | None = None,
) -> Mapping[str, Target]:
    """Point a label at a version or at shares of versions, or (None) take it away; gives all labels then.

    Drafts that it points to are published. `was` is where it pointed when that was decided, `...` for
    anywhere: somebody else's move in between is an error. `proofs`: of the versions, where the label requires
    checks; those on record stay while it points there. Raises BadInput, Unproven where one is missing.
    """
    return _carried(folder, name, lambda: plan.label(folder, name, label, target, was, proofs)).labels


def labelling(
    folder: Path,
    name: str,
    label: str,
    target: Target | None,
    was: Any = ...,
    proofs: Proofs | None = None,
) -> Edit:
    """What `label` would write, and its errors; nothing is written."""
    return plan.label(folder, name, label, target, was, proofs)


def require(folder: Path, name: str, label: str, checks: tuple[str, ...]) -> None:
    """Let a label require that a version passed these checks (names of datasets) before it points to it; with
    none, nothing any more. Where it points stays as it is. Raises BadInput."""
    _carried(folder, name, lambda: plan.require(folder, name, label, checks))


def writable(folder: Path, name: str = "") -> bool:
    """Whether this process may write there, as far as the permissions of the folders tell."""
    place = folder / name
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    return os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _text(folder: Path, name: str, given: Mapping[str, Any], based_on: int | None) -> tuple[Path, str]:
    """Where a version goes, and its whole file."""
    place = shelf.spot(folder, name) if based_on is None else shelf.home(folder, name)
    return place, plan.canonical(name, given, place)


def _carried(folder: Path, name: str, planned: Callable[[], Edit]) -> Edit:
    """Plan an edit of a prompt or set that is there, and carry it out, while nobody else does."""
    place = shelf.home(folder, name)
    with held(place):
        edit = planned()
        _carry_out(place, edit)
    return edit


def _carry_out(place: Path, edit: Edit) -> None:
    for file, (before, after) in edit.files.items():
        write(place / file, after, replace=before is not None or file == FILE)
