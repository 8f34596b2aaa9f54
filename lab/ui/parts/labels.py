"""Where labels point, and the dialog that moves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lab import prompts
from lab.errors import BadInput
from lab.evals import promotion
from lab.prompts import Entry, Target
from lab.ui import session, shelf
from lab.ui.parts.difference import difference
from lab.ui.parts.notices import error, hint, plain, warning
from lab.ui.parts.required import on_record, required

STATE, DONE = "prompts-move", "prompts-moved"


@dataclass
class Move:
    """A label that is moved, added (it has no name yet) or removed; `was`: where it pointed as that began."""

    prompt: str
    label: str | None
    was: Target | None
    removing: bool = False
    problem: str | None = None
    suggested: int | None = None


def prompt_labels(entry: Entry) -> None:
    """Each label with what can be done to it."""
    with st.container(gap=None, key="prompts-labels"):
        for name, target in entry.labels.items():
            with st.container(horizontal=True, vertical_alignment="center", key=f"prompts-label-{name}"):
                st.markdown(f"**{plain(name)}** → {plain(prompts.told(target))}", width=180)
                with st.container(horizontal=True, width="content", wrap=False):
                    _button("Move", name, entry, Move(entry.name, name, target))
                    _button("Remove", name, entry, Move(entry.name, name, target, removing=True))
            on_record(entry, name)
    if not entry.labels:
        st.caption("No labels. Without one, the name alone means the newest version.")
    _button("Add a label", "", entry, Move(entry.name, None, None))


def moving(entry: Entry) -> None:
    """The dialog, while a label of this prompt is being moved; what was done, once it is."""
    if done := st.session_state.pop(DONE, None):
        st.toast(done, icon=":material/label:")
    move = st.session_state.get(STATE)
    if isinstance(move, Move) and move.prompt == entry.name:
        verb = "Remove" if move.removing else "Move"
        title = f"{verb} {move.label}" if move.label else f"A label for {entry.name}"
        st.dialog(plain(title), width="large", on_dismiss=_dismissed)(_dialog)(entry, move)


def move_to(entry: Entry, version: int) -> None:
    """Begin to point a label, which one is still to be said, to a version."""
    st.session_state[STATE] = Move(entry.name, None, None, suggested=version)


def _button(title: str, name: str, entry: Entry, move: Move) -> None:
    st.button(
        title,
        key=f"prompts-{title.split()[0].lower()}-{entry.name}-{name}",
        type="secondary" if move.label is None else "tertiary",
        icon={"Move": ":material/east:", "Remove": ":material/close:"}.get(title, ":material/add:"),
        on_click=st.session_state.__setitem__,
        args=(STATE, move),
    )


def _dismissed() -> None:
    st.session_state.pop(STATE, None)


def _dialog(entry: Entry, move: Move) -> None:
    if STATE not in st.session_state:
        st.rerun()
    label = move.label or _named(entry, move)
    was = move.was if move.label else entry.labels.get(label)
    if was is not None:
        st.markdown(f"**{plain(label)}** points to version {plain(prompts.told(was))} now.")
    target = None if move.removing else _target(entry, move, was)
    if move.removing:
        st.markdown(_NEWEST if label == prompts.PRODUCTION else _TOLD)
    if move.problem:
        error(shelf.said(move.problem))
    may, reason = required(entry, label, target)
    _done(move, (entry.name, label, target, was, reason), may)
    if target is not None:
        _shown(entry, was, target)


_TOLD = "Whoever asks for it will be told that it is not there."
_NEWEST = "Without it, the name alone means the newest version."


def _named(entry: Entry, move: Move) -> str:
    key = f"prompts-label-name-{entry.name}-{move.suggested}"
    free = [each for each in (prompts.PRODUCTION, "staging") if each not in entry.labels]
    options = [*free, *entry.labels] if move.suggested is None else [*entry.labels, *free]
    if (now := st.session_state.get(key)) and now not in options:
        options.append(now)
    return st.selectbox(
        "Label", options, key=key, accept_new_options=True, help="Choose one, or type a new one."
    ).strip()


def _target(entry: Entry, move: Move, was: Target | None) -> Target | None:
    """What was chosen: a version, or shares of several; None while it makes no sense."""
    numbers = [each.number for each in reversed(entry.versions)]
    key = f"{entry.name}-{was}-{move.suggested}"
    shares = isinstance(was, dict) and move.suggested is None
    if not st.toggle("Share between versions", shares, key=f"prompts-shares-{key}"):
        first = numbers.index(move.suggested or numbers[0])
        return st.selectbox("To version", numbers, index=first, key=f"prompts-to-{key}")
    before = list(was) if isinstance(was, dict) else _two(was, move.suggested, numbers)
    chosen = st.multiselect(
        "Versions",
        numbers,
        default=[each for each in before if each in numbers],
        key=f"prompts-among-{key}",
    )
    typed = st.text_input(
        "Their shares in percent, in that order",
        "/".join(map(str, was.values())) if isinstance(was, dict) else "90/10",
        key=f"prompts-percent-{key}",
    )
    try:
        return prompts.shared(chosen, typed)
    except BadInput as problem:
        error(shelf.said(problem))
        return None


def _two(was: Target | None, wanted: int | None, numbers: list[int]) -> list[int]:
    """Where the label points, and the version that is wanted, or the newest other one."""
    now = list(prompts.pointed(was)) or numbers[1:2]
    return [*now, *[each for each in (wanted, *numbers) if each and each not in now][:1]]


def _shown(entry: Entry, was: Target | None, target: Target) -> None:
    """What those who ask for the label will find changed."""
    unpublished = [each.number for each in entry.versions if not each.published]
    for number in prompts.pointed(target):
        if number in unpublished:
            hint(
                f"Version {number} is not published. It is published when a label points to it: from then on "
                "its file must not change."
            )
    for before, after in prompts.steps(was, target):
        st.caption(f"What changes from version {before} to version {after}")
        try:
            changes = shelf.between(entry.name, before, after)
        except BadInput as problem:
            error(shelf.said(problem))
        else:
            key = f"prompts-move-{entry.name}-{before}-{after}"
            difference(changes, key, "The two say the same.")


def _done(move: Move, arguments: tuple[Any, ...], may: bool) -> None:
    name, label, target, *_ = arguments
    if not prompts.writable(shelf.folder(), name):
        _patched(move, arguments, may)
        return
    told = "" if target is None else prompts.told(target)
    st.button(
        plain(f"Remove {label}" if move.removing else f"Point {label} to {told}"),
        key="prompts-move-do",
        type="primary",
        disabled=not may or (target is None and not move.removing),
        on_click=_do,
        args=(move, arguments),
    )


def _patched(move: Move, arguments: tuple[Any, ...], may: bool) -> None:
    """For a folder that cannot be written: the same as a patch."""
    warning(f"The folder {shelf.said(shelf.folder() / move.prompt)} cannot be written from here.")
    try:
        if may and (arguments[2] is not None or move.removing):
            edit = promotion.Promotion(*arguments).edit(session.lab(), session.who())
            patch = prompts.patch(shelf.folder(), edit)
            st.download_button(
                "Download as a patch", patch, "labels.patch", key="prompts-move-patch", on_click="ignore"
            )
    except BadInput as problem:
        error(shelf.said(problem))


def _do(move: Move, arguments: tuple[Any, ...]) -> None:
    try:
        promotion.Promotion(*arguments).carry_out(session.lab(), session.who())
    except BadInput as problem:
        move.problem = str(problem)
    else:
        st.session_state.pop(STATE, None)
        verb = "is gone" if arguments[2] is None else f"points to {prompts.told(arguments[2])}"
        st.session_state[DONE] = f"{plain(arguments[1])} {plain(verb)} now."
