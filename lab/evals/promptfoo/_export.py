"""From a dataset and its prompts to a configuration, or to its tests as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import prompts
from lab.errors import BadInput
from lab.evals.cases import Case, Check
from lab.evals.dataset import Dataset
from lab.evals.promptfoo import _sheet
from lab.evals.promptfoo._report import Line, Report, Unsupported
from lab.graders import Grader
from lab.prompts import Prompt

QUESTION = "input"
_BRACES = "{% raw %}{{{% endraw %}"
"""Two braces that begin no variable."""
PLAIN = ("equals", "contains", "icontains", "regex", "starts_with")


@dataclass(frozen=True)
class Exported:
    """A configuration as YAML can hold it, and what became of each part."""

    config: Mapping[str, Any]
    lines: tuple[Line, ...]


def export(folder: Path, dataset: Dataset) -> Exported:
    """The dataset for promptfoo; what it cannot do is in the report. `folder` holds the prompts. Raises
    BadInput."""
    report = Report()
    chats = [_chat(folder, ref, report) for ref in dataset.prompts]
    config = {
        "description": dataset.description,
        "prompts": chats,
        "providers": [f"anthropic:messages:{model}" for model in dataset.models],
        "evaluateOptions": {"maxConcurrency": dataset.concurrency, "repeat": dataset.repeats},
        "tests": [_test(case, report) for case in dataset.cases],
    }
    if dataset.min_pass_rate is not None:
        report.add("min_pass_rate", "unsupported", str(dataset.file), "every test must pass there")
    if not dataset.models:
        report.add("models", "unsupported", str(dataset.file), "the dataset names none; add providers")
    return Exported({key: value for key, value in config.items() if value}, report.lines())


def sheet(dataset: Dataset, report: Report | None = None) -> str:
    """The cases as CSV with `__expected` columns. Raises BadInput for graders that no cell can hold."""
    report = report or Report()
    expected = [[_sheet.cell(each) for each in _asserts(case, report)] for case in dataset.cases]
    for case, cells in zip(dataset.cases, expected, strict=True):
        if None in cells:
            raise BadInput(
                f"{dataset.file}, case '{case.id}': one of its graders fits into no cell. Export YAML."
            )
    if unlike := [line for line in report.lines() if line.fate == "unsupported"]:
        raise BadInput(f"{dataset.file}: {unlike[0].key}: {unlike[0].note}. Nothing was written.")
    most = max(map(len, expected), default=0)
    names = [
        name for name in dict.fromkeys(n for case in dataset.cases for n in case.columns) if name not in _OWN
    ]
    heads = ["__expected"] if most == 1 else [f"__expected{n}" for n in range(1, most + 1)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, *heads])
    for case, cells in zip(dataset.cases, expected, strict=True):
        values = [_text(case.columns.get(name, "")) for name in names]
        writer.writerow([*values, *cells, *[""] * (most - len(cells))])
    return out.getvalue()


_OWN = ("id", "tags", "graders", "threshold", "turns", "files", "split")


def _chat(folder: Path, ref: str, report: Report) -> str:
    """A version as a chat in JSON, its variables as they are called here."""
    prompt = prompts.load(folder, ref)
    turns = [{"role": "system", "content": prompt.system}] if prompt.system else []
    if prompt.examples:
        for example in prompts.fewshot(folder, prompt.examples.set).examples:
            said = example.output if isinstance(example.output, str) else json.dumps(example.output)
            asked = prompt.user.replace("{{input}}", example.input)
            turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    for name, value in _beyond(prompt).items():
        if value:
            report.add(
                name, "unsupported", f"{prompt.name}@{prompt.version}", "set it in the provider's config"
            )
    report.add("prompt", "converted", f"{prompt.name}@{prompt.version}")
    turns.append({"role": "user", "content": prompt.user})
    return json.dumps(turns, indent=2, ensure_ascii=False).replace("\\\\{{", _BRACES)


def _beyond(prompt: Prompt) -> Mapping[str, Any]:
    names = ("effort", "thinking", "schema", "stop_sequences", "cache", "tools", "tool_choice", "extra")
    return {name: getattr(prompt, name) for name in names}


def _test(case: Case, report: Report) -> dict[str, Any]:
    values = {**case.values, QUESTION: case.input}
    if case.context:
        values[QUESTION] = f"Context:\n{case.context.strip()}\n\n{case.input}"
    for name, there in (("turns", case.turns), ("files", case.files)):
        if there:
            report.add(name, "unsupported", f"case '{case.id}'", "a test has one turn of text")
    test = {
        "description": case.id,
        "vars": values,
        "assert": _asserts(case, report),
        "metadata": {"tags": list(case.tags)} if case.tags else None,
        "threshold": case.threshold,
    }
    return {key: value for key, value in test.items() if value not in (None, [])}


def _asserts(case: Case, report: Report) -> list[dict[str, Any]]:
    found = []
    for check in case.graders:
        where = f"case '{case.id}'"
        try:
            made = _assertion(check)
        except Unsupported as error:
            report.add(check.grader.kind, "unsupported", where, str(error))
            continue
        report.add(check.grader.kind, "converted", where)
        found.append(made)
    return found


def _assertion(check: Check) -> dict[str, Any]:
    """What a grader is called there. Raises Unsupported."""
    grader = check.grader
    if grader.kind in PLAIN:
        made = _plain(grader, check.expected)
    elif grader.kind in _OTHERS:
        made = _OTHERS[grader.kind](check.expected)
    else:
        raise Unsupported("no assertion there does the same")
    if grader.of is not None:
        if grader.of.form != "json":
            raise Unsupported("what `of` picks cannot be picked there")
        made["transform"] = f"JSON.parse(output){_path(grader.of.path)}"
    if grader.negated:
        made["type"] = f"not-{made['type']}"
    made |= {"weight": grader.weight} if grader.weight != 1 else {}
    return made | ({"metric": grader.metric} if grader.metric else {})


def _plain(grader: Grader, expected: Any) -> dict[str, Any]:
    kind = grader.kind.replace("_", "-")
    if isinstance(expected, str):
        return {"type": kind, "value": expected.replace("{{", _BRACES)}
    texts = [text.replace("{{", _BRACES) for text in getattr(expected, "texts", expected)]
    if len(texts) == 1:
        return {"type": kind, "value": texts[0]}
    return {"type": f"{kind}-{'any' if hasattr(expected, 'texts') else 'all'}", "value": texts}


def _length(bounds: Any) -> dict[str, Any]:
    if bounds.unit != "words":
        raise Unsupported(f"length in {bounds.unit} is not known there")
    sides = {"min": bounds.min, "max": bounds.max}
    return {"type": "word-count", "value": {side: each for side, each in sides.items() if each is not None}}


def _latency(limits: Any) -> dict[str, Any]:
    if limits.total is None or limits.first_token is not None:
        raise Unsupported("the time to the first token is not known there")
    return {"type": "latency", "threshold": limits.total * 1000}


def _refusal(expected: bool) -> dict[str, Any]:
    return {"type": "is-refusal" if expected else "not-is-refusal"}


def _judge(rubric: Any) -> dict[str, Any]:
    if rubric.against is not None:
        raise Unsupported("a comparison with another text is not known there")
    return {"type": "llm-rubric", "value": rubric.text}


_OTHERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "json_schema": lambda schema: {"type": "is-json", "value": dict(schema.table)},
    "length": _length,
    "latency": _latency,
    "cost": lambda dollars: {"type": "cost", "threshold": dollars},
    "refusal": _refusal,
    "judge": _judge,
}


def _path(steps: Sequence[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
