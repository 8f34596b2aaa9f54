"""Cases: what is asked, and what its answer is held against."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab import graders
from lab.errors import BadInput
from lab.evals.attachments import Attachment, attachment, root
from lab.evals.columns import Template, fill, require, text
from lab.evals.row import Row, refuse
from lab.evals.tags import split_tags
from lab.evals.turns import Turn, turns, unfolded
from lab.graders import Grader, Place, nearest, scalar


@dataclass(frozen=True, slots=True)
class Check:
    """A grader with what it expects of one case: `grade(check.grader, sample, check.expected)`."""

    grader: Grader
    expected: Any


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to ask. `values` are the prompt's variables, `line` is where the case begins in its file.

    `turns` were said before `input`; `files` go along with it. `split` is the part of the dataset that it is
    in, None where it says none. `threshold` is the mean score that passes; None: all graders that count
    must pass.
    """

    id: str
    input: str
    values: Mapping[str, Any]
    context: str | None
    tags: tuple[str, ...]
    columns: Mapping[str, Any]
    graders: tuple[Check, ...]
    line: int
    split: str | None = None
    turns: tuple[Turn, ...] = ()
    files: tuple[Attachment, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True)
class Form:
    """How a row becomes a case: what stands in the dataset beside the cases. `place` is the dataset's.

    `id`, `tag_column` and `split` hold the name of a column, not a template. `turns` and `files`, where there
    are none, are the columns of these names.
    """

    place: Place
    id: Template | None = None
    input: Template | None = None
    variables: Mapping[str, Template] = field(default_factory=dict)
    context: Template | None = None
    tags: tuple[str, ...] = ()
    tag_column: Template | None = None
    graders: tuple[Grader, ...] = ()
    split: Template | None = None
    turns: tuple[Template, ...] = ()
    files: tuple[Template, ...] = ()
    threshold: float | None = None


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
        if found and case.graders == found[-1].graders:
            case = replace(case, graders=found[-1].graders)  # the same ones: there may be very many cases
        found.append(case)
    refuse(problems)
    return tuple(found)


def _case(row: Row, form: Form, known: Collection[str], number: int) -> Case:
    values = {name: fill(template, row, known) for name, template in form.variables.items()}
    before, question = _said(row, form, known)
    return Case(
        id=_id(row, form, known, number),
        input=question,
        values={name: value for name, value in values.items() if value is not None},
        context=None if form.context is None else text(fill(form.context, row, known)),
        tags=_tags(row, form, known),
        columns={name: value for name, value in row.columns.items() if name != "graders"},
        graders=_checks(row, form, known),
        line=row.line,
        split=_split(row, form, known),
        turns=before,
        files=_files(row, form, known),
        threshold=_threshold(row, form),
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


def _said(row: Row, form: Form, known: Collection[str]) -> tuple[tuple[Turn, ...], str]:
    """The turns before the question, and that: the input, or the last turn where a case has no input."""
    if not form.turns and "turns" not in row.columns:
        return (), _input(row, form, known)
    if form.turns:
        where = f"{row.where()}, for {form.turns[0].where}"
        filled = [fill(template, row, known) for template in form.turns]
        items = unfolded(filled[0]) if len(filled) == 1 else [one for one in filled if one not in (None, "")]
    else:
        where = row.where("turns")
        items = unfolded(row.columns["turns"])
    found = turns(items, where, lambda value, about: _beside(value, form, about))
    if form.input is not None or row.columns.get("input") not in (None, "") or not found:
        return found, _input(row, form, known)
    *before, last = found
    if (
        last.role != "user"
        or last.files
        or (last.text != last.content and any(block["type"] != "text" for block in last.content))
    ):
        wanted = "the last turn is the question: text of the person's, its files in the column files"
        raise BadInput(f"{where}: {wanted}. Or write the question into the column input.")
    return tuple(before), last.text


def _input(row: Row, form: Form, known: Collection[str]) -> str:
    if form.input is not None:
        return text(fill(form.input, row, known))
    if "input" not in known:
        advice = f'Say what to ask, as in `input: "{{{{question}}}}"`. {nearest("input", known)}'
        raise form.place.error(f"there is no column 'input'. {advice}", "cases")
    require("input", form.place.where("cases"), row, known)
    return text(row.columns["input"])


def _split(row: Row, form: Form, known: Collection[str]) -> str | None:
    """The part of the dataset that a row is in: of the column that the dataset names, else of `split`."""
    if form.split:
        require(form.split.value, form.split.where, row, known)
    name = form.split.value if form.split else "split"
    value = row.columns.get(name)
    found = scalar(value)
    if value is not None and found is None:
        raise BadInput(f"{row.where(name)}: a split is one name, such as test.")
    return (found or "").strip() or None


def _files(row: Row, form: Form, known: Collection[str]) -> tuple[Attachment, ...]:
    """The files that go along with the question, each looked at."""
    if not form.files:
        return _beside(row.columns.get("files"), form, row.where("files"))
    found: list[Attachment] = []
    for template in form.files:
        where = f"{row.where()}, for {template.where}"
        try:
            base, rest = root(template.value, form.place.folder)
        except BadInput as error:
            raise BadInput(f"{template.where}: {error}.") from None
        paths = unfolded(fill(Template(rest, template.where), row, known))
        found += [attachment(path, base, where) for path in paths]
    return tuple(found)


def _beside(paths: Any, form: Form, where: str) -> tuple[Attachment, ...]:
    """Files whose paths are seen from the dataset's folder."""
    return tuple(attachment(path, form.place.folder, where) for path in unfolded(paths))


def _tags(row: Row, form: Form, known: Collection[str]) -> tuple[str, ...]:
    """The dataset's tags, those of the column that it names, and those in the row's own `tags`."""
    tags = list(form.tags)
    if form.tag_column:
        require(form.tag_column.value, form.tag_column.where, row, known)
        tags += split_tags(row.columns[form.tag_column.value], row.where(form.tag_column.value))
    tags += split_tags(row.columns.get("tags"), row.where("tags"))
    return tuple(dict.fromkeys(tags))


def _threshold(row: Row, form: Form) -> float | None:
    """The row's own, else the dataset's. In tables all cells are text."""
    value = row.columns.get("threshold")
    if value in (None, ""):
        return form.threshold
    try:
        number = float(scalar(value) or "")
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise BadInput(f"{row.where('threshold')}: threshold must be a number from 0 to 1, not {value!r}.")
    return number


def _checks(row: Row, form: Form, known: Collection[str]) -> tuple[Check, ...]:
    """The common graders and the row's own, each with what it expects of this row."""
    own: tuple[Grader, ...] = ()
    if row.columns.get("graders") not in (None, ""):
        place = Place(form.place.folder, lambda *path: row.where("graders", *path))
        own = graders.parse_all(row.columns["graders"], place, form.graders)
    checks = []
    for grader in (*form.graders, *own):
        if form.context is None and graders.needs_context(grader):
            lack = f"{grader.kind} needs the case's context, and the dataset names none"
            raise grader.place.error(f'{lack}: add `context: "{{{{column}}}}"` to it.')
        where = grader.place.where()
        expected = graders.filled(
            grader,
            lambda template, where=where: fill(Template(template, where), row, known),
            "" if grader in own else row.where(),
        )
        checks.append(Check(grader, expected))
    return tuple(checks)
