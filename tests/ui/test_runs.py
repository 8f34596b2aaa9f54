"""The checks: the list, one of them, and starting one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab import evals, store
from lab.engine import Lives
from lab.evals import Order
from lab.store import liveness
from lab.types import Principal, new_id
from tests.cli.running import until

ANA = Principal("ana", "admin")
MODEL = "claude-haiku-4-5"
HEAD = f"prompt: p\nmodels: [{MODEL}]\nconcurrency: 1\n"
THREE = r"graders: [{name: three words, regex: '\A\S+ \S+ \S+\Z'}]" + "\n"
HOSTILE = "![x](https://e.example/x.png) **b** :red[c] $d$"

Opened = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def prompt(folder: Path) -> None:
    """A prompt that sends what it is given, in two versions."""
    (folder / "prompts" / "p").mkdir()
    (folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n')


@pytest.fixture
def key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for an API that nobody can reach."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-none")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")


def write(*cases: str | Mapping[str, Any], head: str = THREE, name: str = "x") -> None:
    """A dataset of these cases, where a text is an input."""
    rows = [{"input": case} if isinstance(case, str) else case for case in cases]
    lines = "".join(f"  - {json.dumps(row)}\n" for row in rows)
    Path(f"datasets/{name}.yaml").write_text(f"{HEAD}{head}cases:\n{lines}")


def checked(lives: Lives, *names: str, **fields: Any) -> str:
    """The last of these datasets' runs, which have ended."""
    runs = evals.start(lives, ANA, Order(names or ("x",), simulated=True, **fields))
    ended(lives, *runs)
    return runs[-1]


def ended(lives: Lives, *runs: str) -> None:
    """These have come to their end, and it is on the disk."""
    for run in runs:
        if job := lives._jobs.get(run):
            job.exception(30)
    lives.lab.store.flush()


def elsewhere(lives: Lives, run: str, results: int) -> None:
    """A run of another process, which lives, with so many results."""
    settings = {
        "description": "", "file": "datasets/x.yaml", "dataset_hash": "", "variants": [f"p@1 · {MODEL}"],
        "cases": 8, "repeats": 1, "needs": 1, "simulated": True,
    }  # fmt: skip
    lives.lab.store.post(store.run_opened(run, "other", ANA, "x", settings))
    answered = checked(lives)
    (result,) = store.results(lives.lab.store.read, ANA, answered)
    for number in range(results):
        key = {"case_id": str(number), "variant": f"p@1 · {MODEL}", "repeat": 1}
        grades = {"state": "ok", "passed": number > 0, "grades": []}
        lives.lab.store.post(store.result_kept(run, key, result["call_id"], grades))
    lives.lab.store.post(store.delete_run(answered))
    lives.lab.store.flush()


@pytest.fixture
def other(lives: Lives) -> Iterator[None]:
    """Another process that lives."""
    lives.lab.store.flush()
    lock = liveness.announce(lives.lab.store.path, "other")
    yield
    os.close(lock)


def the_table(app: AppTest, column: str) -> Any:
    (found,) = [each for each in app.dataframe if column in each.value]
    return found


def column(app: AppTest, name: str, of: str = "") -> list[Any]:
    cells = the_table(app, of or name).value[name]
    cells = [each[0] if isinstance(each, list) or hasattr(each, "tolist") else each for each in cells]
    return [each.replace("\u200b", "") if isinstance(each, str) else each for each in cells]


def ticked(app: AppTest, table: Any, *rows: int) -> AppTest:
    """The boxes of these rows are ticked, and no others."""
    selection = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return acted(app, table.proto.id, string_value=json.dumps(selection))


def clicked(app: AppTest, table: Any, name: str, row: int) -> AppTest:
    id = table.proto.button_click_widgets[name]
    return acted(app, id, string_trigger_value={"data": json.dumps({"row": row, "label": ""})})


def acted(app: AppTest, id: str, **state: Any) -> AppTest:
    """What AppTest has no method for: it knows tables as things to look at."""
    states = app._tree.get_widget_states()
    states.widgets.add(id=id, **state)
    return app._run(states)


