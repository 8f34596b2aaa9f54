"""An edit as a patch, for those who cannot write where the prompts lie, or who send in what they changed."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from lab.prompts.plan import Edit

NO_END = "\\ No newline at end of file\n"


def patch(folder: Path, edit: Edit) -> str:
    """A unified diff, for `git apply` or `patch -p1` in the folder that holds the folder of prompts."""
    return "".join(
        "".join(_file(f"{folder.name}/{edit.name}/{file}", before, after))
        for file, (before, after) in edit.files.items()
        if before != after
    )


def _file(path: str, before: str | None, after: str) -> Iterator[str]:
    """The diff of one file, line by line, as git reads it: a line ends with a line feed and nothing else."""
    old = "/dev/null" if before is None else f"a/{path}"
    for line in unified_diff(_lines(before or ""), _lines(after), old, f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n{NO_END}"


def _lines(text: str) -> list[str]:
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
