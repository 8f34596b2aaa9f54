"""Why costs differ between two times."""

from __future__ import annotations

import streamlit as st


def rise() -> None:
    """The tab."""
    st.subheader("Why costs rose", anchor=False)
