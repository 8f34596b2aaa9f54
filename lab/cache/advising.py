"""Advice for the calls in the log: the groups that pay most for their prompts, looked at one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lab import prompts, store
from lab.cache.advice import Advice, Group, advise
from lab.cache.asked import asked, process
from lab.cache.traffic import Turn, rates
from lab.errors import BadInput
from lab.models import Model
from lab.prompts import Prompt
from lab.store import Connection, Day
from lab.types import Principal

GROUPS = 10
"""Groups that are looked at: prompt version, model and endpoint."""
CALLS = 1_000
"""The newest calls of a group whose times and tokens are looked at."""
TEXTS = 24
"""Those of them whose texts are."""

_SUMS = ("calls", "cost_input", "cost_cache_write", "cost_cache_read")
Series = tuple[str, int | None, str, str]


def advice(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    kind: str,
    folder: Path,
    models: Mapping[str, Model],
) -> list[Advice]:
    """What to do about the calls of a kind in these days that went through a prompt, what saves most first.
    `folder`: the team's prompts, `models`: the catalogue."""
    by = ("day", "prompt", "version", "model", "endpoint")
    rows = store.rollups.rolled(connection, principal, days, _SUMS, by, {"kind": (kind,)})
    split: dict[Series, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["prompt"] is not None:
            split.setdefault((row["prompt"], row["version"], row["model"], row["endpoint"]), []).append(row)
    dearest = sorted(split, key=lambda one: -sum(row[name] for row in split[one] for name in _SUMS[1:]))
    found: list[Advice] = []
    for series in dearest[:GROUPS]:
        model = models.get(series[2], Model(series[2]))
        found += advise(_group(connection, principal, days, kind, series, split[series], model, folder))
    return sorted(found, key=lambda each: -(each.saves or 0))


def _group(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    kind: str,
    series: Series,
    rows: Sequence[Mapping[str, Any]],
    model: Model,
    folder: Path,
) -> Group:
    calls = store.newest_of(connection, principal, days, kind, series, CALLS)
    turns = [_turn(call) for call in calls]
    texts = store.whole(connection, principal, [call["id"] for call in calls[-TEXTS:]])
    seen = sorted(date.fromisoformat(row["day"]) for row in rows)
    a_day = sum(row["calls"] for row in rows) / ((seen[-1] - seen[0]).days + 1)
    size = sum(turn.prompt for turn in turns) // max(1, len(turns))
    return Group(
        prompt=series[0],
        version=series[1],
        model=model,
        endpoint=series[3],
        a_day=a_day,
        turns=turns,
        asked=[asked(call, model) for call in reversed(texts) if call["request"] is not None],
        rates=rates(model, seen[-1], size),
        template=_template(folder, series[0], series[1]),
    )


def _turn(call: Mapping[str, Any]) -> Turn:
    sent = datetime.fromisoformat(call["started_at"]).timestamp() + (call["waited_ms"] or 0) / 1000
    begins = call["headers_ms"] if call["headers_ms"] is not None else call["first_token_ms"]
    read, written = (call[f"cache_{name}_input_tokens"] or 0 for name in ("read", "creation"))
    return Turn(
        call["id"],
        sent + (call["connect_ms"] or 0) / 1000,
        sent + (begins or 0) / 1000,
        call["conversation_id"],
        call["input_tokens"] + read + written,
        read,
        written,
        call["ephemeral_1h_input_tokens"] or 0,
        process(call),
    )


def _template(folder: Path, name: str, version: int | None) -> Prompt | None:
    """The version as it stands in the folder; None for a draft, or one that is not there any more."""
    with suppress(BadInput):
        return prompts.load(folder, f"{name}@{version}") if version is not None else None
    return None
