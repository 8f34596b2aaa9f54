"""From tests to the rows of a dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.promptfoo import _files, _prompts, _python
from lab.evals.promptfoo._assertions import grader
from lab.evals.promptfoo._prompts import Found
from lab.evals.promptfoo._python import Graders
from lab.evals.promptfoo._report import Report, Unsupported
from lab.evals.promptfoo._templates import column, filled
from lab.evals.promptfoo._tests import PICTURES, Test
from lab.models import Model

DEFAULT = "defaultTest"


class Rows:
    """The rows of all tests. `common` are the graders that every row has, `files` what lies beside the
    dataset and where each comes from."""

    def __init__(
        self,
        tests: Sequence[Test],
        templates: Mapping[str, Any],
        graders: Graders,
        file: str,
        models: Mapping[str, Model],
        report: Report,
    ) -> None:
        self._tests, self._templates, self._report = tests, templates, report
        self._graders, self._file, self._models = graders, file, models
        self.files: dict[str, Path] = {}
        shared = not any(test.options for test in tests)
        defaults = [each for each in tests[0].asserts if each[0].startswith(DEFAULT)] if shared else []
        self.common, _ = self._specs(tests[0], defaults, False)
        own = [[each for each in test.asserts if each not in defaults] for test in tests]
        self._own = [self._specs(test, each, not defaults) for test, each in zip(tests, own, strict=True)]
        self._names = list(dict.fromkeys(name for test in tests for name in test.vars))

    def of(self, prompt: Found) -> list[dict[str, Any]]:
        """A row for each test, as this prompt needs it. Raises BadInput."""
        names = [" ".join(test.description.split())[:100] for test in self._tests]
        rows = []
        for number, (test, graded) in enumerate(zip(self._tests, self._own, strict=True), 1):
            name = names[number - 1]
            row: dict[str, Any] = {"id": name if name and names.count(name) == 1 else str(number)}
            row |= {column(each): self._value(test, each) for each in self._names}
            row |= self._attached(row, test.folder)
            row |= self._written(test, prompt)
            row |= {key: test.options[key] for key in ("prefix", "suffix") if test.options.get(key)}
            if test.metadata:
                row["tags"] = [
                    f"{key}={each}" for key, value in test.metadata.items() for each in _each(value)
                ]
            specs, threshold = graded
            threshold = test.threshold if test.threshold is not None else threshold
            row |= {"threshold": threshold} if threshold is not None else {}
            row |= {"graders": specs} if specs else {}
            rows.append(row)
        return rows

    def _value(self, test: Test, name: str) -> Any:
        """A variable with the variables in it filled in; one that a test lacks is empty."""
        value = test.vars.get(name)
        if not isinstance(value, str) or "{" not in value:
            return "" if value is None else value
        try:
            return filled(value, lambda other: _text(test.vars.get(other, "")))
        except Unsupported as error:
            self._report.add(
                "vars", "changed", f"{test.where}.vars.{name}", f"{error}; it is left as it stands"
            )
            return value

    def _attached(self, row: dict[str, Any], folder: Path) -> dict[str, Any]:
        """The pictures and PDF files of a row, from here on beside the dataset."""
        found = []
        for name, value in row.items():
            if isinstance(value, str) and value.startswith(_files.SCHEME) and value.endswith(PICTURES):
                source = folder / value.removeprefix(_files.SCHEME)
                row[name] = path = f"{self._file.removesuffix('_graders.py')}_files/{source.name}"
                self.files[path] = source
                found.append(path)
        return {"files": found} if found else {}

    def _written(self, test: Test, prompt: Found) -> dict[str, Any]:
        """The turns before the question, or the whole prompt where a function writes it."""
        if prompt.turns:
            said = [
                {turn["role"]: filled(turn["content"], lambda name: _text(test.vars.get(name, "")))}
                for turn in prompt.turns
            ]
            return {"turns": said}
        if not prompt.function:
            return {}
        made = _python.called(*prompt.function, {"vars": test.vars, "provider": {"id": "", "label": ""}})
        made = made.get("prompt") if isinstance(made, dict) else made
        if not isinstance(made, str):
            made = json.dumps(made)
        try:
            (found,) = _prompts.texts(made, "", test.where)
            if found.turns:
                raise Unsupported("the function writes several turns")
        except Unsupported as error:
            raise BadInput(
                f"{prompt.function[0]}, {prompt.function[1]}, for {test.where}: {error}."
            ) from None
        return {"system_text": found.system, "prompt_text": found.user}

    def _specs(
        self, test: Test, asserts: Sequence[tuple[str, Any]], alone: bool
    ) -> tuple[list[dict[str, Any]], float | None]:
        """The graders of these assertions, and the threshold of one set that is all there is (`alone`)."""
        found: list[dict[str, Any]] = []
        threshold = None
        for where, entry in asserts:
            if isinstance(entry, dict) and "$ref" in entry:
                entry = self._templates.get(str(entry["$ref"]).rpartition("/")[2])
            kind = str(entry.get("type")) if isinstance(entry, dict) else "assert"
            try:
                if kind == "assert-set":
                    threshold = _limit(entry, alone and len(asserts) == 1 and test.threshold is None)
                    within = enumerate(entry.get("assert") or [])
                    inside = [(f"{where}.assert[{n}]", each) for n, each in within]
                    found += self._specs(test, inside, False)[0]
                    self._report.add(kind, "converted", where)
                else:
                    found.append(self._spec(test, entry, where, kind))
            except (Unsupported, BadInput) as error:
                self._report.add(kind, "unsupported", where, str(error).removesuffix("."))
        return found, threshold

    def _spec(self, test: Test, entry: Any, where: str, kind: str) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise Unsupported("an assertion is a table with a type")
        around = {key: test.options[key] for key in ("transform", "provider") if key in test.options}
        if "transform" in around and "transform" in entry:
            raise Unsupported("its answer is transformed twice; write a Python grader for it")
        made, note = grader(around | entry, test.folder, self._graders, self._file, self._models)
        self._report.add(kind, "changed" if note else "converted", where, note)
        return made


def _limit(entry: Mapping[str, Any], alone: bool) -> float | None:
    """The threshold of a set of assertions. Raises Unsupported where it would decide over others too."""
    limit = entry.get("threshold")
    if limit is not None and not alone:
        raise Unsupported("a set with a threshold can only be all that a case is graded by")
    return limit


def around(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What some rows have before or after the prompt; every row gets it then."""
    found = [each for each in ("prefix", "suffix") if any(each in row for row in rows)]
    for row in rows:
        for each in found:
            row.setdefault(each, "")
    return found


def structured(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a column holds lists or tables."""
    return any(isinstance(row.get(name), (list, dict)) for row in rows)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
