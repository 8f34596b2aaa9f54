"""What is out of the ordinary, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from lab import alerts as watching
from lab.alerts import Judgement
from lab.errors import LabError
from lab.store import Write, alerting
from lab.ui import session
from lab.ui.parts.links import link
from lab.ui.parts.notices import empty, error, plain, warning
from lab.ui.parts.spans import local, zone

LOOKS = {
    "notice": (":material/info:", "blue"),
    "warning": (":material/warning:", "orange"),
    "critical": (":material/error:", "red"),
}
MUTES = {"1 hour": timedelta(hours=1), "8 hours": timedelta(hours=8), "1 week": timedelta(weeks=1)}
PLURAL = {"notice": "notices", "warning": "warnings", "critical": "critical"}
HISTORY = 50
HOW = """Product traffic is looked at once a minute while the app runs; `lab alerts` does the same for cron.
`[alerts]` in `lab.toml` says from where on something is an alert, and where a message goes."""


def alerts() -> None:
    """The open ones, how all that is watched stands, and those that are over."""
    st.caption(HOW)
    rows = alerting.alerts(session.lab().store.read, HISTORY)
    _undelivered()
    there = [row for row in rows if not row["ended_at"]]
    for row in there:
        _row(row)
    if not there:
        empty("No alert is open", "Nothing that is watched is out of the ordinary.")
    st.subheader("What is watched", anchor=False)
    _watched()
    if past := [row for row in rows if row["ended_at"]]:
        st.subheader("Over", anchor=False)
        for row in past:
            _past(row)


def alert_mark() -> None:
    """In the sidebar: how many are open that nobody knows of, the gravest first; nothing where none is."""
    there = [row for row in alerting.alerts(session.lab().store.read) if not row["silent"]]
    if there:
        counts = {each: sum(row["severity"] == each for row in there) for each in reversed(LOOKS)}
        gravest = next(each for each, many in counts.items() if many)
        said = ", ".join(
            f"{many} {PLURAL[each] if many > 1 else each}" for each, many in counts.items() if many
        )
        icon, colour = LOOKS[gravest]
        link(f":{colour}[Alerts: {said}]", "logs", icon=icon, view="alerts")


def _undelivered() -> None:
    unsent = alerting.notices_unsent(session.lab().store.read)
    if unsent:
        again = "It is tried again." if any(each["next_at"] for each in unsent) else "It is given up."
        many = f"{len(unsent)} message{'s' * (len(unsent) > 1)}"
        warning(f"{many} of the last day could not be delivered. {unsent[0]['error']} {again}")


def _row(row: Mapping[str, Any]) -> None:
    icon, colour = LOOKS[row["severity"]]
    with st.container(border=True, gap="xsmall", key=f"alert-{row['id']}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(row["severity"], icon=icon, color=colour)
            st.markdown(f"**{plain(watching.title(row['rule']))}**", width="content")
            if row["kind"] == "simulated":
                st.badge("Simulated", icon=":material/smart_toy:", color="orange")
            st.caption(_since(row), width="content")
        st.markdown(plain(row["sentence"]))
        st.caption(f"{plain(row['means'])} {plain(row['do'])}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            page = dict(row["view"])
            link("Look at it", page.pop("page", "logs"), icon=":material/search:", **page)
            st.markdown(f"`{row['command']}`", width="content")
            _silencing(row)


def _since(row: Mapping[str, Any]) -> str:
    now = datetime.now(zone())
    said = f"since {local(row['opened_at'], now)}, last seen {local(row['seen_at'], now)}"
    if row["acknowledged_at"]:
        said += f" · acknowledged by {row['acknowledged_by']}"
    elif row["silent"]:
        said += f" · muted until {local(row['muted_until'], now)} by {row['muted_by']}"
    return plain(said)


def _silencing(row: Mapping[str, Any]) -> None:
    """Acknowledge it, mute it for a while, or have it speak again."""
    who, id = session.who(), row["id"]
    if row["silent"] and not row["acknowledged_at"]:
        _button("Unmute", id, "unmute", lambda: alerting.alert_muted(id, who, None), ":material/volume_up:")
    elif not row["acknowledged_at"]:
        help = "Somebody knows: it is counted no more, and says nothing until it is over or gets worse."
        _button(
            "Acknowledge",
            id,
            "ack",
            lambda: alerting.alert_acknowledged(id, who),
            ":material/check:",
            help,
        )
        with st.popover("Mute", icon=":material/volume_off:", type="tertiary", key=f"alert-mutes-{id}"):
            for name, span in MUTES.items():
                _button(f"For {name}", id, name, lambda span=span: _muted(id, span))


def _muted(id: int, span: timedelta) -> Write:
    return alerting.alert_muted(id, session.who(), datetime.now(zone()) + span)


def _button(
    title: str, id: int, name: str, write: Callable[[], Write], icon: str = "", help: str = ""
) -> None:
    about: dict[str, Any] = {"type": "tertiary", "icon": icon or None, "help": help or None}
    st.button(title, key=f"alert-{name.replace(' ', '-')}-{id}", on_click=_do, args=(write,), **about)


def _do(write: Callable[[], Write]) -> None:
    database = session.lab().store
    database.post(write())
    database.flush()


def _watched() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="alerts-looking"):
        st.button("Look now", key="alerts-look", icon=":material/refresh:", on_click=_look)
        if problem := st.session_state.pop("alerts-problem", None):
            error(problem)
    judgements = _judgements(str(session.lab().store.path))
    if not judgements:
        empty("Nothing to watch yet", "No product traffic in the last hours: chat, `lab ask` and programs.")
    for rule in watching.rules():
        if mine := [each for each in judgements if each.rule == rule]:
            st.markdown(f"**{watching.title(rule)}**")
            _judged(mine)


def _judged(judgements: Sequence[Judgement]) -> None:
    for each in judgements:
        icon, colour = LOOKS[each.severity] if each.severity else (":material/check_circle:", "green")
        if not each.judged:
            icon, colour = ":material/hourglass_empty:", "gray"
        fewer = "" if each.judged else " Too little is known to judge it."
        made_up = "Simulated: " * (each.kind == "simulated")
        st.markdown(f":{colour}[{icon}] {made_up}{plain(each.sentence)}{fewer}")


@st.cache_resource(ttl=30, max_entries=4, show_spinner="Looking at the traffic …")
def _judgements(path: str) -> Sequence[Judgement]:
    return watching.found(session.lab())


def _look() -> None:
    _judgements.clear()
    try:
        asyncio.run(watching.look(session.lab()))
    except LabError as problem:
        st.session_state["alerts-problem"] = str(problem)


def _past(row: Mapping[str, Any]) -> None:
    now = datetime.now(zone())
    span = f"{local(row['opened_at'], now)} to {local(row['ended_at'], now)}"
    made_up = "Simulated: " * (row["kind"] == "simulated")
    st.markdown(f":small[{plain(span)} · {row['severity']} · {made_up}{plain(row['sentence'])}]")
