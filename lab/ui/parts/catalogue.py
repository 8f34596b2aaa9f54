"""All prompts and few-shot sets, a row each, and the beginning of a new one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from lab import prompts, store
from lab.errors import BadInput
from lab.prompts import Entry
from lab.ui import desk, session, shelf
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty, error, plain, warning

MANY = 8
"""Rows from which on they can be searched."""
PAGE = 40
NEW = "prompts-new"
KINDS = {"": "Prompt", f"{prompts.SETS}/": "Few-shot set"}


def catalogue(entries: Sequence[Entry]) -> None:
    """The rows, prompts before sets."""
    wanted = ""
    if len(entries) >= MANY:
        wanted = st.text_input(
            "Search", key="prompts-search", type="search", live="300ms", placeholder="Name or description"
        )
    found = [each for each in entries if wanted.lower() in f"{each.name} {each.description}".lower()]
    if not found:
        empty("Nothing of that name", "Search for something else, or begin a new prompt.")
    pages = -(-len(found) // PAGE)
    page = st.pagination(pages, key=f"prompts-page-{wanted}") if pages > 1 else 1
    typed = {each["prompt"] for each in desk.drafts()}
    held = {each.prompt for each in store.pauses(session.lab().store.read)}
    shown = found[(page - 1) * PAGE : page * PAGE]
    for title, is_set in (("Prompts", False), ("Few-shot sets", True)):
        if rows := [each for each in shown if each.name.startswith(f"{prompts.SETS}/") == is_set]:
            st.subheader(title, anchor=False)
            for entry in rows:
                _row(entry, typed, held)


def verified() -> None:
    """A button that looks through every file of every version, and what it found."""
    if not st.button(
        "Verify all", key="prompts-verify", type="tertiary", icon=":material/rule:", help=_VERIFY
    ):
        return
    problems = prompts.verify(shelf.folder())
    for problem in problems:
        error(shelf.said(problem))
    if not problems:
        st.success("All versions, labels and few-shot sets are sound.", icon=":material/check:")


_VERIFY = "Published versions that changed, labels that point nowhere, files that nothing can read."


def badges(labels: Mapping[str, prompts.Target]) -> None:
    """Where each label points."""
    for name, target in labels.items():
        st.badge(f"{name} → {prompts.told(target)}", color="green" if name == prompts.PRODUCTION else "blue")


def open_prompt(name: str | None, view: str | None = None) -> None:
    """Show a prompt or set, or (None) all of them."""
    address(prompt=name, view=view, version=None, draft=None, **{"with": None})


def new_prompt() -> None:
    """The button that begins a prompt or a few-shot set."""
    st.button(
        "New",
        key="prompts-new-open",
        icon=":material/add:",
        on_click=st.session_state.__setitem__,
        args=(NEW, ""),
    )
    if st.session_state.get(NEW) is not None:
        _naming()


def _row(entry: Entry, typed: Collection[str], held: Collection[str | None]) -> None:
    with st.container(border=True, key=f"prompts-row-{entry.name.replace('/', '--')}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                f"**{plain(entry.name.removeprefix(f'{prompts.SETS}/'))}**",
                key=f"prompts-open-{entry.name}",
                type="tertiary",
                icon=":material/dataset:" if entry.name.startswith(f"{prompts.SETS}/") else ICON,
                on_click=open_prompt,
                args=(entry.name,),
            )
            badges(entry.labels)
            if entry.name in held:
                st.badge("Paused", icon=":material/pause_circle:", color="orange")
            if entry.name in typed:
                st.badge("Your unsaved text", icon=":material/edit:", color="orange")
            st.caption(_versions(entry), width="content")
        if entry.error:
            error(shelf.said(entry.error))
        elif entry.description:
            st.markdown(plain(entry.description))


ICON = ":material/description:"


def _versions(entry: Entry) -> str:
    count = len(entry.versions)
    if not count:
        return "No version"
    unpublished = [str(each.number) for each in entry.versions if not each.published]
    said = f"{count} version{'s' if count > 1 else ''}, newest {entry.versions[-1].number}"
    return said + (f" · unpublished: {', '.join(unpublished)}" if unpublished else "")


@st.dialog("New prompt or few-shot set", on_dismiss=lambda: st.session_state.pop(NEW, None))
def _naming() -> None:
    if NEW not in st.session_state:
        st.rerun()
    kind = st.segmented_control(
        "Kind", list(KINDS), format_func=KINDS.get, default="", required=True, key="prompts-new-kind"
    )
    name = st.text_input(
        "Name",
        key="prompts-new-name",
        placeholder="refund-mails",
        help="Small letters, digits, - and _. It becomes the name of a folder.",
    )
    if problem := st.session_state[NEW]:
        error(shelf.said(problem))
    can = prompts.writable(shelf.folder())
    if not can:
        warning(f"The folder {shelf.said(shelf.folder())} cannot be written from here.")
    st.button(
        "Begin",
        key="prompts-new-begin",
        type="primary",
        on_click=_begin,
        args=(f"{kind}{(name or '').strip()}",),
        disabled=not can,
    )


def _begin(name: str) -> None:
    try:
        prompts.new(shelf.folder(), name)
    except BadInput as problem:
        st.session_state[NEW] = str(problem)
    else:
        del st.session_state[NEW]
        open_prompt(name, "edit")
