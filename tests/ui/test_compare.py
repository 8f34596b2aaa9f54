"""Comparing, as a page draws it once the answers are there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab import store
from lab.engine import Column, File, Lives, Said, compare, first_asked
from lab.errors import BadInput
from lab.types import Principal
from lab.ui.parts.growing import finished
from lab.ui.parts.together import packed, unpacked
from tests.cli.running import until
from tests.files import png

ANA = Principal("ana", "admin")
Opened = Callable[..., AppTest]


def calls(lives: Lives) -> list[dict[str, Any]]:
    return store.calls(lives.lab.store.read, ANA, 99)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def vote(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def test_one_click_compares_and_a_vote_is_kept(opened: Opened, lives: Lives) -> None:
    app = opened("compare")
    assert app.selectbox(key="compare-prompt-0").value == "extract@1"
    first = app.button(key="compare-suggestion-0")
    assert "Nachricht" not in first.label  # of the cases of the dataset that names this prompt
    first.click().run()
    assert not app.error and not app.exception
    assert {(call["origin"], call["version"], call["state"]) for call in calls(lives)} == {
        ("compare", 1, "ok"),
        ("compare", 2, "ok"),
    }
    assert any(":material/trophy:" in caption.value for caption in app.caption)
    id = app.query_params["id"]
    vote(app, "Better").click().run()
    vote(app, "Tie").click().run()
    again = opened("compare", id=id, differ="1")
    assert not again.error and not again.exception
    chosen = [button.label for button in again.button if button.icon == ":material/check:"]
    assert chosen == ["Tie"]
    assert [row[0] for row in lives.lab.store.read.execute("SELECT verdict FROM votes")] == ["tie"]
    again.chat_input(key="compare-input").set_value("And now?").run()
    assert not again.error and len(calls(lives)) == 4
    again.button(key="compare-delete").click().run()
    assert "id" not in again.query_params and len(calls(lives)) == 4


def test_a_column_that_cannot_be_asked_says_why_in_its_place(opened: Opened, lives: Lives) -> None:
    columns = [{"prompt": "support@2"}, {"prompt": "support@2", "effort": "bogus", "name": "odd"}, {}]
    app = opened("compare", columns=json.dumps(columns), input="[[refuse]] Why?")
    assert app.chat_input(key="compare-input").proto.value == "[[refuse]] Why?"
    app.chat_input(key="compare-input").set_value("[[refuse]] Why?").run()
    assert not app.exception
    assert ["bogus" in error.value for error in app.error] == [True]
    assert len(app.warning) == 2  # the two others were declined
    assert labels(app).count("Retry") == 3
    assert len(calls(lives)) == 2
    app.button(key="compare-retry-0").click().run()
    assert len(calls(lives)) == 3
    app.button(key="compare-retry-1").click().run()
    assert len(calls(lives)) == 3 and len(app.error) == 2
    assert "support" in app.button(key="compare-again").click().run().query_params["columns"]


def test_changed_columns_are_asked_the_same_with_values_context_and_files(
    opened: Opened, lives: Lives
) -> None:
    picture = File("plan.png", png())
    asked = Said("Which plan?", {"plan": "team"}, "A rule.", [picture])
    id = compare(lives, ANA, (Column("support@1"), Column("support@2")), asked)
    app = opened("compare", id=id).button(key="compare-again").click().run()
    assert app.query_params["like"] == id and not app.exception
    assert app.chat_input(key="compare-input").proto.value == "Which plan?"
    assert app.text_input(key="compare-value-plan").value == "team"
    assert app.text_area(key="compare-context").value == "A rule."
    app.text_input(key="compare-value-plan").set_value("free").run()
    assert app.text_input(key="compare-value-plan").value == "free"  # put there once, and not again
    app.chat_input(key="compare-input").set_value("Which plan?").run()
    assert not app.error and "like" not in app.query_params
    sent = first_asked(lives.lab, ANA, app.query_params["id"])
    assert (sent.text, sent.values, sent.context) == ("Which plan?", {"plan": "free"}, "A rule.")
    assert [file.data for file in sent.files] == [png()]
    without = opened("compare", like=id).button(key="compare-files-out").click().run()
    assert "like" not in without.query_params and not without.exception


def test_columns_are_put_together_in_the_address(opened: Opened, lives: Lives) -> None:
    app = opened("compare", columns="[{},{}]")
    app.button(key="compare-duplicate-1").click().run()
    app.selectbox(key="compare-model-2").set_value("claude-haiku-4-5").run()
    app.number_input(key="compare-max_tokens-0").set_value(77).run()
    app.text_area(key="compare-options-1").set_value("{").run()
    assert any("no JSON object" in warning.value for warning in app.warning)
    app.text_area(key="compare-system-1").set_value("Draft.").run()
    app.button(key="compare-remove-0").click().run()
    assert unpacked(app.query_params["columns"]) == (
        Column(system="Draft."),
        Column(model="claude-haiku-4-5"),
    )
    assert calls(lives) == []


@pytest.mark.parametrize(
    ("params", "why"), [({"columns": "[{}"}, "cannot be read"), ({"id": "x"}, "There is no comparison")]
)
def test_a_wrong_address_is_told_in_words(opened: Opened, params: dict[str, str], why: str) -> None:
    app = opened("compare", **params)
    assert why in app.error[0].value and not app.exception


@pytest.mark.parametrize("text", ["x", "[1", "eJw", "[]", "[{}]", "é", "W3t9LHt9XQ"])
def test_no_address_breaks_the_page(text: str) -> None:
    with pytest.raises(BadInput):
        unpacked(text)


def test_a_long_draft_goes_through_the_address() -> None:
    columns = (Column(system="Wörter. " * 2000), Column("support@2", options={"a": [1]}))
    assert unpacked(packed(columns)) == columns and len(packed(columns)) < 500


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("One.\n\nTwo", 6),
        ("One.\n\n", 0),
        ("One.\n\n  indented", 0),
        ("```\na\n\nb", 0),
        ("```\na\n```\n\nb", 11),
        ("A\n\nB\n\n```\nx\n\ny", 6),
    ],
)
def test_only_whole_paragraphs_are_finished(text: str, end: int) -> None:
    assert finished(text) == end


def test_a_dataset_fills_a_grid_whose_cases_are_voted_on(opened: Opened, lives: Lives) -> None:
    columns = json.dumps([{"prompt": "support@2"}, {"prompt": "support@3", "effort": "low"}])
    app = opened("compare", over="dataset", columns=columns)
    assert app.selectbox(key="compare-dataset").value == "support-check"
    app.number_input(key="compare-first-support-check").set_value(2).run()
    app.button(key="compare-start").click().run()
    assert not app.error and not app.exception
    run = app.query_params["run"]
    until(lambda: store.run_head(lives.lab.store.read, ANA, run)["state"] != "running")
    case = store.results(lives.lab.store.read, ANA, run)[0]["case_id"]
    app = opened("compare", run=run, case=case)
    assert not app.error and not app.exception
    vote(app, "Both bad").click().run()
    assert [row[0] for row in lives.lab.store.read.execute("SELECT verdict FROM votes")] == ["both bad"]
    app.button(key="compare-again").click().run()
    assert unpacked(app.query_params["columns"])[1].effort == "low"
    app.text_input(key="compare-save-name").set_value("compared").run()
    app.button(key="compare-save-now").click().run()
    assert "names prompts and models alone" in app.error[0].value
    app.selectbox(key="compare-effort-1").set_value(None).run()
    app.button(key="compare-save-now").click().run()
    assert "datasets/compared.yaml" in app.success[0].value.replace("\\", "")
    assert lives.lab.folder.joinpath("datasets/compared.yaml").exists()
