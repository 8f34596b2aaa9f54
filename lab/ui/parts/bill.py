"""What a call cost, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import bill as bills
from lab import cost
from lab.bill import Part
from lab.ui import session
from lab.ui.parts.notices import plain
from lab.ui.parts.rows import table

NAMES = {
    "input": "input",
    "cache_write_5m": "cache write 5m",
    "cache_write_1h": "cache write 1h",
    "cache_read": "cache read",
    "output": "output",
    "thinking": "– thinking in it",
    "web_search": "web searches",
}


def bill(call: Mapping[str, Any]) -> None:
    """A table of the parts, which add up to the call's cost, and where the prices are from."""
    parts = bills.bill(call, session.lab().models.get(call["model"]))
    rows = [_row(part) for part in parts]
    if not parts:
        st.caption(_untold(call))
        rows = [_count(name, call[column]) for name, column in _REPORTED.items()]
    rows.append({"part": "together", "tokens": None, "per million": "", "cost": _whole(call)})
    column = st.column_config
    st.dataframe(
        table(rows),
        key="logs-bill",
        alt="Cost by part",
        hide_index=True,
        placeholder="–",
        column_config={
            "part": column.TextColumn("part", width=112),
            "tokens": column.NumberColumn(
                "tokens", format="localized", width=58, help="As the API reported them."
            ),
            "per million": column.TextColumn(
                "per million",
                alignment="right",
                width=78,
                help="Dollars per million tokens, all multipliers included.",
            ),
            "cost": column.TextColumn(
                "cost", alignment="right", help="To the last digit. The parts add up to the sum."
            ),
        },
    )
    for line in _notes(call):
        st.caption(plain(line))


_REPORTED = {
    "input": "input_tokens",
    "cache_write_5m": "ephemeral_5m_input_tokens",
    "cache_write_1h": "ephemeral_1h_input_tokens",
    "cache_read": "cache_read_input_tokens",
}


def _row(part: Part) -> dict[str, Any]:
    rate = "" if part.rate is None else f"${part.rate.normalize():f}"
    if part.name == "web_search" and part.rate is not None:
        rate = f"${(part.rate / 10**6).normalize():f} each"
    return {
        "part": NAMES[part.name],
        "tokens": part.count,
        "per million": rate,
        "cost": _between(part.floor, part.upper),
    }


def _count(name: str, tokens: int | None) -> dict[str, Any]:
    return {"part": NAMES[name], "tokens": tokens, "per million": "", "cost": ""}


def _between(floor: int | None, upper: int | None) -> str:
    low, high = cost.exactly(floor), cost.exactly(upper)
    return low if low == high else f"{low} to {high}"


def _whole(call: Mapping[str, Any]) -> str:
    if call["cost_basis"] == "estimate":
        return _between(call["cost_floor"], call["cost_upper"]) + " (estimate)"
    return cost.exactly(call["cost"])


def _untold(call: Mapping[str, Any]) -> str:
    """Why there are no parts."""
    if call["cost_basis"] is None:
        return "The call is still running: what it costs is known when it ends."
    if call["input_tokens"] is None:
        return (
            "The API reported no tokens: the call may have cost nothing, and at most its whole request and "
            "max_tokens."
        )
    return "The parts cannot be told apart: the price that is stored with this call does not give its cost."


def _notes(call: Mapping[str, Any]) -> list[str]:
    found = []
    if call["source"] == "simulated":
        found.append("Simulated: nobody was billed. This is what Claude would have cost.")
    if call["source"] == "replay":
        found.append("Replayed from a recording: nothing was asked, and nothing billed.")
    elif call["cost_basis"] == "none":
        found.append("Nothing was billed: the request was not served, or refused before any output.")
    if call["cost_basis"] == "estimate" and call["input_tokens"] is not None:
        found.append(
            "An estimate: the end of the stream never came. The output is at least a token for every 4 "
            "characters that arrived, at most max_tokens."
        )
    price = call["price"] or {}
    if price.get("source"):
        since = f", since {price['since']}" if price.get("since") else ""
        found.append(f"Prices: {price['source']}{since}.")
    if not call["price"] and call["cost_basis"]:
        found.append("No price was known for this model. Give one under [models] in lab.toml.")
    special = [f"{name} {call[name]}" for name in ("service_tier", "speed", "inference_geo") if call[name]]
    if special:
        found.append(f"Served with {', '.join(special)}.")
    return found
