"""What the pages read of a long log, as figures: the log's pages, searches, and the sums behind charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from lab import cache, models, store
from lab.alerts import gathering
from lab.engine import allowance, vitals
from lab.engine.exposition import Counters, exposition
from lab.store import Connection, Store, Wanted, kept, rollups
from lab.store.kinds import KEYS
from lab.types import Principal
from tests.bench._figures import Figure
from tests.bench._traffic import UNTIL

ADMIN, SIZE = Principal("root", "admin"), 50
THREE = Wanted(model="claude-opus-5-5", origin="chat", state="failed")
RARE, COMMON, BOTH = "4711*", "refund", "refund invoice"
LINES = (("day", "model"), ("day", "prompt", "version", "model"))
"""What lines over time are of."""
HEALTH = {"origin": rollups.PRODUCT, "kind": ("real",)}
SPANS = {
    f"{many} days, {zone}": store.days((UNTIL - timedelta(days=many)).date(), UNTIL.date(), ZoneInfo(zone))
    for many, zone in ((30, "Europe/Berlin"), (90, "UTC"), (90, "Australia/Sydney"))
}
ALL = store.days((UNTIL - timedelta(days=90)).date(), UNTIL.date(), UTC)
Asked = Callable[[Connection, Sequence[store.Day]], object]
PLAIN = (
    "SELECT substr(started_at, 1, 10), coalesce(answered_by, model), count(*), sum(cost), sum(cost_upper)"
    " FROM calls NOT INDEXED WHERE started_at >= ? GROUP BY 1, 2"
)


def costs(db: Connection, days: Sequence[store.Day]) -> object:
    return store.spending(db, ADMIN, days)


def costs_by(by: str) -> Asked:
    """What the table on the page shows of it."""
    return lambda db, days: store.spending_by(db, ADMIN, days, "real", by, 501)


def tokens(db: Connection, days: Sequence[store.Day], by: Sequence[str] = LINES[0]) -> object:
    return rollups.histograms(db, ADMIN, days, "first_token", by, HEALTH)


QUERIES: dict[str, Asked] = {
    "costs by day and model": costs,
    "costs by prompt version": costs_by("prompt"),
    "costs by person": costs_by("user"),
    "costs by conversation": costs_by("conversation"),
    "costs by run": costs_by("run"),
    "health: rates by day and model": lambda db, days: rollups.rolled(
        db, ADMIN, days, vitals.SUMS, LINES[0], HEALTH
    ),
    "health: rates by day and version": lambda db, days: rollups.rolled(
        db, ADMIN, days, vitals.SUMS, LINES[1], HEALTH
    ),
    "health: first token by day and model": tokens,
    "health: first token by day and version": lambda db, days: tokens(db, days, LINES[1]),
    "why answers stopped, by day": lambda db, days: rollups.stopped(db, ADMIN, days, ("day",)),
    "cache by day, model and version": lambda db, days: cache.overview(db, ADMIN, days),
    "cache by conversation": lambda db, days: cache.conversations(db, ADMIN, days, "real", 501),
}


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


SIFTED = {
    "complete answers, newest": (Wanted(state="ok"), "newest"),
    "one person's, newest": (Wanted(user="user003"), "newest"),
    "all calls, dearest": (Wanted(), "cost"),
    "complete answers, dearest": (Wanted(state="ok"), "cost"),
    "thumbs up, dearest": (Wanted(rating="up"), "cost"),
    "one person's, dearest": (Wanted(user="user003"), "cost"),
    "of a week, dearest": (Wanted(since=UNTIL - timedelta(days=7)), "cost"),
    "over a cent, slowest": (Wanted(cost_from=10**10), "total"),
}


def sifted(db: Connection) -> Iterator[Figure]:
    """The second page of what matches much or little, in the order of time and in another."""
    for name, (wanted, order) in SIFTED.items():
        at = store.page(db, ADMIN, wanted, SIZE, order=order).older
        key = KEYS.get(order, "id")
        yield Figure(
            f"second page: {name}", 5,
            lambda wanted=wanted, order=order, at=at: store.page(db, ADMIN, wanted, SIZE, at, order=order),
            lambda key=key: db.execute(
                f"SELECT id FROM calls NOT INDEXED ORDER BY {key} DESC, id DESC LIMIT {SIZE}"
            ).fetchall(),
            "all calls put in order",
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
    """The sums behind the charts and tables of a month and of all the time."""
    for span, days in SPANS.items():
        first = days[0][0].isoformat()
        for name, run in QUERIES.items():
            yield Figure(
                f"{name}, {span}", 50,
                lambda run=run, days=days: run(db, days),
                lambda first=first: db.execute(PLAIN, (first,)).fetchall(),
                "all calls read",
            )  # fmt: skip


def whole(db: Connection, base: Store) -> Iterator[Figure]:
    """What takes more than one of them, and what is read for the first time since the app began."""
    month, far = SPANS["30 days, Europe/Berlin"], SPANS["90 days, Australia/Sydney"]
    lab = SimpleNamespace(store=base, models=models.catalogue())
    lives = SimpleNamespace(lab=lab, running=lambda who: ())
    each: dict[str, Callable[[], object]] = {
        "Health, all figures by model, 30 days": lambda: vitals.vitals(db, ADMIN, month, LINES[0], HEALTH),
        "Health, all figures by version, 30 days": lambda: vitals.vitals(db, ADMIN, month, LINES[1], HEALTH),
        "Health, exact percentiles, 30 days": lambda: vitals.vitals(
            db, ADMIN, month, LINES[0], HEALTH, exact=True
        ),
        "Health, max_tokens, 30 days": lambda: allowance.allowances(db, ADMIN, month, HEALTH, lab.models),
        "costs by day and model, 90 days, Australia/Sydney, first": _first(lambda: costs(db, far)),
        "health: first token by day and model, the same, first": _first(lambda: tokens(db, far)),
        "alerts: a look": lambda: gathering.gathered(lab, UNTIL - timedelta(minutes=30)),
        "alerts: the first look": _first(lambda: gathering.gathered(lab, UNTIL - timedelta(minutes=30))),
        "/metrics": lambda: exposition(lives, Counters()),
    }
    for name, run in each.items():
        plain = lambda: db.execute(PLAIN, (month[0][0].isoformat(),)).fetchall()  # noqa: E731
        yield Figure(name, None, run, plain, "all calls read")


def _first(run: Callable[[], object]) -> Callable[[], object]:
    """With nothing kept in mind."""

    def anew() -> object:
        kept._memory.clear()
        gathering._usual.cache_clear()
        return run()

    return anew
