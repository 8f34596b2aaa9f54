"""From a configuration to prompts, datasets, cases and graders."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.promptfoo import _files, _prompts, _providers, _rows, _tests
from lab.evals.promptfoo._prompts import Found
from lab.evals.promptfoo._python import Graders
from lab.evals.promptfoo._report import Line, Report
from lab.evals.promptfoo._templates import column, names, template
from lab.models import Model

QUESTIONS = ("input", "question", "query", "text", "message", "prompt", "user_input", "topic")
"""Names of what a person typed, the likeliest first."""
PASSED_ON = {"maxConcurrency": "concurrency", "repeat": "repeats"}
HANDLED = ("prompts", "providers", "targets", "tests", "scenarios", "defaultTest", "description",
           "assertionTemplates", "evaluateOptions", "$schema")  # fmt: skip
ELSEWISE = {
    "outputPath": "say --output when checking",
    "commandLineOptions": "say them when checking",
    "env": "set the variables where the lab runs",
    "sharing": "runs stay in your own database",
    "redteam": "the lab makes no attacks",
    "extensions": "no hooks run around a check",
    "derivedMetrics": "metrics are means of their graders",
    "nunjucksFilters": "templates fill in names and nothing else",
    "delay": "the rate-limit headers pace the calls",
    "cache": "lab check --reuse takes identical earlier answers",
    "timeoutMs": "see the deadlines in lab.toml",
    "maxEvalTimeMs": "see the deadlines in lab.toml",
}


@dataclass
class Imported:
    """Files by their path from the team's folder, and what became of each key. `versions` are a prompt's
    fields, the first version's first; `datasets` tables by name."""

    name: str
    versions: list[Mapping[str, Any]] = field(default_factory=list)
    datasets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    rows: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    graders: str | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    cases: int = 0
    lines: tuple[Line, ...] = ()


def convert(
    path: Path, name: str, beside: Path, models: Mapping[str, Model], run_python: bool = False
) -> Imported:
    """All of a configuration that the lab can do, for datasets in the folder `beside`. `run_python`: its
    functions may write prompts and tests.

    Raises BadInput for a file that is missing or broken, and where no prompt or no test is left.
    """
    config, folder, report = _files.data(path), path.parent, Report()
    if not isinstance(config, dict):
        raise BadInput(f"{path}, line 1: a configuration is a table with prompts, providers and tests.")
    value = config.get("prompts") or ["{{prompt}}"]
    prompts = _prompts.found(value, folder, report)
    calls = _providers.calls(config.get("providers") or config.get("targets"), folder, models, report)
    tests = _tests.tests(config, folder, report, run_python)
    if not tests:
        raise BadInput(f"{path}: there are no tests in it that the lab can read.{_why(report)}")
    made, own = Imported(name), Graders(path.name, beside)
    written = _rows.Rows(
        tests, config.get("assertionTemplates") or {}, own, f"{name}_graders.py", models, report
    )
    for group in _groups(prompts, run_python, report):
        _group(made, group, written, calls, str(config.get("description") or ""))
    if not made.versions:
        raise BadInput(f"{path}: there is no prompt in it that the lab can use.{_why(report)}")
    for table in made.datasets.values():
        table |= _options(config.get("evaluateOptions") or {}, report)
    for key in config:
        if key not in HANDLED:
            report.add(key, "unsupported", key, ELSEWISE.get(key, "a dataset has no such key"))
    made.graders, made.files = own.text(), written.files
    made.cases, made.lines = len(tests), report.lines()
    return made


def _why(report: Report) -> str:
    """Why the first thing that is left out is."""
    line = next((line for line in report.lines() if line.fate == "unsupported"), None)
    return f" {line.where}: {line.note}." if line else ""


