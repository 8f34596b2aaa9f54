"""Everything that is wrong in a folder of prompts, at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lab.documents import Document
from lab.errors import BadInput
from lab.prompts import proof, reading, register, shelf
from lab.prompts.field import NAME, NAME_RULE, listed
from lab.prompts.prompt import Prompt
from lab.prompts.register import FILE, Register

LOOKS_LIKE_VERSION = re.compile(r"v.*\.ya?ml|labels\.ya?ml|v?[0-9]+", re.I)


def verify(folder: Path) -> list[str]:
    """What is wrong with the prompts and few-shot sets of a folder, a sentence each, with file and line.

    It reads every version: those that changed or are gone, that cannot be read, whose set is missing,
    whose variables do not fit; labels that point nowhere, or where a check that they require has no proof;
    names that nothing can find.
    """
    return [problem for name in _all(folder) for problem in _problems(folder, name)]


def _all(folder: Path) -> list[str]:
    """Prompts, then sets, with those whose names cannot be used."""
    prompts = [name for name in shelf.folders(folder) if name != shelf.SETS]
    return prompts + [f"{shelf.SETS}/{name}" for name in shelf.folders(folder / shelf.SETS)]


def _problems(folder: Path, name: str) -> Iterator[str]:
    place = folder / name
    if not NAME.fullmatch(place.name):
        yield f"{place}, line 1: '{place.name}' is not a name: {NAME_RULE}."
        return
    try:
        there = shelf.numbers(place)
        yield from _strays(place)
        about = register.read(place)
    except BadInput as error:
        yield str(error)
        return
    if not there:
        yield f"{place / 'v1.yaml'}, line 1: the file is missing; {name} has no version."
    yield from _register(name, about, there)
    for version in there:
        yield from _version(folder, name, version)


def _strays(place: Path) -> Iterator[str]:
    """Files that somebody meant as a version, and that nothing reads."""
    for file in sorted(place.iterdir()):
        known = file.name == FILE or shelf.VERSION_FILE.fullmatch(file.name)
        if not known and LOOKS_LIKE_VERSION.fullmatch(file.name):
            yield f"{file}, line 1: nothing reads this file; versions are called v1.yaml, labels {FILE}."


def _register(name: str, about: Register, there: tuple[int, ...]) -> Iterator[str]:
    document = about.document
    for version in about.published:
        if version not in there:
            sentence = f"version {version} is published, but v{version}.yaml is gone. Restore it."
            yield str(document.error(sentence, "published", version))
    for label, target in about.labels.items():
        for version in (target,) if isinstance(target, int) else target:
            if version not in there:
                has = listed(there[::-1]) or "none"
                sentence = f"{label} points to version {version}, which is not there; {name} has {has}."
                yield str(document.error(sentence, "labels", label))
            elif version not in about.published:
                sentence = f"{label} points to version {version}, a draft, which can still change."
                yield str(document.error(sentence, "labels", label))
            for check in proof.missing(about.requires, label, version, about.promoted.get(label, {})):
                sentence = f"{label} requires a PASS of {check}, and none of version {version} is on record."
                yield str(document.error(sentence, "labels", label))


def _version(folder: Path, name: str, version: int) -> Iterator[str]:
    try:
        document, hash = shelf.opened(folder / name, version)
        if name.startswith(f"{shelf.SETS}/"):
            reading.fewshot(document, name, version, hash)
            return
        prompt = reading.prompt(document, name, version, hash)
    except BadInput as error:
        yield str(error)
        return
    yield from map(str, reading.faults(document, prompt))
    yield from _set(folder, document, prompt)


def _set(folder: Path, document: Document, prompt: Prompt) -> Iterator[str]:
    """The few-shot set that a prompt names, where it cannot be found; a broken one is told of itself."""
    if prompt.examples:
        try:
            shelf.resolve(folder, f"{shelf.SETS}/{prompt.examples.set}")
        except BadInput as error:
            yield str(document.error(str(error), "examples", "set"))
