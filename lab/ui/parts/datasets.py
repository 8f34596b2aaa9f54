"""The team's datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals
from lab.errors import BadInput
from lab.evals import listing
from lab.types import digest
from lab.ui.parts.cases import cases
from lab.ui.parts.grid import on_button
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty, error, plain
from lab.ui.parts.picks import pick
from lab.ui.parts.proposed import proposed
from lab.ui.parts.repeats import repeats
from lab.ui.parts.rows import table
from lab.ui.parts.runtable import STATES
from lab.ui.parts.seeing import seeing
from lab.ui.parts.shelved import entries, place, said, unusable
from lab.ui.parts.timeline import timeline
from lab.ui.parts.times import clock

VIEWS = {"cases": "Cases", "proposed": "Proposed", "near": "Near-duplicates", "history": "Over time"}


def datasets() -> None:
    """All of them; those that cannot be used say why."""
    found = entries()
    if not found:
        empty("There are no datasets", "Write datasets/<name>.yaml: docs/datasets.md says what stands in it.")
        return
    names = tuple(entry.name for entry in found)
    st.dataframe(
        table([_row(entry) for entry in found]),
        key=f"datasets-list-{digest(' '.join(names)).hex()[:16]}",
        hide_index=True,
        column_config={
            "dataset": st.column_config.ButtonColumn(
                "dataset",
                type="tertiary",
                alignment="left",
                width=170,
                key="datasets-open",
                on_click=_opened,
                args=(names,),
            ),
            "last check": st.column_config.TextColumn("last check", width=170),
        },
        height="content",
        placeholder="–",
        alt="Datasets",
    )
    if broken := {entry.name: said(entry.error) for entry in found if entry.error}:
        unusable(broken)


def dataset(name: str) -> None:
    """One of them: its cases to be edited, those that nearly repeat another, and how its checks went."""
    st.button(
        "All datasets",
        key="datasets-all",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=address,
        kwargs={"dataset": None, "part": None, "page": None},
    )
    with st.container(horizontal=True, vertical_alignment="center", key="datasets-head"):
        st.title(plain(name), width="stretch")
        st.button(
            "Start a check",
            key="datasets-check",
            icon=":material/play_arrow:",
            on_click=address,
            kwargs={"new": name, "what": None},
        )
    view = pick("View", "part", list(VIEWS), "cases", "datasets-part", VIEWS.get, tabs=True)
    if view == "history":
        timeline(name)
        return
    try:
        if view == "cases":
            seeing(name)
        if view == "near":
            repeats(evals.load(place(name)))
        elif view == "proposed":
            proposed(name, place(name))
        else:
            cases(name, place(name))
    except BadInput as problem:
        error(said(problem))


def _opened(names: Sequence[str]) -> None:
    address(dataset=names[st.session_state["datasets-open"].row])


def _row(entry: listing.Entry) -> Mapping[str, Any]:
    run = entry.run
    return {
        "dataset": on_button(entry.name),
        "cases": None if entry.error else entry.cases,
        "proposed": entry.proposals or None,
        "last check": f"{STATES[run['state']][0]} · {clock(run['started_at'])}" if run else "–",
        "graders": ", ".join(entry.graders),
        "tags": ", ".join(f"{tag} {many:,}" for tag, many in entry.tags.items()),
        "about": "cannot be used" if entry.error else " ".join(entry.description.split()),
    }
