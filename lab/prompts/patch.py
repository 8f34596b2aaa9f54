"""An edit as a patch, for those who cannot write where the prompts lie, or who send in what they changed."""

from __future__ import annotations

from pathlib import Path

from lab.files import difference
from lab.prompts.plan import Edit


def patch(folder: Path, edit: Edit) -> str:
    """A unified diff, for `git apply` or `patch -p1` in the folder that holds the folder of prompts."""
    return "".join(
        difference(f"{folder.name}/{edit.name}/{file}", before, after)
        for file, (before, after) in edit.files.items()
        if before != after
    )
