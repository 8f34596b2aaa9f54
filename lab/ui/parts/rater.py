"""Whose verdicts these are: a name that is asked for once, and kept by the browser for a year."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import unquote

import streamlit as st

from lab.errors import BadInput
from lab.evals import judges
from lab.ui.parts.notices import error, plain

COOKIE = "lab_rater"
JS = """
export default function ({ data }) {
  document.cookie = `lab_rater=${encodeURIComponent(data.name)}; path=/; max-age=31536000; samesite=lax`
}
"""


def rater() -> str | None:
    """The name, which can be changed; None as long as there is none, and it is asked for."""
    name = st.session_state.get("rater") or _kept()
    if name is None or st.session_state.get("rater-asked"):
        _asked(name)
        return None
    st.session_state["rater"] = name
    with st.container(horizontal=True, vertical_alignment="center", key="rater"):
        st.caption(f"You rate as **{plain(name)}**.", width="content")
        st.button("Somebody else", key="rater-other", type="tertiary", on_click=_ask)
        _component()(key="rater-kept", data={"name": name})
    return name


def _kept() -> str | None:
    """What the browser kept of a time before, where it is a name."""
    try:
        return judges.named(unquote(st.context.cookies.to_dict().get(COOKIE, "")))
    except BadInput:
        return None


def _asked(name: str | None) -> None:
    with st.form("rater-form"):
        st.markdown("**Who rates?** Your name stands with each of your verdicts; it is asked for once.")
        st.text_input("Name", value=name or "", key="rater-name", max_chars=60)
        st.form_submit_button("Begin", type="primary", on_click=_named)
    if problem := st.session_state.pop("rater-problem", None):
        error(problem)


def _named() -> None:
    try:
        st.session_state["rater"] = judges.named(st.session_state["rater-name"])
    except BadInput as fault:
        st.session_state["rater-problem"] = str(fault)
        return
    st.session_state["rater-asked"] = False


def _ask() -> None:
    st.session_state["rater-asked"] = True


@cache
def _component() -> Any:
    return st.components.v2.component("lab_rater", js=JS)
