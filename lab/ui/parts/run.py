"""One check: its verdict, its figures, how far it has come, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from lab import evals, figures, store
from lab.errors import BadInput, LabError
from lab.evals import Case, Dataset, Sheet, reports
from lab.ui import session
from lab.ui.parts.figures import drawable
from lab.ui.parts.grid import grid
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty, plain
from lab.ui.parts.times import clock
from lab.ui.parts.watching import watched

NOTICES = {
    "passed": (st.success, ":material/check_circle:"),
    "failed": (st.error, ":material/cancel:"),
    "invalid": (st.warning, ":material/help:"),
    "answered": (st.info, ":material/info:"),
    "interrupted": (st.warning, ":material/stop_circle:"),
    "stopped": (st.warning, ":material/payments:"),
}
COST = """From the reported usage, at the prices of the day. Where a call was cut off it is an estimate: at
least this, at most that. What is simulated is never billed."""
ELSEWHERE = dict.fromkeys(("run", "case", "show", "q"))
"""The address without this check."""


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
        found = _found(id)
    except BadInput:
        st.title("Checks")
        empty(f"There is no check {id}", "It may have been deleted. All checks shows what there is.")
        return
    _head(found)
    if found["state"] == "running":
        watched(_progress, 1.0)(id)
    else:
        draw, icon = NOTICES[found["state"]]
        draw(plain(evals.sentence(found)), icon=icon)
    watched(_whole, 3.0 if found["state"] == "running" else None)(id)


def _found(id: str) -> dict[str, Any]:
    return store.run_head(session.lab().store.read, session.who(), id)


def _head(found: Mapping[str, Any]) -> None:
    about = plain(found["settings"]["description"]) or None
    with st.container(horizontal=True, vertical_alignment="center", key="runs-head"):
        st.title(plain(found["dataset"]), help=about, width="stretch")
        with st.popover("Report", icon=":material/download:", key="runs-report"):
            for suffix in reports.formats():
                _download(found, suffix)
        _deletion(found)
        st.button(
            "Start again",
            key="runs-again",
            icon=":material/replay:",
            on_click=_again,
            args=(found["dataset"],),
        )
    started = clock(found["started_at"])
    with st.container(horizontal=True, vertical_alignment="center", key="runs-about"):
        st.caption(plain(f"{started} · {found['user']} · run {found['id']}"), width="content")
        if found["source"] == "simulated":
            st.badge("Simulated: it says nothing about quality", icon=":material/smart_toy:", color="orange")


def _again(dataset: str) -> None:
    address(**ELSEWHERE, new=dataset)


def _download(found: Mapping[str, Any], suffix: str) -> None:
    st.download_button(
        plain(f"{found['dataset']}{suffix}"),
        partial(_report, session.lab().store, session.who(), found["id"], suffix),
        file_name=f"{found['dataset']}-{found['id']}{suffix}",
        key=f"runs-download{suffix}",
        on_click="ignore",
        type="tertiary",
    )


def _report(kept: store.Store, who: Any, id: str, suffix: str) -> str:
    return reports.text(reports.subject(kept.read, who, id), suffix)


def _deletion(found: Mapping[str, Any]) -> None:
    running = found["state"] == "running"
    help = "It still runs. Stop it first." if running else None
    with st.popover("Delete", icon=":material/delete:", key="runs-delete", disabled=running, help=help):
        st.markdown("The run and its grades go. Its calls stay in the log: they were made and paid for.")
        st.button(
            "Delete this run",
            key="runs-delete-sure",
            type="primary",
            on_click=_delete,
            args=(found["id"],),
        )


def _delete(id: str) -> None:
    kept = session.lab().store
    try:
        if _found(id)["state"] == "running":
            return
        kept.post(store.delete_run(id))
        kept.flush()
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
        return
    address(**ELSEWHERE)


def _progress(id: str) -> None:
    """How far a run has come, whoever runs it; drawn anew until it has ended."""
    found = _found(id)
    if found["state"] != "running":
        st.rerun()
    progress = evals.progress(found)
    mine = session.lives().works(id)
    with st.container(horizontal=True, vertical_alignment="center", key="runs-progress"):
        st.progress(progress.share, plain(progress.words))
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
    found = _found(id)
    dataset, notice = _dataset(str(session.lab().folder), id, found)
    cases = {case.id: case for case in dataset.cases} if dataset else None
    read = _sheet if found["state"] == "running" else _kept
    sheet = read(str(session.lab().store.path), id, found["ended_at"], cases is None, found, cases)
    _figures(sheet.standings)
    if sheet.obstacles:
        with st.container(gap=None):
            for reason, many in sheet.obstacles:
                st.text(drawable(f"No verdict, {many:,} ×: {reason}"))
    if notice:
        st.caption(f":material/info: {plain(notice)}")
    grid(found, sheet, cases)


@st.cache_resource(ttl=10, max_entries=8, show_spinner=False)
def _dataset(folder: str, run: str, _found: Mapping[str, Any]) -> tuple[Dataset | None, str | None]:
    return evals.dataset_of(Path(folder), _found)


def _sheet(
    path: str,
    run: str,
    ended: str | None,
    gone: bool,
    _found: Mapping[str, Any],
    _cases: Mapping[str, Case] | None,
) -> Sheet:
    return evals.sheet(session.lab().store.read, session.who(), _found, _cases)


_kept = st.cache_resource(max_entries=8, show_spinner=False)(_sheet)
"""Of runs that have ended, which stay as they are."""


def _figures(standings: Sequence[Mapping[str, Any]]) -> None:
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
    st.dataframe(
        rows,
        hide_index=True,
        key="runs-figures",
        height="content",
        column_config={"cost": st.column_config.TextColumn("cost", help=COST, width=215)},
        alt="Figures of each variant",
    )
