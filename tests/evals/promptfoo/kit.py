"""Configurations as files of a test, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab import documents, graders, models
from lab.evals import Case, load
from lab.evals.promptfoo import Imported, convert, place
from lab.graders import Sample

MODELS = models.catalogue({})


def files(folder: Path, **texts: str) -> Path:
    """Write `name__ending=text` files; gives the configuration, `promptfooconfig.yaml`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder / "promptfooconfig.yaml"


def imported(
    folder: Path, config: Mapping[str, Any] | str, run_python: bool = False, **texts: str
) -> Imported:
    """A configuration, and files beside it, taken into `folder`."""
    text = config if isinstance(config, str) else documents.dump(dict(config))
    path = files(folder / "theirs", promptfooconfig__yaml=text, **texts)
    made = convert(path, "demo", folder / "datasets", MODELS, run_python)
    place(folder, made)
    return made


def cases(folder: Path, name: str = "demo") -> tuple[Case, ...]:
    return load(folder / "datasets" / f"{name}.yaml").cases


def passes(case: Case, text: str, **sample: Any) -> list[bool | None]:
    """What each grader of a case says of an answer."""
    given = Sample(text, columns=case.columns, **sample)
    return [graders.grade(check.grader, given, check.expected).passed for check in case.graders]


def fates(made: Imported) -> dict[str, str]:
    return {line.key: line.fate for line in made.lines}
