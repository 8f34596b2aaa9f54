"""Which cases a check is to ask, where it is not all of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lab import evals
from lab.evals import Dataset, Selection
from lab.ui.parts.notices import plain


def selecting(datasets: Sequence[Dataset]) -> Selection:
    """What a person wants of these datasets; without a wish all of it."""
    cases = [case for dataset in datasets for case in dataset.cases]
    tags = sorted({tag for case in cases for tag in case.tags})
    splits = sorted({case.split for case in cases if case.split})
    after = st.query_params.get("after")
    with st.expander("Which cases", icon=":material/filter_alt:", key="runs-which"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="runs-selection"):
            first = st.number_input(
                "The first", 1, None, None, placeholder="all", key="runs-first", width=120
            )
            sample = st.number_input(
                "A sample of", 1, None, None, placeholder="all", key="runs-sample", width=120
            )
            seed = st.number_input(
                "Seed", None, None, evals.SEED, key="runs-seed", width=120, disabled=sample is None,
                help="The same seed draws the same cases.",
            )  # fmt: skip
            tagged = st.multiselect("Tags", tags, key="runs-tags", width=240) if tags else []
            parts = st.multiselect("Splits", splits, key="runs-splits", width=200) if splits else []
        where = f"run {after}" if after else "the last check"
        failed = st.toggle(
            plain(f"Only cases that failed, or had no verdict, in {where}"),
            key="runs-only-failed",
        )
    unpassed = (after or "last") if failed else None
    return Selection(first, sample, int(seed), tuple(tagged), tuple(parts), unpassed)
