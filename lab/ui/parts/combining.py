"""A check that is to be started, at several efforts and with several few-shot sets: a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from lab import evals, prompts
from lab.evals import Dataset, Order
from lab.ui import session
from lab.ui.parts.notices import plain
from lab.ui.parts.references import sets

NONE = "none"


def combining(order: Order, found: Mapping[str, Dataset]) -> Order:
    """The order, with every combination of what is chosen here and there; as it was where nothing is. Raises
    BadInput where no model takes any of them."""
    if len(order.datasets) != 1:
        return order
    lab = session.lab()
    with st.container(horizontal=True, key="runs-combining"):
        efforts = st.multiselect(
            "Efforts", prompts.EFFORTS, placeholder="the prompt's own", key="runs-efforts", width=340
        )
        shows = st.multiselect(
            "Few-shot sets",
            [*sets(lab), NONE],
            placeholder="the prompt's own",
            key="runs-fewshots",
            width=340,
        )
    if not efforts and not shows:
        return order
    made = evals.combined(lab, found[order.datasets[0]], order.prompts, order.models, shows, efforts)
    for sentence in made.left_out:
        st.caption(plain(sentence))
    return replace(order, variants=made.variants, replay=False)
