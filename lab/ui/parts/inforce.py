"""The settings that are in force, and where each comes from."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

import streamlit as st

from lab import config
from lab.config import TABLES, Settings
from lab.errors import LabError
from lab.ui import session
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import error, warning
from lab.ui.parts.rows import table

HOW = """Each is a line in `lab.toml`, such as `max_tokens = 2048`, or a variable, as `LAB_MAX_TOKENS=2048`,
in the environment or in `.env`; the variable goes first. The app reads them when it starts."""


def inforce() -> None:
    """All of them; the keys of endpoints are no settings, and stand nowhere."""
    lab = session.lab()
    st.caption(HOW)
    try:
        sources = config.sources(lab.folder, os.environ)
        if config.load(lab.folder, os.environ) != lab.settings:
            warning("lab.toml says something else now than when the app was started. Start it again.")
    except LabError as fault:
        error(str(fault))
        sources = {}
    column = st.column_config
    st.dataframe(
        table([_row(lab.settings, field, sources.get(field.name, "")) for field in fields(Settings)]),
        key="settings-table",
        hide_index=True,
        height="content",
        alt="Settings, their values and where they come from",
        column_config={
            "setting": column.TextColumn("setting", width=165, pinned=True),
            "value": column.TextColumn("value", width=190),
            "from": column.TextColumn(
                "from", width=150, help="What sets it: a variable, or a line of lab.toml."
            ),
            "what it is": column.TextColumn("what it is", width=480),
        },
    )


def _row(settings: Settings, field: Any, source: str) -> dict[str, str]:
    value = getattr(settings, field.name)
    if field.name in TABLES:
        shown = ", ".join(value) or "none"
    else:
        shown = (
            f"{value:g}"
            if isinstance(value, float)
            else f"{value:,}"
            if isinstance(value, int)
            else str(value)
        )
    return drawable(
        {
            "setting": config.heading(field.name) if field.name in TABLES else field.name,
            "value": shown,
            "from": source or "the default",
            "what it is": field.metadata["doc"].replace("`", ""),
        }
    )