def address(app: AppTest) -> dict[str, str]:
    found = app.query_params.items()
    return {name: value if isinstance(value, str) else value[0] for name, value in found}


def text(app: AppTest) -> str:
    """All that stands on the page in so many words, without what keeps it from being Markdown."""
    kinds = (
        "title",
        "subheader",
        "markdown",
        "caption",
        "text",
        "code",
        "success",
        "info",
        "warning",
        "error",
    )
    return "\n".join(str(each.value).replace("\\", "") for kind in kinds for each in getattr(app, kind))


def links(app: AppTest) -> list[str]:
    return [each.proto.query_string for each in app.get("page_link")]


# The list


def test_without_any_it_says_what_to_do(opened: Opened) -> None:
    app = opened("runs")
    assert "No checks yet" in text(app) and "`lab check support-check --sim`" in text(app)
    app.button(key="runs-new").click().run()
    assert address(app) == {"new": "check"} and app.title[0].value == "Start a check"


def test_they_are_listed_newest_first(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]", name="a")
    write("[[words 3]]", head="", name="b")
    write("[[400]]", name="c")
    checked(lives, "a", "b", "c")
    app = opened("runs")
    assert column(app, "dataset") == ["c", "b", "a"]
    assert column(app, "state") == ["! not valid", "• answered", "✗ failed"]
    assert column(app, "pass rate") == ["–", "–", "50.0%"]
    for name, counts in {"passed": [0, 0, 1], "failed": [0, 0, 1], "no verdict": [1, 0, 0]}.items():
        assert column(app, name) == counts
    assert set(column(app, "source")) == {"simulated"} and set(column(app, "who")) == {"ana"}
    assert column(app, "cost")[0] == "$0"


