"""The versions of a prompt or set as they came to be."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from lab.errors import BadInput
from lab.prompts import register, shelf


class Past(NamedTuple):
    """A version: whether it is published, the labels that point to it (with their percentage where they
    share), what it says of itself, and what is wrong with it."""

    number: int
    published: bool
    labels: tuple[str, ...]
    message: str = ""
    description: str = ""
    error: str | None = None


def history(folder: Path, name: str) -> tuple[Past, ...]:
    """All versions, newest first; one that cannot be read says so itself. Raises BadInput."""
    entry = shelf.entry(folder, name)
    return tuple(_past(folder, entry, version) for version in reversed(entry.versions))


def pointing(entry: shelf.Entry, version: int) -> tuple[str, ...]:
    """The labels that point to a version: `production`, or `production (90%)`."""
    return tuple(
        label if isinstance(target, int) else f"{label} ({target[version]}%)"
        for label, target in entry.labels.items()
        if version in register.pointed(target)
    )


def _past(folder: Path, entry: shelf.Entry, version: shelf.Version) -> Past:
    number, published = version
    labels = pointing(entry, number)
    try:
        thing = shelf.thing_at(folder, entry.name, number)
    except BadInput as error:
        return Past(number, published, labels, error=str(error))
    return Past(number, published, labels, thing.message, thing.description)
