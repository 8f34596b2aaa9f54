"""What a label requires of the versions that it points to, and the proof that each of them has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lab.documents import Document
from lab.errors import BadInput
from lab.prompts import field as fields
from lab.prompts.field import NAME, NAME_RULE, Where

RECORD = ("run", "override", "by", "date")


@dataclass(frozen=True)
class Proof:
    """Why a version may have a label: the `run` of the check in which it passed; or the reason why that was
    overridden, `by` whom, on which `date` (in UTC, as 2026-11-29)."""

    run: str | None = None
    override: str | None = None
    by: str | None = None
    date: str | None = None

    def __str__(self) -> str:
        if self.run:
            return f"passed in run {self.run}"
        return f"overridden by {self.by} on {self.date}: {self.override}"


Requires = Mapping[str, tuple[str, ...]]
"""The checks that each label requires, by their datasets' names."""
Proofs = Mapping[int, Mapping[str, Proof]]
"""The proof of each version for each check."""


class Unproven(BadInput):
    """A label requires a check that a version has not passed, as far as anybody said."""


def missing(requires: Requires, label: str, version: int, has: Proofs) -> list[str]:
    """The checks that a label requires and that a version has no proof of."""
    return [check for check in requires.get(label, ()) if check not in has.get(version, {})]


def requires(document: Document) -> Requires:
    """What a register says under `requires`: for each label a dataset or a list of them. Raises BadInput."""
    where: Where = ("requires",)
    found = {}
    for label, value in fields.table(document, where).items():
        for check in value if isinstance(value, list) else [value]:
            if not isinstance(check, str) or not NAME.fullmatch(check):
                told = fields.described(check)
                sentence = f"requires.{label} must name a dataset or a list of them, but is {told}"
                raise document.error(f"{sentence}; {NAME_RULE}.", *where, label)
        found[label] = tuple(dict.fromkeys(value if isinstance(value, list) else [value]))
    return found


def promoted(document: Document) -> Mapping[str, Proofs]:
    """What a register says under `promoted`: by label, version and check. Raises BadInput."""
    where: Where = ("promoted",)
    return {label: _proofs(document, (*where, label)) for label in fields.table(document, where)}


def plain(requires: Requires, promoted: Mapping[str, Proofs]) -> dict[str, Any]:
    """Both as they stand in a register's file, in their order; what is empty is left out."""
    records = {
        label: {
            version: {check: _record(proof) for check, proof in sorted(each.items())}
            for version, each in sorted(proofs.items())
        }
        for label, proofs in sorted(promoted.items())
        if proofs
    }
    wanted = {
        label: checks[0] if len(checks) == 1 else [*checks] for label, checks in sorted(requires.items())
    }
    return {name: table for name, table in (("requires", wanted), ("promoted", records)) if table}


def _record(proof: Proof) -> dict[str, str]:
    return {name: value for name, value in asdict(proof).items() if value is not None}


def _proofs(document: Document, where: Where) -> Proofs:
    value = fields.at(document, where)
    if not isinstance(value, dict) or not all(type(version) is int for version in value):
        raise document.error(f"{fields.named(where)} must be a table of versions and their proofs.", *where)
    return {
        version: {
            check: _proof(document, (*where, version, check))
            for check in fields.table(document, (*where, version))
        }
        for version in value
    }


def _proof(document: Document, where: Where) -> Proof:
    table = fields.table(document, where, RECORD)
    for name in table:
        fields.text(document, (*where, name))
    proof = Proof(**table)
    if not (proof.run or (proof.override and proof.by and proof.date)):
        raise document.error("a proof names its run, or says override, by and date.", *where)
    return proof
