"""Health, as the page of logs draws it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from streamlit.testing.v1 import AppTest

from lab.engine import Lives
from tests.engine.test_vitals import put

Opened = Callable[..., AppTest]


def words(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.subheader])


def columns(app: AppTest) -> list[list[Any]]:
    return [[*each.value.columns] for each in app.dataframe]


def test_nothing_says_how_there_is_something(opened: Opened) -> None:
    app = opened("logs", view="health")
    assert not app.exception
    assert "Nobody has asked anything in this time" in words(app)
    assert "No calls in this time" in words(opened("logs", view="health", traffic="all"))


def test_figures_lines_objectives_and_advice_are_drawn(lives: Lives, opened: Opened) -> None:
    now = datetime.now(UTC)
    cut = {"stop_reason": "max_tokens", "output_tokens": 1000}
    put(
        lives.lab.store,
        *({"prompt": "a*b"} | (cut if n % 5 == 0 else {}) for n in range(60)),
        at=now,
    )
    put(lives.lab.store, {"origin": "check", "model": "claude-opus-5-5"}, at=now)
    app = opened("logs", view="health")
    assert not app.exception
    said = words(app)
    assert "First token, p95" in said and "20.0%" in said and r"a\*b@2" in said
    assert [each[0] for each in columns(app)] == ["model", "objective"]
    assert [*app.dataframe[0].value["calls"]] == ["60"]
    app.query_params["traffic"], app.query_params["by"] = "all", "version"
    app.query_params["figures"], app.query_params["exact"] = "quality", "1"
    app.run()
    assert not app.exception and "Turns to resolution, median" in words(app)
    assert columns(app)[0][0] == "prompt version" and len(app.dataframe[0].value) == 2
    assert "exact" in words(app)
    app.query_params["prompt"] = "nobody"
    assert not app.run().exception
    app.query_params["from"] = "nothing"
    assert "is not a day such as" in app.run().error[0].value
    app.query_params["from"], app.query_params["to"] = "2026-11-02", "2026-11-01"
    assert "no day in that time" in app.run().error[0].value
