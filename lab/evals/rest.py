"""What of a run is there already, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab import store
from lab.engine import Lab
from lab.evals.outcomes import COMPLETE
from lab.evals.plan import Earlier, key_of
from lab.store import TrialKey
from lab.types import OPEN_STATES, Principal


@dataclass(frozen=True)
class Rest:
    """`earlier` is what there is; `unknown` are the trials of it, and what judges were asked for them, whose
    call may have been answered and billed: each with the columns of its cost. `finished`: how many trials
    have an answer in the log alone; `out`: how many calls are in a batch."""

    earlier: Earlier
    unknown: Mapping[TrialKey, Mapping[str, Any]]
    finished: int
    out: int

    def without_unknown(self) -> Earlier:
        kept = [result for result in self.earlier.results if key_of(result) not in self.unknown]
        calls = {key: ids[: -1 if key in self.unknown else None] for key, ids in self.earlier.unsaved.items()}
        again = frozenset(map(key_of, self.earlier.results)).intersection(self.unknown)
        return replace(self.earlier, results=kept, unsaved=calls, again=again)


def rest_of(lab: Lab, principal: Principal, run: Mapping[str, Any], final: Collection[str] = ()) -> Rest:
    """Of a run as `store.run_head` gives it. `final`: calls whose failure is their outcome, so that they are
    not made again."""
    connection, id = lab.store.read, run["id"]
    results = store.results(connection, principal, id)
    unknown = {key_of(result): result for result in results if result["state"] == "unknown"}
    called = store.trials_called(connection, principal, id)
    finished = sum(calls[-1]["state"] != "unknown" and _over(calls[-1], final) for calls in called.values())
    came = Counter(key_of(result)[:2] for result in results)
    judged = store.judges_called(connection, principal, id)
    called |= {key: calls for key, calls in judged.items() if came[key[:2]] < run["settings"]["repeats"]}
    unsaved: dict[TrialKey, list[str]] = {}
    out: set[TrialKey] = set()
    for key, calls in called.items():
        kept = [call["id"] for call in calls[:-1] if call["state"] in COMPLETE]
        unsaved[key] = kept + ([calls[-1]["id"]] if _over(calls[-1], final) else [])
        if calls[-1]["state"] == "unknown":
            unknown[key] = calls[-1]
        elif calls[-1]["state"] in OPEN_STATES:
            out.add(key)
    earlier = Earlier(run, results, unsaved, frozenset(), frozenset(out))
    return Rest(earlier, unknown, finished, len(out))


def _over(call: Mapping[str, Any], final: Collection[str]) -> bool:
    """Whether a call is not made again: it has its answer, or may be billed. What Ctrl-C cut is, and what is
    out in a batch has still to come."""
    if call["state"] in OPEN_STATES:
        return False
    billed = call["state"] != "cancelled" and call["cost_basis"] != "none"
    return call["state"] in COMPLETE or billed or call["id"] in final
