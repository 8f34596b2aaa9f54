"""Cases that ask nearly the same as another."""

from __future__ import annotations

import streamlit as st

from lab.evals import Dataset, duplicates
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import empty
from lab.ui.parts.rows import table


def repeats(of: Dataset) -> None:
    """Each beside the earlier one that it repeats."""
    found = _found(of.hash, of)
    if not found:
        empty("No near-duplicates", "No two cases have most of their words in common.")
        return
    inputs = {case.id: case.input for case in of.cases}
    many = "1 case nearly repeats" if len(found) == 1 else f"{len(found):,} cases nearly repeat"
    st.caption(f"{many} an earlier one. Delete what adds nothing under Cases.")
    rows = [
        {
            "case": near.case,
            "like": near.like,
            "the same": f"{near.share:.0%}",
            "its question": inputs[near.case],
            "the other's": inputs[near.like],
        }
        for near in found
    ]
    st.dataframe(table(drawable(rows)), key="datasets-near", hide_index=True, alt="Near-duplicates")


@st.cache_resource(max_entries=8, show_spinner="Comparing the cases …")
def _found(hash: str, _of: Dataset) -> list[duplicates.Near]:
    return duplicates.duplicates(_of.cases)
