"""The recordings of a dataset, in the file `<name>.cassette.jsonl` beside it: a line an answer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.engine import Recording, Spot, Tape
from lab.errors import BadInput, LabError
from lab.evals import entry
from lab.evals.encoding import decode
from lab.evals.row import refuse

SUFFIX = ".cassette.jsonl"


def beside(dataset: Path) -> Path:
    """Where the recordings of a dataset's file are, if it has any."""
    return dataset.with_name(f"{dataset.stem}{SUFFIX}")


def read(file: Path, name: str) -> list[Recording]:
    """All recordings of a file. Raises BadInput that says by its `name` which, and the lines of up to 20
    broken ones."""
    try:
        text = decode(file.read_bytes(), name)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}.") from None
    problems: list[str] = []
    lines: dict[Spot, int] = {}
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            recording = entry.recording(line)
        except ValueError as error:
            problems.append(f"{name}, line {number}: {error}")
            continue
        first = lines.setdefault(recording.spot, number)
        if first != number:
            problems.append(f"{name}, line {number}: line {first} is a recording of the same call already.")
        found.append(recording)
    refuse(problems)
    return found


def write(file: Path, recordings: Iterable[Recording]) -> None:
    """The file anew. Whoever reads it meanwhile, or after a crash, has the old one or the new one whole. One
    that would say the same is left alone. Raises LabError."""
    data = "".join(
        f"{entry.line(each)}\n" for each in sorted(recordings, key=lambda each: each.place)
    ).encode()
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        if file.is_file() and file.read_bytes() == data:
            return
        with part.open("wb") as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LabError(f"The recordings {file} cannot be written: {error.strerror}.") from None


def save(file: Path, tape: Tape) -> str:
    """Put what a run recorded into the file: only what it asked is added or takes the place of an older
    answer. Where that says the same it stays as it is, and a real one before a made-up one. Gives a sentence.
    Raises LabError."""
    if not tape.fresh:
        return f"{tape.file}: nothing was recorded, since no call was answered."
    kept, same, real = dict(tape.kept), 0, 0
    for spot, recording in tape.fresh.items():
        old = kept.get(spot)
        if old and alike(old, recording):
            same += 1
        elif old and recording.simulated and not old.simulated:
            real += 1
        else:
            kept[spot] = recording
    added = len(kept) - len(tape.kept)
    changed = len(tape.fresh) - same - real - added
    write(file, kept.values())
    counts = f"{added:,} added, {changed:,} changed, {same:,} the same as before"
    counts += f"; {real:,} of real models stay before made-up ones" if real else ""
    rest = len(tape.kept.keys() - tape.fresh.keys())
    other = f"; {rest:,} that this run did not ask are left as they were" if rest else ""
    many = "1 recorded answer" if len(kept) == 1 else f"{len(kept):,} recorded answers"
    return f"{tape.file}: {many}, {counts}{other}."


def alike(one: Recording, other: Recording) -> bool:
    """Whether both hold the same answer of the same kind of source, whatever it took."""
    return _said(one) == _said(other)


def _said(recording: Recording) -> tuple[Any, ...]:
    reply = recording.reply
    content = [_worded(block) for block in reply.content]
    return content, reply.model, reply.stop_reason, reply.stop_sequence, reply.stop_details, reply.source


def _worded(block: Mapping[str, Any]) -> dict[str, Any]:
    """A content block without what is new in every answer: signatures, and the ids of tools' calls."""
    calls = str(block.get("type", "")).endswith("tool_use")
    return {
        name: value for name, value in block.items() if name != "signature" and (name != "id" or not calls)
    }
