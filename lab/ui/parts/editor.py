"""The form in which a prompt or few-shot set is edited and saved as a new version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from lab import prompts
from lab.errors import BadInput
from lab.prompts import BOXES, EFFORTS
from lab.ui import desk, session, shelf
from lab.ui.desk import Draft
from lab.ui.parts.keystrokes import handed_over
from lab.ui.parts.links import address
from lab.ui.parts.notices import error, warning
from lab.ui.parts.saving import saving

FORM, YAML = "Form", "YAML"
ROW = 70
"""Pixels, for three lines of a cell."""


@st.fragment
def editor(name: str, version: int, newest: int) -> None:
    """Everything about the draft in the address, or a new one that begins from this version."""
    draft = desk.draft(name, version, newest)
    _begins(draft)
    with st.container(key="prompts-editor"):
        form = {"message": draft.form.get("message", "")}
        form |= _yaml(draft) if _mode(draft) == YAML else _boxes(draft)
        form["message"] = st.text_input(
            "Why this version",
            key=_seeded(draft, "message"),
            live="500ms",
            on_change=desk.typed,
            args=(draft,),
            placeholder="What you changed, and what for",
        )
    handed_over("prompts-editor", "prompts-keystrokes")
    desk.keep(draft, form)
    if desk.begun(draft):
        address(draft=draft.id)
    saving(draft)


def _begins(draft: Draft) -> None:
    if draft.version == draft.based_on:
        st.caption(f"Begins from version {draft.version}, the newest. Saving makes a new version.")
    else:
        _older(draft)
    if not prompts.writable(shelf.folder(), draft.name):
        warning(
            f"The folder {shelf.said(shelf.folder() / draft.name)} cannot be written from here. "
            "What you edit can be downloaded, as a patch or as the file.",
            ":material/lock:",
        )


def _older(draft: Draft) -> None:
    """That what newer versions changed is not in it."""
    with st.container(horizontal=True, vertical_alignment="center", key="prompts-older"):
        st.caption(
            f"Begins from version {draft.version}, not from {draft.based_on}, the newest: "
            "what is new there is not in it. Saving makes a new version.",
            width="content",
        )
        if not draft.kept and st.button(
            f"Begin from {draft.based_on}", key="prompts-newest", type="tertiary", icon=":material/east:"
        ):
            address(version=str(draft.based_on))
            st.rerun()


def _mode(draft: Draft) -> str:
    """Boxes for each field, or the whole as YAML."""
    key, mode = draft.key("mode"), YAML if "yaml" in draft.form else FORM
    st.session_state[key] = mode
    st.segmented_control(
        "Edit as",
        (FORM, YAML),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_turned,
        args=(draft,),
    )
    if problem := st.session_state.pop(draft.key("unturned"), None):
        error(shelf.said(problem))
    return mode


def _turned(draft: Draft) -> None:
    """From boxes to YAML or back; where what was typed does not allow it, all stays as it is."""
    desk.typed(draft)
    wanted = FORM if "yaml" in draft.form else YAML
    if st.session_state.get(draft.key("mode")) != wanted:
        return
    form = {"message": draft.form.get("message", "")}
    try:
        if "yaml" in draft.form:
            form |= desk.as_form(draft)
        else:
            form["yaml"] = desk.as_yaml(draft)
    except BadInput as problem:
        st.session_state[draft.key("unturned")] = str(problem)
    else:
        desk.keep(draft, form)
        for box in (*BOXES, "yaml"):
            st.session_state.pop(draft.key(box), None)


def _seeded(draft: Draft, box: str) -> str:
    """The key of a widget, which begins with what the draft holds."""
    key = draft.key(box)
    if key not in st.session_state:
        st.session_state[key] = draft.form.get(box, "")
    return key


def _yaml(draft: Draft) -> dict[str, Any]:
    key = _seeded(draft, "yaml")
    typed = st.text_area("The version as YAML", key=key, height=560, on_change=desk.typed, args=(draft,))
    return {"yaml": typed}


def _boxes(draft: Draft) -> dict[str, Any]:
    return _pairs(draft) if "pairs" in draft.form else _fields(draft)


def _pairs(draft: Draft) -> dict[str, Any]:
    key = draft.key("pairs")
    if key not in st.session_state:  # the table's own state is what changed in these rows
        st.session_state[f"{key}-rows"] = draft.form["pairs"] or [{"input": "", "output": ""}]
    description = _area(draft, "description", 80, "What the set is for.")
    st.data_editor(
        st.session_state[f"{key}-rows"],
        key=key,
        num_rows="dynamic",
        on_change=desk.typed,
        args=(draft,),
        hide_index=True,
        row_height=ROW,
        height=min(ROW * (len(draft.form["pairs"]) + 2), 9 * ROW),
        column_config={
            "input": st.column_config.TextColumn("Input", width="medium"),
            "output": st.column_config.TextColumn("Output", width="medium"),
        },
    )
    st.caption("A double click edits a cell; Shift+Enter begins a line in it. The last row adds one.")
    rows = prompts.pairs(st.session_state[f"{key}-rows"], st.session_state[key])
    return {"description": description, "pairs": rows}


def _fields(draft: Draft) -> dict[str, Any]:
    texts, settings = st.columns([5, 3], gap="medium")
    with texts:
        form = {
            "system": _area(
                draft, "system", 460, "What the model always knows and does. {{name}}: a variable."
            ),
            "user": _area(draft, "user", 110, "What goes with each question; {{input}}: what was typed."),
            "description": _area(draft, "description", 80, "What the prompt is for."),
        }
    with settings:
        models = ["", *session.lab().models]
        form["model"] = _choice(draft, "model", models, lambda each: each or "the lab's")
        form["max_tokens"] = st.number_input(
            BOXES["max_tokens"],
            min_value=1,
            step=256,
            key=_seeded(draft, "max_tokens"),
            help="In tokens, thinking included: `max_tokens`.",
        )
        form["effort"] = _choice(draft, "effort", ["", *EFFORTS], lambda each: each or "the model's")
        sets = [each.removeprefix(f"{prompts.SETS}/") for each in prompts.sets(shelf.folder())]
        form["set"] = _choice(draft, "set", ["", *sets], lambda each: each or "none")
        form["place"] = draft.form.get("place", "turns")
        if form["set"]:
            form["place"] = _choice(draft, "place", ["turns", "system"], _PLACES.get)
        form["variables"] = _area(draft, "variables", 150, "YAML: name, colon, {type, default, description}.")
        form["others"] = _area(
            draft, "others", 110, "YAML: thinking, schema, stop_sequences, cache, extra, as in the file."
        )
    return form


_PLACES = {"turns": "as turns before the question", "system": "in the system prompt"}


def _area(draft: Draft, box: str, height: int, help: str) -> str:
    key = _seeded(draft, box)
    return st.text_area(BOXES[box], key=key, height=height, help=help, on_change=desk.typed, args=(draft,))


def _choice(draft: Draft, box: str, options: list[str], show: Callable[[str], Any]) -> str:
    key = _seeded(draft, box)
    if (now := st.session_state[key]) not in options:
        options = [*options, now]
    chosen = st.selectbox(
        BOXES[box], options, key=key, format_func=show, accept_new_options=box in ("model", "set")
    )
    return chosen or ""
