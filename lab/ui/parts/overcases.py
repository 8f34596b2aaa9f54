"""A comparison over the cases of a dataset: what it will ask and cost, and the grid that fills."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lab import evals
from lab.engine import FEWEST, MOST, Column
from lab.errors import BadInput, LabError
from lab.evals import Order, Selection
from lab.ui import session
from lab.ui.parts import sheets, together
from lab.ui.parts.grid import grid
from lab.ui.parts.limits import asks_simulated
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, error, plain
from lab.ui.parts.run import progressing, standings
from lab.ui.parts.savecheck import save_check
from lab.ui.parts.shelved import shelved
from lab.ui.parts.starting import agreed_to, offer, offered
from lab.ui.parts.watching import watched

FEW = 20
"""Cases that are asked unless somebody wants more."""


def over_cases(columns: Sequence[Column]) -> None:
    """Which dataset, how many of its cases, what that takes, and Start."""
    found, _ = shelved()
    if not found:
        empty("There are no datasets", "Write datasets/<name>.yaml: docs/datasets.md says what stands in it.")
        return
    named = {column.prompt.partition("@")[0] for column in columns if column.prompt}
    own = [name for name, each in found.items() if {ref.partition("@")[0] for ref in each.prompts} & named]
    names = [*own, *(name for name in found if name not in own)]
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-over-cases"):
        name = st.selectbox("Dataset", names, key="compare-dataset", persist_state="session", width=300)
        whole = len(found[name].cases)
        first = st.number_input(
            f"Cases, of {whole:,}", 1, whole, min(FEW, whole), key=f"compare-first-{name}", width=140
        )
    simulated = asks_simulated()
    try:
        variants = evals.contenders(session.lab(), columns)
        chosen = Selection(first=first) if first < whole else Selection()
        order = Order((name,), variants=variants, simulated=simulated, selection=chosen)
        asked = offer(str(session.lab().folder), order)
    except LabError as fault:
        error(str(fault))
        return
    offered(asked, simulated)
    agreed = agreed_to(asked.price, "compare-agreed")
    with st.container(horizontal=True, key="compare-start-over"):
        st.button(
            "Start",
            key="compare-start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not agreed,
            on_click=_start,
            args=(order,),
        )
        save_check(columns, of=found[name])


def _start(order: Order) -> None:
    try:
        (run,) = evals.start(session.lives(), session.who(), order)
    except LabError as fault:
        st.session_state["compare-problem"] = str(fault)
    else:
        address(run=run)


def compared_cases(id: str) -> None:
    """A check's grid, whose cells fill as they finish; a click on a case opens its answers, and the votes."""
    try:
        found = sheets.head(id)
    except BadInput:
        empty(f"There is no check '{id}'", "It may have been deleted.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="compare-head"):
        st.subheader(plain(found["dataset"]), anchor=False, width="stretch")
        st.button(
            "Change the columns",
            key="compare-again",
            icon=":material/tune:",
            on_click=address,
            kwargs={
                "over": "dataset",
                "run": None,
                "case": None,
                "page": None,
                "columns": _columns(found["settings"]["variants"]),
            },
        )
        link("Open in Checks", "runs", ":material/fact_check:", run=id)
    if found["source"] == "simulated":
        st.badge("Simulated: it says nothing about quality", icon=":material/smart_toy:", color="orange")
    going = found["state"] == "running"
    if going:
        watched(progressing, 1.0)(id)
    else:
        st.caption(plain(evals.sentence(found)))
    watched(_whole, 1.0 if going else None)(id)


def _whole(id: str) -> None:
    found = sheets.head(id)
    sheet = sheets.sheet(found)
    standings(sheet.standings)
    grid(found, sheet, None)


def _columns(variants: Sequence[str]) -> str | None:
    """The columns of a check's variants, for the address; None for more or fewer than a comparison has."""
    if not FEWEST <= len(variants) <= MOST:
        return None
    found = []
    for name in variants:
        said = evals.variant_parts(name)
        shows = "" if said.examples == "none" else said.examples
        found.append(Column(said.prompt, said.model, shows, said.effort, said.max_tokens))
    return together.packed(found)
