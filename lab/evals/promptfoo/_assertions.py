"""From an assertion to a grader. Where a grader does not do the same to the letter, the report says what is
different."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.evals.promptfoo import _files
from lab.evals.promptfoo._kinds import TYPES, Asked, Spec
from lab.evals.promptfoo._providers import model_of
from lab.evals.promptfoo._python import Graders
from lab.evals.promptfoo._report import Unsupported
from lab.models import Model

_TRIMMED = re.compile(r"output\.trim\(\)|context\.output|output")
_FIELD = re.compile(r"JSON\.parse\(output\)((?:\.\w+|\[\d+\])+)")
PROGRAMS = (".py", ".js", ".ts", ".cjs", ".mjs")


def grader(
    entry: Mapping[str, Any], folder: Path, own: Graders, file: str, models: Mapping[str, Model]
) -> tuple[Spec, str]:
    """The grader that an assertion becomes, and what is different. Raises Unsupported and BadInput."""
    kind = str(entry.get("type", ""))
    base = kind.removeprefix("not-")
    if base not in TYPES:
        raise Unsupported("there is no such assertion")
    make, note = TYPES[base]
    spec = make(Asked(base, _value(entry, base, folder), entry.get("threshold"), entry, folder, own, file))
    if entry.get("provider"):
        spec, note = _judged_by(entry["provider"], spec, note, models)
    options = _picked(entry.get("transform"))
    options |= {key: entry[key] for key in ("weight", "metric") if key in entry}
    if kind == base:
        return spec | options, note
    for key, value in spec.items():
        if isinstance(value, list):
            spec[key] = {"all": value}
    return {"not": spec} | options, note


def _judged_by(provider: Any, spec: Spec, note: str, models: Mapping[str, Model]) -> tuple[Spec, str]:
    name = provider if isinstance(provider, str) else str(provider.get("id", ""))
    model = model_of(name, models)
    if "judge" not in spec:
        return spec, note
    if model is None:
        return spec, f"{note}; '{name}' is no model that this lab knows, so its own judges".removeprefix("; ")
    table = spec["judge"] if isinstance(spec["judge"], dict) else {"rubric": spec["judge"]}
    return {"judge": {**table, "models": model}}, note


def _value(entry: Mapping[str, Any], kind: str, folder: Path) -> Any:
    """The value, that of a file read; programs stay what they are."""
    value = entry.get("value")
    if not isinstance(value, str) or not value.startswith(_files.SCHEME) or kind in ("python", "javascript"):
        return value
    (file, *_) = _files.located(value, folder)
    if file.suffix in PROGRAMS:
        raise Unsupported(f"{file.name} is a program that makes the value; write the value out")
    return _files.data(file) if file.suffix in (".json", ".yaml", ".yml") else _files.read(file).strip()


def _picked(transform: Any) -> Spec:
    """What `of` picks, for a transform that only picks. Raises Unsupported for any other."""
    if transform is None or (isinstance(transform, str) and _TRIMMED.fullmatch(transform.strip())):
        return {}
    found = _FIELD.fullmatch(transform.strip()) if isinstance(transform, str) else None
    if not found:
        raise Unsupported("its transform is a program; write a Python grader for it")
    return {"of": {"json": found[1].removeprefix(".")}}
