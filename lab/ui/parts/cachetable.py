"""What the prompt cache did, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab.cache import Cached
from lab.gains import gain
from lab.ui.parts.figures import HELP, drawable
from lab.ui.parts.rows import table

LONGEST = 500
"""Rows of a table; the rest, whose prompts cost less, is only counted."""


UNKNOWN = (
    "Calls of which it is not known what the cache saved: cut off, without a known price, or of an older lab."
)


def cache_table(by: str, split: Mapping[str | None, tuple[str, Cached]]) -> None:
    """A row for each of what calls have in common: what it is called, and what the cache did for it."""
    if not split:
        st.caption("None of these calls has one.")
        return
    column = st.column_config
    lines = [_line(by, id, *each) for id, each in list(split.items())[:LONGEST]]
    st.dataframe(
        table(lines),
        key=f"cache-table-{by}",
        hide_index=True,
        height="content" if len(lines) <= 15 else 560,
        placeholder="–",
        alt=f"The prompt cache by {by}",
        column_config={
            by: column.TextColumn(by, width=220),
            "saved": column.TextColumn("saved", help=HELP["the cache saved"], alignment="right"),
            **{
                name: column.ProgressColumn(
                    name, help=HELP[name], format="%.0f%%", min_value=0, max_value=100, width=120
                )
                for name in ("hit rate, tokens", "hit rate, calls")
            },
            **{
                name: column.NumberColumn(name, help=HELP.get(name), format="localized")
                for name in ("calls", "read", "write", "in")
            },
            "unknown": column.NumberColumn("unknown", help=UNKNOWN, format="localized"),
        },
    )
    if len(split) > LONGEST:
        more = "more" if by == "conversation" else f"{len(split) - LONGEST:,} more"
        st.caption(f"And {more}, which cost less.")


def _line(by: str, id: str | None, name: str, one: Cached) -> dict[str, Any]:
    return {
        by: drawable(name or str(id)),
        "saved": gain(one.saved) if one.calls > one.untold else None,
        "hit rate, tokens": None if one.rate is None else 100 * one.rate,
        "hit rate, calls": None if one.call_rate is None else 100 * one.call_rate,
        "calls": one.calls,
        "read": one.read,
        "write": one.written,
        "in": one.input,
        "unknown": one.untold or None,
    }
