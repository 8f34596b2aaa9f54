"""One call of the log, explained: why it missed the cache, what that cost, and what the API said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from lab import cost, store
from lab.cache.asked import asked
from lab.cache.checks import Check, checks
from lab.cache.diagnosis import Diagnosis, diagnosis
from lab.cache.misses import Finding, find
from lab.cache.words import said
from lab.models import Model
from lab.store import Connection
from lab.types import Picodollars, Principal, Usage

Call = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a call read what it did. `lost`: what it paid more, about, than if it had read what it `missed`;
    None: the price is not known."""

    finding: Finding
    said: str
    checks: tuple[Check, ...]
    told: Diagnosis
    lost: Picodollars | None


def explain(
    connection: Connection, principal: Principal, call: Call, models: Mapping[str, Model]
) -> Explained | str:
    """`call` is what `store.call` gives, `models` the catalogue. A sentence where there is nothing to
    explain: nothing was sent, or a recording answered."""
    if call["request"] is None:
        return "Nothing was sent, so nothing could be read from a cache."
    if call["source"] == "replay":
        return (
            "A recording answered: no cache was asked. The figures are those of the call that was recorded."
        )
    ids = store.sent_before(connection, principal, call["id"])
    named = (call["request"].get("diagnostics") or {}).get("previous_message_id")
    before = store.answered_as(connection, principal, call["id"], named) if named else None
    rows = store.whole(connection, principal, {*ids, *([before] if before else ())})
    earlier = {row["id"]: asked(row, models.get(row["model"], Model(row["model"]))) for row in rows}
    found = find(asked(call, models.get(call["model"], Model(call["model"]))), list(earlier.values()))
    told = diagnosis(found, call["cache_miss"], earlier.get(before or ""))
    usage = Usage(**{name: call[name] for name in Usage.__slots__})
    sent = datetime.fromisoformat(call["started_at"]).date()
    return Explained(
        found, said(found), checks(found), told, lost(found.missed, usage, found.call.model, sent)
    )


def lost(missed: int, usage: Usage, model: Model, on: date) -> Picodollars | None:
    """What so many tokens cost more than if they had been read; those that were written come first."""
    written = min(missed, usage.cache_creation_input_tokens or 0)
    hour = min(written, usage.ephemeral_1h_input_tokens or 0)
    read = replace(
        usage,
        input_tokens=(usage.input_tokens or 0) - min(missed - written, usage.input_tokens or 0),
        cache_creation_input_tokens=(usage.cache_creation_input_tokens or 0) - written,
        ephemeral_1h_input_tokens=(usage.ephemeral_1h_input_tokens or 0) - hour,
        ephemeral_5m_input_tokens=(usage.ephemeral_5m_input_tokens or 0) - (written - hour),
        cache_read_input_tokens=(usage.cache_read_input_tokens or 0) + missed,
    )
    paid, instead = (cost.settled(each, model, on).amount for each in (usage, read))
    return None if paid is None or instead is None else paid - instead
