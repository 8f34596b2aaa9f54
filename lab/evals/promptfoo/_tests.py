"""The tests of a configuration, each with what the default test and its scenario add to it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.promptfoo import _files, _sheet
from lab.evals.promptfoo._report import Report, Unsupported

ELSEWHERE = ("huggingface:", "http://", "https://", "az://")
LISTS = ("metadata", "options")
MOST = 100_000
"""Tests that scenarios and lists of values may come to together."""
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")
KNOWN = ("description", "vars", "assert", "threshold", "metadata", "options")
OPTIONS = ("transform", "prefix", "suffix", "provider", "disableVarExpansion", "disableDefaultAsserts")
WITHOUT_MEANING = {
    "transformVars": "change the values in their columns instead",
    "storeOutputAs": "use turns: a case of several turns hands its answers on",
    "runSerially": "cases never depend on each other here",
    "rubricPrompt": "write the whole instruction as the judge's rubric",
    "provider": "every case is asked of all models of its dataset",
    "providers": "every case is asked of all models of its dataset",
    "prompts": "every case is put to all prompts of its dataset",
    "assertScoringFunction": "weights and a threshold say how grades add up",
    "providerOutput": "answers are asked for, never given",
}


@dataclass
class Test:
    """One test: `asserts` with where each stands, `files` as paths, `folder` what paths are relative to."""

    where: str
    folder: Path
    vars: dict[str, Any] = field(default_factory=dict)
    asserts: list[tuple[str, Any]] = field(default_factory=list)
    description: str = ""
    threshold: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def tests(config: Mapping[str, Any], folder: Path, report: Report, run_python: bool) -> list[Test]:
    """All tests, scenarios spelled out. Raises BadInput where a file is missing or broken."""
    default = config.get("defaultTest") or {}
    if isinstance(default, str):
        (file,) = _files.located(default, folder)
        default = _files.data(file)
    found: list[Test] = []
    loader = _Loader(report, run_python)
    for where, test, place in loader.entries(config.get("tests"), "tests", folder):
        found += _expanded(where, [default, test], place, report)
    for where, scenario, place in loader.entries(config.get("scenarios"), "scenarios", folder):
        settings = [each for _, each, _ in loader.entries(scenario.get("config"), f"{where}.config", place)]
        under = list(loader.entries(scenario.get("tests"), f"{where}.tests", place)) or [(where, {}, place)]
        for setting, (there, test, at) in itertools.product(settings, under):
            found += _expanded(there, [default, setting, test], at, report)
        report.add("scenario", "converted", where)
    if len(found) > MOST:
        raise BadInput(f"{folder}: these are {len(found):,} tests; the limit is {MOST:,}.")
    return found


@dataclass
class _Loader:
    report: Report
    run_python: bool

    def entries(self, value: Any, where: str, folder: Path) -> Iterator[tuple[str, Any, Path]]:
        """Each table with where it stands and the folder of its file; what cannot be read is reported."""
        if value is None:
            return
        for index, entry in enumerate(value if isinstance(value, list) else [value]):
            at = f"{where}[{index}]" if isinstance(value, list) else where
            config = {}
            if isinstance(entry, dict) and set(entry) <= {"path", "config"} and "path" in entry:
                entry, config = entry["path"], entry.get("config") or {}
            if isinstance(entry, dict) and set(entry) <= {"$values", "$expand"}:
                entry = next(iter(entry.values()))
            if isinstance(entry, dict):
                yield at, entry, folder
            elif isinstance(entry, str):
                try:
                    yield from self._file(entry, at, folder, config)
                except Unsupported as error:
                    self.report.add("tests", "unsupported", at, str(error))
            else:
                self.report.add("tests", "unsupported", at, "a test is a table, or the path of a file")

    def _file(self, path: str, where: str, folder: Path, config: Any) -> Iterator[tuple[str, Any, Path]]:
        if path.startswith(ELSEWHERE):
            raise Unsupported("it lies outside these files; save the rows as CSV or JSONL")
        path, _, function = path.removeprefix(_files.SCHEME).partition(":")
        for file in _files.located(path, folder):
            kind, at = file.suffix.lower(), f"{where} ({file.name})"
            if kind == ".csv":
                for row, test in _sheet.tests(file, self.report):
                    yield f"{file.name}, {row}", test, file.parent
            elif kind == ".jsonl":
                for number, line in enumerate(_files.read(file).splitlines(), 1):
                    if line.strip():
                        yield f"{file.name}, line {number}", _sheet.line(line, file, number), file.parent
            elif kind in (".yaml", ".yml", ".json"):
                yield from self.entries(_files.data(file), at, file.parent)
            elif kind == ".py":
                from lab.evals.promptfoo import _python

                if not self.run_python:
                    raise Unsupported(f"{file.name} writes its tests; --run-python lets it")
                made = _python.called(file, function or "generate_tests", *([config] if config else []))
                yield from self.entries(made, at, file.parent)
            else:
                raise Unsupported(f"{file.name} cannot be read; save the rows as CSV or JSONL")


def _expanded(where: str, layers: Sequence[Any], folder: Path, report: Report) -> list[Test]:
    """A test with all that is laid under it, once for each combination of its lists of values."""
    for layer in layers:
        if not isinstance(layer, dict):
            raise BadInput(f"{folder}, {where}: a test is a table.")
    test = Test(where, folder)
    for position, layer in enumerate(layers):
        kind = "defaultTest" if position == 0 else where
        test.vars |= _vars(layer.get("vars"), folder)
        asserts = layer.get("assert") or []
        test.asserts += [(f"{kind}.assert[{n}]", each) for n, each in enumerate(asserts)]
        test.description = str(layer.get("description") or test.description)
        test.threshold = layer.get("threshold", test.threshold)
        for name in LISTS:
            getattr(test, name).update(layer.get(name) or {})
        _leftovers(layer, kind, report)
    if test.options.get("disableDefaultAsserts"):
        test.asserts = [each for each in test.asserts if not each[0].startswith("defaultTest")]
    if test.options.get("disableVarExpansion"):
        return [test]
    lists = {name: value for name, value in test.vars.items() if _is_expanded(value)}
    return [
        Test(**{**vars(test), "vars": test.vars | dict(zip(lists, values, strict=True))})
        for values in itertools.product(*lists.values())
    ]


def _is_expanded(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(not isinstance(each, list) for each in value)


def _leftovers(layer: Mapping[str, Any], where: str, report: Report) -> None:
    """What has no meaning here is said."""
    options = layer.get("options") or {}
    given = [(key, key) for key in layer if key not in KNOWN]
    given += [(key, f"options.{key}") for key in options if key not in OPTIONS]
    for key, path in given:
        note = WITHOUT_MEANING.get(key, "a case has nothing like it")
        report.add(key, "unsupported", f"{where}.{path}", note)


def _vars(value: Any, folder: Path) -> dict[str, Any]:
    """The variables of a test, those from files read. Pictures and PDF files stay paths."""
    if isinstance(value, str):
        merged: dict[str, Any] = {}
        for file in _files.located(value, folder):
            merged |= _files.data(file) or {}
        value = merged
    if not isinstance(value, (dict, type(None))):
        raise BadInput(f"{folder}: vars are a table of names and values.")
    return {str(name): _value(each, folder) for name, each in (value or {}).items()}


def _value(value: Any, folder: Path) -> Any:
    if not isinstance(value, str) or not value.startswith(_files.SCHEME):
        return value
    if re.search(r"\.(py|js|cjs|mjs|ts)(:\w+)?$", value):
        raise BadInput(f"{folder}: {value} is a program that makes a value; write the value out.")
    files = _files.located(value, folder)
    if files[0].suffix.lower() in PICTURES:
        return value
    read = [
        _files.data(file) if file.suffix in (".yaml", ".yml", ".json") else _files.read(file)
        for file in files
    ]
    return read if len(read) > 1 else read[0]
