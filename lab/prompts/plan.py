"""What saving a version or moving a label will write, worked out before anything is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab import documents
from lab.errors import BadInput
from lab.prompts import proof, reading, register, shelf
from lab.prompts.field import listed
from lab.prompts.prompt import FewShot, Prompt, dump
from lab.prompts.proof import Proof, Proofs, Unproven
from lab.prompts.register import FILE, LABEL, LABEL_RULE, Register, Target


class Conflict(BadInput):
    """Somebody saved a newer version first. Nothing was written; `text` is the file that was to be saved."""

    def __init__(self, sentence: str, newer: int, text: str) -> None:
        super().__init__(sentence)
        self.newer = newer
        self.text = text


@dataclass(frozen=True)
class Edit:
    """The version, or the labels, that there are after it, and the files of `name` that it writes.

    `files` holds each file's text before (None: it is not there) and after, in the order of writing.
    """

    name: str
    files: Mapping[str, tuple[str | None, str]]
    thing: Prompt | FewShot | None = None
    labels: Mapping[str, Target] = field(default_factory=dict)


def version(place: Path, name: str, text: str, based_on: int | None) -> Edit:
    """The next version, from its whole text. Raises Conflict when there is a newer one than `based_on`."""
    about = register.read(place)
    there = shelf.numbers(place)
    latest = there[-1] if there else None
    if latest is not None and latest > (based_on or 0):
        base = f"version {based_on}" if based_on else "nothing"
        sentence = (
            f"{name} was changed meanwhile: version {latest} is there, and this is based on {base}. "
            "Nothing was saved; compare the two, then save again on the newer one."
        )
        raise Conflict(sentence, latest, text)
    if based_on is not None and based_on not in there:
        raise BadInput(f"{name} has no version {based_on} to build on; it has {listed(there) or 'none'}.")
    number = max((*there, *about.published), default=0) + 1
    file = f"v{number}.yaml"
    thing = read(name, text, str(place / file), number)
    published = {**about.published, number: thing.hash}
    files = {file: (None, text)} | _register(place, replace(about, published=published))
    return Edit(name, files, thing, about.labels)


def label(
    folder: Path, name: str, label: str, target: Target | None, was: Any, proofs: Proofs | None = None
) -> Edit:
    """A label's new target, None: it goes. `was`: where it pointed when that was decided; `...` for any.
    `proofs`: of the versions, where the label requires checks. Raises Unproven where one is missing."""
    if not LABEL.fullmatch(label):
        raise BadInput(f"'{label[:100]}' is no label: {LABEL_RULE}.")
    if target is not None and (wrong := register.fault(target)):
        raise BadInput(f"The label {label} {wrong}.")
    place = shelf.home(folder, name)
    about = register.read(place)
    if was is not ... and about.labels.get(label) != was:
        now = f"points to {register.told(about.labels[label])}" if label in about.labels else "is gone"
        raise BadInput(f"{name}: {label} was changed meanwhile, and now {now}. Nothing was done; look again.")
    if target is None:
        return _without(place, name, label, about)
    found = {number: _checked(folder, name, number).hash for number in register.pointed(target)}
    has = {number: _proven(about, name, label, number, proofs or {}) for number in found}
    labels = {**about.labels, label: target if isinstance(target, int) else dict(target)}
    promoted = {**about.promoted, label: {number: each for number, each in has.items() if each}}
    after = replace(about, labels=labels, published={**about.published, **found}, promoted=promoted)
    return Edit(name, _register(place, after), labels=labels)


def require(folder: Path, name: str, label: str, checks: tuple[str, ...]) -> Edit:
    """What a label requires from now on; none: nothing. Where it points stays as it is."""
    if not LABEL.fullmatch(label):
        raise BadInput(f"'{label[:100]}' is no label: {LABEL_RULE}.")
    place = shelf.home(folder, name)
    about = register.read(place)
    requires = {each: wanted for each, wanted in about.requires.items() if each != label}
    if checks:
        requires[label] = checks
    has = about.promoted.get(label, {}).items()
    kept = {version: {check: proofs[check] for check in checks if check in proofs} for version, proofs in has}
    promoted = {**about.promoted, label: {version: each for version, each in kept.items() if each}}
    after = replace(about, requires=requires, promoted=promoted)
    return Edit(name, _register(place, after), labels=about.labels)


def canonical(name: str, given: Mapping[str, Any], place: Path) -> str:
    """The file for fields that a person filled in. Raises BadInput naming the line it would have."""
    plain = {key: _plain(value) for key, value in given.items()}
    text = documents.dump({key: value for key, value in plain.items() if value not in (None, "", [], {})})
    return dump(read(name, text, f"{place} (not saved)", 0))


def read(name: str, text: str, file: str, version: int) -> Prompt | FewShot:
    """What a version's text says; `file` stands for it in errors. Raises BadInput."""
    document = documents.parse(text, file)
    hash = register.digest(text.encode())
    if name.startswith(f"{shelf.SETS}/"):
        return reading.fewshot(document, name.removeprefix(f"{shelf.SETS}/"), version, hash)
    prompt = reading.prompt(document, name, version, hash)
    for fault in reading.faults(document, prompt):
        raise fault
    return prompt


def _checked(folder: Path, name: str, version: int) -> Prompt | FewShot:
    """A version that is there and in order, so that it can be published."""
    _, version = shelf.resolve(folder, f"{name}@{version}")
    return shelf.thing_at(folder, name, version)


def _without(place: Path, name: str, label: str, about: Register) -> Edit:
    """The register without a label."""
    if label not in about.labels:
        raise BadInput(f"{name} has no label '{label}'; it has {listed(about.labels) or 'none'}.")
    if label in about.requires:
        raise BadInput(
            f"{label} of {name} requires {listed(about.requires[label])}: it can be moved, not taken away. "
            f"To give that up first: lab prompts require {name} {label} none"
        )
    labels, promoted = (
        {each: of for each, of in table.items() if each != label} for table in (about.labels, about.promoted)
    )
    return Edit(name, _register(place, replace(about, labels=labels, promoted=promoted)), labels=labels)


def _proven(about: Register, name: str, label: str, version: int, given: Proofs) -> dict[str, Proof]:
    """The proofs that a version has, of what its label requires: those on record stay while it keeps it."""
    kept = version in register.pointed(about.labels.get(label))
    has = {**(about.promoted.get(label, {}).get(version, {}) if kept else {}), **given.get(version, {})}
    if absent := proof.missing(about.requires, label, version, {version: has}):
        raise Unproven(f"{label} of {name} requires a PASS of {absent[0]}, and version {version} has none.")
    return {check: has[check] for check in about.requires.get(label, ())}


def _register(place: Path, after: Register) -> Mapping[str, tuple[str | None, str]]:
    file = place / FILE
    before = documents.content(file).decode() if file.exists() else None
    return {FILE: (before, register.dump(after))}


def _plain(value: Any) -> Any:
    """The same in YAML's own types, with lines that end as in a file."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise BadInput(f"{value!r} cannot be written into a file: it is not text, number, list or table.")


def _key(key: Any) -> str | int:
    if type(key) in (str, int):
        return key
    raise BadInput(f"{key!r} cannot be a name in a file; names are text.")
