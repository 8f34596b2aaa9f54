"""A baseline: what a version's answers came to, kept beside the dataset, to hold later versions against.

`datasets/<name>.baseline.json` is JSON with a line for each case, so that a review shows which ones moved. It
holds no answer, only hashes that tell whether two are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lab import files
from lab.errors import BadInput
from lab.evals.gate import Arm, Asked

SUFFIX = ".baseline.json"
OLD = 90
"""Days after which a baseline's age is said."""


@dataclass(frozen=True)
class Baseline:
    """`arm` is what it holds; of the rest `variant` says what was asked, `prompt` and `fewshot` are its
    hashes, and `catalogue` is that of what the catalogue says of the model. `source`: who answered, such as
    `api` or `simulated`. `made`: the day, in UTC."""

    arm: Arm
    variant: str
    model: str
    prompt: str
    fewshot: str | None
    catalogue: str
    repeats: int
    source: str
    run: str
    made: date

    def age(self, today: date) -> int:
        """In days."""
        return (today - self.made).days


def path(dataset: Path) -> Path:
    """Where the baseline of a dataset lies."""
    return dataset.with_name(f"{dataset.stem}{SUFFIX}")


def written(file: Path, baseline: Baseline) -> None:
    """Write it, whole or not at all. Raises BadInput where that cannot be."""
    arm = baseline.arm
    head = {
        "dataset_hash": arm.dataset,
        "variant": baseline.variant,
        "model": baseline.model,
        "prompt_hash": baseline.prompt,
        "fewshot_hash": baseline.fewshot,
        "catalogue_hash": baseline.catalogue,
        "repeats": baseline.repeats,
        "source": baseline.source,
        "run": baseline.run,
        "made": baseline.made.isoformat(),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}," for key, value in head.items()]
    cases = [f"    {json.dumps(id, ensure_ascii=False)}: {_line(arm, id)}" for id in sorted(arm.cases)]
    text = "\n".join(["{", *lines, '  "cases": {', ",\n".join(cases), "  }", "}", ""])
    files.write(file, text.encode("utf-8", "surrogatepass"), replace=True)


def _line(arm: Arm, id: str) -> str:
    asked = arm.cases[id]
    said: dict[str, Any] = {name: [*scores] for name, scores in asked.scores.items()}
    kept = {"scores": said, "answers": [*asked.answers]}
    kept |= {"breaks": [*asked.breaks]} if asked.breaks else {}
    kept |= {"family": arm.families[id]} if id in arm.families else {}
    return json.dumps(kept, ensure_ascii=False)


def read(file: Path) -> Baseline | None:
    """The baseline in a file; None where there is none. Raises BadInput where it is no baseline."""
    try:
        kept = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{file} cannot be read: {error}. {RENEW}") from None
    try:
        return _baseline(kept)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{file} is no baseline ({type(error).__name__}: {error}). {RENEW}") from None


RENEW = "Make it anew: lab check DATASET --save-baseline"


def _baseline(kept: Mapping[str, Any]) -> Baseline:
    cases = {
        id: Asked(
            {str(name): tuple(_score(each) for each in scores) for name, scores in case["scores"].items()},
            tuple(str(answer) for answer in case["answers"]),
            tuple(str(each) for each in case.get("breaks", ())),
        )
        for id, case in kept["cases"].items()
    }
    families = {id: str(case["family"]) for id, case in kept["cases"].items() if "family" in case}
    return Baseline(
        Arm(f"the baseline ({kept['variant']})", cases, str(kept["dataset_hash"]), families),
        str(kept["variant"]),
        str(kept["model"]),
        str(kept["prompt_hash"]),
        kept["fewshot_hash"],
        str(kept["catalogue_hash"]),
        int(kept["repeats"]),
        str(kept["source"]),
        str(kept["run"]),
        date.fromisoformat(kept["made"]),
    )


def _score(value: Any) -> float | None:
    if value is not None and (type(value) not in (int, float) or not 0 <= value <= 1):
        raise ValueError(f"a score is from 0 to 1, not {value!r}")
    return value