@pytest.mark.parametrize("by", ["box", "button"])
def test_one_is_opened(by: str, lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    first = checked(lives)
    checked(lives)
    app = opened("runs")
    table = the_table(app, "dataset")
    ticked(app, table, 1) if by == "box" else clicked(app, table, "dataset", 1)
    assert address(app) == {"run": first}
    assert app.title[0].value == "x" and first in text(app)
    app.button(key="runs-all").click().run()
    assert address(app) == {} and column(app, "dataset") == ["x", "x"]


def test_older_ones_are_on_further_pages(lives: Lives, opened: Opened) -> None:
    ids = sorted(new_id() for _ in range(45))
    for id in ids:
        settings = {"variants": ["v"], "simulated": True, "cases": 1, "repeats": 1, "needs": 1}
        settings |= {"description": "", "file": "datasets/x.yaml", "dataset_hash": ""}
        lives.lab.store.post(
            store.run_opened(id, lives.lab.store.process, ANA, f"d{ids.index(id)}", settings)
        )
        lives.lab.store.post(store.run_ended(id, "interrupted", {}))
    lives.lab.store.flush()
    app = opened("runs")
    assert column(app, "dataset") == [f"d{number}" for number in range(44, 24, -1)]
    app.button(key="runs-older").click().run()
    app.button(key="runs-older").click().run()
    assert column(app, "dataset") == [f"d{number}" for number in range(4, -1, -1)]
    ticked(app, the_table(app, "dataset"), 4)
    assert address(app) == {"before": ids[5], "run": ids[0]}
    app.button(key="runs-all").click().run()
    assert address(app) == {"before": ids[5]}
    assert not [each for each in app.button if each.key == "runs-older"]
    app.button(key="runs-newest").click().run()
    assert column(app, "dataset")[0] == "d44" and address(app) == {}


# One of them


def test_one_that_failed_says_why(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]", "[[400]]", head=f"{THREE}description: About *words*.\n")
    app = opened("runs", run=checked(lives))
    assert "cannot be judged: 1 of 3 cases have no verdict" in text(app)
    assert "Simulated: it says nothing about quality" in text(app)
    assert (column(app, "passed"), column(app, "failed"), column(app, "no verdict")) == ([1], [1], [1])
    assert column(app, "case") == ["1", "2", "3"]
    assert column(app, f"p@1 · {MODEL}") == ["✓ passed", "✗ failed", "? no verdict"]
    assert column(app, "question") == ["[[words 3]]", "[[words 4]]", "[[400]]"]
    assert "No verdict, 1 ×: The API answered 400" in text(app)
    assert "Choose a case" in text(app)


def test_the_cases_are_filtered_and_searched(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]", "[[400]]", "Zebra [[words 4]]")
    run = checked(lives)
    app = opened("runs", run=run)
    app.segmented_control(key="runs-show").set_value("failed").run()
    assert column(app, "case") == ["2", "4"] and address(app) == {"run": run, "show": "failed"}
    app.text_input(key="runs-q").set_value("ZEBRA").run()
    assert column(app, "case") == ["4"] and address(app) == {"run": run, "show": "failed", "q": "ZEBRA"}
    app.segmented_control(key="runs-show").set_value("errors").run()
    assert "No case here" in text(app)
    app.text_input(key="runs-q").set_value("").run()
    assert column(app, "case") == ["3"]
    app.segmented_control(key="runs-show").set_value("all").run()
    assert address(app) == {"run": run}
    shared = opened("runs", run=run, show="failed", q="zebra")
    assert column(shared, "case") == ["4"] and shared.text_input(key="runs-q").value == "zebra"
    assert column(opened("runs", run=run, show="nonsense"), "case") == ["1", "2", "3", "4"]


@pytest.mark.parametrize("by", ["box", "case", "question"])
def test_a_case_is_opened(by: str, lives: Lives, opened: Opened) -> None:
    row = {"id": "second", "input": "[[words 4]]", "plan": "free", "tags": ["facts"]}
    write(
        {"id": "first", "input": "[[words 3]]", "plan": "team"},
        row,
        head=f'{THREE}context: "On {{{{plan}}}}."\n',
    )
    run = checked(lives)
    app = opened("runs", run=run)
    table = the_table(app, "case")
    ticked(app, table, 1) if by == "box" else clicked(app, table, by, 1)
    assert address(app) == {"run": run, "case": "second"}
    assert app.subheader[0].value == "second"
    codes = [each.value for each in app.code]
    assert codes[:2] == ["[[words 4]]", "On free."] and len(codes[2].split()) == 4
    for words in ("tags: facts", "**three words** failed", "does not match", "ok · "):
        assert words in text(app)
    assert json.loads(app.json[0].value)["plan"] == "free"
    (result,) = store.results_of(lives.lab.store.read, ANA, run, "second")
    assert links(app) == [f"call={result['call_id']}"]


def test_no_case_is_shown_that_nobody_clicked(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]", "[[words 5]]")
    run = checked(lives)
    app = opened("runs", run=run)
    ticked(app, the_table(app, "case"), 0)
    app.segmented_control(key="runs-show").set_value("failed").run()
    assert column(app, "case") == ["2", "3"]
    assert app.subheader[0].value == "1" and "Not among the cases that are shown now." in text(app)
    assert app.session_state[the_table(app, "case").key]["selection"]["rows"] == []
    ticked(app, the_table(app, "case"), 1)
    assert app.subheader[0].value == "3"
    ticked(app, the_table(app, "case"))
    assert not app.subheader and address(app) == {"run": run, "show": "failed"}


def test_a_shared_case_is_marked_in_the_table(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]")
    run = checked(lives)
    app = opened("runs", run=run, case="2")
    assert app.subheader[0].value == "2"
    assert app.session_state[the_table(app, "case").key]["selection"]["rows"] == [1]
    gone = opened("runs", run=run, case="7")
    assert gone.subheader[0].value == "7" and "It was not asked." in text(gone)


def test_repeats_are_counted_and_each_is_shown(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]", head=f"{THREE}repeats: 3\nneeds: 2\n")
    run = checked(lives, models=(MODEL, "claude-opus-5-5"))
    app = opened("runs", run=run, case="1")
    for model in (MODEL, "claude-opus-5-5"):
        assert column(app, f"p@1 · {model}") == ["✓ 3/3", "✗ 0/3"]
    assert text(app).count("of 3\n") == 6 and len(links(app)) == 6


def test_answers_without_graders_read_well(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", head="")
    app = opened("runs", run=checked(lives), case="1")
    assert "the dataset has no graders" in text(app)
    assert column(app, f"p@1 · {MODEL}") == ["• answered"] and column(app, "pass rate") == ["–"]


def test_nothing_from_outside_is_read_as_markdown(lives: Lives, opened: Opened) -> None:
    head = f"graders: [{{name: '{HOSTILE}', contains: '{HOSTILE}'}}]\ndescription: '{HOSTILE}'\n"
    write({"id": HOSTILE, "input": HOSTILE}, head=head)
    app = opened("runs", run=checked(lives), case=HOSTILE)
    shown = [app.subheader[0].value, *(each.value for each in (*app.markdown, *app.caption))]
    for each in (*shown, app.title[0].help):
        assert "![" not in each and "](" not in each and "**b**" not in each and ":red[c" not in each
        assert "$d$" not in each
    assert column(app, "case") == [HOSTILE]


def test_a_run_is_shown_as_it_was_whatever_became_of_its_dataset(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", {"input": "[[words 4]]", "plan": "team"}, head=f"{THREE}tags: [old]\n")
    run = checked(lives)
    Path("datasets/x.yaml").unlink()
    app = opened("runs", run=run, case="2")
    assert column(app, "question") == ["[[words 3]]", "[[words 4]]"]
    assert app.code[0].value == "[[words 4]]" and json.loads(app.json[0].value)["plan"] == "team"
    assert "tags: old" in text(app)


def test_one_that_runs_elsewhere_shows_how_far_it_has_come(lives: Lives, other: None, opened: Opened) -> None:
    write("[[words 3]]")
    run = new_id()
    elsewhere(lives, run, 3)
    app = opened("runs", run=run)
    (progress,) = app.get("progress")
    assert progress.proto.value == 37 and progress.proto.text.startswith("3 of 8")
    assert app.button(key="runs-stop").disabled and "Another process" in app.button(key="runs-stop").help
    assert column(app, "case") == ["0", "1", "2"]
    assert column(opened("runs"), "state") == ["▶ 3 of 8"]
    lives.lab.store.post(store.run_ended(run, "interrupted", {"sentence": "interrupted"}))
    lives.lab.store.flush()
    app.run()
    assert "It was interrupted: 3 of 8 answers are there" in text(app)


def test_one_whose_process_died_is_interrupted(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    run = new_id()
    elsewhere(lives, run, 3)
    app = opened("runs", run=run)
    assert "It was interrupted: 3 of 8 answers are there" in text(app) and not app.get("progress")
    assert column(opened("runs"), "state") == ["■ interrupted"]


def test_one_that_runs_is_stopped_but_not_deleted(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[stall 60]]", "[[words 3]]")
    (run,) = evals.start(lives, ANA, Order(("x",), simulated=True))
    app = opened("runs", run=run)
    assert app.get("progress") and app.button(key="runs-delete-sure")
    app.button(key="runs-delete-sure").click().run()  # what no browser can click while it is disabled
    assert lives.works(run) and store.run_head(lives.lab.store.read, ANA, run)["state"] == "running"
    app.button(key="runs-stop").click().run()
    assert not lives.works(run)


def cut(lives: Lives) -> str:
    """A run that was stopped as soon as it began."""
    (run,) = evals.start(lives, ANA, Order(("x",), simulated=True))
    lives.end(run)
    until(lambda: store.run_head(lives.lab.store.read, ANA, run)["state"] == "interrupted")
    return run


def test_one_that_was_cut_goes_on(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "again [[words 3]]", "[[words 4]]")
    run = cut(lives)
    app = opened("runs", run=run)
    app.button(key="runs-go-on").click().run()
    ended(lives, run)
    app.run()
    assert "passes 2 of 3 cases" in text(app) and "resumed" in text(app)
    assert [each.key for each in app.button if each.key == "runs-go-on"] == []
    app.button(key="runs-again").click().run()
    app.toggle(key="runs-only-failed").set_value(True).run()
    assert f"in run {run}" in app.toggle(key="runs-only-failed").label and column(app, "calls") == [1]


def test_one_whose_dataset_changed_says_why_it_cannot_go_on(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    run = cut(lives)
    write("[[words 4]]")
    app = opened("runs", run=run)
    app.button(key="runs-go-on").click().run()
    assert "cannot go on. Changed since it began: its cases or graders" in text(app)


def test_some_cases_are_chosen(lives: Lives, opened: Opened) -> None:
    cases = [{"input": f"[[words 3]] {number}", "tags": "odd" if number % 2 else ""} for number in range(6)]
    write(*cases)
    app = opened("runs", new="x")
    app.number_input(key="runs-first").set_value(5).run()
    app.number_input(key="runs-sample").set_value(3).run()
    assert column(app, "calls") == [3]
    app.number_input(key="runs-sample").set_value(None).run()
    app.multiselect(key="runs-tags").set_value(["odd"]).run()
    assert column(app, "calls") == [3]
    app.button(key="runs-start").click().run()
    run = address(app)["run"]
    ended(lives, run)
    app.run()
    assert "3 of 6 cases, tagged odd, the first 5" in text(app)


def test_one_that_is_not_there(opened: Opened) -> None:
    app = opened("runs", run="nope")
    assert "There is no check 'nope'" in text(app) and not app.error
    app.button(key="runs-all").click().run()
    assert "No checks yet" in text(app)


def test_reports_are_there_to_be_taken_along(lives: Lives, opened: Opened) -> None:
    write("[[words 4]]")
    app = opened("runs", run=checked(lives))
    labels = [each.proto.label.replace("\\", "") for each in app.get("download_button")]
    assert labels == [f"x{suffix}" for suffix in evals.reports.formats()]


def test_one_that_is_gone_meanwhile_cannot_be_deleted(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    run = checked(lives)
    app = opened("runs", run=run)
    lives.lab.store.post(store.delete_run(run))
    lives.lab.store.flush()
    app.button(key="runs-delete-sure").click().run()
    assert "There is no run" in app.error[0].value and f"There is no check '{run}'" in text(app)


def test_deleting_one_leaves_its_calls(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    kept, run = checked(lives), checked(lives)
    app = opened("runs", run=run)
    app.button(key="runs-delete-sure").click().run()
    assert address(app) == {} and column(app, "dataset") == ["x"]
    assert [each["id"] for each in store.runs(lives.lab.store.read, ANA, 9)] == [kept]
    assert len(store.calls(lives.lab.store.read, ANA, 9)) == 2


def test_one_is_graded_again_by_the_dataset_as_it_is_now(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]")
    old = checked(lives)
    write("[[words 3]]", "[[words 4]]", head="graders: [{judge: It is made up.}]\nmin_pass_rate: 0\n")
    app = opened("runs", run=old)
    app.button(key="runs-regrade").click().run()
    said = f"2 saved answers of run {old} are graded again"
    assert f"{said}. Judges are asked up to 2 times" in text(app)
    app.toggle(key="runs-regrade-judges").set_value(False).run()
    assert f"{said}, without a new call." in text(app)
    app.toggle(key="runs-regrade-judges").set_value(True).run()
    app.button(key="runs-regrade-sure").click().run()
    run = address(app)["run"]
    ended(lives, run)
    app.run()
    assert f"The answers are those of run {old}, graded again." in text(app)
    assert "judging: $" in text(app)
    Path("datasets/x.yaml").unlink()
    app.button(key="runs-regrade").click().run()
    assert "There is no dataset" in app.error[-1].value
    app.button(key="runs-regrade-not").click().run()
    assert not app.error


# Beside an earlier one, by tag, over time


@pytest.fixture
def two(lives: Lives) -> tuple[str, str]:
    """Two runs of a dataset. In the second one case fails that passed, and one passes that failed."""
    cases = ({"id": id, "input": f"[[words {n}]]", "tags": tags} for id, n, tags in CASES)
    write(*cases, head=f"{THREE}repeats: 2\n")
    first = checked(lives)
    Path("prompts/p/v2.yaml").write_text('user: "{{input}} [[words 3]]"\n')
    text = Path("datasets/x.yaml").read_text()
    text = text.replace("[[words 3]]", "[[words 5]]", 1).replace("[[words 4]]", "[[words 3]]", 1)
    Path("datasets/x.yaml").write_text(text)
    return first, checked(lives, prompts=("p@1",))


CASES = (("up", 4, ["a"]), ("down", 3, ["a", "b"]), ("same", 4, []), ("still", 3, ["b"]))


def test_what_changed_since_the_earlier_one_is_marked_and_picked(
    two: tuple[str, str], opened: Opened
) -> None:
    first, second = two
    app = opened("runs", run=second)
    assert app.selectbox(key="runs-with").value == first
    assert column(app, f"p@1 · {MODEL}") == ["✓ 2/2 ↑", "✗ 0/2 ↓", "✗ 0/2", "✓ 2/2"]
    app.segmented_control(key="runs-show").set_value("changed").run()
    assert column(app, "case") == ["up", "down"] and address(app) == {"run": second, "show": "changed"}
    app.selectbox(key="runs-with").set_value("none").run()
    assert column(app, "case") == ["up", "down", "same", "still"] and address(app)["with"] == "none"
    assert column(app, f"p@1 · {MODEL}")[0] == "✓ 2/2"
    assert not [each for each in opened("runs", run=first).segmented_control if "changed" in each.options]


def test_they_stand_side_by_side_the_worst_first(two: tuple[str, str], opened: Opened) -> None:
    first, second = two
    app = opened("runs", run=second, view="compare", **{"with": first})
    shown = [each.label for each in app.button if each.key.startswith("runs-pair-case")]
    assert shown == ["down", "up", "same", "still"]
    said = text(app)
    assert said.count("newly failing") == said.count("newly passing") == 1 and "does not match" in said
    assert "had other cases" in said
    assert len(app.get("bidi_component")) == 4  # two answers each of the two that are others
    app.segmented_control(key="runs-moved").set_value("newly failing").run()
    assert address(app)["moved"] == "newly failing"
    [app.button(key=each.key) for each in app.button if each.label == "down"][0].click().run()
    assert address(app) == {"run": second, "with": first, "case": "down"}
    assert app.subheader[0].value == "down"


def test_nothing_stands_beside_the_first(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    run = checked(lives)
    app = opened("runs", run=run, view="compare", **{"with": "nope"})
    assert "Nothing to compare with" in text(app) and not app.error


def test_cases_are_picked_by_tag_and_each_tag_has_its_rate(two: tuple[str, str], opened: Opened) -> None:
    app = opened("runs", run=two[1])
    app.selectbox(key="runs-tag").set_value("b").run()
    assert column(app, "case") == ["down", "still"] and address(app) == {"run": two[1], "tag": "b"}
    by_tag = opened("runs", run=two[1], view="tags")
    assert column(by_tag, "tag") == ["a", "b"] and len(by_tag.get("plotly_chart")) == 1
    assert column(by_tag, "pass rate", of="tag") == ["50.0%", "50.0%"]
    ticked(by_tag, the_table(by_tag, "tag"), 0)
    assert address(by_tag) == {"run": two[1], "tag": "a"} and column(by_tag, "case") == ["up", "down"]


def test_the_rates_of_all_runs_are_drawn_and_lead_to_them(two: tuple[str, str], opened: Opened) -> None:
    first, second = two
    app = opened("runs", run=second, view="history")
    assert len(app.get("plotly_chart")) == 1 and "never on one line" in text(app)
    assert column(app, "pass rate", of="dataset") == ["50.0%", "50.0%"]
    clicked(app, the_table(app, "dataset"), "dataset", 1)
    assert address(app) == {"run": first}


def test_flaky_cases_are_picked(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]", head=f"{THREE}repeats: 2\n")
    run = checked(lives)
    turn = "UPDATE results SET passed = 0 WHERE case_id = '1' AND repeat = 2"
    lives.lab.store.post(lambda connection: connection.execute(turn))
    lives.lab.store.flush()
    app = opened("runs", run=run, show="flaky")
    assert column(app, "case") == ["1"]


def test_many_cases_are_on_pages(lives: Lives, opened: Opened) -> None:
    write(*({"id": f"c{number}", "input": "[[words 3]]"} for number in range(60)), head="")
    run = checked(lives)
    app = opened("runs", run=run, page="2", case="c3")
    assert column(app, "case") == [f"c{number}" for number in range(50, 60)]
    assert app.session_state[the_table(app, "case").key]["selection"]["rows"] == []
    app.get("pagination")[0].set_value(1).run()
    assert len(column(app, "case")) == 50 and "page" not in address(app)
    assert len(column(opened("runs", run=run, page="nonsense"), "case")) == 50


# Starting one


def test_one_is_started_and_shown(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", "[[words 4]]")
    app = opened("runs", new="x")
    assert app.multiselect(key="runs-datasets").value == ["x"]
    said = text(app).replace("\\", "")
    assert "2 calls to the simulated Claude" in said and "nobody pays. Real ones: probably $0." in said
    assert "These 2 cases can see no drop at all at 80% power (assumed: 20% of the cases differ" in said
    assert app.toggle(key="runs-simulated").disabled and "measures no quality" in text(app)
    app.button(key="runs-start").click().run()
    run = address(app)["run"]
    ended(lives, run)
    app.run()
    assert "passes 1 of 2 cases" in text(app)
    app.button(key="runs-again").click().run()
    assert app.multiselect(key="runs-datasets").value == ["x"]


def test_what_is_chosen_goes_before_the_dataset(lives: Lives, opened: Opened) -> None:
    Path("prompts/p/v2.yaml").write_text('user: "{{input}} [[words 4]]"\n')
    write("[[words 3]]", "[[words 3]]", head=f"{THREE}repeats: 2\n")
    app = opened("runs", new="check")
    assert "Choose a dataset" in text(app) and not app.dataframe
    app.multiselect(key="runs-datasets").set_value(["x"]).run()
    app.multiselect(key="runs-prompts").set_value(["p@1", "p@2"]).run()
    app.multiselect(key="runs-models").set_value([MODEL, "claude-opus-5-5"]).run()
    app.number_input(key="runs-at-once").set_value(3).run()
    assert (column(app, "calls"), column(app, "at once"), column(app, "answers a case")) == ([16], [3], [2])
    assert "16 calls to the simulated Claude" in text(app)
    app.button(key="runs-start").click().run()
    run = address(app)["run"]
    ended(lives, run)
    head = store.run_head(lives.lab.store.read, ANA, run)
    rates = {score["variant"]: score["rate"] for score in head["summary"]["scores"]}
    assert rates == {
        f"p@{n} · {model}": float(n == 1) for n in (1, 2) for model in (MODEL, "claude-opus-5-5")
    }
    assert head["settings"]["concurrency"] == 3


def test_several_are_started_and_listed(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]", name="a")
    write("[[words 3]]", name="b")
    app = opened("runs", new="a,b,nope")
    assert column(app, "dataset") == ["a", "b"]
    app.button(key="runs-start").click().run()
    assert address(app) == {} and column(app, "dataset") == ["b", "a"]
    ended(lives, *(run["id"] for run in store.runs(lives.lab.store.read, ANA, 9)))
    app.run()
    assert column(app, "state") == ["✓ passed", "✓ passed"]


def test_broken_datasets_are_named(opened: Opened) -> None:
    Path("datasets/bad.yaml").write_text("prompt: p\ncases: nowhere.jsonl\n")
    app = opened("runs", new="bad")
    assert app.multiselect(key="runs-datasets").value == []
    said = text(app)
    assert "**bad** " in said and "nowhere.jsonl: there is no such file." in said
    assert "**gsm8k** " in said and "LAB_DATA" in said


def test_what_cannot_be_asked_is_said_before_it_is_started(opened: Opened) -> None:
    Path("prompts/p/v1.yaml").write_text('user: "{{input}} {{plan}}"\nvariables: {plan: {}}\n')
    write("Hi")
    app = opened("runs", new="x")
    assert "case '1' for p@1" in app.error[0].value.replace("\\", "")
    assert not [each for each in app.button if each.key == "runs-start"]


def test_what_breaks_at_the_last_moment_is_said(opened: Opened) -> None:
    write("Hi")
    app = opened("runs", new="x")
    Path("datasets/x.yaml").unlink()
    app.button(key="runs-start").click().run()
    assert "There is no dataset" in app.error[0].value.replace("\\", "")
    assert address(app) == {"new": "x"}


def test_without_datasets_it_says_how_to_write_one(folder: Path, opened: Opened) -> None:
    for file in (folder / "datasets").iterdir():
        file.unlink()
    assert "There are no datasets" in text(opened("runs", new="check"))


def test_what_is_recorded_is_replayed_without_a_key_and_says_so(lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    checked(lives, record=True)
    app = opened("runs", new="x")
    assert app.toggle(key="runs-replay").value is True
    assert "**1 call is replayed from recordings**" in text(app) and "they measure no quality" in text(app)
    app.button(key="runs-start").click().run()
    run = address(app)["run"]
    ended(lives, run)
    app.run()
    assert "Replayed from recordings" in text(app) and "Simulated: it says nothing about quality" in text(app)
    (result,) = store.results(lives.lab.store.read, ANA, run)
    assert (result["passed"], result["source"], result["cost"]) == (True, "replay", 0)
    app.button(key="runs-again").click().run()
    app.toggle(key="runs-replay").set_value(False).run()
    assert "1 call to the simulated Claude" in text(app)


def test_with_a_key_the_simulated_one_is_a_choice(key: None, lives: Lives, opened: Opened) -> None:
    write("[[words 3]]")
    app = opened("runs", new="x")
    toggle = app.toggle(key="runs-simulated")
    assert (toggle.value, toggle.disabled) == (False, False) and "measures no quality" not in text(app)
    said = text(app).replace("\\", "")
    assert "1 call: probably $0." in said and ", at most $0." in said
    assert not app.checkbox and not app.button(key="runs-start").disabled
    toggle.set_value(True).run()
    assert "measures no quality" in text(app)
    app.button(key="runs-start").click().run()
    run = address(app)["run"]
    ended(lives, run)
    head = store.run_head(lives.lab.store.read, ANA, run)
    assert (head["state"], head["source"]) == ("passed", "simulated")


def test_what_the_gate_found_is_drawn_now_and_over_time(opened: Opened, lives: Lives) -> None:
    write(*[f"{word} is a colour" for word in ("Red", "Green", "Blue")])
    first = checked(lives)
    app = opened("runs", run=first)
    app = app.button(key="runs-baseline-sure").click().run()
    assert Path("datasets/x.baseline.json").is_file() and not app.get("plotly_chart")
    second = checked(lives)
    app = opened("runs", run=second, view="history")
    drawn, overtime = (json.loads(each.proto.spec) for each in app.get("plotly_chart")[::2])
    assert drawn["data"][0]["text"] == [f"p@1 · {MODEL}"]
    assert [point[0] for trace in overtime["data"] for point in trace["customdata"]] == [second]
    assert "against the baseline" in "".join(each.value for each in app.caption)
    app = opened("runs", **{"run": second, "view": "compare", "with": first})
    assert any("gives the same answers as run" in each.value for each in app.markdown)
    Path("datasets/x.yaml").unlink()
    app = opened("runs", run=second)
    app = app.button(key="runs-baseline-sure").click().run()
    assert "There is no dataset" in app.error[0].value
