"""What a person means who names a prompt for good, whatever labels point to tomorrow."""

from __future__ import annotations

from pathlib import Path

from lab.errors import BadInput
from lab.prompts import shelf


def named(folder: Path, ref: str) -> tuple[str, int | None]:
    """The prompt, and the version if any, that `support` or `support@3` names. Raises BadInput, also for a
    label and a few-shot set."""
    name, sign, wanted = ref.partition("@")
    if name.startswith(f"{shelf.SETS}/"):
        raise BadInput(f"{name} is a few-shot set. Name a prompt.")
    if not sign:
        shelf.home(folder, name)
        return name, None
    name, version = shelf.resolve(folder, ref)
    if wanted != str(version):
        raise BadInput(f"{ref} points to version {version} now. Name the version itself: {name}@{version}.")
    return name, version
