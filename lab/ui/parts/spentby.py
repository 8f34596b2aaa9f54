"""What calls cost, as a table: a row for each of what they have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lab import figures, store
from lab.cost import dollars
from lab.gains import gain
from lab.spent import Spent, csv, records
from lab.store import Day
from lab.types import Principal
from lab.ui import session
from lab.ui.parts import inlog
from lab.ui.parts.colours import colour, signed
from lab.ui.parts.figures import HELP, drawable
from lab.ui.parts.picks import pick
from lab.ui.parts.rows import table

LONGEST = 500
"""Rows of a table; the rest, which cost less, is only counted."""
PARTS = ("input", "cache write", "cache read", "output", "thinking")
LETTER, PADDING = 7, 24
"""Pixels of the widest cost, which is a range where it is an estimate."""
IN = {"dollars": "Dollars", "tokens": "Tokens"}
"""What the parts are shown in."""
NONE = {"prompt": "(no prompt)"}


def spent_by(by: str, kind: str, days: Sequence[Day], split: Mapping[str | None, Spent], whole: int) -> None:
    """The table by one of `store.BY`, with the share of the whole in picodollars; and the same as a file."""
    if not split:
        st.caption("None of these calls has one.")
        return
    with st.container(horizontal=True, key="costs-table-head", vertical_alignment="center"):
        shown = pick("Parts in", "in", list(IN), "dollars", "costs-in", IN.get, tabs=True)
        for suffix in (".csv", ".json"):
            _download(suffix, by, kind, days)
    inlog.go(by, [*split], kind, days)
    names = _names(by, split)
    lines = [
        _line(by, names[name], split[name], whole, shown)
        | {"log": inlog.LABEL if inlog.sieved(by, name, kind, days) else ""}
        for name in [*split][:LONGEST]
    ]
    st.dataframe(
        table(lines),
        key=f"costs-table-{by}",
        hide_index=True,
        height="content" if len(lines) <= 15 else 560,
        placeholder="–",
        alt=f"Cost by {by}",
        column_config=_columns(lines, shown) | _named(by, [line[by] for line in lines]),
        column_order=[by, "cost", "log", *(name for name in lines[0] if name not in (by, "cost", "log"))],
    )
    if len(split) > LONGEST:
        st.caption(f"The {LONGEST} that cost most; the files hold all.")


def _line(by: str, name: Any, one: Spent, whole: int, shown: str) -> dict[str, Any]:
    parts = {part: dollars(amount) if amount else None for part, amount in one.parts.items() if part in PARTS}
    tokens = {part: one.counts[part] or None for part in PARTS}
    return {
        by: name,
        "cost": figures.spending(one.least, one.most, one.unpriced),
        "share": one.most / whole if whole and (one.most or not one.unpriced) else None,
        "calls": one.calls,
        "per 1,000 turns": dollars(one.per_thousand) if one.turns else None,
        **(parts if shown == "dollars" else tokens),
        "cache saved": gain(one.saved_by_cache) if one.calls > one.untold else None,
        "in vain": figures.spending(one.wasted_floor, one.wasted_upper, one.wasted_unpriced)
        if one.wasted_upper or one.wasted_unpriced
        else None,
        "estimates": one.estimates or None,
        "unknown": one.unpriced or None,
    }


def _columns(lines: Sequence[Mapping[str, Any]], shown: str) -> dict[str, Any]:
    column = st.column_config
    texts = ["per 1,000 turns", "cache saved", "in vain", *(PARTS if shown == "dollars" else ())]
    numbers = ["calls", "estimates", "unknown", *(PARTS if shown == "tokens" else ())]
    wide = max(len(line["cost"]) for line in lines) * LETTER + PADDING
    return {
        "log": inlog.column(),
        "cost": column.TextColumn("cost", help=HELP["costs"], alignment="right", width=wide),
        "share": column.ProgressColumn("share", format="percent", min_value=0, max_value=1, width=110),
        **{name: column.TextColumn(name, help=HELP.get(name), alignment="right") for name in texts},
        **{name: column.NumberColumn(name, help=HELP.get(name), format="localized") for name in numbers},
    }


def _named(by: str, names: Sequence[Any]) -> dict[str, Any]:
    """Models in their colours."""
    if by != "model":
        return {by: st.column_config.TextColumn(by, width=220)}
    options = list(dict.fromkeys(name[0] for name in names))
    colours = [f"{colour(name[2:])}40" for name in options]
    return {by: st.column_config.MultiselectColumn(by, options=options, color=colours, width=220)}


def _names(by: str, split: Mapping[str | None, Spent]) -> dict[str | None, Any]:
    """What stands in the first column."""
    read, ids = session.lab().store.read, [name for name in split if name]
    if by == "model":
        return {name: [drawable(signed(str(name)))] for name in split}
    if by == "run":
        datasets = store.datasets_of(read, ids)
        return {name: drawable(f"{datasets.get(name, 'deleted')} · {name}") for name in ids}
    if by == "conversation":
        titles = store.titles_of(read, ids)
        return {name: drawable(titles.get(name, f"deleted · {name}")) for name in ids}
    return {name: NONE.get(by, "–") if name is None else drawable(name) for name in split}


def _download(suffix: str, by: str, kind: str, days: Sequence[Day]) -> None:
    st.download_button(
        suffix[1:].upper(),
        partial(_file, session.lab().store, session.who(), suffix, by, kind, days),
        f"costs-by-{by}-{days[0][0]}-{days[-1][0]}{suffix}",
        key=f"costs-download{suffix}",
        icon=":material/download:",
        help="All rows and all figures, amounts in dollars.",
        on_click="ignore",
        type="tertiary",
    )


def _file(kept: store.Store, who: Principal, suffix: str, by: str, kind: str, days: Sequence[Day]) -> str:
    split = store.spending_by(kept.read, who, days, kind, by)
    if suffix == ".csv":
        return csv(by, split)
    return json.dumps(records(by, split), indent=2, ensure_ascii=False)
