"""The cases of a check against its variants, and the one that is opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lab import evals
from lab.evals import Cell, Sheet
from lab.types import digest
from lab.ui import session
from lab.ui.parts import sheets
from lab.ui.parts.case import case
from lab.ui.parts.figures import drawable
from lab.ui.parts.links import address
from lab.ui.parts.narrowing import narrowed
from lab.ui.parts.notices import empty, plain
from lab.ui.parts.pages import leaves, turned
from lab.ui.parts.rows import table

MARKS = {
    "passed": ("✓", "passed", "#009E7340"),
    "failed": ("✗", "failed", "#D55E0059"),
    "missing": ("?", "no verdict", "#8C8C8C66"),
    "answered": ("•", "answered", "#56B4E940"),
    "open": ("…", "not yet", "gray"),
}
"""An outcome's sign, word and colour: the sign alone tells it."""
FILTERS = {"all": "All", "failed": "Failed", "errors": "No verdict", "changed": "Changed", "flaky": "Flaky"}
ABOUT = (
    "Changed: with another outcome than in the check that is compared. Flaky: asked several times, a case \
both passed and failed."
)
ARROWS = {"newly failing": " ↓", "newly without a verdict": " ↓", "newly passing": " ↑"}
JOINT = "\u200b"
PREVIEW = 120
"""Characters of a text in the table."""
LETTER, MARGIN, WIDEST = 7, 45, 200
"""Pixels of the column with the cases' names."""
PAGE = 50
ROWS, HEIGHT = 14, 520
"""As many rows stand there whole; of more, as many as fit in so many pixels."""

Run = Mapping[str, Any]


def grid(run: Run, sheet: Sheet, before: Run | None) -> None:
    """Filter, search, table, and the case that is chosen in it; all of that stands in the address."""
    ids = _picked(run, sheet, sheets.changed(before, run) if before else None)
    opened = st.query_params.get("case")
    left, right = st.columns([4 + min(len(sheet.variants), 3), 6], gap="medium")
    with left:
        _table(run, sheet, ids, before)
    with right:
        if opened is None:
            empty("Choose a case", "Its question, the answers and their grades are shown here.")
            return
        if opened not in ids:
            st.caption("Not among the cases that are shown now.")
        case(run, opened, sheet.tags.get(opened, ()))


def _picked(run: Run, sheet: Sheet, changed: Collection[str] | None) -> list[str]:
    """The cases to show, by filter, tag and search, which are kept in the address."""
    lots = sheet.lots if changed is None else sheet.lots | {"changed": changed}
    shown = st.container(horizontal=True, vertical_alignment="bottom", key="runs-filter")
    with shown:
        place = st.container(width="content")
        left = narrowed(run, sheet)
    counts = {name: len(left & lot) for name, lot in lots.items()}
    only = st.query_params.get("show", "all")
    st.session_state["runs-show"] = only if only in lots else "all"
    place.segmented_control(
        "Cases",
        [name for name in FILTERS if name in lots],
        format_func=lambda each: f"{FILTERS[each]} {counts[each]:,}",
        key="runs-show",
        label_visibility="collapsed",
        help=ABOUT,
        required=True,
        on_change=_filtered,
    )
    lot = lots[st.session_state["runs-show"]]
    return [case for case in sheet.tags if case in lot and case in left]


def _filtered() -> None:
    show = st.session_state["runs-show"]
    address(show=None if show == "all" else show, page=None)


