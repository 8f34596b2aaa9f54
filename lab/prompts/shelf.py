"""Prompts and few-shot sets as they lie in a folder: what there is, and what a reference means."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lab import documents
from lab.documents import Document
from lab.errors import BadInput, nearest
from lab.prompts import reading, register
from lab.prompts.field import NAME, NAME_RULE, listed
from lab.prompts.prompt import FewShot, Prompt
from lab.prompts.register import PRODUCTION, Register, Target

SETS = "fewshot"
"""The folder of the few-shot sets; elsewhere a set is named with it, as `fewshot/tone`."""
VERSION_FILE = re.compile(r"v([1-9][0-9]{0,8})\.yaml")


class Version(NamedTuple):
    """A version, and whether its hash stands in labels.yaml; a draft may still be edited."""

    number: int
    published: bool


@dataclass(frozen=True)
class Entry:
    """A prompt or few-shot set in a folder, with what the version says that its name alone stands for.

    `error` says why there is none.
    """

    name: str
    versions: tuple[Version, ...] = ()
    labels: Mapping[str, Target] = field(default_factory=dict)
    description: str = ""
    message: str = ""
    error: str | None = None


def names(folder: Path) -> tuple[str, ...]:
    """The prompts in a folder; empty where there is no such folder. Raises BadInput."""
    return tuple(name for name in folders(folder) if NAME.fullmatch(name) and name != SETS)


def sets(folder: Path) -> tuple[str, ...]:
    """The few-shot sets in a folder of prompts, as `fewshot/tone`. Raises BadInput."""
    return tuple(f"{SETS}/{name}" for name in folders(folder / SETS) if NAME.fullmatch(name))


def listing(folder: Path) -> tuple[Entry, ...]:
    """All prompts, then all few-shot sets; what is broken says so in its own entry. Raises BadInput."""
    return tuple(_entry(folder, name) for name in (*names(folder), *sets(folder)))


def entry(folder: Path, name: str) -> Entry:
    """One of them; raises BadInput only where there is no such prompt or set."""
    home(folder, name)
    return _entry(folder, name)


def versions(folder: Path, name: str) -> tuple[Version, ...]:
    """The versions of a prompt or set, oldest first. Raises BadInput."""
    place = home(folder, name)
    published = register.read(place).published
    return tuple(Version(number, number in published) for number in numbers(place))


def labels(folder: Path, name: str) -> Mapping[str, Target]:
    """Where the labels of a prompt or set point. Raises BadInput."""
    return about(folder, name).labels


def about(folder: Path, name: str) -> Register:
    """All that labels.yaml says of a prompt or set. Raises BadInput."""
    return register.read(home(folder, name))


def resolve(folder: Path, ref: str) -> tuple[str, int]:
    """The name and version that `support`, `support@staging` or `support@3` stand for. Raises BadInput.

    Without a label it is production, or the latest version where there is no such label; of a label
    with shares it is the largest.
    """
    name, _, wanted = ref.partition("@")
    place = home(folder, name)
    there = numbers(place)
    if not there:
        raise BadInput(f"{place} holds no version. Write {place / 'v1.yaml'}.")
    if re.fullmatch(r"[0-9]+", wanted):
        if wanted not in map(str, there):
            raise BadInput(f"{name} has no version {wanted[:20]}; it has {listed(there[::-1])}.")
        return name, int(wanted)
    about = register.read(place)
    if "@" not in ref and PRODUCTION not in about.labels:
        return name, there[-1]
    label = wanted if "@" in ref else PRODUCTION
    if label not in about.labels:
        has = f"It has {listed(about.labels)}." if about.labels else "It has none."
        raise BadInput(f"{name} has no label '{label}'.{nearest(label, about.labels)} {has}")
    version = register.largest(about.labels[label])
    if version not in there:
        has = listed(there[::-1])
        sentence = f"{label} points to version {version}, which is not there; {name} has {has}."
        raise about.document.error(sentence, "labels", label)
    return name, version


def load(folder: Path, ref: str) -> Prompt:
    """The prompt that a reference stands for, checked. Raises BadInput with file and line."""
    if ref.startswith(f"{SETS}/"):
        raise BadInput(f"{ref} is a few-shot set, not a prompt.")
    return prompt_at(folder, *resolve(folder, ref))


def fewshot(folder: Path, ref: str) -> FewShot:
    """The few-shot set that `tone`, `tone@staging` or `tone@3` stands for. Raises BadInput."""
    return fewshot_at(folder, *resolve(folder, f"{SETS}/{ref.removeprefix(f'{SETS}/')}"))


def prompt_at(folder: Path, name: str, version: int) -> Prompt:
    """One version of a prompt. Raises BadInput."""
    document, hash = opened(home(folder, name), version)
    prompt = reading.prompt(document, name, version, hash)
    for fault in reading.faults(document, prompt):
        raise fault
    return prompt


def fewshot_at(folder: Path, name: str, version: int) -> FewShot:
    """One version of a few-shot set. Raises BadInput."""
    document, hash = opened(home(folder, name), version)
    return reading.fewshot(document, name.removeprefix(f"{SETS}/"), version, hash)


def thing_at(folder: Path, name: str, version: int) -> Prompt | FewShot:
    """One version of a prompt or of a set. Raises BadInput."""
    return (fewshot_at if name.startswith(f"{SETS}/") else prompt_at)(folder, name, version)


def thing(folder: Path, ref: str) -> Prompt | FewShot:
    """What `support@3` or `fewshot/tone@staging` stands for, as `load` and `fewshot`. Raises BadInput."""
    return thing_at(folder, *resolve(folder, ref))


def source(folder: Path, name: str, version: int) -> str:
    """The file of a version as it stands, whatever it says. Raises BadInput where it is no text."""
    file = home(folder, name) / f"v{version}.yaml"
    return documents.decode(documents.content(file), str(file))


def opened(place: Path, version: int) -> tuple[Document, str]:
    """A version's document and hash. Raises BadInput where it was published and is no longer the same."""
    file = place / f"v{version}.yaml"
    data = documents.content(file)
    hash = register.digest(data)
    about = register.read(place)
    if fault := changed(about, version, hash):
        raise fault
    return documents.parse(documents.decode(data, str(file)), str(file)), hash


