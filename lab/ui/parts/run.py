"""One check: its verdict, its figures, how far it has come, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals, figures
from lab.errors import BadInput
from lab.ui import session
from lab.ui.parts import sheets
from lab.ui.parts.batched import batched
from lab.ui.parts.evidence import evidence
from lab.ui.parts.examples import examples
from lab.ui.parts.figures import drawable
from lab.ui.parts.flaky import flaky
from lab.ui.parts.gate import gate
from lab.ui.parts.grid import grid
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty, plain, progress
from lab.ui.parts.picks import pick
from lab.ui.parts.rating import rating
from lab.ui.parts.regrading import regrading
from lab.ui.parts.runhead import ELSEWHERE, runhead
from lab.ui.parts.sidebyside import sidebyside
from lab.ui.parts.sweep import sweep
from lab.ui.parts.tagged import tagged
from lab.ui.parts.timeline import timeline
from lab.ui.parts.times import clock
from lab.ui.parts.watching import watched

NOTICES = {
    "passed": (st.success, ":material/check_circle:"),
    "failed": (st.error, ":material/cancel:"),
    "invalid": (st.warning, ":material/help:"),
    "inconclusive": (st.warning, ":material/balance:"),
    "answered": (st.info, ":material/info:"),
    "interrupted": (st.warning, ":material/stop_circle:"),
    "stopped": (st.warning, ":material/payments:"),
}
COST = """From the reported usage, at the prices of the day. Where a call was cut off it is an estimate: at
least this, at most that. What is simulated is never billed."""
VIEWS = {
    "cases": "Cases",
    "compare": "Side by side",
    "tags": "By tag",
    "history": "Over time",
    "sweep": "Quality against cost",
    "examples": "Examples",
    "flakes": "Flaky",
    "rate": "Rate",
}
OWN = ("sweep", "examples", "flakes", "rate")
"""Those with a table of the variants of their own, or that show what they found later."""
ROWS = 8
"""Variants that stand there whole; more are scrolled."""


def run(id: str) -> None:
    """All of it."""
    st.button(
        "All checks",
        key="runs-all",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=address,
        kwargs=ELSEWHERE,
    )
    try:
        found = sheets.head(id)
    except BadInput:
        st.title("Checks")
        empty(f"There is no check '{id}'", "It may have been deleted. All checks shows what there is.")
        return
    runhead(found)
    if found["state"] == "running":
        watched(progressing, 1.0)(id)
    elif found["batches"]:
        batched(found)
    else:
        draw, icon = NOTICES[found["state"]]
        draw(plain(evals.sentence(found)), icon=icon)
    regrading(found)
    watched(_whole, 3.0 if found["state"] == "running" else None)(id)


def progressing(id: str) -> None:
    """How far a run has come, whoever runs it; drawn anew until it has ended."""
    found = sheets.head(id)
    if found["state"] != "running":
        st.rerun()
    come = evals.progress(found)
    batched(found)
    mine = session.lives().works(id)
    with st.container(horizontal=True, vertical_alignment="center", key="runs-progress"):
        progress(come.words, come.share)
        st.button(
            "Stop",
            key="runs-stop",
            icon=":material/stop_circle:",
            disabled=not mine,
            help="What was answered is kept." if mine else "Another process runs it: end it there.",
            on_click=session.lives().end,
            args=(id,),
        )


def _whole(id: str) -> None:
    """The figures and the cases."""
    found = sheets.head(id)
    sheet = sheets.sheet(found)
    gate((found["summary"] or {}).get("decisions", ()), "runs-gate")
    evidence(found)
    before, offered = sheets.baseline(found)
    if st.query_params.get("view") not in OWN:
        standings(sheet.standings)
    if judging := figures.judging(found):
        st.caption(plain(f"{judging}, not in the costs above"))
    if sheet.obstacles:
        with st.container(gap=None):
            for reason, many in sheet.obstacles:
                st.text(drawable(f"No verdict, {many:,} ×: {reason}"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-views"):
        view = pick("View", "view", _views(found), "cases", "runs-view", VIEWS.get, tabs=True)
        if view in ("cases", "compare"):
            _compared(before, offered)
    if view == "compare":
        sidebyside(found, sheet, before)
    elif view == "tags":
        tagged(sheet)
    elif view == "history":
        timeline(found["dataset"])
    elif view == "sweep":
        sweep(found)
    elif view == "examples":
        examples(found)
    elif view == "flakes":
        flaky(found)
    elif view == "rate":
        rating(found)
    else:
        grid(found, sheet, before)


def _views(found: Mapping[str, Any]) -> list[str]:
    """What can be looked at: variants where there are several, examples where some were left out, answers to
    rate where there is a judge."""
    names = found["settings"]["variants"]
    left = any(" without " in (evals.variant_parts(name).examples or "") for name in names)
    out = {"sweep": len(names) < 2, "examples": not left, "rate": not found["settings"].get("judges")}
    return [view for view in VIEWS if not out.get(view)]


def _compared(before: Mapping[str, Any] | None, offered: Sequence[Mapping[str, Any]]) -> None:
    """Which earlier check this one is held against."""
    known = {each["id"]: each for each in offered}
    st.session_state["runs-with"] = before["id"] if before else "none"
    st.selectbox(
        "Compared with",
        [*known, "none"],
        format_func=lambda id: _told(known[id]) if id in known else "no other check",
        key="runs-with",
        on_change=_with,
        width=330,
    )


def _told(run: Mapping[str, Any]) -> str:
    rates = " to ".join(f"{rate:.1%}" for rate in evals.brief(run)["rates"]) or "–"
    prompts = ", ".join(dict.fromkeys(name.partition(" · ")[0] for name in run["settings"]["variants"]))
    made_up = " · simulated" if run["source"] == "simulated" else ""
    return f"{clock(run['started_at'])} · {rates} · {prompts}{made_up}"


def _with() -> None:
    address(**{"with": st.session_state["runs-with"], "page": None})


def standings(standings: Sequence[Mapping[str, Any]]) -> None:
    rows = {
        "variant": [each["variant"] for each in standings],
        "pass rate": ["–" if each["rate"] is None else f"{each['rate']:.1%}" for each in standings],
        "passed": [each["passed"] for each in standings],
        "failed": [each["failed"] for each in standings],
        "no verdict": [each["missing"] for each in standings],
        "cost": [figures.cost(each) for each in standings],
        "median time": [
            "–" if each["seconds"] is None else figures.seconds(each["seconds"] * 1000) for each in standings
        ],
    }
    metrics = evals.metric_cells(standings)
    rows |= {name: [row[name] for row in metrics] for name in (metrics[0] if metrics else ())}
    st.dataframe(
        rows,
        hide_index=True,
        key="runs-figures",
        height="content" if len(standings) <= ROWS else 320,
        column_config={"cost": st.column_config.TextColumn("cost", help=COST, width=215)},
        alt="Figures of each variant",
    )