def _table(run: Run, sheet: Sheet, picked: Sequence[str], before: Run | None) -> None:
    """A click on a row opens its case. The key holds the rows themselves, so that a selection, which is but
    a position, can never come to lie on another row than the one that was clicked."""
    if not picked:
        empty("No case here", "Pick All, or search for something else.")
        return
    st.caption(f"{len(picked):,} of {len(sheet.tags):,} cases. A click on one opens it beside or below.")
    ids, number, pages = turned(picked, PAGE)
    rows = _rows(run, sheet, ids, before)
    key = f"runs-grid-{digest(' '.join((run['id'], *ids))).hex()[:16]}"
    st.dataframe(
        table([dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]),
        key=key,
        hide_index=True,
        on_select=partial(_ticked, key, tuple(ids)),
        selection_mode="single-row",
        selection_default=_default(ids),
        column_config=_columns(sheet, rows) | _buttons(key, tuple(ids)),
        height="content" if len(ids) <= ROWS else HEIGHT,
        alt="Cases and what came of them",
    )
    leaves(number, pages, "runs-page")


def _rows(run: Run, sheet: Sheet, ids: Sequence[str], before: Run | None) -> dict[str, list[Any]]:
    asked = evals.texts(session.lab().store.read, session.who(), run["id"], ids)
    moved = evals.directions(before, sheets.cells(before), sheet, ids) if before else {}
    running = run["state"] == "running" or bool(run["batches"])
    rows: dict[str, list[Any]] = {"case": [on_button(id) for id in ids]}
    for variant in sheet.variants:
        cells = ((id, sheet.cells.get(id, {}).get(variant)) for id in ids)
        rows[variant] = [
            [_label(cell, running) + ARROWS.get(moved.get((id, variant)), "")] for id, cell in cells
        ]
    rows["question"] = [on_button(asked[id]["input"]) for id in ids]
    if sheet.tagged:
        rows["tags"] = [drawable(", ".join(sheet.tags[id])) for id in ids]
    return rows


def _ticked(key: str, ids: Sequence[str]) -> None:
    rows = st.session_state[key].selection.rows
    address(case=ids[rows[0]] if rows else None)


def _clicked(name: str, key: str, ids: Sequence[str]) -> None:
    row = st.session_state[f"runs-open-{name}"].row
    st.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    address(case=ids[row])


def _default(ids: Sequence[str]) -> Any:
    """The row of the case in the address, when the table is drawn for the first time."""
    opened = st.query_params.get("case")
    return {"selection": {"rows": [ids.index(opened)]}} if opened in ids else None


def _buttons(key: str, ids: tuple[str, ...]) -> dict[str, Any]:
    """The case's name and its question, which open it as the box before them does."""
    wide = min(LETTER * max(map(len, ids)) + MARGIN, WIDEST)
    return {
        name: st.column_config.ButtonColumn(
            name,
            type="tertiary",
            alignment="left",
            pinned=name == "case",
            width=width,
            key=f"runs-open-{name}",
            on_click=_clicked,
            args=(name, key, ids),
        )
        for name, width in (("case", wide), ("question", 300))
    }


def on_button(text: str) -> str:
    """The beginning of a text in one line, to stand on a button. A joint without width keeps `:material/…:`
    and `["…"]` as they were typed: an icon, and a menu in place of the button."""
    line = " ".join(drawable(text[:PREVIEW]).split()).replace(":material/", f":{JOINT}material/")
    return f"{JOINT}{line}" if line.startswith("[") else line


def label(cell: Cell) -> str:
    """`✗ failed`, or of several answers `✗ 1/3`."""
    sign, word, _ = MARKS[cell.outcome]
    return f"{sign} {cell.passed}/{cell.repeats}" if cell.repeats > 1 else f"{sign} {word}"


def _label(cell: Cell | None, running: bool) -> str:
    if cell is None:
        return "… not yet" if running else "– not asked"
    return label(cell)


def _columns(sheet: Sheet, rows: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    labels = sorted({each[0] for variant in sheet.variants for each in rows[variant]})
    colours = {sign: colour for sign, _, colour in MARKS.values()}
    chosen = [colours.get(label[0], "gray") for label in labels]
    column = st.column_config.MultiselectColumn
    return {
        variant: column(short, options=labels, color=chosen, width=125, help=plain(variant))
        for variant, short in zip(sheet.variants, sheet.short(), strict=True)
    }