def _groups(prompts: Sequence[Found], run_python: bool, report: Report) -> list[list[Found]]:
    """The prompts that can share a dataset: those with the same variables, and without turns of their own."""
    shared: dict[tuple[str, ...], list[Found]] = {}
    alone: list[list[Found]] = []
    for prompt in prompts:
        if prompt.function and not run_python:
            note = f"{prompt.function[0].name} writes its prompts; --run-python lets it, once for each test"
            report.add("prompt", "unsupported", prompt.where, note)
        elif prompt.function or prompt.turns:
            alone.append([prompt])
        else:
            shared.setdefault(tuple(sorted(prompt.variables())), []).append(prompt)
    return [*shared.values(), *alone]


def _group(
    made: Imported, group: list[Found], written: _rows.Rows, calls: _providers.Calls, description: str
) -> None:
    """One dataset, and a version for each of its prompts."""
    first = group[0]
    name = made.name if not made.datasets else f"{made.name}-{len(made.datasets) + 1}"
    rows, table = written.of(first), {"description": description}
    if first.function:
        question, values = "prompt_text", ["system_text"] if any(row["system_text"] for row in rows) else []
        texts = [("{{system_text}}" if values else "", "{{input}}")]
        table["input"] = f"{{{{{question}}}}}"
    elif first.turns:
        values = sorted({column(each) for each in names(first.system)})
        texts = [(template(first.system), "{{input}}")]
        table["input"] = template(first.user)
    else:
        variables = [each for each in first.variables() if each not in first.pictures]
        question = _question(group, variables)
        values = [column(each) for each in variables if each != question]
        texts = [(_put(prompt.system, None), _put(prompt.user, question)) for prompt in group]
        table["input"] = f"{{{{{column(question)}}}}}" if question else ""
    extra = _rows.around(rows)
    texts = [(system, _wrapped(user, extra)) for system, user in texts]
    values += extra
    numbers = range(len(made.versions) + 1, len(made.versions) + len(texts) + 1)
    for prompt, (system, user) in zip(group, texts, strict=True):
        variables = {each: {"type": "json"} if _rows.structured(rows, each) else {} for each in values}
        variables |= {each: {"default": ""} for each in extra}
        fields = {"description": description, "message": prompt.label, "system": system, "user": user}
        made.versions.append({**fields, "variables": variables, **calls.fields})
    table["prompt"] = [f"{made.name}@{number}" for number in numbers]
    table["models"] = calls.models
    table["cases"] = f"{name}.jsonl"
    table["variables"] = {each: f"{{{{{each}}}}}" for each in values}
    table["graders"] = written.common
    made.datasets[name] = {
        key: value for key, value in table.items() if value not in ([], {}, "") or key == "input"
    }
    made.rows[name] = rows


def _question(group: Sequence[Found], variables: Sequence[str]) -> str | None:
    """The variable that is what a person typed: in the user's turn of every prompt, and in no system text."""
    able = [
        each
        for each in variables
        if all(each in names(prompt.user) and each not in names(prompt.system) for prompt in group)
    ]
    return next((each for each in QUESTIONS if each in able), able[0] if len(able) == 1 else None)


def _put(text: str, question: str | None) -> str:
    made = template(text)
    if question is None:
        return made
    return re.sub(rf"(?<!\\)\{{\{{{re.escape(column(question))}\}}\}}", "{{input}}", made)


def _wrapped(user: str, extra: Sequence[str]) -> str:
    """With what single tests put before or after the whole prompt."""
    return f"{'{{prefix}}' * ('prefix' in extra)}{user}{'{{suffix}}' * ('suffix' in extra)}"


def _options(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    found = {}
    for key, value in options.items():
        if key in PASSED_ON and type(value) is int and value >= 1:
            found[PASSED_ON[key]] = value
            report.add(key, "converted", f"evaluateOptions.{key}")
        elif key != "showProgressBar":
            report.add(
                key, "unsupported", f"evaluateOptions.{key}", ELSEWISE.get(key, "a check has no such setting")
            )
    return found
