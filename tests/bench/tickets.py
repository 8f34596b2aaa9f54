"""68 real tickets through `lab check`: a classifier without examples, and with examples of the training file.

Needs `LAB_DATA`, the folder with tickets_train.tsv and tickets_test.tsv. The answers are simulated: the table
shows that the examples reach the model and are read, not what a real model would score.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from lab.documents import dump
from tests.bench._bench import table

ROOT = Path(__file__).parents[2]
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
PER_CATEGORY = 4


def main(arguments: list[str]) -> None:
    data = os.environ.get("LAB_DATA")
    if not data:
        sys.exit("Set LAB_DATA to the folder that holds tickets_train.tsv and tickets_test.tsv.")
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), Path(data))
        command = [sys.executable, "-m", "lab", "check", "real", "--sim", "--json"]
        command += [word for model in MODELS for word in ("-m", model)]
        environ = os.environ | {"PYTHONPATH": str(ROOT), "LAB_SIM_SPEED": "0"}
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    rates = {score["variant"]: score["rate"] for score in json.loads(done.stdout)["summary"]["scores"]}
    rows = [("model", "without examples", f"with {PER_CATEGORY} examples a category", "ratio")]
    for model in MODELS:
        bare, shown = (rates[f"tickets@{version} · {model}"] for version in (1, 2))
        rows.append((model, f"{bare:.1%}", f"{shown:.1%}", f"{shown / bare:.2f}" if bare else "–"))
    table(rows)


def _write(folder: Path, data: Path) -> None:
    """The classifier in two versions, its few-shot set, and the dataset."""
    examples = defaultdict(list)
    with open(data / "tickets_train.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            examples[row["label"]].append(row["text"])
    names = ", ".join(sorted(examples))
    system = f"Sort the ticket into one of these categories: {names}.\n\nAnswer with only its name.\n"
    pairs = [
        {"input": text, "output": label} for label, texts in examples.items() for text in texts[:PER_CATEGORY]
    ]
    files = {
        "prompts/tickets/v1.yaml": {"system": system},
        "prompts/tickets/v2.yaml": {"system": system, "examples": {"set": "tickets@1"}},
        "prompts/fewshot/tickets/v1.yaml": {"examples": pairs},
        "datasets/real.yaml": {
            "prompt": ["tickets@1", "tickets@2"],
            "cases": str(data / "tickets_test.tsv"),
            "input": "{{text}}",
            "graders": [{"equals": "{{label}}"}],
        },
    }
    for name, value in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dump(value), encoding="utf-8")
