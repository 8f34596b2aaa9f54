"""What came of the same cases whenever the same version was asked: the answers, and each verdict on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.store import Connection
from lab.types import Principal

RUNS = 20
"""The newest runs of a dataset that are looked at."""


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict on one answer: in which run and repeat, and its grades as JSON. `call` and `answered` tell
    the answer: whose words it has, and when it was given. `anew`: the run graded answers that were there."""

    run: str
    repeat: int
    call: str
    answered: int
    passed: bool
    grades: str
    anew: bool


@dataclass(frozen=True)
class Seen:
    """A variant of a run, and the `runs` of the same prompt, few-shot set, model, cases and graders, the
    newest first; by case each verdict that they gave."""

    run: Mapping[str, Any]
    variant: str
    runs: tuple[str, ...]
    cases: Mapping[str, tuple[Given, ...]]


def seen(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> tuple[Seen, ...]:
    """Each variant of a run as `store.run_head` gives it, with what other runs say of it."""
    others = store.runs(connection, principal, RUNS, dataset=run["dataset"])
    alike = [each for each in others if each["id"] != run["id"] and _alike(run, each)]
    rows = {each["id"]: store.gradings(connection, principal, each["id"]) for each in (run, *alike)}
    return tuple(_of(run, variant, alike, rows) for variant in run["settings"]["variants"])


def original(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run whose answers a run graded again, if it did and that is still there; else itself."""
    while of := run["settings"].get("regraded"):
        try:
            run = store.run_head(connection, principal, of)
        except BadInput:
            return run
    return run


def _of(
    run: Mapping[str, Any], variant: str, alike: list[Mapping[str, Any]], rows: Mapping[str, list[Any]]
) -> Seen:
    version = _version(run, variant)
    same = [run, *(each for each in alike if version and _version(each, variant) == version)]
    found: dict[str, list[Given]] = defaultdict(list)
    for each in sorted(same, key=lambda each: each["id"]):
        anew = bool(each["settings"].get("regraded"))
        for row in rows[each["id"]]:
            if row["variant"] == variant:
                found[row["case_id"]].append(
                    Given(
                        each["id"],
                        row["repeat"],
                        row["call_id"],
                        row["answered"],
                        row["passed"],
                        row["grades"],
                        anew,
                    )
                )
    ids = tuple(sorted((each["id"] for each in same), reverse=True))
    return Seen(run, variant, ids, {case: tuple(given) for case, given in found.items()})


def _version(run: Mapping[str, Any], variant: str) -> Any:
    """The hashes of a variant's prompt and few-shot set; None of a run that does not say."""
    return run["settings"].get("prompts", {}).get(variant)


def _alike(run: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether they asked and graded the same, both for real or neither. What was only replayed says nothing
    new."""
    settings, others = run["settings"], other["settings"]
    return (
        not others.get("replayed")
        and settings["dataset_hash"] == others["dataset_hash"]
        and (run["source"] == "simulated") == (other["source"] == "simulated")
    )
