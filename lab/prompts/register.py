"""labels.yaml: the hashes of published versions, where each label points, and what it requires."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import documents
from lab.documents import Document
from lab.errors import BadInput
from lab.prompts import field as fields
from lab.prompts import proof
from lab.prompts.field import Where
from lab.prompts.proof import Proofs, Requires

FILE = "labels.yaml"
PRODUCTION = "production"
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,63}")
SHARE = re.compile(r" *[0-9]{1,3} *%? *")
LABEL_RULE = "labels are small letters, digits, - and _, up to 64 of them, and begin with a letter"

Target = int | Mapping[int, int]
"""A version, or the share of each version in whole percents that sum to 100."""


@dataclass(frozen=True)
class Register:
    """What a labels.yaml says; empty where there is none. `published` holds each version's SHA-256;
    `promoted` for each label the proofs that the versions have it points to (see `proof`)."""

    document: Document
    labels: Mapping[str, Target] = field(default_factory=dict)
    published: Mapping[int, str] = field(default_factory=dict)
    requires: Requires = field(default_factory=dict)
    promoted: Mapping[str, Proofs] = field(default_factory=dict)


def digest(data: bytes) -> str:
    """The hash of a version: SHA-256 of its file, in hex; a line may end in CRLF or in LF."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def read(home: Path) -> Register:
    """The register in a prompt's folder. Raises BadInput."""
    file = home / FILE
    if not os.path.lexists(file):
        return Register(Document(str(file), None, {}))
    document = documents.read(file)
    if document.value is None:
        return Register(document)
    table = fields.table(document, (), [*READERS])
    said = {name: reader(document) for name, reader in READERS.items() if table.get(name) is not None}
    return Register(document, **said)


def dump(about: Register) -> str:
    """The canonical labels.yaml."""
    labels = about.labels.items()
    shares = {name: to if isinstance(to, int) else dict(sorted(to.items())) for name, to in labels}
    table = {"labels": sorted(shares.items()), "published": sorted(about.published.items())}
    written = {name: dict(pairs) for name, pairs in table.items()}
    return documents.dump(written | proof.plain(about.requires, about.promoted))


def largest(target: Target) -> int:
    """The version that a label stands for where shares do not count: the largest, of equals the oldest."""
    return target if isinstance(target, int) else min(target, key=lambda version: (-target[version], version))


def pointed(target: Target | None) -> tuple[int, ...]:
    """The versions that a label points to; none where there is no label."""
    return () if target is None else (target,) if isinstance(target, int) else tuple(target)


def steps(was: Target | None, now: Target) -> tuple[tuple[int, int], ...]:
    """From which version to which a label's readers go when it moves; from shares, from the largest."""
    before = None if was is None else largest(was)
    return tuple((before, after) for after in pointed(now) if before and after != before)


def told(target: Target) -> str:
    """`2`, or `2 (90%), 3 (10%)`."""
    if isinstance(target, int):
        return str(target)
    return ", ".join(f"{version} ({share}%)" for version, share in target.items())


def shared(versions: Sequence[int], shares: str) -> Target:
    """A version, or versions with shares as a person writes them, `90/10`. Raises BadInput."""
    if len(versions) == 1:
        return versions[0]
    parts = re.split("[/,:]", shares)
    if not versions or len(parts) != len(versions) or not all(map(SHARE.fullmatch, parts)):
        names = ", ".join(map(str, versions)) or "none"
        raise BadInput(
            f"'{shares[:40]}' does not share between the versions chosen ({names}). "
            "Write a percentage for each, in their order, such as 90/10."
        )
    target = {version: int(part.strip(" %")) for version, part in zip(versions, parts, strict=True)}
    if wrong := fault(target):
        raise BadInput(f"The shares {shares[:40]}: the label {wrong}.")
    return target


def fault(target: Any) -> str | None:
    """What is wrong with a label's target, as the end of a sentence."""
    if not isinstance(target, Mapping):
        return None if _is_version(target) else "must be a version, such as 2, or shares, as {2: 90, 3: 10}"
    if not all(_is_version(version) for version in target):
        return "must share between versions, such as {2: 90, 3: 10}"
    if not all(type(share) is int and 1 <= share <= 100 for share in target.values()):
        return "must give each version a whole percentage from 1 to 100"
    total = sum(target.values())
    return None if total == 100 else f"must share 100 percent, but shares {total}"


def _is_version(value: Any) -> bool:
    return type(value) is int and 1 <= value < 10**9


def _labels(document: Document) -> Mapping[str, Target]:
    where: Where = ("labels",)
    labels = fields.table(document, where)
    for name, target in labels.items():
        if not LABEL.fullmatch(name):
            raise document.error(f"'{name}' is no label: {LABEL_RULE}.", *where, name)
        if wrong := fault(target):
            raise document.error(f"the label {name} {wrong}.", *where, name)
    return labels


def _published(document: Document) -> Mapping[int, str]:
    where: Where = ("published",)
    value = fields.at(document, where)
    if not isinstance(value, dict):
        raise document.error("published must be a table of versions and their hashes.", *where)
    for version, hash in value.items():
        if not _is_version(version):
            raise document.error(f"'{version}' under published is not a version, such as 3.", *where, version)
        if not isinstance(hash, str) or not re.fullmatch("[0-9a-f]{64}", hash):
            sentence = f"the hash of version {version} must be 64 hexadecimal digits."
            raise document.error(sentence, *where, version)
    return value


READERS: Mapping[str, Callable[[Document], Any]] = {
    "labels": _labels,
    "published": _published,
    "requires": proof.requires,
    "promoted": proof.promoted,
}
