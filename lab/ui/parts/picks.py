"""A choice that the address holds: it can be shared, and survives a reload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lab.ui.parts.links import address


def pick(
    label: str,
    param: str,
    options: Sequence[str],
    default: str,
    key: str,
    show: Callable[[str], str] = str,
    tabs: bool = False,
    **looks: Any,
) -> str:
    """One of a few, which stands in the address under `param`: in a list, or (`tabs`) side by side."""
    asked = st.query_params.get(param)
    st.session_state[key] = asked if asked in options else default
    if tabs:
        draw, looks = st.segmented_control, {"required": True, "label_visibility": "collapsed"} | looks
    else:
        draw = st.selectbox
    draw(label, options, key=key, format_func=show, on_change=_picked, args=(param, key), **looks)
    return st.session_state[key]


def _picked(param: str, key: str) -> None:
    address(**{param: st.session_state[key]})
