"""A check that is to find out what each example of a few-shot set does."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lab import evals
from lab.evals import Dataset, Order
from lab.ui import session
from lab.ui.parts.limits import asks_simulated, limits
from lab.ui.parts.references import refs, sets
from lab.ui.parts.selecting import selecting

SHUFFLES, MOST = 5, 50
"""Other orders that the examples are shown in, unless somebody wants more or fewer."""


def ablating(found: Mapping[str, Dataset]) -> Order | None:
    """What is chosen, as an order of the whole set, the set without each example, and in other orders; None
    while no dataset is chosen. Raises BadInput for a prompt that shows no examples."""
    lab = session.lab()
    st.caption(
        "The dataset is put to the prompt with all its examples, without each one of them, and with all of "
        "them in other orders: which help, which harm, and which only cost tokens."
    )
    with st.container(horizontal=True, vertical_alignment="top", key="runs-ablating"):
        name = st.selectbox(
            "Dataset", list(found), _asked(found), placeholder="Choose one", key="runs-dataset", width=340
        )
        own = found[name].prompts[0] if name else "the dataset's own"
        ref = st.selectbox("Prompt", list(refs(lab)), None, placeholder=own, key="runs-prompt", width=340)
        shows = st.selectbox(
            "Few-shot set", sets(lab), None, placeholder="the prompt's own", key="runs-fewshot", width=340
        )
        model = st.selectbox(
            "Model", list(lab.models), None, placeholder="the prompt's own", key="runs-model", width=340
        )
        shuffles = st.number_input(
            "Other orders",
            0,
            MOST,
            SHUFFLES,
            key="runs-shuffles",
            help="In how many more orders the examples are shown; 0 leaves that out.",
            width=140,
        )
        at_once, max_cost = limits([found[name]] if name else [])
    if name is None:
        return None
    asked = {"concurrency": at_once, "max_cost": max_cost, "selection": selecting([found[name]])}
    simulated = asks_simulated()
    variants = evals.ablated(lab, ref or own, model, shuffles, shows)
    return Order((name,), (ref or own,), variants=variants, simulated=simulated, **asked)


def _asked(found: Mapping[str, Dataset]) -> int | None:
    """The place of the dataset that the address names."""
    wanted = st.query_params.get("new", "").split(",")[0]
    return list(found).index(wanted) if wanted in found else None
