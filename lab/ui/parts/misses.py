"""Why a turn read less from the cache than it could have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import figures
from lab.ui.parts.notices import plain


def missed(call: Mapping[str, Any]) -> None:
    """Say it under the figures of a logged call, where the API told."""
    if why := figures.cache_miss(call):
        st.caption(f":material/cached: {plain(why)}")