def changed(about: Register, version: int, hash: str) -> BadInput | None:
    """The error to raise when a published version is no longer what was published."""
    published = about.published.get(version)
    if published in (None, hash):
        return None
    sentence = (
        f"version {version} was published as {published[:12]}, but v{version}.yaml is now {hash[:12]}. "
        "Published versions never change: restore the file, or save it as a new version."
    )
    return about.document.error(sentence, "published", version)


def home(folder: Path, name: str) -> Path:
    """The folder of a prompt or set. Raises BadInput naming the nearest."""
    place = spot(folder, name)
    if not os.path.isdir(place):
        is_set = name.startswith(f"{SETS}/")
        others = sets(folder) if is_set else names(folder)
        has = f"There are {listed(others)}." if others else "There are none."
        kind = "few-shot set" if is_set else "prompt"
        raise BadInput(f"There is no {kind} '{name}' in {folder}.{nearest(name, others)} {has}")
    return place


def spot(folder: Path, name: str) -> Path:
    """Where a prompt or set lies, or would. Raises BadInput for what cannot be a name."""
    bare = name.removeprefix(f"{SETS}/")
    if not NAME.fullmatch(bare):
        raise BadInput(f"'{name[:100]}' is not a name: {NAME_RULE}.")
    if name == SETS:
        raise BadInput(f"'{SETS}' cannot name a prompt: it is the folder of the few-shot sets.")
    return folder / name


def numbers(place: Path) -> tuple[int, ...]:
    """The versions whose files are there, oldest first. Raises BadInput."""
    matches = (VERSION_FILE.fullmatch(name) for name in _listed(place))
    return tuple(sorted(int(match[1]) for match in matches if match))


def folders(folder: Path) -> list[str]:
    """The folders in a folder that are not hidden. Raises BadInput."""
    return [name for name in _listed(folder) if not name.startswith(".") and os.path.isdir(folder / name)]


def _entry(folder: Path, name: str) -> Entry:
    """As `_read_entry`, which is done again only when something in the folder has changed."""
    return _read_entry(folder, name, _state(folder / name))


def _state(place: Path) -> tuple[tuple[str, int, int, int], ...] | None:
    """What changes when a file in a folder does; None where that cannot be told."""
    try:
        with os.scandir(place) as there:
            files = [(each.name, each.stat()) for each in there]
    except OSError:
        return None
    return tuple((name, stat.st_ino, stat.st_size, stat.st_ctime_ns) for name, stat in files)


@lru_cache(maxsize=10_000)
def _read_entry(folder: Path, name: str, state: Any) -> Entry:
    entry = Entry(name)
    try:
        entry = Entry(name, tuple(Version(number, False) for number in numbers(folder / name)))
        entry = Entry(name, versions(folder, name), labels(folder, name))
        found = thing(folder, name)
        return Entry(name, entry.versions, entry.labels, found.description, found.message)
    except BadInput as error:
        return Entry(name, entry.versions, entry.labels, error=str(error))


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput(f"{folder} cannot be read: {error.strerror}.") from None
