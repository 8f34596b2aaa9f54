"""Ways from one page to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def know(pages: Mapping[str, Any]) -> None:
    """Remember this run's pages, by the names of their files."""
    st.session_state["pages"] = pages


def link(label: str, page: str, icon: str | None = None, **params: str) -> None:
    """A link to a page, with what it should show: `link("log", "logs", call="t3y9")`."""
    if page not in st.session_state["pages"]:
        return
    st.page_link(st.session_state["pages"][page], label=label, icon=icon, query_params=params)


def address(**params: str | None) -> None:
    """Keep in the URL what the page shows, so that it can be shared; None takes a name out. However much of
    it changes, that is one step for the browser's Back."""
    was = st.query_params.to_dict()
    now = {name: value for name, value in (was | params).items() if value is not None}
    if now != was:
        st.query_params.from_dict(now)
