"""Datasets written for a test."""

from __future__ import annotations

from pathlib import Path

from lab.evals import Dataset, load

CASES = "prompt: p\ncases:\n  - input: Hi\n"


def dataset(folder: Path, text: str, name: str = "x", **files: str) -> Dataset:
    for each, content in files.items():
        (folder / each.replace("__", ".")).write_text(content)
    (folder / f"{name}.yaml").write_text(text)
    return load(folder / f"{name}.yaml")
