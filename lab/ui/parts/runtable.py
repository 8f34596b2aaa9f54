"""Runs in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lab import evals, figures
from lab.types import digest
from lab.ui.parts.grid import on_button
from lab.ui.parts.links import address
from lab.ui.parts.rows import table
from lab.ui.parts.times import clock

FRESH = dict.fromkeys(
    ("case", "show", "moved", "q", "tag", "page", "view", "with", "base", "margin", "answer", "of")
)
"""The address of a run without anything that is shown of it."""
ROWS, HEIGHT = 20, 520
"""As many rows stand there whole; more are scrolled."""
STATES = {
    "passed": ("✓ passed", "#009E7340"),
    "failed": ("✗ failed", "#D55E0059"),
    "invalid": ("! not valid", "#E69F0040"),
    "inconclusive": ("? inconclusive", "#F0E44259"),
    "answered": ("• answered", "#56B4E940"),
    "interrupted": ("■ interrupted", "#8C8C8C66"),
    "stopped": ("■ budget spent", "#8C8C8C66"),
    "running": ("▶ running", "#0072B240"),
}
"""A run's state in words, told apart by its sign as well as its colour."""
OUT = ("… batch is out", "#0072B240")
"""That of an interrupted run whose batch is still answered."""


def runtable(runs: Sequence[Mapping[str, Any]]) -> None:
    """A click on one opens it."""
    ids = tuple(run["id"] for run in runs)
    key = f"runs-list-{digest(' '.join(ids)).hex()[:16]}"
    rows = [_row(run) for run in runs]
    st.dataframe(
        table(rows),
        key=key,
        hide_index=True,
        on_select=partial(_ticked, key, ids),
        selection_mode="single-row",
        column_config=_columns(rows, ids),
        height="content" if len(rows) <= ROWS else HEIGHT,
        alt="Checks, newest first",
    )


def _row(run: Mapping[str, Any]) -> dict[str, Any]:
    brief, label = evals.brief(run), STATES[run["state"]][0]
    if run["state"] == "interrupted" and run["batches"]:
        label = OUT[0]
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
        "source": f"{run['source']}, replayed" if run["settings"].get("replayed") else run["source"],
        "who": run["user"],
        "variants": ", ".join(run["settings"]["variants"]),
    }


def _columns(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> dict[str, Any]:
    column = st.column_config
    labels = sorted({row["state"][0] for row in rows})
    colours = {label[0]: colour for label, colour in (*STATES.values(), OUT)}
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
        address(**FRESH, run=ids[row])


def _clicked(ids: Sequence[str]) -> None:
    address(**FRESH, run=ids[st.session_state["runs-open"].row])
