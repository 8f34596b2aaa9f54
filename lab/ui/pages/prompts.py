"""The team's prompts and few-shot sets: read, compared, edited, labelled."""

from __future__ import annotations

import streamlit as st

from lab import prompts
from lab.errors import BadInput
from lab.prompts import Entry
from lab.ui import desk, parts, shelf

TITLE, ICON, PLACE = "Prompts", ":material/description:", 3

VIEWS = {"read": "Read", "edit": "Edit", "compare": "Compare", "versions": "Versions and labels"}


def page() -> None:
    name = st.query_params.get("prompt")
    if name is None:
        _all()
    else:
        _one(name)


def _all() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title("Prompts", anchor=False)
        parts.new_prompt()
    entries = prompts.listing(shelf.folder())
    if entries:
        parts.catalogue(entries)
        parts.verified()
    else:
        parts.empty("No prompts yet", "A prompt is a folder of versions in `prompts`. Begin one with New.")


def _one(name: str) -> None:
    st.button(
        "All prompts",
        key="prompts-all",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=parts.open_prompt,
        args=(None,),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(parts.plain(name), anchor=False, width="content")
        head = st.container(horizontal=True, width="content")
    try:
        entry = prompts.entry(shelf.folder(), name)
    except BadInput as problem:
        parts.error(shelf.said(problem))
        return
    with head:
        parts.badges(entry.labels)
        if entry.versions and not name.startswith(f"{prompts.SETS}/"):
            parts.pause_button("Pause", name, tuple(each.number for each in reversed(entry.versions)))
    parts.paused(name)
    numbers = [str(each.number) for each in reversed(entry.versions)]
    if not numbers:
        parts.error(shelf.said(entry.error))
        return
    view = parts.pick("View", "view", list(VIEWS), "read", "prompts-view", VIEWS.get, tabs=True)
    _view(entry, view, numbers)
    parts.moving(entry)


def _view(entry: Entry, view: str, numbers: list[str]) -> None:
    if view == "versions":
        parts.unsaved(entry.name)
        if entry.error:
            parts.error(shelf.said(entry.error))
        st.subheader("Labels", anchor=False)
        parts.prompt_labels(entry)
        st.subheader("Versions", anchor=False)
        parts.releases(entry)
        return
    try:
        number = shelf.version(entry, st.query_params.get("version"))
    except BadInput as problem:
        parts.error(shelf.said(problem))
        number = int(numbers[0])
    parts.unsaved(entry.name, desk.editing(entry.name, number) if view == "edit" else None)
    if view == "edit":
        parts.editor(entry.name, number, int(numbers[0]))
    elif view == "compare":
        _compare(entry, number if st.query_params.get("version") else int(numbers[0]), numbers)
    else:
        _read(entry, number, numbers)


def _read(entry: Entry, number: int, numbers: list[str]) -> None:
    version = int(_version(entry, "Version", "version", numbers, str(number)))
    parts.just_saved(entry.name, version)
    parts.reading(entry.name, version)


def _compare(entry: Entry, number: int, numbers: list[str]) -> None:
    older = [each for each in numbers if int(each) < number] or numbers
    with st.container(horizontal=True, key="prompts-comparing"):
        before = _version(entry, "From version", "with", numbers, older[0])
        after = _version(entry, "To version", "version", numbers, str(number))
    try:
        changes = shelf.between(entry.name, before, after)
    except BadInput as problem:
        parts.error(shelf.said(problem))
        return
    parts.difference(changes, f"prompts-difference-{before}-{after}")


def _version(entry: Entry, label: str, param: str, numbers: list[str], default: str) -> str:
    return parts.pick(
        label,
        param,
        numbers,
        default,
        f"prompts-{param}",
        lambda each: shelf.told(entry, int(each)),
        width=260,
    )
