"""A check beside an earlier one: what was answered then on the left, what changed in it on the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals
from lab.evals import Move, Pair, Sheet, Side
from lab.prompts import Change, Piece
from lab.ui import session
from lab.ui.parts import sheets
from lab.ui.parts.case import text
from lab.ui.parts.difference import difference
from lab.ui.parts.figures import drawable
from lab.ui.parts.gate import weighed
from lab.ui.parts.grid import label
from lab.ui.parts.links import address
from lab.ui.parts.narrowing import narrowed
from lab.ui.parts.notices import empty, plain
from lab.ui.parts.pages import leaves, turned
from lab.ui.parts.times import clock

PAGE = 6
COLOURS = {"newly failing": "red", "newly without a verdict": "orange", "newly passing": "green"}

Run = Mapping[str, Any]


def sidebyside(run: Run, sheet: Sheet, before: Run | None) -> None:
    """The cases whose outcome got worse stand first."""
    if before is None:
        empty("Nothing to compare with", "Choose an earlier check of this dataset, or make a further one.")
        return
    found = _picked(run, sheet, sheets.moves(before, run))
    if before["settings"].get("dataset_hash") != run["settings"].get("dataset_hash"):
        st.caption(":material/info: The earlier check had other cases, or graded them otherwise.")
    elif run["state"] != "running":
        weighed(before, run)
    if not found:
        empty("No case here", "Pick All, or search for something else.")
        return
    shown, number, pages = turned(found, PAGE)
    pairs = evals.pairs(session.lab().store.read, session.who(), before, run, shown)
    for place, (move, pair) in enumerate(zip(shown, pairs, strict=True)):
        with st.container(border=True, key=f"runs-pair-{place}"):
            _pair(move, pair, before, run)
    leaves(number, pages, "runs-pairs")


def _picked(run: Run, sheet: Sheet, found: list[Move]) -> list[Move]:
    """Those that moved in one way, or all, among the cases that are looked at."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-filter"):
        place = st.container(width="content")
        left = narrowed(run, sheet)
    found = [move for move in found if move.case in left or move.case not in sheet.tags]
    counts = Counter(move.how for move in found)
    options = ["all", *(how for how in evals.MOVES if counts[how])]
    asked = st.query_params.get("moved", "all")
    st.session_state["runs-moved"] = asked if asked in options else "all"
    place.segmented_control(
        "Moved",
        options,
        format_func=lambda each: f"{each.capitalize()} {counts[each] if each != 'all' else len(found):,}",
        key="runs-moved",
        label_visibility="collapsed",
        required=True,
        on_change=_filtered,
    )
    only = st.session_state["runs-moved"]
    return [move for move in found if only in ("all", move.how)]


def _filtered() -> None:
    how = st.session_state["runs-moved"]
    address(moved=None if how == "all" else how, page=None)


def _pair(move: Move, pair: Pair, before: Run, after: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(pair.change if move.how == "same outcome" else move.how, color=COLOURS.get(move.how, "gray"))
        st.button(
            plain(pair.case),
            key=f"runs-pair-case-{pair.case}-{pair.variants[1] or pair.variants[0]}",
            type="tertiary",
            on_click=address,
            kwargs={"view": None, "case": pair.case, "page": None, "moved": None},
        )
    left, right = st.columns(2, gap="medium")
    with left:
        _side(pair.variants[0], pair.before, before)
    with right:
        _side(pair.variants[1], pair.after, after)
    sides = [side.results if side else () for side in (pair.before, pair.after)]
    for repeat, pieces in enumerate(pair.differences()):
        left, right = st.columns(2, gap="medium")
        with left:
            _answer(sides[0][repeat : repeat + 1])
        with right:
            if pair.before and pair.after:
                _difference(pieces, f"runs-difference-{pair.case}-{pair.variants[1]}-{repeat}")
                _why(sides[1][repeat : repeat + 1])
            else:
                _answer(sides[1][repeat : repeat + 1])


def _side(variant: str | None, side: Side | None, run: Run) -> None:
    said = [clock(run["started_at"]), variant or "no such variant", label(side.cell) if side else "not asked"]
    score = [] if side is None or side.score is None else [f"score {side.score:.2f}"]
    st.caption(plain(" · ".join([*said, *score])))


def _answer(result: Sequence[Mapping[str, Any]]) -> None:
    """The one answer, if there is any."""
    for each in result:
        if words := evals.said(each["answer"]):
            text(words)
    _why(result)


def _difference(pieces: Sequence[Piece], key: str) -> None:
    shown = tuple(Piece(piece.op, drawable(piece.text)) for piece in pieces)
    same = all(piece.op == "=" for piece in shown)
    difference([] if same else [Change("answer", shown)], key, "The same answer.")


def _why(result: Sequence[Mapping[str, Any]]) -> None:
    for each in evals.unpassed(result):
        st.text(drawable(evals.why(each)))
