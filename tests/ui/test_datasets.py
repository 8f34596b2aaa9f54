"""The datasets: the list, and the cases of one, edited and saved."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab import store
from lab.evals import editing
from lab.types import Principal
from tests.ui.test_runs import address, clicked, column, prompt, text, the_table  # noqa: F401
from tests.ui.test_turns import does

ANA = Principal("ana")
Opened = Callable[..., AppTest]
HEAD = "prompt: p\nmodels: [claude-haiku-4-5]\ngraders: [{icontains: '{{want}}'}]\ncases: x.jsonl\n"
ROWS = (
    {"id": "a", "input": "How much is the team plan for a whole month?", "want": "12"},
    {"id": "b", "input": "How much is the team plan for a whole year?", "want": "120", "tags": ["price"]},
)


@pytest.fixture
def path(folder: Path) -> Path:
    """A dataset of two cases in a file of their own."""
    written(ROWS)
    (folder / "datasets" / "x.yaml").write_text(HEAD)
    return folder / "datasets" / "x.yaml"


def written(rows: Any) -> None:
    Path("datasets/x.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def rows() -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in Path("datasets/x.jsonl").read_text().splitlines()]


def edit(app: AppTest, rows: Any = (), added: Any = (), deleted: Any = ()) -> AppTest:
    """The editor as it is after such edits; AppTest knows it as a table to look at."""
    (editor,) = [each for each in app.dataframe if each.proto.editing_mode]
    state = {"edited_rows": dict(rows), "added_rows": [*added], "deleted_rows": [*deleted]}
    states = app._tree.get_widget_states()
    states.widgets.add(id=editor.proto.id, string_value=json.dumps(state))
    return app._run(states)


def test_all_are_listed_and_one_is_opened(path: Path, opened: Opened) -> None:
    Path("datasets/bad.yaml").write_text("prompt: p\ncases: nowhere.jsonl\n")
    app = opened("runs", view="datasets")
    names = column(app, "dataset")
    assert {"x", "support-check"} <= set(names) and column(app, "cases")[names.index("x")] == 2
    assert "nowhere.jsonl" in text(app).replace("\\", "")
    clicked(app, the_table(app, "dataset"), "dataset", names.index("x"))
    assert address(app)["dataset"] == "x" and app.title[0].value == "x"
    assert "These 2 cases can see no drop at all" in text(app)
    app.button(key="datasets-all").click().run()
    assert address(app) == {"view": "datasets"}


def test_cases_are_edited_and_saved(path: Path, opened: Opened) -> None:
    app = opened("runs", dataset="x")
    assert app.button(key="datasets-save").disabled
    edit(app, {1: {"tags": '["year"]'}}, [{"id": "c", "input": "Bye?", "want": "bye", "tags": None}], [0])
    app.button(key="datasets-save").click().run()
    assert rows() == [{**ROWS[1], "tags": ["year"]}, {"id": "c", "input": "Bye?", "want": "bye"}]
    assert "Saved in datasets/x.jsonl: 2 cases." in text(app)
    patch = next(each.value for each in app.code if "+++" in each.value)
    assert "+++ b/datasets/x.jsonl" in patch and "Bye?" in patch
    assert app.button(key="datasets-save").disabled


def test_what_a_check_could_not_use_is_not_saved(path: Path, opened: Opened) -> None:
    app = edit(opened("runs", dataset="x"), {1: {"id": "a"}})
    app.button(key="datasets-save").click().run()
    assert "the id 'a' is that of" in app.error[0].value.replace("\\", "") and rows() == [*ROWS]
    edit(app, {1: {"tags": "[x"}})
    assert "is not JSON" in app.error[0].value and not [b for b in app.button if b.key == "datasets-save"]


def test_the_second_to_save_is_told_and_loses_nothing(path: Path, opened: Opened) -> None:
    app = edit(opened("runs", dataset="x"), {0: {"want": "mine"}, 1: {"want": "mine too"}})
    written(({**ROWS[0]}, {**ROWS[1], "want": "theirs"}))
    app.button(key="datasets-save").click().run()
    assert "was changed meanwhile" in text(app) and rows()[0]["want"] == "12"
    app.button(key="datasets-rebase").click().run()
    assert "yours were" in text(app)
    (lost,) = [each for each in app.dataframe if not each.proto.editing_mode]
    assert lost.value["want"].tolist() == ["mine too"]
    app.button(key="datasets-save").click().run()
    assert [row["want"] for row in rows()] == ["mine", "theirs"]


def test_what_was_typed_stays_while_other_pages_are_looked_at(path: Path, opened: Opened) -> None:
    app = edit(opened("runs", dataset="x"), {0: {"want": "13"}})
    app.query_params.clear()
    app.run()
    app.query_params["dataset"] = "x"
    app.run()
    assert the_table(app, "want").value["want"].tolist() == ["13", "120"]
    assert not app.button(key="datasets-save").disabled
    app.button(key="datasets-discard").click().run()
    assert the_table(app, "want").value["want"].tolist() == ["12", "120"]


def test_cases_that_lie_elsewhere_are_not_saved(path: Path, tmp_path: Path, opened: Opened) -> None:
    Path("other.jsonl").write_text(Path("datasets/x.jsonl").read_text())
    path.write_text(HEAD.replace("x.jsonl", "../other.jsonl"))
    app = opened("runs", dataset="x")
    assert "lies outside" in text(app) and not [b for b in app.button if b.key == "datasets-save"]


def test_near_duplicates_stand_beside_what_they_repeat(path: Path, opened: Opened) -> None:
    written((*ROWS, {"id": "c", "input": "Something else entirely", "want": "x"}))
    app = opened("runs", dataset="x", part="near")
    assert (column(app, "case"), column(app, "like")) == (["b"], ["a"])
    written(ROWS[:1])
    assert "No near-duplicates" in text(opened("runs", dataset="x", part="near"))


PROPOSED = (
    {
        "id": "generated-1",
        "input": "What is the refund policy?",
        "want": "14 days",
        "generated": "SIMULATED m",
    },
    {"id": "generated-2", "input": "Can I bring my dog along?", "want": "no", "generated": "SIMULATED m"},
)


def test_proposals_are_mended_accepted_and_rejected(path: Path, opened: Opened) -> None:
    Path("datasets/x.proposed.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in PROPOSED))
    app = opened("runs", dataset="x", part="proposed")
    assert column(app, "generated") == ["SIMULATED m", "SIMULATED m"]
    app.button(key="datasets-accepted").click().run()
    assert "Tick the cases" in app.error[0].value and rows() == [*ROWS]
    edit(app, {0: {"take": True, "want": "30 days"}})
    app.button(key="datasets-accepted").click().run()
    assert "Accepted 1: 3 cases in datasets/x.jsonl." in text(app)
    assert rows()[2] == {**PROPOSED[0], "want": "30 days"}
    edit(app, {0: {"take": True}})
    app.button(key="datasets-rejected").click().run()
    assert "No case is proposed" in text(app) and len(rows()) == 3


def test_a_model_writes_cases_that_wait(path: Path, lives: Any, opened: Opened) -> None:
    app = opened("runs", dataset="x", part="proposed")
    assert "nobody pays" in text(app)
    app.number_input(key="datasets-count").set_value(2).run()
    app.button(key="datasets-write").click().run()
    if "datasets-writing-x" in app.session_state:  # it was not done at once
        app.session_state["datasets-writing-x"].exception(30)
        app.run()
    assert "SIMULATED: " in text(app) and "proposed" in text(app) and rows() == [*ROWS]


@pytest.mark.parametrize("page", ["logs", "chat"])
def test_a_call_becomes_a_case(page: str, path: Path, lives: Any, opened: Opened) -> None:
    chat = opened("chat")
    chat.chat_input[0].set_value("How do I reset it?").run()
    (call,) = store.calls(lives.lab.store.read, ANA, 9)
    id = call["id"]
    if page == "chat":
        app = does(chat, call, "dataset")
    else:
        app = opened("logs", call=id)
        app.session_state[f"adding-{id}"] = True  # the popover is open
        app.run()
    app.selectbox(key=f"adding-name-{id}").set_value("x")
    app.button(key=f"adding-do-{id}").click().run()
    assert "Add --expect want=TEXT" in app.error[0].value.replace("\\", "")
    app.text_area(key=f"adding-expect-{id}").set_value("settings")
    app.button(key=f"adding-do-{id}").click().run()
    assert rows()[2] == {"id": id, "input": "How do I reset it?", "want": "settings", "from": id}
    assert "in datasets/x.jsonl" in text(app)


@pytest.mark.parametrize("name", ["nope", "../x", "/etc/passwd"])
def test_one_that_is_not_there(name: str, path: Path, opened: Opened) -> None:
    assert "There is no dataset" in opened("runs", dataset=name).error[0].value.replace("\\", "")
    assert editing.grid(path).rows  # and nothing happened to the others
