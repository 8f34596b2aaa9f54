"""Files that people write and the lab too: whole or not at all, one at a time, and their patches."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import unified_diff
from pathlib import Path
from typing import BinaryIO

from lab.errors import BadInput
from lab.types import new_id

NO_END = "\\ No newline at end of file\n"


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Keep other writers out of a folder, which is made where it is missing. Raises BadInput."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_RDONLY)
    except OSError as error:
        raise BadInput(f"{place} cannot be written: {error.strerror}.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(file: Path, content: str | bytes, replace: bool = False) -> None:
    """Write a whole file or nothing. Without `replace`, a file that is there is an error, never lost; one
    that is replaced keeps its permissions."""
    with writing(file, replace) as out:
        out.write(content if isinstance(content, bytes) else content.encode())


@contextmanager
def writing(file: Path, replace: bool = False, mode: int = 0o666) -> Iterator[BinaryIO]:
    """The same for what is written piece by piece: it is there when the block was left without an error.
    `mode`: the permissions of a new file. A device or a pipe is written to. Raises BadInput."""
    if replace and file.exists() and not file.is_file():
        with _refused(file), file.open("wb") as out:
            yield out
        return
    made = file.with_name(f".{file.name}.{new_id()}")
    try:
        with _refused(file):
            with open(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            if replace and file.exists():
                shutil.copymode(file, made)
            (os.replace if replace else os.link)(made, file)
    finally:
        with suppress(OSError):
            made.unlink()


@contextmanager
def _refused(file: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise BadInput(f"{file} is there already; nothing was written.") from None
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.") from None


def difference(path: str, before: str | None, after: str) -> str:
    """What changed in one file as git reads it, for `git apply` or `patch -p1`; before None: it is new."""
    old = "/dev/null" if before is None else f"a/{path}"
    found = unified_diff(_lines(before or ""), _lines(after), old, f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n{NO_END}" for line in found)


def _lines(text: str) -> list[str]:
    """A line ends with a line feed and nothing else."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
