"""Calls in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab import figures
from lab.types import digest
from lab.ui.parts import spans
from lab.ui.parts.colours import colour, signed
from lab.ui.parts.figures import HELP, cost, drawable, outcome, prompt
from lab.ui.parts.links import address
from lab.ui.parts.rows import table

ROWS = 15
"""More of them are scrolled."""
HEIGHT = 563
COUNTS = {
    "in": "input_tokens",
    "write": "cache_creation_input_tokens",
    "read": "cache_read_input_tokens",
    "out": "output_tokens",
}
ROOM = 50
"""Characters of a question that its column shows, with what is said of those left out."""

Call = Mapping[str, Any]


def calls(found: Sequence[Call], order: str) -> None:
    """A page of calls, put in order by one of SORTS. Its name holds their ids: what is picked is picked from
    these, never from others."""
    ids = tuple(call["id"] for call in found)
    key = f"logs-table-{digest(' '.join(ids)).hex()}"
    now = datetime.now(spans.zone())
    rows = [_row(call, now) for call in found]
    st.dataframe(
        table(rows),
        key=key,
        alt=f"Calls: {order}",
        hide_index=True,
        height=HEIGHT if len(rows) > ROWS else "content",
        placeholder="–",
        column_config=_columns(found, ids),
        on_select=lambda: _ticked(key, ids),
        selection_mode="single-row",
    )


def _row(call: Call, now: datetime) -> dict[str, Any]:
    out = call["output_tokens"] if call["stop_reason"] else None
    return drawable(
        {
            "when": spans.local(call["started_at"], now),
            "outcome": [outcome(call, call["tries"])[0]],
            "question": _words(call),
            "model": [signed(call["answered_by"] or call["model"])],
            "prompt": prompt(call),
            "cost": cost(call),
            "source": figures.source(call),
            **{name: call[column] for name, column in COUNTS.items()},
            "out": out,
            "first token": figures.seconds(call["first_token_ms"]),
            "total": figures.seconds(call["total_ms"]),
            "stop_reason": call["stop_reason"],
            "origin": call["origin"],
        }
    )


def _words(call: Call) -> str:
    """The beginning of a question. A joint without width keeps `:material/…:` as it was typed."""
    begun = figures.beginning(call["question"] or "", ROOM, call["letters"])
    return begun.replace(":material/", ":\u200bmaterial/") or "(no text)"


def _columns(found: Sequence[Call], ids: tuple[str, ...]) -> dict[str, Any]:
    column = st.column_config
    pills = dict(outcome(call, call["tries"]) for call in found)
    numbers = {
        name: column.NumberColumn(name, help=HELP[name], format="localized", width=62) for name in COUNTS
    }
    ends = {
        name: column.TextColumn(name, help=HELP[name], alignment="right") for name in ("first token", "total")
    }
    texts = {"prompt": 105, "source": 85, "stop_reason": 100, "origin": 70}
    return {
        "when": column.TextColumn("when", help="When it began, in your time zone.", width=92, pinned=True),
        "question": column.ButtonColumn(
            "question",
            help=HELP["question"],
            type="tertiary",
            alignment="left",
            width=340,
            key="logs-open",
            on_click=_opened,
            args=(ids,),
        ),
        "outcome": column.MultiselectColumn(
            "outcome",
            help=HELP["outcome"],
            options=drawable(list(pills)),
            color=list(pills.values()),
            width=140,
        ),
        "model": _models(found),
        "cost": column.TextColumn("cost", help=HELP["cost"], alignment="right", width=105),
        **{name: column.TextColumn(name, help=HELP[name], width=wide) for name, wide in texts.items()},
        **numbers,
        **ends,
    }


def _models(found: Sequence[Call]) -> Any:
    """The models in their colours."""
    models = sorted({call["answered_by"] or call["model"] for call in found})
    options, colours = drawable([signed(each) for each in models]), [f"{colour(each)}40" for each in models]
    about = {"options": options, "color": colours, "help": HELP["model"], "width": 170}
    return st.column_config.MultiselectColumn("model", **about)


def _opened(ids: Sequence[str]) -> None:
    _open(ids, st.session_state["logs-open"].row)


def _ticked(key: str, ids: Sequence[str]) -> None:
    for row in st.session_state[key].selection.rows:
        _open(ids, row)


def _open(ids: Sequence[str], row: int) -> None:
    if 0 <= row < len(ids):
        address(call=ids[row])
