"""Pictures and PDF files that a case names by their paths."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.engine import LARGEST_FILE, File, block
from lab.errors import BadInput
from lab.evals.casefile import located


@dataclass(frozen=True)
class Attachment:
    """A file that was there, and fit to be sent, when the dataset was read. `hash` is of its content."""

    path: Path
    hash: str

    def block(self) -> dict[str, Any]:
        """Its content block, read now. Raises BadInput where it is another file than it was."""
        data = _content(self.path)
        if _digest(data) != self.hash:
            raise BadInput(f"{self.path} has changed since the dataset was read. Start again.")
        return block(File(self.path.name, data))


def root(template: str, folder: Path) -> tuple[Path, str]:
    """The folder that a template's paths may not leave, and what of the template is to be filled in there.

    It is the dataset's, or what the template itself names before its first column, as in
    `$LAB_DATA/scans/{{scan}}`.
    Raises BadInput with half a sentence for a variable that is not set.
    """
    fixed, brace, rest = template.partition("{{")
    above, slash, start = fixed.rpartition("/")
    if not slash:
        return folder, template
    return located(above or "/", folder), f"{start}{brace}{rest}"


def attachment(path: Any, base: Path, where: str) -> Attachment:
    """The file at a path below `base`, looked at. Raises BadInput that begins with `where`."""
    if not isinstance(path, str) or not path.strip():
        raise BadInput(f"{where}: {path!r:.60} is no path of a file.")
    file = base / path
    try:
        inside = file.resolve().is_relative_to(base.resolve())
        if inside and not file.is_file():
            raise BadInput(f"{where}: there is no file {file}.")
        state = file.stat() if inside else None
    except (OSError, ValueError, RuntimeError):
        raise BadInput(f"{where}: {path!r:.200} cannot be looked up.") from None
    if state is None:
        raise BadInput(f"{where}: {path!r:.200} leads out of {base}. Files lie beside the dataset or below.")
    found, problem = _seen(file, state.st_mtime_ns, state.st_size)
    if problem:
        raise BadInput(f"{where}: {problem}")
    return Attachment(file, found)


@lru_cache(maxsize=20_000)
def _seen(file: Path, changed: int, size: int) -> tuple[str, str | None]:
    """The hash of a file, and what is wrong with it, if anything; looked at once as long as it stays."""
    if size > LARGEST_FILE:
        return "", f"{file} has {size / 2**20:,.0f} MB, more than any request holds. Make it smaller."
    try:
        data = _content(file)
        block(File(str(file), data))
    except BadInput as error:
        return "", str(error)
    return _digest(data), None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
