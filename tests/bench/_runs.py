"""The runs of checks among the made calls: their cases, results and figures."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from lab import store
from lab.store import Connection
from tests.bench._traffic import Asked, stamp

if TYPE_CHECKING:
    from tests.bench._made import Made

INPUT = 200
"""Characters of a case, in the mean."""


class _Run:
    def __init__(self, id: str, dataset: str) -> None:
        self.id, self.dataset = id, dataset
        self.cases: dict[int, str] = {}
        self.passed: defaultdict[str, list[bool]] = defaultdict(list)
        self.last = ""


class Runs:
    """Those that are being written; their cases are asked in turn, each several times."""

    def __init__(self, made: Made) -> None:
        self._made = made
        self._runs: dict[int, _Run] = {}

    def id(self, asked: Asked) -> str | None:
        return self._runs[asked.session].id if asked.case is not None else None

    def case(self, asked: Asked) -> str | None:
        return None if asked.case is None else f"case-{asked.case:04}"

    def variant(self, asked: Asked) -> str | None:
        return None if asked.variant is None else f"{asked.prompt}@{asked.version} · {asked.model}"

    def question(self, asked: Asked) -> str | None:
        """What a case asks; None where the call belongs to no run."""
        if asked.case is None:
            return None
        if asked.session not in self._runs:
            self._opened(asked)
        run = self._runs[asked.session]
        if asked.case not in run.cases:
            run.cases[asked.case] = words = self._made.words(INPUT)
            text = self._made.text({"input": words, "columns": {"input": words}}, True)
            row = {
                "run_id": run.id,
                "case_id": self.case(asked),
                "number": asked.case + 1,
                "tags": '["facts"]',
            }
            self._made.rows["cases"].append(row | {"text_id": text})
        words = run.cases[asked.case]
        return f"Judge this answer by the manual. {words}" if asked.origin == "judge" else words

    def _opened(self, asked: Asked) -> None:
        run = self._runs[asked.session] = _Run(self._made.id(asked.at), f"{asked.prompt}-cases")
        settings = {
            "description": "", "file": f"datasets/{run.dataset}.yaml", "dataset_hash": "",
            "variants": [], "cases": 0, "repeats": 3, "needs": 3, "min_pass_rate": 0.5, "concurrency": 8,
            "simulated": asked.source == "simulated", "prompts": {},
        }  # fmt: skip
        row = {"id": run.id, "process": "made0", "started_at": stamp(asked.at), "user": asked.user}
        settings_id = self._made.text(json.dumps(settings), True)
        row |= {"dataset": run.dataset, "settings_id": settings_id, "state": "passed"}
        self._made.rows["runs"].append(row)

    def add(self, asked: Asked, row: dict[str, Any]) -> None:
        """The result of an answer; a judge's call leaves none."""
        if asked.case is None:
            return
        run = self._runs[asked.session]
        run.last = row["ended_at"]
        if asked.origin == "check":
            passed = row["state"] == "ok" and self._made.drawn.random() < 0.93
            run.passed[row["variant"]].append(passed)
            grade = {"name": "holds the page", "passed": passed, "reason": "holds 'settings'"}
            key = {"run_id": run.id, "case_id": row["case_id"], "variant": row["variant"]}
            found = {
                "call_id": row["id"],
                "state": row["state"],
                "passed": passed,
                "grades": json.dumps([grade]),
            }
            self._made.rows["results"].append(key | {"repeat": asked.repeat} | found)

    def close(self, connection: Connection) -> None:
        """How each run ended, by the store's own write."""
        for run in self._runs.values():
            scores = [_score(variant, passed) for variant, passed in run.passed.items()]
            store.run_ended(run.id, "passed", {"sentence": "It passes.", "scores": scores})(connection)
            connection.execute("UPDATE runs SET ended_at = ? WHERE id = ?", (run.last, run.id))


def _score(variant: str, passed: list[bool]) -> dict[str, Any]:
    counts = {"passed": sum(passed), "failed": len(passed) - sum(passed), "missing": 0}
    said = {"must_pass_failed": [], "verdict": "passed", "sentence": "It passes.", "seconds": 1.5}
    return {"variant": variant, "rate": sum(passed) / len(passed), **counts, **said}
