"""Checks through batches in the app: the switch, what is out, and what is collected by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import evals, store
from lab.engine import Lives
from lab.evals import Order
from tests.ui.test_runs import ANA, THREE, Opened, ended, prompt, write  # noqa: F401

ID = "t0batch000000"


def left(lives: Lives) -> str:
    """A run whose process has ended, with two requests out at an endpoint that is not known any more."""
    write("[[words 3]]", "[[words 4]]", head=THREE)
    order = Order(("x",), simulated=True, batch=True)
    lab = evals.equipped(lives.lab, order)
    [plan] = evals.plans(lab, ANA, evals.chosen(lab, ANA, order).datasets, order)
    from lab.evals.opening import settings

    lives.lab.store.post(store.run_opened(plan.run, "dead", ANA, "x", settings(lab, plan, 8, True)))
    lives.lab.store.post(store.batch_opened(ID, plan.run, ANA, "elsewhere", "api", ["a", "b"]))
    times = ("2026-11-29T12:00:00Z", "2026-11-30T12:00:00Z")
    lives.lab.store.post(store.batch_out(ID, "msgbatch_1", *times))
    lives.lab.store.flush()
    lives.lab.store.settle()
    return plan.run


def test_the_switch_says_what_it_saves_and_the_check_comes_to_its_verdict(
    opened: Opened, lives: Lives
) -> None:
    write("[[words 3]]", "[[words 4]]", head=THREE)
    page = opened("runs", new="x")
    assert any(each.value.startswith("Through a batch it saves \\$") for each in page.caption)
    page.toggle(key="runs-batched").set_value(True).run()
    [said] = [each.value for each in page.markdown if "through a batch" in each.value]
    assert "instead of" in said and "it saves" in said and "24 hours" in said
    assert not any(each.value.startswith("Through a batch it saves") for each in page.caption)
    page.button(key="runs-start").click().run()
    (run,) = [each["id"] for each in store.runs(lives.lab.store.read, ANA, 9)]
    ended(lives, run)
    page.run()
    kept = store.run(lives.lab.store.read, ANA, run)
    assert (kept["state"], kept["settings"]["batch"], kept["batches"]) == ("failed", True, [])
    assert [each.key for each in page.button if each.key == "runs-collect"] == []
    assert not page.exception


def test_what_is_out_is_shown_and_what_hinders_its_collection(opened: Opened, lives: Lives) -> None:
    run = left(lives)
    page = opened("runs", run=run)
    assert any("2 requests out in a batch for" in each.value for each in page.markdown)
    assert any("msgbatch\\_1" in each.value and "expires" in each.value for each in page.caption)
    assert [page.button(key=key).disabled for key in ("runs-collect", "runs-delete-sure")] == [False, False]
    page.button(key="runs-batch-cancel-sure").click().run()
    assert "The batch went to the endpoint 'elsewhere'" in page.error[0].value
    page.button(key="runs-collect").click().run()
    ended(lives, run)
    page.run()
    assert "The batch went to the endpoint 'elsewhere'" in page.warning[0].value
    listed = opened("runs")
    assert not listed.exception
    assert store.batches(lives.lab.store.read, ANA, out=True)


def test_the_app_goes_on_with_what_is_out_once(lives: Lives, caplog: pytest.LogCaptureFixture) -> None:
    run = left(lives)
    keeper = evals.Keeper(lives)
    assert keeper.look() == [run]
    ended(lives, run)
    assert (keeper.look(), store.run_head(lives.lab.store.read, ANA, run)["state"]) == ([], "interrupted")
    Path("prompts/p/v1.yaml").write_text('user: "Now {{input}}"\n')
    assert evals.Keeper(lives).look() == []
    assert "is not collected: Run" in caplog.text and "cannot go on. Changed since it began" in caplog.text
