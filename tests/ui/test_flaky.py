"""The view of a check about cases that flip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab import evals, store
from lab.engine import Lives
from lab.evals import Order
from lab.types import Principal
from tests.ui.test_runs import address, clicked, ended, text, the_table

ANA = Principal("ana", "admin")
Opened = Callable[..., AppTest]
FLIPS = r"""prompt: p
models: [claude-haiku-4-5]
repeats: 3
graders: [{name: order, regex: 'advice\.? A real'}, {judge: Mentions a refund.}]
cases:
"""
"""Of these the simulated Claude answers the third otherwise one time, as always; one grader sees that."""


def checked(lives: Lives, folder: Path, numbers: range) -> str:
    (folder / "prompts" / "p").mkdir(exist_ok=True)
    (folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n')
    rows = "".join(f"- input: A refund {number}\n" for number in numbers)
    (folder / "datasets" / "x.yaml").write_text(FLIPS + rows)
    (run,) = evals.start(lives, ANA, Order(("x",), simulated=True))
    ended(lives, run)
    return run


def test_what_flips_is_said_shown_and_graded_again(opened: Opened, lives: Lives, folder: Path) -> None:
    run = checked(lives, folder, range(15, 21))
    app = opened("runs", run=run, view="flakes")
    assert "1 of 6 cases flips: in 1 the model answers differently" in text(app)
    assert "What more repeats would show" in text(app) and "if real" in str(the_table(app, "repeats").value)
    app = clicked(app, the_table(app, "who flips"), "case", 0)
    assert address(app)["case"] == "3"
    assert "given 2 times, passed 0 of 2 times" in text(app) and "failed: order: " in text(app)

    app = app.toggle(key="flaky-again").set_value(True).run()
    assert "3 saved answers of run" in text(app) and "graded again, 3 times" in text(app)
    app = app.number_input(key="flaky-times").set_value(2).run()
    app = app.button(key="flaky-sure").click().run()
    assert not app.exception and not app.toggle(key="flaky-again").value
    for each in store.runs(lives.lab.store.read, ANA, 3):
        ended(lives, each["id"])
    assert len(store.runs(lives.lab.store.read, ANA, 9)) == 3
    app = app.run()
    assert "1 of 6 cases flips in 3 runs" in text(app)


def test_nothing_flips(opened: Opened, lives: Lives, folder: Path) -> None:
    run = checked(lives, folder, range(1))
    app = opened("runs", run=run, view="flakes", case="nothing")
    assert "The only case that can flip does not." in text(app) and not app.exception
    assert "What more repeats would show" not in text(app)
