"""Cases: what is asked, and what its answer is held against."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab import graders
from lab.errors import BadInput
from lab.evals.columns import Template, fill, require, text
from lab.evals.row import Row, refuse
from lab.graders import Grader, Place, nearest, scalar

MUST_PASS = "must_pass"


@dataclass(frozen=True)
class Check:
    """A grader with what it expects of one case: `grade(check.grader, sample, check.expected)`."""

    grader: Grader
    expected: Any


@dataclass(frozen=True)
class Case:
    """One thing to ask. `values` are the prompt's variables, `line` is where the case begins in its file."""

    id: str
    input: str
    values: Mapping[str, Any]
    context: str | None
    tags: tuple[str, ...]
    columns: Mapping[str, Any]
    graders: tuple[Check, ...]
    line: int


@dataclass(frozen=True)
class Form:
    """How a row becomes a case: what stands in the dataset beside the cases. `place` is the dataset's.

    `id` and `tag_column` hold the name of a column, not a template.
    """

    place: Place
    id: Template | None = None
    input: Template | None = None
    variables: Mapping[str, Template] = field(default_factory=dict)
    context: Template | None = None
    tags: tuple[str, ...] = ()
    tag_column: Template | None = None
    graders: tuple[Grader, ...] = ()


def cases(rows: Sequence[Row], form: Form) -> tuple[Case, ...]:
    """A case for every row, in their order. Raises BadInput listing up to 20 rows that make none."""
    known = tuple(dict.fromkeys(name for row in rows for name in row.columns))
    problems: list[str] = []
    made: dict[str, Row] = {}
    found = []
    for number, row in enumerate(rows, 1):
        try:
            case = _case(row, form, known, number)
        except BadInput as error:
            problems.append(str(error))
            continue
        first = made.setdefault(case.id, row)
        if first is not row:
            problems.append(f"{row.where()}: the id {case.id!r} is that of {first.where()} already.")
        found.append(case)
    refuse(problems)
    return tuple(found)


def _case(row: Row, form: Form, known: Collection[str], number: int) -> Case:
    values = {name: fill(template, row, known) for name, template in form.variables.items()}
    return Case(
        id=_id(row, form, known, number),
        input=_input(row, form, known),
        values={name: value for name, value in values.items() if value is not None},
        context=None if form.context is None else text(fill(form.context, row, known)),
        tags=_tags(row, form, known),
        columns={name: value for name, value in row.columns.items() if name != "graders"},
        graders=_checks(row, form, known),
        line=row.line,
    )


def _id(row: Row, form: Form, known: Collection[str], number: int) -> str:
    """The case's name: of the column that the dataset names, else of `id`, else its number."""
    if form.id is None and "id" not in known:
        return str(number)
    if form.id is None and "id" not in row.columns:
        raise BadInput(f"{row.where()}: there is no 'id' here, though other cases have one.")
    name, where = (form.id.value, form.id.where) if form.id else ("id", "")
    require(name, where, row, known)
    value = scalar(row.columns[name])
    if value is None or not value.strip():
        raise BadInput(f"{row.where()}: the id in '{name}' is empty, or no text.")
    return value


def _input(row: Row, form: Form, known: Collection[str]) -> str:
    if form.input is not None:
        return text(fill(form.input, row, known))
    if "input" not in known:
        advice = f'Say what to ask, as in `input: "{{{{question}}}}"`. {nearest("input", known)}'
        raise form.place.error(f"there is no column 'input'. {advice}", "cases")
    require("input", form.place.where("cases"), row, known)
    return text(row.columns["input"])


def _tags(row: Row, form: Form, known: Collection[str]) -> tuple[str, ...]:
    """The dataset's tags, those of the column that it names, and those in the row's own `tags`."""
    tags = list(form.tags)
    if form.tag_column:
        require(form.tag_column.value, form.tag_column.where, row, known)
        tags += split_tags(row.columns[form.tag_column.value], row.where(form.tag_column.value))
    tags += split_tags(row.columns.get("tags"), row.where("tags"))
    return tuple(dict.fromkeys(tags))


def split_tags(value: Any, where: str) -> list[str]:
    """Tags from a list, or from a text with commas between them.

    Raises BadInput, also for a tag that is nearly `must_pass`, since it would guard nothing.
    """
    texts = [scalar(each) for each in value] if isinstance(value, list) else text(value).split(",")
    if isinstance(value, dict) or None in texts:
        raise BadInput(f"{where}: tags are a list of texts, or one text with commas between them.")
    tags = [each.strip() for each in texts if each and each.strip()]
    for tag in tags:
        if tag != MUST_PASS and "".join(filter(str.isalpha, tag.lower())) == "mustpass":
            raise BadInput(f"{where}: the tag {tag!r} guards nothing. Did you mean '{MUST_PASS}'?")
    return tags


def _checks(row: Row, form: Form, known: Collection[str]) -> tuple[Check, ...]:
    """The common graders and the row's own, each with what it expects of this row."""
    own: tuple[Grader, ...] = ()
    if row.columns.get("graders") not in (None, ""):
        place = Place(form.place.folder, lambda *path: row.where("graders", *path))
        own = graders.parse_all(row.columns["graders"], place, form.graders)
    checks = []
    for grader in (*form.graders, *own):
        where = grader.place.where()
        expected = graders.filled(
            grader,
            lambda template, where=where: fill(Template(template, where), row, known),
            "" if grader in own else row.where(),
        )
        checks.append(Check(grader, expected))
    return tuple(checks)
