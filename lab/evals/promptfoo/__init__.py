"""Configurations of promptfoo, read and written: see `convert`, `place` and `export`."""

from __future__ import annotations

from lab.evals.promptfoo._checks import (
    bleu,
    contains_html,
    contains_json,
    contains_xml,
    gleu,
    is_html,
    is_json,
    is_xml,
    levenshtein,
    rouge_1,
)
from lab.evals.promptfoo._conversion import Imported, convert
from lab.evals.promptfoo._export import Exported, export, sheet
from lab.evals.promptfoo._report import Line
from lab.evals.promptfoo._writing import place

__all__ = [
    "Exported", "Imported", "Line", "bleu", "contains_html", "contains_json", "contains_xml", "convert",
    "export", "gleu", "is_html", "is_json", "is_xml", "levenshtein", "place", "rouge_1", "sheet",
]  # fmt: skip
