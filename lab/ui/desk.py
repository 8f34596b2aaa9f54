"""Prompts that are being edited: what was typed is a draft in the database until it is saved or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st

from lab import prompts, store
from lab.errors import BadInput, StoreError
from lab.prompts import Change, Edit
from lab.types import new_id
from lab.ui import session, shelf


@dataclass
class Draft:
    """What stands in the form of a prompt or set, which began from `version` when `based_on` was the newest.

    `fresh` is the form as it began, `kept` when it was last written to the database, `unkept` why it could
    not be, `conflict` why saving was refused: somebody saved a newer version meanwhile.
    """

    id: str
    name: str
    version: int
    based_on: int
    form: dict[str, Any]
    fresh: Mapping[str, Any]
    kept: str | None = None
    unkept: str | None = None
    conflict: prompts.Conflict | None = None

    def key(self, box: str) -> str:
        return f"prompts-edit-{self.id}-{box}"


class Proposal(NamedTuple):
    """What a draft would save: the file (as far as it can be written down), what is wrong with it, the patch
    (None where something is wrong), and the version that somebody saved meanwhile."""

    text: str | None
    problem: str | None = None
    patch: str | None = None
    newer: int | None = None


def drafts(name: str | None = None) -> list[dict[str, Any]]:
    """What this person typed and has not saved, newest first."""
    return store.drafts(session.lab().store.read, session.who(), name)


def editing(name: str, version: int) -> str:
    """The draft that is open: the one in the address, else the one in which this tab typed nothing yet."""
    return st.query_params.get("draft") or st.session_state.setdefault(_untyped(name, version), new_id())


def draft(name: str, version: int, newest: int) -> Draft:
    """The draft that is open, as it was left; a new one begins from this version. Raises BadInput."""
    id = editing(name, version)
    known = st.session_state.get(_state(id))
    if isinstance(known, Draft) and known.name == name:
        return known
    row = store.draft(session.lab().store.read, session.who(), id)
    if row and row["prompt"] != name:  # an address that somebody put together: both keep their own
        del st.query_params["draft"]
        return draft(name, version, newest)
    if row:
        try:
            fresh = _fresh(name, row["version"])
        except BadInput:  # the version is gone; what was typed is there
            fresh = {}
        found = Draft(id, name, row["version"], row["based_on"], row["form"], fresh, row["updated_at"])
    else:
        fresh = _fresh(name, version)
        found = Draft(id, name, version, newest, dict(fresh), fresh)
    st.session_state[_state(found.id)] = found
    return found


def keep(draft: Draft, form: dict[str, Any]) -> None:
    """What stands in the form now, so that neither a reload nor a closed tab loses it."""
    if form == draft.form and not draft.unkept:
        return
    draft.form = form
    database, who = session.lab().store, session.who()
    changed = not _untouched(draft)
    try:
        if changed:
            write = store.draft_kept(draft.id, who, draft.name, draft.version, draft.based_on, form)
        else:
            write = store.draft_dropped(draft.id, who)
        database.post(write)
        database.flush()
        row = store.draft(database.read, who, draft.id)
    except StoreError as error:
        draft.unkept = str(error)
    else:
        draft.kept, draft.unkept = row["updated_at"] if row else None, None


def typed(draft: Draft) -> None:
    """Keep what the boxes hold now: a page that is left right after typing is never drawn again."""
    form = {**draft.form}
    for box in form:
        if (key := draft.key(box)) in st.session_state:
            held = st.session_state[key]
            form[box] = prompts.pairs(st.session_state[f"{key}-rows"], held) if box == "pairs" else held or ""
    keep(draft, form)


def begun(draft: Draft) -> bool:
    """Whether there is something to come back to. From then on the address names it, and whoever opens the
    form without that name gets another one."""
    if draft.kept:
        _forget(draft)
    return bool(draft.kept)


def drop(id: str) -> None:
    """Take away what was typed."""
    database = session.lab().store
    database.post(store.draft_dropped(id, session.who()))
    database.flush()
    if known := st.session_state.pop(_state(id), None):
        _forget(known)


def rebase(draft: Draft) -> None:
    """Go on from the version that somebody saved meanwhile: the draft will follow it."""
    draft.based_on, draft.conflict = draft.conflict.newer, None
    form, draft.form = draft.form, {}
    keep(draft, form)


def save(draft: Draft) -> Edit:
    """Write and publish it as the next version. Raises BadInput, and Conflict, which the draft remembers."""
    given = _given(draft)
    if not given.get("message"):
        raise BadInput("Say why there is a new version, in the line above the button, then save again.")
    if changes(draft, draft.based_on) == ():
        raise BadInput(f"This says the same as version {draft.based_on}; there is nothing to save.")
    try:
        edit = prompts.saved(shelf.folder(), draft.name, given, draft.based_on)
    except prompts.Conflict as conflict:
        draft.conflict = conflict
        raise
    with suppress(StoreError):  # it is saved, and the draft goes as soon as the database can be written
        drop(draft.id)
    return edit


def proposal(draft: Draft) -> Proposal:
    """What saving would write; for those, too, who cannot write."""
    try:
        given = _given(draft)
    except BadInput as error:
        return Proposal(_typed(draft), str(error))
    try:
        edit = prompts.saving(shelf.folder(), draft.name, given, draft.based_on)
    except prompts.Conflict as conflict:
        return Proposal(conflict.text, newer=conflict.newer)
    except BadInput as error:
        return Proposal(_typed(draft), str(error))
    return Proposal(prompts.dump(edit.thing), patch=prompts.patch(shelf.folder(), edit))


def _typed(draft: Draft) -> str | None:
    """The text of a draft that is not in order."""
    try:
        return draft.form["yaml"] if "yaml" in draft.form else as_yaml(draft)
    except BadInput:
        return None


def changes(draft: Draft, version: int) -> tuple[Change, ...] | None:
    """What the draft changes in a version; None where the version cannot be read. Raises BadInput."""
    mine = prompts.checked(draft.form, draft.name)
    try:
        return prompts.diff(prompts.thing(shelf.folder(), f"{draft.name}@{version}"), mine)
    except BadInput:
        return None


def as_yaml(draft: Draft) -> str:
    """The form as YAML, right or wrong. Raises BadInput for a box that is not YAML."""
    return prompts.as_yaml(prompts.given(draft.form))


def as_form(draft: Draft) -> dict[str, Any]:
    """The YAML as a form. Raises BadInput where it says nothing that has boxes."""
    return prompts.form(prompts.checked(draft.form, draft.name))


def _given(draft: Draft) -> dict[str, Any]:
    given = prompts.fields(prompts.checked(draft.form, draft.name))
    message = draft.form["message"].strip()
    return given | ({"message": message} if message else {})


def _untouched(draft: Draft) -> bool:
    """Whether all is as it began, if perhaps in the other of its two forms."""
    form, fresh = draft.form, draft.fresh
    if "yaml" in form and fresh and "yaml" not in fresh and not form["message"]:
        return form["yaml"] == prompts.as_yaml(prompts.given(fresh))
    return form == fresh


def _fresh(name: str, version: int) -> dict[str, Any]:
    """The form of a version; the file as it stands where it cannot be read. Raises BadInput."""
    try:
        return prompts.form(prompts.thing(shelf.folder(), f"{name}@{version}")) | {"message": ""}
    except BadInput:
        return {"yaml": prompts.source(shelf.folder(), name, version), "message": ""}


def _forget(draft: Draft) -> None:
    st.session_state.pop(_untyped(draft.name, draft.version), None)


def _state(id: str) -> str:
    return f"prompts-draft-{id}"


def _untyped(name: str, version: int) -> str:
    return f"prompts-untyped-{name}-{version}"
