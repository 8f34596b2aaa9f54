"""Every term of a price by hand, from the usage that the API reports to the sums that the page shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lab import cost, spent, store
from lab.answer import Answer
from lab.models import Model, Price, Rates
from lab.spent import Spent
from lab.store import Store
from lab.types import Done, Origin, Principal, Reply, Request, Timing, Usage, new_id
from tests.store.rows import STARTED, opened, post_all, whole_call

WHO = Principal("ana", "admin")
DAY = date(2026, 11, 28)
TOY = Model(
    "toy",
    prices=(
        Price(
            input=Decimal(3),
            output=Decimal(15),
            cache_read=Decimal("0.1"),
            cache_write_5m=Decimal("1.25"),
            cache_write_1h=Decimal(2),
            batch=Decimal("0.5"),
            us=Decimal("1.1"),
            web_search=Decimal("0.01"),
            bands=(Rates(200_000, Decimal(6), Decimal("22.5")),),
            fast=Rates(0, Decimal(30), Decimal(150)),
        ),
    ),
)
"""$3 and $15 per million: 3,000,000 picodollars for a token of the prompt, 15,000,000 for one written."""
M = 10**6

PRICED = {
    "input": (Usage(1_000, 0), {"input": 3_000 * M}),
    "written for 5 minutes": (
        Usage(0, 0, 1_000, 0, ephemeral_5m_input_tokens=1_000),
        {"cache write": 3_750 * M},
    ),
    "written for 5 minutes, which the API did not split": (Usage(0, 0, 1_000), {"cache write": 3_750 * M}),
    "written for an hour": (
        Usage(0, 0, 1_000, 0, ephemeral_1h_input_tokens=1_000),
        {"cache write": 6_000 * M},
    ),
    "read": (Usage(0, 0, 0, 1_000), {"cache read": 300 * M}),
    "output": (Usage(0, 100), {"output": 1_500 * M}),
    "thinking": (Usage(0, 100, thinking_tokens=40), {"output": 900 * M, "thinking": 600 * M}),
    "web searches": (Usage(0, 0, web_search_requests=3), {"web searches": 30_000 * M}),
    "batch": (Usage(1_000, 100, service_tier="batch"), {"input": 1_500 * M, "output": 750 * M}),
    "fast": (Usage(1_000, 100, speed="fast"), {"input": 30_000 * M, "output": 15_000 * M}),
    "in the us": (Usage(1_000, 100, inference_geo="us"), {"input": 3_300 * M, "output": 1_650 * M}),
    "a batch in the us, read": (
        Usage(0, 0, 0, 1_000, service_tier="batch", inference_geo="us"),
        {"cache read": 165 * M},
    ),
    "as long as the band": (Usage(100_000, 0, 0, 100_000), {"input": 300_000 * M, "cache read": 30_000 * M}),
    "longer than the band, cached tokens included": (
        Usage(100_001, 10, 0, 100_000),
        {"input": 600_006 * M, "cache read": 60_000 * M, "output": 225 * M},
    ),
    "fast and long: fast has no band": (Usage(300_000, 0, speed="fast"), {"input": 9_000_000 * M}),
}
"""What the API reports, and what its parts cost in picodollars."""
SAVED = {"written for an hour": -3_000 * M, "read": 2_700 * M, "as long as the band": 270_000 * M}
"""By the cache: a token that is read saves 90 % of its price, one written for an hour costs as much again."""


def paid(to: Store, usage: Usage, model: Model = TOY, **reply: object) -> None:
    """A call with this usage, priced as the engine prices it, and written as the engine writes it."""
    made = Reply(
        "msg", None, ({"type": "text", "text": "Up."},), model.id, "end_turn", None, None, usage,
        Timing(0.1, 0.2, 0.3), "api",
    )  # fmt: skip
    made = replace(made, **reply)
    amount = cost.settled(usage, model, DAY, refused_unseen=made.stop_reason == "refusal")
    answer = Answer()
    for event in (STARTED._replace(source="api"), Done(replace(made, cost=amount))):
        answer.add(event)
    request = Request(new_id(), model.id, (), 9, Origin("chat", "ana"))
    post_all(to, *whole_call(to, request, answer, amount))
    to.post(lambda db: db.execute("UPDATE calls SET source = 'api' WHERE id = ?", (request.id,)))


def together(to: Store) -> Spent:
    to.flush()
    today = datetime.now(UTC).date()
    days = store.days(today.replace(day=1), today, UTC)
    return spent.added(store.spending_by(to.read, WHO, days, "real", "model").values())


@pytest.mark.parametrize(("usage", "parts"), PRICED.values(), ids=PRICED)
def test_a_part_of_a_bill_reaches_the_sums(tmp_path: Path, usage: Usage, parts: dict[str, int]) -> None:
    with opened(tmp_path / "lab.db") as to:
        paid(to, usage)
        found = together(to)
    assert {name: amount for name, amount in found.parts.items() if amount} == parts
    assert (found.cost, found.turns, found.unpriced) == (sum(parts.values()), 1, 0)


def test_all_of_them_add_up_to_the_picodollar(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        for usage, _ in PRICED.values():
            paid(to, usage)
        found = together(to)
    assert found.cost == sum(sum(parts.values()) for _, parts in PRICED.values())
    assert found.calls == len(PRICED)


@pytest.mark.parametrize(("name", "saved"), SAVED.items())
def test_what_the_cache_saved(tmp_path: Path, name: str, saved: int) -> None:
    with opened(tmp_path / "lab.db") as to:
        paid(to, PRICED[name][0])
        assert together(to).saved_by_cache == saved


def test_what_is_not_billed_and_what_nobody_can_price(tmp_path: Path) -> None:
    """A refusal before any output is free; a contract's price (priority) and a model without one are unknown,
    also where a single one of its terms is."""
    with opened(tmp_path / "lab.db") as to:
        paid(to, Usage(1_000, 0), stop_reason="refusal", content=())
        paid(to, Usage(1_000, 0, service_tier="priority"))
        paid(to, Usage(1_000, 100), Model("nobody-s"))
        half = replace(TOY, prices=(replace(TOY.prices[0], output=None),))
        paid(to, Usage(1_000, 100), half)
        found = together(to)
    assert (found.calls, found.cost, found.unpriced, found.turns) == (4, 0, 3, 1)
    assert not any(found.parts.values())


def test_what_routing_saved_and_failures_wasted(tmp_path: Path) -> None:
    """A turn of $0.003 that would have cost $0.010 at the model it was meant for; a failed attempt of $0.001
    before an answer; an answer that was cut off between $0 and $0.002."""
    with opened(tmp_path / "lab.db") as to:
        paid(to, Usage(1_000, 0))
        to.post(lambda db: db.execute("UPDATE calls SET cost_meant = 10000000000"))
        paid(to, Usage(1_000, 0))
        to.post(
            lambda db: db.execute(
                "UPDATE calls SET failed_floor = 1000000000, failed_upper = 1000000000"
                " WHERE cost_meant IS NULL"
            )
        )
        paid(to, Usage(1_000, 0))
        to.post(
            lambda db: db.execute(
                "UPDATE calls SET state = 'truncated', cost = NULL, cost_floor = 0, cost_upper = 2000000000,"
                " cost_basis = 'estimate' WHERE rowid = 3"
            )
        )
        found = together(to)
    assert (found.routed, found.saved_by_routing) == (1, 7_000 * M)
    assert (found.wasted_floor, found.wasted_upper) == (1_000 * M, 3_000 * M)
    assert (found.estimates, found.floor, found.upper) == (1, 0, 2_000 * M)
