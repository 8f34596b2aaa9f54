"""A logged call becomes a case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab import documents, media, store
from lab.documents import Document
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import casefile, editing
from lab.evals.columns import text as as_text
from lab.evals.editing import Changes, Edited, Grid
from lab.evals.telling import HOLE, Told, solved, told, words
from lab.files import write
from lab.graders import nearest
from lab.types import Principal

FROM = "from"
"""The column that says which call a case was made of."""
THINKING = ("thinking", "redacted_thinking")
ENDINGS = {media.PDF: "pdf", **{kind: kind.partition("/")[2] for kind in media.IMAGES}}


def add(
    lab: Lab, principal: Principal, path: Path, call: str, expect: Sequence[str] = (), id: str | None = None
) -> tuple[Edited, str]:
    """Make a call of the log a case of the dataset at `path`, and say what could not be told of it.

    Each of `expect` is a value for a column, `label=billing`, or just the value where the graders leave no
    doubt which column is meant. Pictures and PDF files are written beside the dataset. Raises BadInput for
    what the dataset cannot hold, and for a call that is a case already.
    """
    logged = store.call(lab.store.read, principal, call)
    document, of = documents.read(path), editing.grid(path)
    if call in (twin := {row.get(FROM): n for n, row in enumerate(of.rows, 1)}):
        raise BadInput(f"Call {call} is a case of {path.stem} already: case {twin[call]} in {of.file}.")
    known = told(lab, logged)
    files = Files(path)
    row = _columns(document, known, files)
    name = document.value.get("id") or ("id" if "id" in of.columns else None)
    if id and not name:
        raise BadInput(f"The cases in {of.file} have no column id: they are numbered. Leave --id out.")
    if name:
        row[name] = id or call
    row[FROM] = call
    row |= _expected(document, of, row, expect)
    try:
        files.write()
        return editing.save(path, of.hash, Changes(added=[_ordered(row, of)])), known.note
    except BadInput:
        files.remove()
        raise


class Files:
    """Pictures and PDF files of a call, to lie in `<dataset>.files` beside the dataset."""

    def __init__(self, path: Path) -> None:
        self._folder = path.with_name(f"{path.stem}.files")
        self._data: dict[Path, bytes] = {}
        self._new: list[Path] = []

    def named(self, block: Mapping[str, Any]) -> str:
        """The path of a block's file, as a case has it. Raises BadInput for one that only the API has."""
        data = media.content(block)
        kind = media.kind(data)
        if kind is None:
            raise BadInput("A file of this call is not kept here, so the call cannot become a case.")
        file = self._folder / f"{hashlib.sha256(data).hexdigest()[:12]}.{ENDINGS[kind]}"
        self._data[file] = data
        return f"{self._folder.name}/{file.name}"

    def write(self) -> None:
        for file, data in self._data.items():
            if not file.exists():
                file.parent.mkdir(exist_ok=True)
                write(file, data)
                self._new.append(file)

    def remove(self) -> None:
        """Take back what `write` wrote."""
        for file in self._new:
            file.unlink()
        if self._new and not any(self._folder.iterdir()):
            self._folder.rmdir()


def _columns(document: Document, known: Told, files: Files) -> dict[str, Any]:
    """The row that makes the dataset ask what was asked."""
    said = document.value
    *before, last = known.messages
    row: dict[str, Any] = {}
    question = words(last) if before else known.opening
    row |= _put(document, "input", said.get("input", "{{input}}"), question)
    if before:
        turns = [_turn(message, files) for message in before]
        turns[0]["user"] = known.opening
        row |= _put(document, "turns", said.get("turns", "{{turns}}"), turns)
    if paths := [files.named(block) for block in media.found(last["content"])]:
        row |= _put(document, "files", said.get("files", "{{files}}"), paths)
    if known.context:
        if "context" not in said:
            raise BadInput(f'{document.file}: the call had a context. Add `context: "{{{{context}}}}"`.')
        row |= _put(document, "context", said["context"], known.context)
    variables = said.get("variables") or {}
    for name, value in known.values.items():
        if name not in variables and name in known.usual:
            continue
        if name not in variables:
            advice = f'Add `variables: {{{name}: "{{{{{name}}}}}"}}`'
            raise BadInput(f"{document.file}: the call set {name} to {as_text(value)[:60]!r}. {advice}.")
        row |= _put(document, f"variables.{name}", variables[name], value)
    for key in ("turns", "files", "context", "variables"):
        row |= dict.fromkeys([name for name in _holes(said.get(key)) if name not in row], "")
    for key in ("tags", "split"):
        if isinstance(said.get(key), str):
            row.setdefault(said[key], "")
    return row


def _turn(message: Mapping[str, Any], files: Files) -> dict[str, Any]:
    """A turn as a case has it: text where it is no more, its files by their paths, no thinking."""
    content = message["content"]
    if isinstance(content, str):
        return {message["role"]: content}
    paths = [files.named(block) for block in content if block.get("type") in ("image", "document")]
    kept = [each for each in content if each.get("type") not in ("image", "document", *THINKING)]
    is_text = all(each.get("type") == "text" for each in kept)
    return {message["role"]: words(message) if is_text else kept} | ({"files": paths} if paths else {})


def _put(document: Document, key: str, template: Any, value: Any) -> dict[str, Any]:
    """The columns with which a template gives a value. Raises BadInput."""
    is_text = isinstance(value, str)
    if isinstance(template, str) and HOLE.fullmatch(template.strip()):
        return {HOLE.findall(template)[0]: value}
    if isinstance(template, str) and is_text and (found := solved(template, value)) is not None:
        return found
    if template == value or (not isinstance(template, (str, list)) and as_text(template) == as_text(value)):
        return {}
    shown = as_text(value)[:60]
    raise BadInput(f"{document.file}: {key} is {as_text(template)[:60]!r}, which cannot give {shown!r}.")


def _expected(document: Document, of: Grid, row: Mapping[str, Any], expect: Sequence[str]) -> dict[str, Any]:
    """The columns that the answer is held against. Raises BadInput where one is missing or in doubt."""
    wanted = [name for name in _holes(document.value.get("graders")) if name not in row]
    found: dict[str, Any] = {}
    for given in expect:
        name, sign, value = given.partition("=")
        if sign and name in (*of.columns, *wanted):
            found[name] = value
        elif len(wanted) == 1:
            found[wanted[0]] = given
        elif wanted:
            raise BadInput(
                f"--expect {given[:60]!r} could mean any of {', '.join(wanted)}. Write COLUMN=TEXT."
            )
        elif of.file.suffix.lower() in casefile.DELIMITERS:
            advice = nearest(name, of.columns) if sign else ""
            raise BadInput(f"No grader of {document.file} uses a column, so that --expect has none. {advice}")
        else:
            found["graders"] = [*found.get("graders", ()), {"icontains": given}]
    if missing := [name for name in wanted if name not in found]:
        raise BadInput(f"The graders hold the answer against '{missing[0]}'. Add --expect {missing[0]}=TEXT.")
    return found


def _holes(value: Any) -> list[str]:
    """The columns that templates anywhere in a value name."""
    return list(dict.fromkeys(HOLE.findall(json.dumps(value, ensure_ascii=False))))


def _ordered(row: Mapping[str, Any], of: Grid) -> dict[str, Any]:
    """The row with its columns as the others have them."""
    return {name: row[name] for name in (*of.columns, *row) if name in row}
