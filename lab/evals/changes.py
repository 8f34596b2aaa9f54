"""What of a run's settings its dataset and prompts no longer say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab.evals.dataset import Dataset
from lab.evals.variant import Variant

RULES = ("repeats", "needs", "min_pass_rate")
"""Settings of a dataset that decide a verdict, besides its cases and graders."""


def content(dataset: Dataset, variants: Sequence[Variant]) -> dict[str, Any]:
    """What decides the answers and the verdict: part of the run's settings."""
    return {
        "dataset_hash": dataset.hash,
        "prompts": {each.name: [each.prompt.hash, each.fewshot and each.fewshot.hash] for each in variants},
        **{name: getattr(dataset, name) for name in RULES},
    }


def differing(settings: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In half a sentence each, what is no longer as a run's settings have it."""
    said = ["its cases or graders"] if settings["dataset_hash"] != now["dataset_hash"] else []
    said += [name for name in RULES if settings[name] != now[name]]
    for name, (prompt, fewshot) in now["prompts"].items():
        was = settings["prompts"].get(name, [prompt, fewshot])
        said += [f"the prompt of {name}"] if was[0] != prompt else []
        said += [f"the few-shot set of {name}"] if was[1] != fewshot else []
    return said
