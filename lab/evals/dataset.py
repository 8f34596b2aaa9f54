"""Datasets: which prompts and models to ask, with which cases, and what their answers are held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lab import documents, graders
from lab.documents import Document
from lab.errors import BadInput
from lab.evals import casefile, settings, turns
from lab.evals.cases import Case, Form, cases
from lab.evals.columns import Template
from lab.evals.gate import Rule, rule
from lab.evals.row import Row
from lab.graders import Grader, Place, nearest
from lab.types import digest

KEYS = (
    "description", "prompt", "models", "cases", "id", "input", "variables", "context", "graders", "tags",
    "split", "turns", "files", "threshold", "min_pass_rate", "repeats", "needs", "concurrency", "gate",
)  # fmt: skip
CONCURRENCY = 8
PROPOSED = ".proposed.jsonl"
"""How the name of a file ends whose cases wait for a review."""


@dataclass(frozen=True)
class Dataset:
    """What a dataset file says. `prompts` are references such as `support@staging`.

    Each case is asked `repeats` times and passes when `needs` of its answers do. `hash` is equal for datasets
    that ask and grade the same (see `fingerprint`). `gate` decides where it is held against a baseline.
    `selection` says which of its cases these are, where they are not all (see `selection.narrowed`); `hash`
    is of all.
    """

    name: str
    file: Path
    description: str
    prompts: tuple[str, ...]
    models: tuple[str, ...]
    cases: tuple[Case, ...]
    graders: tuple[Grader, ...]
    min_pass_rate: float | None
    repeats: int
    needs: int
    concurrency: int
    hash: str
    gate: Rule = Rule()
    selection: Mapping[str, Any] | None = None


def dataset_names(folder: Path) -> list[str]:
    """The datasets in a folder: its `*.yaml` files, but those with a second dot in their name
    (`triage.schema.yaml`) and those that hold a list, which are cases."""
    files = (file for file in folder.glob("*.yaml") if "." not in file.stem and file.is_file())
    return sorted(file.stem for file in files if not _is_list(file))


def shelf(folder: Path) -> tuple[dict[str, Dataset], dict[str, str]]:
    """The datasets of a folder by name, and of those that are broken the sentence that says why."""
    found: dict[str, Dataset] = {}
    broken: dict[str, str] = {}
    for name in dataset_names(folder) if folder.is_dir() else []:
        try:
            found[name] = load(folder / f"{name}.yaml")
        except BadInput as error:
            broken[name] = str(error)
    return found, broken


def load(path: Path) -> Dataset:
    """A dataset with all its cases. Raises BadInput naming file and line, or listing up to 20 rows."""
    if not path.is_file():
        there = dataset_names(path.parent) if path.parent.is_dir() else []
        raise BadInput(f"There is no dataset {path}. {nearest(path.stem, there)}")
    document = documents.read(path)
    return read(document, path, rows_of(document, path))


def read(document: Document, path: Path, rows: list[Row]) -> Dataset:
    """The dataset that a file's text makes with these rows. Raises BadInput as `load` does."""
    check_keys(document)
    asked, needed = settings.repeats(document)
    form = _form(document, path.parent)
    said = {
        "description": settings.words(document, "description") or "",
        "prompts": settings.names(document, "prompt"),
        "models": settings.names(document, "models"),
        "min_pass_rate": settings.rate(document, "min_pass_rate"),
        "concurrency": settings.whole(document, "concurrency", CONCURRENCY),
        "gate": rule(document),
    }
    found = cases(rows, form)
    return Dataset(
        name=path.stem,
        file=path,
        cases=found,
        graders=form.graders,
        repeats=asked,
        needs=needed,
        hash=fingerprint(found),
        **said,
    )


def _form(document: Document, folder: Path) -> Form:
    place = Place(folder, document.where)
    specs = document.value.get("graders")
    column, part = settings.words(document, "id"), settings.words(document, "split")
    tags, tag_column = settings.tags(document)
    return Form(
        place=place,
        id=None if column is None else Template(column, document.where("id")),
        input=settings.template(document, "input"),
        variables=settings.variables(document),
        context=settings.template(document, "context"),
        tags=tags,
        tag_column=tag_column,
        split=None if part is None else Template(part, document.where("split")),
        turns=settings.templates(document, "turns"),
        files=settings.templates(document, "files"),
        graders=graders.parse_all([] if specs is None else specs, place.within("graders")),
        threshold=settings.rate(document, "threshold"),
    )


def fingerprint(cases: tuple[Case, ...]) -> str:
    """A hash of what is asked and how it is graded, in hex.

    Of each case: id, input, values, context, tags, columns, turns, threshold, and its graders with what
    they expect; schemas, Python files, pictures and documents by their content. The order of the cases,
    where they stand, and every other setting of the dataset do not count.
    """
    pieces = blake2b(digest_size=16)  # of the list as JSON, which in one piece may be large
    for number, case in enumerate(sorted(cases, key=lambda case: case.id)):
        content = [case.id, case.input, case.values, case.context, case.tags, case.columns]
        content += [graders.content(check.grader, check.expected) for check in case.graders]
        content += [turns.content(each) for each in (*case.turns, *_question(case))]
        content += [] if case.threshold is None else [case.threshold]
        said = json.dumps(content, sort_keys=True, ensure_ascii=False)
        pieces.update(f"{', ' if number else '['}{said}".encode("utf-8", "surrogatepass"))
    pieces.update(b"]")
    return pieces.hexdigest()


def question(case: Case) -> str:
    """A hash of all that a case asks, whatever its answer is held against."""
    said = [turns.content(each) for each in (*case.turns, *_question(case))]
    content = [case.input, case.values, case.context, *said]
    return digest(json.dumps(content, sort_keys=True, ensure_ascii=False)).hex()


def _question(case: Case) -> tuple[turns.Turn, ...]:
    """A question with files, as the last turn."""
    return (turns.Turn("user", "", case.files),) if case.files else ()


def check_keys(document: Document) -> None:
    """Raises BadInput where a dataset's file is none."""
    if not isinstance(document.value, dict):
        raise document.error("a dataset is a table with `prompt`, `cases` and `graders`.")
    for key in document.value:
        if key not in KEYS:
            raise document.error(f"a dataset has no '{key}'. {nearest(key, KEYS)}", key)
    for key in ("prompt", "cases"):
        if document.value.get(key) is None:
            raise document.error(f"`{key}` is missing.")


def case_file(document: Document, path: Path) -> Path:
    """Where a dataset's cases stand: the file that it names, or it itself. Raises BadInput."""
    check_keys(document)
    value = document.value["cases"]
    if not isinstance(value, str):
        return path
    if value.endswith(PROPOSED):
        raise document.error(
            "proposals are no cases before they are accepted. See `lab datasets review`.", "cases"
        )
    try:
        return casefile.located(value, path.parent)
    except casefile.Elsewhere as error:
        raise casefile.Elsewhere(f"{document.where('cases')}: {error}.") from None
    except BadInput as error:
        raise document.error(f"{error}.", "cases") from None


def rows_of(document: Document, path: Path) -> list[Row]:
    """The rows that `cases` names or holds. Raises BadInput, also where there are none."""
    file = case_file(document, path)
    rows = casefile.inline(document, "cases") if file == path else casefile.read(file)
    if not rows:
        named = "" if file == path else f" in {document.value['cases']}"
        raise document.error(f"there are no cases{named}.", "cases")
    return rows


def _is_list(file: Path) -> bool:
    """Whether the first line that says anything begins a list; not known of a file that cannot be read."""
    try:
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return False
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith(("#", "---")))
    return next(lines, "").startswith(("- ", "["))
