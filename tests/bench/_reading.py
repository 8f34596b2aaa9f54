"""What the pages read of a long log, as figures: the log's pages, searches, and the sums behind charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from lab import cache, store
from lab.engine import vitals
from lab.store import Connection, Wanted, rollups
from lab.types import Principal
from tests.bench._figures import Figure
from tests.bench._traffic import UNTIL

ADMIN, SIZE = Principal("root", "admin"), 50
THREE = Wanted(model="claude-opus-5-5", origin="chat", state="failed")
RARE, COMMON, BOTH = "4711*", "refund", "refund invoice"
VITALS = ("day", "prompt", "version", "model")
ZONES = {"30 days": (30, "Europe/Berlin"), "90 days": (90, "UTC")}
SPANS = {
    f"{name}, {zone}": store.days((UNTIL - timedelta(days=many)).date(), UNTIL.date(), ZoneInfo(zone))
    for name, (many, zone) in ZONES.items()
}
ALL = store.days((UNTIL - timedelta(days=90)).date(), UNTIL.date(), UTC)
Asked = Callable[[Sequence[store.Day]], object]


def pages(db: Connection, calls: int) -> Iterator[Figure]:
    """Of the log: the first with three filters, and further ones by depth."""
    yield Figure(
        "first page, three filters", 10,
        lambda: store.page(db, ADMIN, THREE, SIZE),
        lambda: db.execute(
            "SELECT id FROM calls NOT INDEXED WHERE model = ? AND origin = ? AND state = ?"
            f" ORDER BY id DESC LIMIT {SIZE}", (THREE.model, THREE.origin, THREE.state)
        ).fetchall(),
        "no index",
    )  # fmt: skip
    for share in (0.01, 0.5, 0.99):
        deep = int(calls * share)
        at = db.execute("SELECT id FROM calls ORDER BY id DESC LIMIT 1 OFFSET ?", (deep,)).fetchone()[0]
        yield Figure(
            f"page behind {deep:,} others", 5,
            lambda at=at: store.page(db, ADMIN, Wanted(), SIZE, at),
            lambda deep=deep: db.execute(
                f"SELECT * FROM calls ORDER BY id DESC LIMIT {SIZE} OFFSET ?", (deep,)
            ).fetchall(),
            "OFFSET",
        )  # fmt: skip


def searches(db: Connection) -> Iterator[Figure]:
    """By words, newest first and by rank, with and without filters."""
    for name, words, wanted in (
        ("a word of many calls", COMMON, Wanted()),
        ("two words of many calls", BOTH, Wanted()),
        ("a number of few calls", RARE, Wanted()),
        ("a word, three filters", COMMON, THREE),
    ):
        yield _search(db, name, words, wanted, 20, ranked=False)
    for name, words, wanted in (
        ("by rank: a word of many calls", COMMON, Wanted()),
        ("by rank: two words", BOTH, Wanted()),
        ("by rank: a word, three filters", COMMON, THREE),
    ):
        yield _search(db, name, words, wanted, 500, ranked=True)


def _search(db: Connection, name: str, words: str, wanted: Wanted, target: float, *, ranked: bool) -> Figure:
    likes = [f"body LIKE '%{word.strip('*')}%'" for word in words.split()]
    held = {each: getattr(wanted, each) for each in ("model", "origin", "state") if getattr(wanted, each)}
    conditions = " AND ".join(likes + [f"+{each} = :{each}" for each in held])
    order = "length(body)" if ranked else "calls.id DESC"
    return Figure(
        name, target,
        lambda: store.calls_saying(db, ADMIN, wanted, words, SIZE, ranked=ranked),
        lambda: db.execute(
            f"SELECT calls.id FROM calls JOIN texts ON texts.id = answer_id WHERE {conditions}"
            f" ORDER BY {order} LIMIT {SIZE}", held
        ).fetchall(),
        "LIKE on answers",
    )  # fmt: skip


def charts(db: Connection) -> Iterator[Figure]:
    """The sums behind the charts of a month and of all the time, each query, and those of a page together."""
    product = {"origin": rollups.PRODUCT}
    queries: dict[str, Asked] = {
        "costs by day and model": lambda days: store.spending(db, ADMIN, days),
        "costs by prompt version": lambda days: store.spending_by(db, ADMIN, days, "real", "prompt"),
        "costs by person": lambda days: store.spending_by(db, ADMIN, days, "real", "user"),
        "costs by conversation": lambda days: store.spending_by(db, ADMIN, days, "real", "conversation", 50),
        "health: rates by day and version": lambda days: rollups.rolled(
            db, ADMIN, days, vitals.SUMS, ("day", "prompt", "version"), product
        ),
        "health: first token by day and model": lambda days: rollups.histograms(
            db, ADMIN, days, "first_token", ("day", "model"), product
        ),
        "alerts: why answers stopped, by day": lambda days: rollups.stopped(db, ADMIN, days, ("day",)),
        "cache by day, model and version": lambda days: cache.overview(db, ADMIN, days),
    }
    pages: dict[str, Asked] = {
        "Health, all its figures": lambda days: vitals.vitals(db, ADMIN, days, VITALS, product),
    }
    plain = (
        "SELECT substr(started_at, 1, 10), coalesce(answered_by, model), count(*), sum(cost), sum(cost_upper)"
        " FROM calls NOT INDEXED WHERE started_at >= ? GROUP BY 1, 2"
    )
    for span, days in SPANS.items():
        first = days[0][0].isoformat()
        for name, run in (queries | pages).items():
            yield Figure(
                f"{name}, {span}", 50 if name in queries else None,
                lambda run=run, days=days: run(days),
                lambda first=first: db.execute(plain, (first,)).fetchall(),
                "all calls read",
            )  # fmt: skip
