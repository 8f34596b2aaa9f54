"""Rules of routing: those in force, and any others tried on the log or on a check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from lab import routing as rules_of
from lab import store
from lab.errors import LabError
from lab.routing import Rule
from lab.ui import session
from lab.ui.parts.colours import marked
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import error, plain
from lab.ui.parts.picks import pick
from lab.ui.parts.routed import on_log, on_run
from lab.ui.parts.times import clock

EXAMPLE = Rule("short", "claude-haiku-5-5", longest=200, without=("refund",))
DAYS = {"7": "the last 7 days", "30": "the last 30 days", "365": "the last year"}
BOX = "settings-rules"
HOW = """`model`, and when: `longest` and `shortest` (characters), `turns` (such as [1, 3]), `words`,
`without`, `prompts`, `instead_of`. `fallback` is asked where that model is overloaded or declines."""


def routing() -> None:
    """The rules in force, a box for others, and what those would do."""
    lab = session.lab()
    now = rules_of.rules(lab.settings.routes, lab.models)
    st.caption("A rule sends a turn to a smaller model. The first that fits decides; no rule, no change.")
    for rule in now:
        st.markdown(f"**{plain(rule.name)}** → {marked(rule.model)} · {plain(rules_of.when(rule))}")
    if not now:
        st.markdown(":gray[No rule is in force: every turn goes to the model that it was meant for.]")
    st.subheader("Try rules", anchor=False)
    st.session_state.setdefault(BOX, rules_of.written(now or [EXAMPLE]))
    st.text_area(
        "Rules, as in lab.toml",
        key=BOX,
        height=170,
        persist_state="session",
        help=HOW,
    )
    try:
        tried = rules_of.read(st.session_state[BOX], "The rules above", lab.models)
    except LabError as fault:
        error(str(fault).replace("lab.toml: ", "The rules above: ", 1))
        return
    if tried:
        _try(tried)
    if tried != now:
        st.markdown("**To have these in force**, put them into `lab.toml` and start the app again:")
        st.code(rules_of.written(tried), "toml")


def _try(tried: Sequence[Rule]) -> None:
    """On the log, or on a check that asked all models; the address holds which."""
    found = store.runs(session.lab().store.read, session.who(), 50)
    runs = {run["id"]: run for run in found if run["state"] != "running" and _models(run) > 1}
    with st.container(horizontal=True, vertical_alignment="bottom", key="settings-on"):
        names = {"log": "logged conversations"} | {id: _told(run) for id, run in runs.items()}
        on = pick("Try them on", "on", list(names), "log", "settings-try", names.get, width=340)
        if on == "log":
            days = pick("Of", "days", list(DAYS), "30", "settings-days", DAYS.get, width=180)
    if on == "log":
        on_log(tried, datetime.now(UTC) - timedelta(days=int(days)))
    else:
        on_run(tried, on)
    if not runs:
        st.caption("Only a check that asked several models tells what rules do to the quality.")


def _models(run: dict[str, Any]) -> int:
    return len({variant.split(" · ")[1] for variant in run["settings"]["variants"]})


def _told(run: dict[str, Any]) -> str:
    return drawable(f"check {run['dataset']}, {clock(run['started_at'])}")
