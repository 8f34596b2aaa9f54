"""The tab of the Costs page about the prompt cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab.engine import Asked, Lives, ask
from lab.types import Principal
from tests.prompts.folder import folder as prompts

ANA = Principal("ana")
Opened = Callable[..., AppTest]
LONG = "You answer questions about the plans of Harbor, in one sentence each. " * 600
FILES = {
    "prompts/kept/v1.yaml": f'system: "{LONG}"\ncache: 5m\n',
    "prompts/plain/v1.yaml": f'system: "{LONG}"\n',
}


def said(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.subheader, *app.error]
    return " ".join(each.value for each in shown).replace("\\", "")


def fill(lives: Lives, *names: str) -> None:
    """Questions through these prompts, one after the other."""
    for name in names:
        live = lives.start(ANA, ask(lives.lab, ANA, Asked("How much?", prompt=name)))
        while not live.ended:
            live.wait(-1, 1)
    lives.lab.store.flush()


def test_an_empty_log_says_what_to_do(opened: Opened) -> None:
    assert "No calls in this time" in said(opened("costs", view="cache"))


def test_a_wrong_day_in_the_address_is_a_sentence(opened: Opened) -> None:
    assert "is not a day such as" in said(opened("costs", view="cache", **{"from": "nothing"}))


def test_calls_without_a_cache_say_how_to_have_one(opened: Opened, lives: Lives, folder: Path) -> None:
    prompts(folder, FILES)
    fill(lives, "plain")
    assert "Nothing was cached in this time" in said(opened("costs", view="cache"))


def test_what_was_read_saved_and_would_save_more(opened: Opened, lives: Lives, folder: Path) -> None:
    prompts(folder, FILES)
    fill(lives, *("kept",) * 3, *("plain",) * 6)
    app = opened("costs", view="cache")
    shown = said(app)
    assert "Simulated: nobody was billed" in shown and "What would save more" in shown
    assert "Ask for caching (cache: 5m): about $" in shown and "at this traffic" in shown
    assert "plain@1" in shown and "calls a day" in " ".join(each.help or "" for each in app.markdown)
    table = app.dataframe[0].value
    assert dict(zip(table["prompt"], table["hit rate, calls"].round(), strict=True)) == {
        "kept@1": 67,
        "plain@1": 0,
    }
    for by in ("conversation", "model", "day"):
        table = opened("costs", view="cache", by=by).dataframe[0].value
        assert table["calls"].sum() == 9
