"""The files that decide what a dataset asks and how it is judged, besides the prompts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab import documents
from lab.errors import BadInput
from lab.evals import casefile
from lab.evals.dataset import Dataset

LONGEST_PATH = 255
"""Characters of a text that may be the path of a file."""


def sources(dataset: Dataset) -> set[Path]:
    """The dataset's file, that of its cases, and every file that a grader or a column of a case names: Python
    files, schemas, pictures. As absolute paths; those that are there."""
    folder = Path(os.path.abspath(dataset.file.parent))
    found = {folder / dataset.file.name, *_cases(dataset, folder)}
    for text in _texts(dataset):
        if len(text) <= LONGEST_PATH and "." in text and "\n" not in text:
            found |= {folder / each for each in {text, text.rpartition(":")[0]} if each}
    return {Path(os.path.normpath(file)) for file in found if file.is_file()}


def _cases(dataset: Dataset, folder: Path) -> Iterator[Path]:
    cases = documents.read(dataset.file).value["cases"]
    if isinstance(cases, str):
        try:
            yield casefile.located(cases, folder)
        except BadInput:  # a variable that was set when the dataset was read
            return


def _texts(dataset: Dataset) -> set[str]:
    """Every text that stands in a grader, and every text of a case's columns."""
    parts: list[Any] = []
    for case in dataset.cases:
        parts += case.columns.values()
        for check in case.graders:
            parts += [check.grader.expected, *check.grader.options.values()]
    texts: set[str] = set()
    while parts:
        part = parts.pop()
        if isinstance(part, str):
            texts.add(part)
        elif isinstance(part, dict):
            parts += part.values()
        elif isinstance(part, list):
            parts += part
    return texts
