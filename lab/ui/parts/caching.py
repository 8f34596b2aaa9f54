"""What the prompt cache did."""

from __future__ import annotations

import streamlit as st


def caching() -> None:
    """The tab."""
    st.subheader("The prompt cache", anchor=False)
