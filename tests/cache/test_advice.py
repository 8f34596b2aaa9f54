"""Advice in dollars, each sum worked out by hand: claude-sonnet-4-6, $3 a million in, $3.75 and $6 written,
$0.30 read; 6,000 tokens in front of a question of 40."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from lab import prompts
from lab.cache import Advice, Group, Scope, Turn, advise, of, rates
from lab.models import catalogue

MODELS = catalogue()
LONG = "Harbor books rooms for teams and sends an invoice each month. " * 400
MARK, HOUR = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}
SHOWN = [
    {"role": "user", "content": "How much?"},
    {"role": "assistant", "content": [{"type": "text", "text": "6 euros. " * 100, "cache_control": MARK}]},
]
TEMPLATE = prompts.Prompt("day", 1, system="Today is {{today}}. " + LONG)
CALLS, FRONT, QUESTION, A_DAY = 300, 6_000, 40, 1_000
WHOLE = FRONT + QUESTION
SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"


def group(
    gap: float,
    text: Callable[[int], str] = lambda n: LONG,
    *,
    cached: int = FRONT,
    read: Sequence[int] = (),
    first_token: float = 1.0,
    before: Sequence[dict[str, Any]] = (),
    mark: Any = MARK,
    model: str = SONNET,
) -> Group:
    """So many calls, `gap` seconds apart. `cached`: their tokens that were read, in those of these numbers,
    else written."""
    turns, asked = [], []
    for n in range(CALLS):
        block = {"type": "text", "text": text(n)} | ({"cache_control": mark} if mark and not before else {})
        messages = [*before, {"role": "user", "content": f"Question {n}?"}]
        body = {"model": model, "max_tokens": 9, "system": [block], "messages": messages}
        counts = (cached, 0) if n in read else (0, cached)
        turns.append(Turn(str(n), n * gap, n * gap + first_token, None, WHOLE, *counts))
        known = {"at": n * gap, "began": n * gap + first_token, "read": counts[0], "written": counts[1]}
        scope = Scope("api", "anthropic", model, "standard")
        asked.append(of(body, MODELS[model], scope, id=str(n), prompt=WHOLE, **known))
    price = rates(MODELS[model], date(2026, 11, 29), WHOLE)
    return Group("day", 1, MODELS[model], "anthropic", A_DAY, turns, asked[-40:], price, TEMPLATE)


def dated(n: int) -> str:
    return f"Today is 2026-11-{n % 28 + 1:02}. {LONG}"


def only(found: list[Advice]) -> Advice:
    assert len(found) == 1, [each.headline for each in found]
    return found[0]


def daily(dollars: float) -> int:
    """So much for all the calls, in picodollars a day."""
    return round(dollars * 10**12 / CALLS * A_DAY)


WRITTEN = CALLS * (QUESTION * 3 + FRONT * 3.75) / 1e6
"""In dollars, where each call writes and none reads."""
READ = (CALLS * QUESTION * 3 + FRONT * 3.75 + (CALLS - 1) * FRONT * 0.3) / 1e6
"""Where the first writes, and all others read it."""
PLAIN = CALLS * WHOLE * 3 / 1e6


def test_a_date_in_the_system_prompt() -> None:
    found = only(advise(group(60, dated)))
    assert (found.kind, found.saves) == ("volatile", daily(WRITTEN - READ))
    assert found.headline == "Move {{today}} out of the system prompt: about $20.63 a day at this traffic"
    assert "character 18 of system, and is new in 100% of the requests: …Today is 2026-11-▸" in found.sums[0]
    assert found.sums[-1] == "$6.19 less ÷ 300 calls × 1,000.0 calls a day = $20.63 a day."


def test_what_changes_is_named_by_what_it_looks_like_where_no_variable_puts_it_there() -> None:
    texts: dict[str, Callable[[int], str]] = {
        "the date": dated,
        "the time": lambda n: f"It is 10:{n % 60:02} now. {LONG}",
        "the id": lambda n: f"Session 7f3a9c{n:04x}e1. {LONG}",
        "the name": lambda n: f"You talk to {('Ana', 'Bo', 'Cem')[n % 3]} now. {LONG}",
        "the number": lambda n: f"You are number {n} today. {LONG}",
        "the text": lambda n: f"so {('be', 'stay', 'write')[n % 3]} brief. {LONG}",
    }
    for named, text in texts.items():
        found = only(advise(replace(group(60, text), template=None)))
        assert found.said == f"Move {named} out of the system prompt"


def test_examples_behind_what_changes() -> None:
    found = only(advise(group(60, dated, before=SHOWN)))
    assert (found.kind, found.saves) == ("examples", daily(WRITTEN - READ))
    assert found.said == "Put the examples before {{today}}: move it out of the system prompt"


def test_nothing_asks_for_caching() -> None:
    found = only(advise(group(60, mark=None, cached=0)))
    assert found.headline.startswith("Ask for caching (cache: 5m): about $")
    assert found.saves == pytest.approx(daily(PLAIN - READ), rel=0.01)  # what is shared is an estimate here


def test_an_hour_pays_where_gaps_are_longer_than_five_minutes() -> None:
    found = only(advise(group(600)))
    hour = READ + FRONT * (6 - 3.75) / 1e6
    assert (found.kind, found.saves) == ("hour", daily(WRITTEN - hour))
    assert found.headline == "1h TTL pays here (cache: 1h): about $20.59 a day at this traffic"
    assert found.sums[0] == "Of 299 gaps between requests 299 are of more than 5 minutes and below an hour."


def test_five_minutes_are_enough_where_all_gaps_are_short() -> None:
    found = only(advise(group(60, mark=HOUR, read=range(1, CALLS))))
    assert (found.kind, found.saves) == ("minutes", daily(FRONT * (6 - 3.75) / 1e6))


def test_written_and_never_read() -> None:
    found = only(advise(group(7200)))
    assert (found.kind, found.saves) == ("unread", daily(WRITTEN - PLAIN))


def test_not_read_against_the_rules() -> None:
    found = only(advise(group(60)))
    assert (found.kind, found.saves) == ("lost", None)
    assert found.sums == ("By the times of the newest 300 calls 299 of them could have read it.",)


def test_many_at_once() -> None:
    found = only(advise(group(2, first_token=1000)))
    assert (found.kind, found.saves) == ("pending", daily(WRITTEN - READ))
    assert found.sums[0].startswith(
        "299 of 300 requests were sent while an earlier answer that writes the same"
    )


def test_too_short_has_no_sum() -> None:
    found = only(advise(group(60, lambda n: "Be brief.", cached=0, model=HAIKU)))
    assert (found.kind, found.saves, found.headline) == ("short", None, "Below 4,096 tokens: never cached")


def test_what_is_as_it_should_be_is_left_alone() -> None:
    assert advise(group(60, read=range(1, CALLS))) == []
    assert (
        advise(group(60, dated, mark=None, cached=0, model="claude-mythos-preview")) == []
    )  # no price known
    assert advise(replace(group(60, dated), a_day=0.1)) == []  # less than a cent a day
