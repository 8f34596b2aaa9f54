"""The models that can be asked, with prices and warnings, and where they are asked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lab import pricelist
from lab.engine import today
from lab.models import Model, retiring
from lab.ui import session
from lab.ui.parts.colours import colour, signed
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import plain, warning
from lab.ui.parts.rows import table

HOW = """US dollars per million tokens, today. Prices, limits and further models are set under `[models.NAME]`
in `lab.toml`, further places to ask under `[endpoints.NAME]`. A price that nobody published is unknown."""


def modellist() -> None:
    lab = session.lab()
    models = list(lab.models.values())
    default = lab.models.get(lab.settings.model)
    if default and (said := retiring(default, today())):
        warning(f"{said} It is the model that is asked when none is named: name another one.")
    st.caption(HOW)
    names = drawable([signed(each.id) for each in models])
    column = st.column_config
    texts = {"in": 70, "out": 70, "cached": 75, "context": 70, "max": 60, "effort": 65, "thinks": 65}
    st.dataframe(
        table([_row(model) for model in models]),
        key="settings-models",
        hide_index=True,
        height="content",
        alt="Models and their prices",
        column_config={
            "model": column.MultiselectColumn(
                "model",
                options=names,
                color=[f"{colour(each.id)}40" for each in models],
                width=210,
                pinned=True,
            ),
            **{name: column.TextColumn(name, help=ABOUT[name], width=wide) for name, wide in texts.items()},
            "remarks": column.TextColumn("remarks", width=330),
        },
    )
    leaving = [said for model in models if (said := retiring(model, today())) and model is not default]
    if leaving:
        with st.expander(f"{len(leaving)} models are leaving, or have left"):
            st.markdown("\n".join(f"- {plain(each)}" for each in leaving))


ABOUT = {
    "in": "A million tokens of a prompt, uncached.",
    "out": "A million tokens that the model writes, its thinking included.",
    "cached": "A million tokens of a prompt that are read from the cache.",
    "context": "The most tokens that a prompt and its answer may have together.",
    "max": "The most tokens that an answer may have.",
    "effort": "How hard it tries where nobody says.",
    "thinks": "Whether it thinks before it answers where nobody says.",
}


def _row(model: Model) -> dict[str, Any]:
    row = pricelist.row(model, today()) | {"remarks": pricelist.remarks(model, today())}
    return drawable(row | {"model": [signed(model.id)]})
