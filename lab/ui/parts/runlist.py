"""The checks that were made, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lab import evals, figures, store
from lab.types import digest
from lab.ui import session
from lab.ui.parts.grid import on_button
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty
from lab.ui.parts.rows import table
from lab.ui.parts.times import clock
from lab.ui.parts.watching import watched

PAGE = 20
STATES = {
    "passed": ("✓ passed", "#009E7340"),
    "failed": ("✗ failed", "#D55E0059"),
    "invalid": ("! not valid", "#E69F0040"),
    "answered": ("• answered", "#56B4E940"),
    "interrupted": ("■ interrupted", "#8C8C8C66"),
    "stopped": ("■ budget spent", "#8C8C8C66"),
    "running": ("▶ running", "#0072B240"),
}
"""A run's state in words, told apart by its sign as well as its colour."""


def runlist() -> None:
    """A page of them; a click on one opens it."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-head"):
        st.title("Checks", width="stretch")
        st.button(
            "Start a check",
            key="runs-new",
            type="primary",
            icon=":material/play_arrow:",
            on_click=address,
            kwargs={"new": "check"},
        )
    st.caption("A check puts a dataset's cases to prompts and models, and grades the answers.")
    found = _found()
    if not found:
        empty("No checks yet", "Pick a dataset and start one; or run `lab check support-check --sim`.")
        return
    running = any(run["state"] == "running" for run in found)
    watched(_table, 1.0 if running else None)(running)


def _found() -> list[dict[str, Any]]:
    """One more than a page holds, where there is one."""
    before = st.query_params.get("before")
    return store.runs(session.lab().store.read, session.who(), PAGE + 1, before)


def _table(was_running: bool) -> None:
    runs = _found()
    if "run" in st.query_params or (was_running and not any(run["state"] == "running" for run in runs)):
        st.rerun()  # more than the table is to be drawn anew
    shown = runs[:PAGE]
    ids = tuple(run["id"] for run in shown)
    key = f"runs-list-{digest(' '.join(ids)).hex()[:16]}"
    rows = [_row(run) for run in shown]
    st.dataframe(
        table(rows),
        key=key,
        hide_index=True,
        on_select=partial(_ticked, key, ids),
        selection_mode="single-row",
        column_config=_columns(rows, ids),
        height="content",
        alt="Checks, newest first",
    )
    with st.container(horizontal=True, key="runs-pages"):
        if st.query_params.get("before"):
            st.button("Newest", key="runs-newest", on_click=address, kwargs={"before": None})
        if len(runs) > PAGE:
            st.button("Older", key="runs-older", on_click=address, kwargs={"before": ids[-1]})


def _row(run: Mapping[str, Any]) -> dict[str, Any]:
    brief, label = evals.brief(run), STATES[run["state"]][0]
    if run["state"] == "running":
        label = f"▶ {run['tally']['done']:,} of {evals.trials(run):,}"
    return {
        "dataset": on_button(run["dataset"]),
        "when": clock(run["started_at"]),
        "state": [label],
        "pass rate": " to ".join(f"{rate:.1%}" for rate in brief["rates"]) or "–",
        "passed": brief["passed"],
        "failed": brief["failed"],
        "no verdict": brief["missing"],
        "cost": figures.cost(run),
        "source": run["source"],
        "who": run["user"],
        "variants": ", ".join(run["settings"]["variants"]),
    }


def _columns(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> dict[str, Any]:
    column = st.column_config
    labels = sorted({row["state"][0] for row in rows})
    colours = {label[0]: colour for label, colour in STATES.values()}
    return {
        "dataset": column.ButtonColumn(
            "dataset",
            type="tertiary",
            alignment="left",
            width=150,
            key="runs-open",
            on_click=_clicked,
            args=(ids,),
        ),
        "state": column.MultiselectColumn(
            "state", options=labels, color=[colours[label[0]] for label in labels], width=120
        ),
        "cost": column.TextColumn("cost", width=205),
        "variants": column.TextColumn("variants", width="large"),
    }


def _ticked(key: str, ids: Sequence[str]) -> None:
    for row in st.session_state[key].selection.rows:
        address(run=ids[row])


def _clicked(ids: Sequence[str]) -> None:
    address(run=ids[st.session_state["runs-open"].row])
