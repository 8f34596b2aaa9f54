"""The columns of a comparison over the cases of a dataset, and as a dataset of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab import documents, prompts
from lab.engine import LETTERS, Column, Lab
from lab.errors import BadInput
from lab.evals import dataset
from lab.evals.dataset import Dataset
from lab.evals.variant import NONE, name_of, named
from lab.files import write

NAME = re.compile(r"[A-Za-z0-9][\w-]{0,60}")


def contenders(lab: Lab, columns: Sequence[Column]) -> tuple[str, ...]:
    """The names of the variants that these columns stand for. Raises BadInput naming a column whose name
    could not say what it asks: one without a prompt, a draft, or one with further fields of the body."""
    found: dict[str, str] = {}
    for letter, column in zip(LETTERS, columns, strict=False):
        prompt = _prompt(lab, letter, column)
        if column.options:
            raise BadInput(
                f"Column {letter} has further fields ({', '.join(column.options)}), which a check takes from "
                "a prompt's `extra`. Save them as a version."
            )
        model = column.model or prompt.model or lab.settings.model
        shows = None if column.fewshot is None else column.fewshot or NONE
        name = name_of(f"{prompt.name}@{prompt.version}", model, shows, column.effort, column.max_tokens)
        name = named(lab, lab.folder / "prompts", name).name
        if name in found:
            raise BadInput(f"Columns {found[name]} and {letter} would ask the same: {name}.")
        found[name] = letter
    return tuple(found)


def saved_check(
    lab: Lab,
    name: str,
    columns: Sequence[Column],
    turns: Sequence[Mapping[str, Any]] = (),
    of: Dataset | None = None,
) -> Path:
    """Write datasets/<name>.yaml with the prompts and models of these columns: with the cases and graders of
    another dataset, or with one case, what a comparison asked. Nothing is overwritten.

    `turns` are as `store.comparison` gives them. Raises BadInput, also for what a dataset cannot say.
    """
    if not NAME.fullmatch(name):
        raise BadInput(f"'{name[:60]}' is no name for a dataset: write letters, digits, - and _.")
    file = lab.folder / "datasets" / f"{name}.yaml"
    said = documents.read(of.file).value if of else _case(turns)
    text = documents.dump(
        _asks(lab, columns) | {key: said[key] for key in said if key not in ("prompt", "models")}
    )
    document = documents.parse(text, str(file))
    dataset.read(document, file, dataset.rows_of(document, file))
    file.parent.mkdir(exist_ok=True)
    write(file, text)
    return file


def _asks(lab: Lab, columns: Sequence[Column]) -> dict[str, Any]:
    refs, models = {}, {}
    for letter, column in zip(LETTERS, columns, strict=False):
        prompt = _prompt(lab, letter, column)
        if column.changes:
            raise BadInput(
                f"Column {letter} has {', '.join(column.changes)}: a dataset names prompts and models alone. "
                "Save that as a version of the prompt first."
            )
        refs[f"{prompt.name}@{prompt.version}"] = models[
            lab.model(column.model or prompt.model or lab.settings.model).id
        ] = True
    return {"prompt": list(refs), "models": list(models)}


def _prompt(lab: Lab, letter: str, column: Column) -> prompts.Prompt:
    if column.prompt is None:
        raise BadInput(f"Column {letter} has no prompt. A check needs one.")
    if column.system is not None:
        raise BadInput(f"Column {letter} is a draft. Save it as a version of the prompt first.")
    return prompts.load(lab.folder / "prompts", column.prompt)


def _case(turns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A dataset's keys for what was asked; what the model answered in between it answers again."""
    asked = [turn["asked"] for turn in turns]
    if any(each["files"] for each in asked):
        raise BadInput("Files went along with a question: a check takes them from the folder of its dataset.")
    if any(each["context"] for each in asked[:-1]):
        raise BadInput("There is a context before an earlier turn, which a dataset cannot say.")
    *before, last = asked
    columns = {"input": last["text"]} | ({"turns": [each["text"] for each in before]} if before else {})
    columns |= asked[0]["values"] | ({"context": last["context"]} if last["context"] else {})
    found: dict[str, Any] = {"cases": [columns]}
    if values := asked[0]["values"]:
        found["variables"] = {name: f"{{{{{name}}}}}" for name in values}
    return found | ({"context": "{{context}}"} if last["context"] else {})
