"""Where a check is strong and where it is weak: its pass rate by tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lab.evals import Sheet
from lab.types import digest
from lab.ui.parts.colours import looks
from lab.ui.parts.figures import drawable
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty
from lab.ui.parts.rows import table

DRAWN = 15
"""Tags in the picture, the commonest; the table has all."""
BAR, AROUND = 18, 90
"""Pixels of a bar, and of what stands round them."""


def tagged(sheet: Sheet) -> None:
    """A picture of it, and the numbers; a click on a row leads to the cases of its tag."""
    if not sheet.tagged:
        empty("No tags", "Give cases `tags` in the dataset: see docs/checks.md.")
        return
    tags = list(sheet.tagged)
    st.plotly_chart(
        _bars(sheet, tags[:DRAWN]),
        key="runs-tags-bars",
        config={"displayModeBar": False},
        height=BAR * len(sheet.variants) * min(len(tags), DRAWN) + AROUND,
        alt="Pass rate by tag and variant; the table below has the numbers",
    )
    if len(tags) > DRAWN:
        st.caption(f"The {DRAWN} commonest of {len(tags):,} tags are drawn; the table has all.")
    _numbers(sheet)


def _numbers(sheet: Sheet) -> None:
    rows = sheet.breakdown
    key = f"runs-tags-{digest(repr([(row['tag'], row['variant']) for row in rows])).hex()[:16]}"
    st.dataframe(
        table([_row(row) for row in rows]),
        key=key,
        hide_index=True,
        on_select=partial(_ticked, key, tuple(row["tag"] for row in rows)),
        selection_mode="single-row",
        height="content" if len(rows) <= DRAWN else 520,
        alt="Cases and pass rate by tag and variant",
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tag": drawable(row["tag"]),
        "variant": row["variant"],
        "pass rate": "–" if row["rate"] is None else f"{row['rate']:.1%}",
        "passed": row["passed"],
        "failed": row["failed"],
        "no verdict": row["missing"],
        "cases": row["cases"],
    }


def _ticked(key: str, tags: Sequence[str]) -> None:
    for row in st.session_state[key].selection.rows:
        address(view=None, tag=tags[row], page=None)


def _bars(sheet: Sheet, tags: Sequence[str]) -> Any:
    import plotly.graph_objects as go

    bars = []
    for variant, short, look in zip(sheet.variants, sheet.short(), looks(sheet.variants), strict=True):
        rows = [row for row in sheet.breakdown if row["variant"] == variant and row["tag"] in tags]
        bars.append(
            go.Bar(
                y=[f"{drawable(row['tag'])} ({row['cases']:,})" for row in rows],
                x=[row["rate"] for row in rows],
                name=short,
                orientation="h",
                marker={"color": look.colour, "pattern": {"shape": look.pattern}},
                customdata=[(row["passed"], row["passed"] + row["failed"]) for row in rows],
                hovertemplate="%{x:.1%}: %{customdata[0]} of %{customdata[1]}<extra>%{fullData.name}</extra>",
            )
        )
    layout = {
        "barmode": "group",
        "margin": {"l": 12, "r": 28, "t": 0, "b": 0},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "itemclick": False},
        "showlegend": len(bars) > 1,
        "xaxis": {"range": [0, 1], "tickformat": ".0%", "fixedrange": True, "title": None},
        "yaxis": {"autorange": "reversed", "fixedrange": True, "title": None},
    }
    return go.Figure(bars, layout)
