"""One call, whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab import figures, store
from lab.engine import as_curl, as_python
from lab.types import OPEN_STATES
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.addition import addition
from lab.ui.parts.attached import shortened
from lab.ui.parts.bill import bill
from lab.ui.parts.content import answer_blocks, sent
from lab.ui.parts.fields import misfits
from lab.ui.parts.figures import CUT, HELP, drawable, figure, outcome, prompt
from lab.ui.parts.links import address, link
from lab.ui.parts.misses import missed
from lab.ui.parts.notices import error, hint, plain, warning
from lab.ui.parts.replaying import replaying
from lab.ui.parts.resend import resend
from lab.ui.parts.timing import timing
from lab.ui.parts.whymissed import why_missed

Call = Mapping[str, Any]

THUMBS = {1: ":material/thumb_up:", -1: ":material/thumb_down:", 0: ":material/edit_note:"}


def call(found: Call) -> None:
    """`found` is what `store.call` gives."""
    whole, found = found, drawable(found)
    _head(found, whole)
    views = ["Messages", "Time", "Cost", "Cache", "JSON"]
    messages, time, costs, cached, raw = st.tabs(views, key="logs-view", on_change="rerun")
    if messages.open:
        with messages:
            _messages(found)
    if time.open:
        with time:
            timing(found)
    if costs.open:
        with costs:
            bill(found)
    if cached.open:
        with cached:
            why_missed(whole)
    if raw.open:
        with raw:
            _raw(found)


def steps(id: str, ids: Sequence[str]) -> None:
    """From this call to the ones beside it in the table."""
    at = ids.index(id) if id in ids else None
    with st.container(horizontal=True, key="logs-steps"):
        for label, icon, to in (("Newer", "keyboard_arrow_up", -1), ("Older", "keyboard_arrow_down", 1)):
            there = at is not None and 0 <= at + to < len(ids)
            st.button(
                label,
                key=f"logs-step-{label}",
                icon=f":material/{icon}:",
                type="tertiary",
                shortcut="K" if to < 0 else "J",
                disabled=not there,
                on_click=_step,
                args=(ids[at + to] if there else id,),
            )


def _step(id: str) -> None:
    address(call=id)


def _head(call: Call, whole: Call) -> None:
    words, colour = outcome(call, len(call["attempts"]))
    named = " · ".join(
        f"**{plain(name)}**" for name in (call["answered_by"] or call["model"], prompt(call)) if name
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="logs-head"):
        st.markdown(named, width="content")
        st.badge(plain(words), color=colour)
        if call["source"] != "api":
            source = figures.source(call)
            st.badge(plain(source), color="orange" if source.endswith("simulated") else "gray")
    began = datetime.fromisoformat(call["started_at"]).astimezone(spans.zone())
    who = [began.strftime("%Y-%m-%d %H:%M:%S"), call["user"], call["origin"], call["id"]]
    st.caption(plain(" · ".join(who)))
    _problem(call)
    with st.container(horizontal=True, key="logs-figures"):
        figure("cost", figures.cost(call), HELP["cost"])
        figure(
            "tokens", figures.tokens(call), " ".join(HELP[name] for name in ("in", "write", "read", "out"))
        )
        figure("first token", figures.seconds(call["first_token_ms"]), HELP["first token"])
        figure("total", figures.seconds(call["total_ms"]), HELP["total"])
        figure("speed", figures.speed(call), HELP["speed"])
    missed(call)
    _actions(whole)


def _problem(call: Call) -> None:
    """What has to be known of a call that did not simply finish."""
    said = figures.outcome(call)
    sentence = f"{said[:1].upper()}{said[1:]}."
    why = figures.declined(call).removeprefix(": ")
    if call["rule"]:
        st.caption(f":material/alt_route: {plain(figures.ruled(call))}")
    if call["rerouted"]:
        st.caption(f":material/alt_route: {plain(call['rerouted'])}")
    if flag := call["flag"]:
        _flag(call, flag)
    cut = call["stop_reason"] in CUT or call["refused_in_words"]
    if call["error"]:
        error(f"{sentence} {call['error']}")
        st.caption(plain(f"error type {call['error_type']}"))
    elif call["state"] not in ("ok", *OPEN_STATES) or cut:
        hint(f"{sentence} {why}".strip())


def _flag(call: Call, flag: Mapping[str, Any]) -> None:
    """What was left to a person, and the button that says it was seen."""
    if flag["settled_at"]:
        st.caption(f":material/flag: {plain(flag['reason'])} Settled by {plain(flag['settled_by'])}.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="logs-flag"):
        warning(f"A person is to look at this: {flag['reason']}", ":material/flag:")
        st.button("Settle", key=f"logs-settle-{call['id']}", on_click=_settle, args=(call["id"],))


def _settle(id: str) -> None:
    database = session.lab().store
    database.post(store.flag_settled(id, session.who().user))
    database.flush()


def _actions(call: Call) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="logs-actions"):
        if call["conversation_id"]:
            link("Open in chat", "chat", icon=":material/chat:", c=call["conversation_id"])
        if call["run_id"]:
            link("Run", "runs", icon=":material/fact_check:", run=call["run_id"])
        st.download_button(
            "Download",
            json.dumps(call, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace"),
            f"call-{call['id']}.json",
            "application/json",
            key=f"logs-download-{call['id']}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help="The whole call, as it is in the log. Money is in picodollars: 10¹² are a dollar.",
        )
        resend(call)
        if call["request"]:
            replaying(call["id"])
            addition(call)
        if call["state"] in OPEN_STATES:
            st.button("Refresh", key="logs-again", icon=":material/refresh:", type="tertiary")


def _messages(call: Call) -> None:
    sent(call["request"])
    st.markdown("**answer**")
    answer_blocks(call["answer"], call["partial"])
    misfits(call["request"] or {}, call)
    for rating in call["ratings"]:
        note = f": {rating['note']}" if rating["note"] else ""
        st.markdown(f"{THUMBS.get(rating['value'], '')} {plain(rating['user'] + note)}")


def _copied(call: Call) -> None:
    """The same request for a terminal; what is long is drawn when it is unfolded."""
    if not call["request"]:
        return
    for name, form, language in (("curl", as_curl, "bash"), ("Python", as_python, "python")):
        folded = st.expander(f"Copy as {name}", key=f"logs-copy-{name}", on_change="rerun")
        if folded.open:
            folded.caption("It reads the key from ANTHROPIC_API_KEY, and costs what a call costs.")
            folded.code(form(call["request"]), language=language, height=300)


def _raw(call: Call) -> None:
    ids = {"message id": call["message_id"], "request id": call["request_id"]}
    for name, value in ids.items():
        if value:
            st.caption(plain(f"{name} {value}"))
    _copied(call)
    st.markdown("**request**", help="The body of POST /v1/messages, as it was sent, without stream.")
    if call["request"] is None:
        st.caption("Nothing was sent.")
    else:
        st.json(shortened(call["request"]), expanded=2)
    st.markdown("**answer**", help="The content blocks that came back.")
    st.json(call["answer"] or [], expanded=2)
