"""The team's prompts, as the pages name and show them."""

from __future__ import annotations

from pathlib import Path

from lab import prompts
from lab.prompts import Change, Entry
from lab.ui import session


def folder() -> Path:
    """Where the prompts lie."""
    return session.lab().folder / "prompts"


def said(problem: object) -> str:
    """A sentence with the files in it as they are named in a review: `prompts/support/v1.yaml`."""
    return str(problem).replace(f"{folder().parent}/", "")


def version(entry: Entry, asked: str | None) -> int:
    """The version that an address asks for, by its number or a label; without, what the name alone stands
    for. Raises BadInput."""
    return prompts.resolve(folder(), f"{entry.name}@{asked}" if asked else entry.name)[1]


def between(name: str, before: int | str, after: int | str) -> tuple[Change, ...]:
    """What changed between two versions. Raises BadInput."""
    return prompts.diff(*(prompts.thing(folder(), f"{name}@{each}") for each in (before, after)))


def told(entry: Entry, number: int) -> str:
    """A version with what is to be known of it: `3 · staging · unpublished`."""
    published = next((each.published for each in entry.versions if each.number == number), False)
    said = (str(number), *prompts.pointing(entry, number), *(() if published else ("unpublished",)))
    return " · ".join(said)
