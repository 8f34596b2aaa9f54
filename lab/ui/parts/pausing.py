"""What is paused, wherever it matters, and the dialog in which calls are paused and let go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from lab import store
from lab.clock import later
from lab.errors import BadInput, LabError
from lab.store import Pause, Write
from lab.ui import session
from lab.ui.parts.notices import error, hint, plain, warning
from lab.ui.parts.spans import zone

STATE, DONE = "pausing", "pausing-done"
UNDER_WAY = "Calls under way come to their end. Whoever asks is told what stands here; nothing is sent."


@dataclass(frozen=True)
class Wish:
    """A dialog that is open: to pause a prompt (None: all calls), or to end a pause."""

    prompt: str | None = None
    versions: tuple[int, ...] = ()
    ending: Pause | None = None


def paused(*prompts: str | None) -> None:
    """That new calls are paused: all of them, or those with any version of these prompts."""
    for pause in _there():
        if pause.prompt is None or pause.prompt in prompts:
            _row(pause)


def everything_paused() -> None:
    """All that is paused, and the button that pauses everything."""
    there = _there()
    for pause in there:
        _row(pause)
    if not there:
        st.caption("Nothing is paused.")
    if not any(pause.prompt is None for pause in there):
        pause_button("Pause all new calls")


def _there() -> list[Pause]:
    """Those in force, what holds all calls first."""
    return sorted(store.pauses(session.lab().store.read), key=lambda each: each.ref)


def pause_button(title: str, prompt: str | None = None, versions: tuple[int, ...] = ()) -> None:
    """Opens the dialog."""
    st.button(
        title,
        key=f"pause-{prompt or 'all'}",
        icon=":material/pause_circle:",
        type="tertiary" if prompt else "secondary",
        on_click=st.session_state.__setitem__,
        args=(STATE, Wish(prompt, versions)),
    )


def pausing() -> None:
    """The dialog, while it is open; what was done, once it is."""
    if done := st.session_state.pop(DONE, None):
        st.toast(done, icon=":material/pause_circle:")
    wish = st.session_state.get(STATE)
    if isinstance(wish, Wish):
        title = "Let calls go on" if wish.ending else "Pause new calls"
        draw = _ending if wish.ending else _beginning
        st.dialog(title, on_dismiss=_dismissed)(draw)(wish)


def _row(pause: Pause) -> None:
    with st.container(key=f"paused-{pause.ref or 'all'}"):
        said, end = st.columns([5, 1], vertical_alignment="center")
    with said:
        warning(pause.sentence, icon=":material/pause_circle:")
    with end:
        st.button(
            "Resume",
            key=f"resume-{pause.ref or 'all'}",
            icon=":material/play_circle:",
            on_click=st.session_state.__setitem__,
            args=(STATE, Wish(ending=pause)),
        )


def _dismissed() -> None:
    st.session_state.pop(STATE, None)


def _beginning(wish: Wish) -> None:
    if STATE not in st.session_state:
        st.rerun()
    version = None
    if wish.prompt:
        options = [None, *wish.versions]
        version = st.selectbox(
            "What",
            options,
            format_func=lambda each: f"version {each}" if each else f"all of {wish.prompt}",
            key=f"pausing-version-{wish.prompt}",
        )
    because = st.text_input("Why", key="pausing-because", placeholder="Wrong prices in the answers")
    until = st.text_input("Until", key="pausing-until", placeholder="somebody resumes it; or 2h, 18:00")
    st.caption(UNDER_WAY)
    end = None
    try:
        end = later(until, datetime.now(zone())) if until.strip() else None
    except BadInput as problem:
        error(str(problem))
        return
    what = f"{wish.prompt}{f'@{version}' if version else ''}" if wish.prompt else "all new calls"
    write = store.paused(wish.prompt, version, session.who(), because.strip(), end)
    _confirm(plain(f"Pause {what}"), "pausing-do", write, f"{what} {'is' if wish.prompt else 'are'} paused.")


def _ending(wish: Wish) -> None:
    if STATE not in st.session_state:
        st.rerun()
    pause = wish.ending
    hint(pause.sentence, icon=":material/pause_circle:")
    write = store.resumed(pause.prompt, pause.version, session.who())
    what = f"New calls with {pause.ref}" if pause.ref else "New calls"
    _confirm(plain(f"Resume {pause.ref or 'new calls'}"), "pausing-end", write, f"{what} are made again.")


def _confirm(title: str, key: str, write: Write, done: str) -> None:
    st.button(title, key=key, type="primary", on_click=_do, args=(write, done))
    if problem := st.session_state.pop("pausing-problem", None):
        error(problem)


def _do(*arguments: Any) -> None:
    write, done = arguments
    database = session.lab().store
    try:
        database.post(write)
        database.flush()
    except LabError as problem:
        st.session_state["pausing-problem"] = str(problem)
    else:
        st.session_state.pop(STATE, None)
        st.session_state[DONE] = plain(done[0].upper() + done[1:])
