"""Starting a check that stops once it is decided, and how its evidence is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab import evals, store
from lab.engine import Lives
from tests.ui.test_runs import ANA, THREE, address, ended, prompt, text, write  # noqa: F401

Opened = Callable[..., AppTest]


def figures(app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_it_is_held_against_a_version_and_stops_once_that_is_decided(lives: Lives, opened: Opened) -> None:
    for version, words in ((1, 3), (2, 4)):
        text_ = f'user: "{{{{input}}}} [[words {words}]]"\n'
        Path(f"prompts/p/v{version}.yaml").write_text(text_)
    write(*(f"Question {number}" for number in range(30)), head=f"{THREE}gate: {{margin: 0.2}}\n")
    app = opened("runs", new="x")
    assert app.selectbox(key="runs-baseline-x").options == ["nothing", "the last check", "p", "p@2", "p@1"]
    app.toggle(key="runs-until").set_value(True).run()
    assert "at the latest at which cost? Say it in “At most, in" in text(app)
    app.number_input(key="runs-max-cost").set_value(2.0).run()
    assert "x has nothing to be held against" in text(app)
    app.selectbox(key="runs-baseline-x").set_value("p@1").run()
    assert "It stops once it is decided, at the latest when" in text(app)
    app.button(key="runs-start").click().run()
    run = address(app)["run"]
    ended(lives, run)
    app.run()
    assert "Decided after 7 of 30 cases." in text(app)
    drawn = figures(app)[-1]
    assert [trace["name"] for trace in drawn["data"]] == ["worse", "not worse by the margin", "decides"]
    assert len(drawn["data"][0]["y"]) == 7 and "shapes" not in drawn["layout"]
    head = store.run_head(lives.lab.store.read, ANA, run)
    kept = evals.deciding.drawn(lives.lab, ANA, head)
    assert evals.deciding.drawn(lives.lab, ANA, head | {"summary": None}) == kept, "as while it goes on"
