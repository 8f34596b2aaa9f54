"""Calls of the log, explained: through the store, with the simulated Claude over the wire."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import cache, store
from lab.cache import Explained
from lab.engine import Asked, ask, converse
from lab.models import catalogue
from lab.store import Store
from lab.types import Principal
from tests.engine.kit import PLAIN, simulated
from tests.prompts.folder import folder
from tests.store.rows import opened

ANA, BO = Principal("ana"), Principal("bo")
LONG = "You answer questions about the plans of Harbor, in one sentence each. " * 600
FILES = {
    "prompts/day/v1.yaml": f'system: "Today is {{{{today}}}}. {LONG}"\ncache: auto\n'
    "variables: {today: {example: Monday}}\n",
}


def talk(path: Path, *turns: dict[str, Any]) -> list[Explained | str]:
    """Each turn asked and explained; "again" goes on with the conversation."""
    with opened(path / "lab.db") as to:
        return asyncio.run(_talk(to, folder(path, FILES), turns))


async def _talk(to: Store, place: Path, turns: tuple[dict[str, Any], ...]) -> list[Explained | str]:
    found, conversation = [], None
    async with simulated(to, model=PLAIN) as (call, lab, _):
        lab = replace(lab, folder=place, home=replace(lab.home, source="simulated"))
        for turn in turns:
            who = turn.pop("who", ANA)
            goes_on = {"conversation": conversation} if turn.pop("again", False) else {"prompt": "day"}
            request = ask(lab, who, Asked("How much?", **goes_on, **turn))
            conversation = request.origin.conversation
            async with aclosing(converse(lab, call, who, request)) as events:
                async for _ in events:
                    pass
            to.flush()
            row = store.call(to.read, who, request.id)
            found.append(cache.explain(to.read, who, row, catalogue()))
    return found


def test_a_conversation_that_changes_its_system_text(tmp_path: Path) -> None:
    first, second, third = talk(
        tmp_path,
        {"values": {"today": "Monday"}},
        {"again": True},
        {"again": True, "system": f"Today is Sunday. {LONG}"},
    )
    assert [each.finding.kind for each in (first, second, third)] == ["first", "hit", "system"]
    there = third.finding.difference
    assert (there.place, there.at, there.then[:6], there.now[:6]) == ("system", 9, "Monday", "Sunday")
    assert third.told.said == "system_changed" and third.told.agrees
    assert third.finding.other.id == second.finding.call.id
    written = third.finding.call.written
    assert 0 < written - third.finding.missed < 100 and first.lost == second.lost == 0
    assert third.lost == third.finding.missed * (1_250_000 - 100_000)  # $1.25 a million written, $0.10 read


def test_what_somebody_else_sent_is_not_shown(tmp_path: Path) -> None:
    """It was read all the same: the cache is the key's, the log a person's own."""
    first, second = talk(
        tmp_path, {"values": {"today": "Monday"}}, {"values": {"today": "Monday"}, "who": BO}
    )
    assert first.finding.kind == "first"
    assert second.finding.kind == "hit" and second.finding.other is None and second.finding.call.read
