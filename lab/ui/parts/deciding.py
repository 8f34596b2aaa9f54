"""What a check that is to be started is held against, and whether it stops once that is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from lab import evals
from lab.errors import BadInput
from lab.evals import Dataset, Order
from lab.ui import session
from lab.ui.parts.references import refs

OWN, LAST = "", "last"
UNTIL = """Cases are asked in a random order, and no more of them than it takes; where all of them do not
decide, they are asked again, as long as that may. It ends at the latest with the cost that is named above."""


def deciding(order: Order, found: Mapping[str, Dataset]) -> Order:
    """The order, with what is chosen here: of one dataset that is asked anew. Raises BadInput where it is
    to stop once it is decided, and no cost is named."""
    if len(order.datasets) != 1 or order.replay:
        return order
    dataset = found[order.datasets[0]]
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-deciding"):
        against = st.selectbox(
            "Held against",
            [OWN, LAST, *_versions(dataset), *([evals.gating.NONE] if _kept(dataset) else [])],
            format_func=lambda ref: _told(ref, dataset),
            key=f"runs-baseline-{dataset.name}",
            help="By the gate: whether it is worse. A version that is named here is asked along.",
            width=340,
        )
        until = not order.batch and st.toggle("Stop once it is decided", key="runs-until", help=UNTIL)
    if until and not order.max_cost:
        raise BadInput("It stops once it is decided, at the latest at which cost? Say it in “At most, in $”.")
    return replace(order, baseline=against or None, until_decided=until)


def _versions(dataset: Dataset) -> list[str]:
    """Every way to name a version of its prompts."""
    own = {ref.partition("@")[0] for ref in dataset.prompts}
    return [ref for ref in refs(session.lab()) if ref.partition("@")[0] in own]


def _kept(dataset: Dataset) -> bool:
    return evals.baseline_file(dataset.file).is_file()


def _told(ref: str, dataset: Dataset) -> str:
    if ref == OWN:
        return "the baseline that was kept" if _kept(dataset) else "nothing"
    return {LAST: "the last check", evals.gating.NONE: "nothing"}.get(ref, ref)
