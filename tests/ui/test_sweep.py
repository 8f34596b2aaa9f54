"""A check of many variants: quality against cost, and what its examples do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab import evals, store
from lab.engine import Lives
from lab.evals import Order
from tests.ui.test_runs import ANA, ended

Opened = Callable[..., AppTest]
MODELS = ("claude-opus-5-5", "claude-haiku-5-5")


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    """A prompt that shows two examples, and a dataset that every answer passes."""
    for name in ("prompts/p", "prompts/fewshot/s"):
        (folder / name).mkdir(parents=True)
    (folder / "prompts/p/v1.yaml").write_text('user: "{{input}}"\nexamples: {set: s}\n')
    shown = [{"input": f"<b>in {n}</b>", "output": "out"} for n in (1, 2)]
    (folder / "prompts/fewshot/s/v1.yaml").write_text(json.dumps({"examples": shown}))
    cases = "".join(f"- {{input: 'question {n}'}}\n" for n in range(3))
    (folder / "datasets/x.yaml").write_text(f"prompt: p\ngraders: [{{regex: '.'}}]\ncases:\n{cases}")


def checked(lives: Lives, *variants: str) -> str:
    runs = evals.start(lives, ANA, Order(("x",), simulated=True, variants=variants))
    ended(lives, *runs)
    return runs[0]


def said(app: AppTest) -> str:
    each = (*app.markdown, *app.caption, *app.info, *app.success)
    return "\n".join(one.value for one in each).replace("\\", "")


def test_quality_against_cost_is_drawn_with_its_sentence(lives: Lives, opened: Opened) -> None:
    names = [f"p@1 · {model} · effort {effort}" for model in MODELS for effort in ("low", "high")]
    run = checked(lives, *names)
    app = opened("runs", run=run, view="sweep", base=names[1], margin="0.1")
    assert not app.exception
    assert f"Nothing cheaper than {names[1]} is shown to be less than 10 points worse." in said(app)
    assert "about 25 cases would decide" in said(app)
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert [chart["layout"]["xaxis"]["title"]["text"] for chart in charts] == ["per 1,000 answers", "median"]
    traces = {trace["name"]: trace for trace in charts[0]["data"] if trace["mode"] == "markers"}
    assert list(traces) == sorted(MODELS)
    words = traces[MODELS[1]]["hovertext"][0]
    assert "per 1,000 answers" in words and "100.0% [52.6, 100.0] of the cases" in words
    numbers = app.dataframe[0].value
    assert sorted(numbers["variant"]) == sorted(name.removeprefix("p@1 · ") for name in names)
    app.selectbox(key="runs-margin").set_value("0.02").run()
    assert app.query_params["margin"] == "0.02" and "less than 2 points worse" in said(app)


def test_examples_are_told_with_their_tokens(lives: Lives, opened: Opened) -> None:
    run = checked(lives, *evals.ablated(lives.lab, "p", "claude-haiku-5-5", 1))
    app = opened("runs", run=run, view="examples")
    assert not app.exception
    assert "**s@1** as it stands: 100.0% pass" in said(app) and "Order: 1 other order comes" in said(app)
    shown = app.dataframe[0].value
    assert [words.partition(" [")[0] for words in shown["verdict"]] == ["no difference seen"] * 2
    assert list(shown["input"]) == ["<b>in 1</b>", "<b>in 2</b>"]
    (chart,) = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart"))
    assert "&lt;b>in 1" in chart["data"][0]["hovertext"][0]


def test_a_check_of_one_variant_has_neither(lives: Lives, opened: Opened) -> None:
    app = opened("runs", run=checked(lives, "p@1 · claude-haiku-5-5"), view="sweep")
    assert not app.exception and not app.get("plotly_chart")


def test_efforts_and_few_shot_sets_are_chosen_like_models(lives: Lives, opened: Opened) -> None:
    app = opened("runs", new="x")
    app.multiselect(key="runs-models").set_value(["claude-haiku-5-5", "claude-haiku-4-5"])
    app.multiselect(key="runs-efforts").set_value(["low"])
    app.multiselect(key="runs-fewshots").set_value(["s@1", "none"]).run()
    assert not app.exception and "claude-haiku-4-5 takes no effort: it is asked without." in said(app)
    app.button(key="runs-start").click().run()
    ended(lives, run := app.query_params["run"])
    variants = store.run_head(lives.lab.store.read, ANA, run)["settings"]["variants"]
    assert variants[::3] == [
        "p@1 · claude-haiku-5-5 · few-shot s@1 · effort low",
        "p@1 · claude-haiku-4-5 · few-shot none",
    ]


def test_what_examples_do_is_asked_from_the_page_of_checks(lives: Lives, opened: Opened) -> None:
    app = opened("runs", new="x", what="examples")
    assert app.dataframe[0].value["calls"].tolist() == [3 * (3 + 1)]  # two examples have one other order
    app.number_input(key="runs-shuffles").set_value(0).run()
    assert app.dataframe[0].value["calls"].tolist() == [3 * 3]
    app.button(key="runs-start").click().run()
    assert not app.exception and set(app.query_params) == {"run", "view"}
    ended(lives, run := app.query_params["run"])
    variants = store.run_head(lives.lab.store.read, ANA, run)["settings"]["variants"]
    assert [each.partition("few-shot ")[2] for each in variants] == ["s@1", "s@1 without 1", "s@1 without 2"]
    assert "s@1 as it stands: 100.0% pass" in said(app.run()).replace("**", "")


def test_a_prompt_without_examples_can_be_shown_a_set(lives: Lives, opened: Opened, folder: Path) -> None:
    (folder / "prompts/p/v1.yaml").write_text('user: "{{input}}"\n')
    app = opened("runs", new="x", what="examples")
    assert "p@1 shows no examples" in app.error[0].value and not app.exception
    app.selectbox(key="runs-fewshot").set_value("s@1").run()
    assert not app.error and app.dataframe[0].value["calls"].tolist() == [3 * 4]
    assert "Choose a dataset to see" in said(opened("runs", new="check", what="examples"))
