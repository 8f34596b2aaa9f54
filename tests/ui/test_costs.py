"""The page Costs: what it sums up, how it explains a rise, and what it says of what is not known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab import engine
from lab.engine import Lives
from lab.store import BY, KINDS, Wanted, conversation_opened, page, spending_by
from lab.types import Cost, Principal
from lab.ui.parts import inlog, spans
from tests.store.test_priced import PRICED, paid
from tests.store.test_spending import ESTIMATE, UNKNOWN, call
from tests.ui.test_logs import acted, params
from tests.ui.test_settings import said

Opened = Callable[..., AppTest]


def words(app: AppTest) -> str:
    assert not app.exception
    return said(app).replace("\\", "")


def test_kinds_are_kept_apart_and_what_is_unknown_is_named(lives: Lives, opened: Opened) -> None:
    store = lives.lab.store
    assert "No calls in this time" in words(opened("costs"))
    for cost in (Cost(2 * 10**12, 2 * 10**12, 2 * 10**12, "usage"), UNKNOWN, ESTIMATE):
        call(store, cost, prompt="support", version=2)
    call(store, Cost(10**12, 10**12, 10**12, "usage"), source="simulated")
    store.flush()
    app = opened("costs", time="today", by="prompt")
    shown = words(app)
    assert "$2.00 (estimate) + 1 unknown" in shown
    assert "The price of 1 call is not known. It is in no sum here" in shown
    assert '[models."m"]' in shown
    assert "1 call was cut off" in shown
    assert list(app.dataframe[0].value["prompt"]) == ["support@2"]
    simulated = words(opened("costs", time="today", kind="simulated"))
    assert "$1.00" in simulated and "nobody was billed" in simulated
    assert "is not a day" in opened("costs", **{"from": "1000-01-01", "to": ""}).error[0].value
    for by in ("model", "use", "origin", "source", "user", "run", "conversation", "day"):
        words(opened("costs", time="today", by=by, **{"in": "tokens"}))


def test_a_row_leads_to_its_calls_in_the_log(lives: Lives, opened: Opened) -> None:
    """Of every split the filters find as many calls as the row counts."""
    store, cent = lives.lab.store, Cost(10**10, 10**10, 10**10, "usage")
    store.post(conversation_opened("talk", Principal("ana")))
    for number, origin in enumerate(("chat", "api", "check", "judge", "load", "chat")):
        about = {"conversation": "talk"} if origin == "chat" else {"run": "r1"} if origin == "check" else {}
        call(store, cent, prompt="support", version=1 + number % 2, **about)
        changed = (origin, ("api", "batch", "api", "simulated", "replay", "api")[number])
        store.post(
            lambda db, changed=changed: db.execute(
                "UPDATE calls SET origin = ?, source = ? WHERE rowid = (SELECT max(rowid) FROM calls)",
                changed,
            )
        )
    store.flush()
    admin, today = Principal("ana", "admin"), spans.days(None, None, datetime.now(UTC))
    for by in BY:
        for kind in KINDS:
            for name, spent in spending_by(store.read, admin, today, kind, by).items():
                filters = inlog.sieved(by, "claude-haiku-5-5" if by == "model" else name, kind, today)
                assert filters is not None
                times = {each: filters.pop(each) for each in ("from", "to")}
                sifted = [engine.sift(Path("prompts"), *each).values for each in filters.items()]
                wanted = Wanted(**{key: value for each in sifted for key, value in each.items()})
                found = page(store.read, admin, wanted, 50).calls
                assert (len(found), by, name) == (spent.calls, by, name) and {*times} == {"from", "to"}
    assert inlog.sieved("prompt", None, "real", today) is None
    assert inlog.sieved("model", "m", "real", today) is None  # which answered, and nobody asked
    app = opened("costs", by="use", kind="real")
    table = next(each for each in app.dataframe if "use" in each.value)
    assert list(table.value["log"]) == ["Calls"] * len(table.value)
    id = table.proto.button_click_widgets["log"]
    there = acted(app, id, string_trigger_value={"data": json.dumps({"row": 0, "label": ""})})
    assert not there.exception and params(there)["use"] == "product" and there.title[0].value == "Logs"


def test_every_part_of_every_bill_is_in_the_page_s_sums(lives: Lives, opened: Opened) -> None:
    """The examples of tests/store/test_priced.py together."""
    store = lives.lab.store
    for usage, _ in PRICED.values():
        paid(store, usage)
    store.flush()
    whole = sum(sum(parts.values()) for _, parts in PRICED.values())
    assert whole == 10_092_396 * 10**6
    app = opened("costs", time="today")
    (table,) = (frame.value for frame in app.dataframe)
    assert list(table["cost"]) == ["$10.09"]
    assert list(table["thinking"]) == ["$0.0006"]
    assert "$10.09" in words(app)


def test_why_costs_rose(lives: Lives, opened: Opened) -> None:
    """One dollar before, two turns of a dollar today."""
    store = lives.lab.store
    assert "No calls in these days" in words(opened("costs", view="why"))
    dollar = Cost(10**12, 10**12, 10**12, "usage")
    for _ in range(3):
        call(store, dollar)
    before = (datetime.now().astimezone() - timedelta(days=1)).isoformat()
    store.post(lambda db: db.execute("UPDATE calls SET started_at = ? WHERE rowid = 1", (before,)))
    store.flush()
    today = f"{datetime.now():%Y-%m-%d}"
    app = opened("costs", view="why", **{"from": today, "to": today})
    assert "Costs rose by $1.00 (+100%), from $1.00 to $2.00" in words(app)
    assert "mostly because there were more turns (+$1.00)." in words(app)
    factors, where = (frame.value for frame in app.dataframe)
    assert ["turns", "+$1.00", "1", "2"] in factors.values.tolist()
    assert where.values.tolist() == [["m", "$1.00", "$2.00", "+$1.00"]]
    turned = opened("costs", view="why", **{"from": today, "to": "2026-01-01"})
    assert "comes before the first" in turned.error[0].value
    assert "No calls" in words(opened("costs", view="why", **{"from": "2026-01-02", "to": "2026-01-02"}))
