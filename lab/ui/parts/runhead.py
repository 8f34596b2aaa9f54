"""The top of a check: what it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from lab import evals, store
from lab.errors import LabError
from lab.evals import reports
from lab.ui import session
from lab.ui.parts import sheets
from lab.ui.parts.goingon import going_on
from lab.ui.parts.links import address
from lab.ui.parts.notices import plain
from lab.ui.parts.regrading import regrading_button
from lab.ui.parts.runtable import FRESH
from lab.ui.parts.times import clock

REPLAYED = """Nobody was asked, and nothing billed: the answers, and how long they took, are those that
`lab check --record` kept."""
ELSEWHERE = FRESH | {"run": None}
"""The address without this check."""


def runhead(found: Mapping[str, Any]) -> None:
    """Its name, what can be done with it, and where it comes from."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs-head"):
        st.title(
            plain(found["dataset"]), help=plain(found["settings"]["description"]) or None, width="stretch"
        )
        with st.popover("Report", icon=":material/download:", key="runs-report"):
            for suffix in reports.formats():
                _download(found, suffix)
        _keeping(found)
        _deletion(found)
        regrading_button(found)
        going_on(found)
        st.button(
            "Start again",
            key="runs-again",
            icon=":material/replay:",
            on_click=_again,
            args=(found["dataset"], found["id"]),
        )
    _about(found)


def _about(found: Mapping[str, Any]) -> None:
    """Whose run it is, what it asked, and how its answers came about."""
    started = clock(found["started_at"])
    with st.container(horizontal=True, vertical_alignment="center", key="runs-about"):
        about = f"{started} · {found['user']} · run {found['id']} · {evals.about(found)}"
        st.caption(plain(about), width="content")
        if came := found["settings"].get("imported"):
            st.badge(plain(f"From another lab: {came['user']}, {came['file']}"), color="gray")
        if found["settings"].get("replayed"):
            st.badge("Replayed from recordings", icon=":material/history:", color="gray", help=REPLAYED)
        if found["source"] == "simulated":
            st.badge("Simulated: it says nothing about quality", icon=":material/smart_toy:", color="orange")


def _again(dataset: str, run: str) -> None:
    address(**ELSEWHERE, new=dataset, after=run)


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


def _keeping(found: Mapping[str, Any]) -> None:
    """Later checks are held against a run that is kept as the dataset's baseline."""
    if found["state"] not in ("passed", "failed", "inconclusive") or len(found["settings"]["variants"]) > 1:
        return
    with st.popover("Baseline", icon=":material/balance:", key="runs-baseline"):
        st.markdown("Later checks of this dataset are held against these answers: worse ones do not pass.")
        st.caption("It is written beside the dataset, and takes the place of an earlier baseline.")
        st.button(
            "Keep as the baseline",
            key="runs-baseline-sure",
            type="primary",
            on_click=_keep,
            args=(found,),
        )


def _keep(found: Mapping[str, Any]) -> None:
    try:
        dataset = evals.load(Path(found["settings"]["file"]))
        file = evals.save_baseline(session.lab(), session.who(), found["id"], dataset)
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
        return
    st.toast(plain(f"Written: {file.name}"), icon=":material/balance:")


def _deletion(found: Mapping[str, Any]) -> None:
    running = found["state"] == "running" or bool(found["batches"])
    help = "It still runs, or is out in a batch. Stop or collect it first." if running else None
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
        head = sheets.head(id)
        if head["state"] == "running" or head["batches"]:
            return
        kept.post(store.delete_run(id))
        kept.flush()
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
        return
    address(**ELSEWHERE)
