"""A dataset's cases as a table to edit, and back into their file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from lab.errors import BadInput
from lab.evals import editing, working
from lab.ui import session
from lab.ui.parts import shelved
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import error, hint, plain, warning
from lab.ui.parts.rows import table

MOST = 20_000
"""Cases that are edited here; a longer file is edited as a file."""
HEIGHT = 520
SAVED = "datasets-saved"
"""In the session: name, sentence and patch of what was just saved."""


@dataclass
class Desk:
    """What stands in the table of a dataset. `begun` is what the table was drawn with, `now` with the edits
    in it; `turn` counts how often it was drawn anew. `lost` are rows that somebody else changed too."""

    begun: working.Working
    now: working.Working
    turn: int = 0
    conflict: str | None = None
    lost: list[working.Row] = field(default_factory=list)

    def anew(self, with_these: working.Working) -> None:
        self.begun = self.now = with_these
        self.turn += 1


def cases(name: str, path: Path) -> None:
    """The table, what it changes, and Save. Raises BadInput where the dataset cannot be read."""
    desk = _desk(name, path)
    _just_saved(name)
    if len(desk.now.of.rows) > MOST:
        hint(f"{shelved.named(desk.now.of.file)} holds more than {MOST:,} cases: edit it as a file.")
        return
    if desk.conflict:
        _conflict(name, path, desk)
    _lost(desk)
    problem = _table(name, desk)
    barrier = working.barrier(path, desk.now.of.file)
    if barrier:
        hint(shelved.said(barrier), ":material/lock:")
    if problem:
        error(problem)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="datasets-actions"):
        if not barrier and st.button(
            "Save", key="datasets-save", type="primary", icon=":material/save:", disabled=not desk.now.touched
        ):
            _save(name, path, desk)
        _column(name, desk)
        with st.popover("Discard", type="tertiary", disabled=not desk.now.touched, key="datasets-discarding"):
            st.markdown("What you changed will be gone.")
            st.button("Discard it", key="datasets-discard", on_click=_drop, args=(name,))
        st.caption(
            plain(f"{len(desk.now.rows):,} cases in {shelved.named(desk.now.of.file)}"), width="content"
        )
    _changes(path, desk)


def _desk(name: str, path: Path) -> Desk:
    """The edit of this tab, else a new one. What was typed is kept while other pages are looked at."""
    found = st.session_state.get(_kept(name))
    if found is None:
        new = working.begun(editing.grid(path))
        found = st.session_state[_kept(name)] = Desk(new, new)
    elif found.now is not found.begun and _key(name, found) not in st.session_state:
        found.anew(found.now)
    return found


def _table(name: str, desk: Desk) -> str | None:
    """Draw it and take in what was edited; what cannot be taken in is said."""
    columns = desk.begun.columns
    key = _key(name, desk)
    st.data_editor(
        _frame(key, desk.begun),
        key=key,
        num_rows="dynamic",
        hide_index=True,
        height=HEIGHT if len(desk.begun.rows) > 12 else "content",
        column_config={each: st.column_config.TextColumn(each, pinned=each == "id") for each in columns},
    )
    state = st.session_state.get(key) or {}
    edits = (state.get(part) for part in ("edited_rows", "added_rows", "deleted_rows"))
    cells, added, deleted = (each or () for each in edits)
    if not (cells or added or deleted):
        desk.now = desk.begun
        return None
    try:
        desk.now = working.done(
            desk.begun, {int(row): each for row, each in dict(cells).items()}, added, deleted
        )
    except BadInput as problem:
        return str(problem)
    return None


def _frame(key: str, of: working.Working) -> Any:
    """The same table as long as nothing but the edits in it changes."""
    known = st.session_state.get("datasets-frame")
    if known is None or known[0] != key:
        rows = drawable(working.shown(of))
        known = st.session_state["datasets-frame"] = (key, table(rows) if rows else [])
    return known[1]


def _save(name: str, path: Path, desk: Desk) -> None:
    try:
        edited = editing.save(path, desk.now.of.hash, desk.now.changes)
    except editing.Conflict as conflict:
        desk.conflict = str(conflict)
        st.rerun()
    except BadInput as problem:
        error(shelved.said(problem))
        return
    many = f"{len(edited.dataset.cases):,} cases"
    said = " ".join((f"Saved in {shelved.named(edited.file)}: {many}.", *edited.notes))
    st.session_state[SAVED] = {"name": name, "said": said, "patch": _patch(edited)}
    shelved.renew()
    _drop(name)
    st.rerun()


def _just_saved(name: str) -> None:
    saved: Mapping[str, Any] | None = st.session_state.get(SAVED)
    if not saved or saved["name"] != name:
        return
    st.success(plain(saved["said"]), icon=":material/check:")
    with st.expander("The patch, to send in for review", icon=":material/difference:"):
        st.code(drawable(saved["patch"]), language="diff", wrap_lines=True)
        _download(name, saved["patch"], "datasets-saved-patch")
        st.caption(f"In the folder that holds `datasets`: `git apply {name}.patch`")


def _changes(path: Path, desk: Desk) -> None:
    with st.expander("What it changes", key="datasets-changes", on_change="rerun") as shown:
        if not shown.open:
            return
        if not desk.now.touched:
            st.caption("Nothing yet.")
            return
        try:
            edited = editing.edit(path, desk.now.of.hash, desk.now.changes)
        except BadInput as problem:
            error(shelved.said(problem))
            return
        for note in edited.notes:
            st.caption(f":material/info: {plain(note)}")
        st.code(drawable(_patch(edited)), language="diff", wrap_lines=True)
        _download(path.stem, _patch(edited), "datasets-patch")


def _conflict(name: str, path: Path, desk: Desk) -> None:
    """Somebody saved first: nothing of this is lost, and nothing of theirs."""
    error(shelved.said(desk.conflict))
    with st.container(horizontal=True, key="datasets-conflict"):
        st.button(
            "Put my changes on the new file",
            key="datasets-rebase",
            type="primary",
            on_click=_rebase,
            args=(path, desk),
        )
        st.button("Discard mine", key="datasets-conflict-drop", on_click=_drop, args=(name,))


def _rebase(path: Path, desk: Desk) -> None:
    try:
        again, lost = working.rebased(desk.now, editing.grid(path))
    except BadInput as problem:
        desk.conflict = str(problem)
        return
    desk.anew(again)
    desk.conflict, desk.lost = None, lost


def _lost(desk: Desk) -> None:
    if desk.lost:
        warning("Somebody else changed or deleted these cases too. Theirs stand in the table; yours were:")
        st.dataframe(table(drawable(working.shown_rows(desk.lost))), hide_index=True, key="datasets-lost")


def _column(name: str, desk: Desk) -> None:
    with st.popover("Add a column", type="tertiary", key="datasets-column"):
        st.text_input("Its name", key="datasets-column-name", placeholder="expected")
        st.button("Add it", key="datasets-column-add", on_click=_widen, args=(desk,))


def _widen(desk: Desk) -> None:
    name = st.session_state["datasets-column-name"].strip()
    if name and name not in desk.now.columns:
        desk.anew(working.widened(desk.now, name))


def _drop(name: str) -> None:
    st.session_state.pop(_kept(name), None)


def _kept(name: str) -> str:
    return f"datasets-desk-{name}"


def _key(name: str, desk: Desk) -> str:
    return f"datasets-cells-{name}-{desk.begun.of.hash[:8]}-{desk.turn}"


def _patch(edited: editing.Edited) -> str:
    return edited.patch(session.lab().folder)


def _download(name: str, patch: str, key: str) -> None:
    st.download_button(
        "Patch",
        patch,
        f"{name}.patch",
        "text/x-diff",
        key=key,
        icon=":material/download:",
        help="The changed file as a patch, for git apply.",
        on_click="ignore",
    )
