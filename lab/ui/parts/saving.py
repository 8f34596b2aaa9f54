"""The end of the form: what would change, Save, and what to do where it cannot be saved."""

from __future__ import annotations

import streamlit as st

from lab import prompts
from lab.errors import BadInput
from lab.prompts import Conflict
from lab.ui import desk, shelf
from lab.ui.desk import Draft, Proposal
from lab.ui.parts.difference import difference
from lab.ui.parts.links import address
from lab.ui.parts.notices import error, hint, plain, warning
from lab.ui.parts.times import clock

SAVED = "prompts-saved"
"""In the session: name, version and patch of what was just saved."""


def saving(draft: Draft) -> None:
    """What the draft is, and what can be done with it."""
    proposal = desk.proposal(draft)
    _state(draft, proposal)
    if draft.conflict:
        _conflict(draft)
    with st.container(horizontal=True, key="prompts-actions"):
        pressed = prompts.writable(shelf.folder(), draft.name) and _save_button(draft.conflict)
        _downloads(draft, proposal)
        _discard(draft.id, draft.kept is None)
    if pressed:
        if draft.conflict:
            desk.rebase(draft)
        _save(draft)
    with st.expander("What it changes", key="prompts-changes", on_change="rerun") as changes:
        if changes.open:
            _changes(draft)


def just_saved(name: str, version: int) -> None:
    """That this version was saved a moment ago, where, and how to hand it on."""
    saved = st.session_state.get(SAVED)
    if not saved or (saved["name"], saved["version"]) != (name, version):
        return
    st.success(
        f"Saved as version {version}, in {plain(f'prompts/{name}/v{version}.yaml')}.", icon=":material/check:"
    )
    with st.expander("The patch, to send in for review", icon=":material/difference:"):
        st.code(saved["patch"], language="diff", wrap_lines=True)
        patch_button(name, saved["patch"], "prompts-saved-patch")
        st.caption("In the folder that holds `prompts`: `git apply " + _patch_name(name) + "`")


def unsaved(name: str, editing: str | None = None) -> None:
    """What the person typed earlier and did not save, to go on with; not what is open already."""
    for row in desk.drafts(name):
        if row["id"] == editing:
            continue
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"prompts-{row['id']}"
        ):
            st.markdown(
                f":material/edit: Your unsaved text from {clock(row['updated_at'])}, "
                f"based on version {row['version']}",
                width="stretch",
            )
            st.button(
                "Go on with it",
                key=f"prompts-go-on-{row['id']}",
                on_click=address,
                kwargs={"view": "edit", "version": str(row["version"]), "draft": row["id"]},
            )
            _discard(row["id"], False)


def _state(draft: Draft, proposal: Proposal) -> None:
    if draft.unkept:
        warning(f"What you typed is not kept yet. {draft.unkept}")
    elif draft.kept:
        st.caption(f"Not saved yet. What you typed is kept, since {clock(draft.kept)}: it survives a reload.")
    if proposal.problem:
        st.caption(
            f":orange[:material/warning:] It cannot be saved as it is. {plain(shelf.said(proposal.problem))}"
        )
    if proposal.newer and not draft.conflict:
        hint(f"Somebody saved version {proposal.newer} meanwhile. Save shows what differs.")


def _save_button(conflict: Conflict | None) -> bool:
    newer = conflict and conflict.newer
    return st.button(
        f"Save on top of version {newer}" if newer else "Save as a new version",
        key=f"prompts-save-on-{newer}" if newer else "prompts-save",
        type="primary",
        icon=":material/save:",
        shortcut="Ctrl+Enter",
    )


def _save(draft: Draft) -> None:
    try:
        edit = desk.save(draft)
    except Conflict:
        st.rerun()
    except BadInput as problem:
        error(shelf.said(problem))
    else:
        version = edit.thing.version
        patch = prompts.patch(shelf.folder(), edit)
        st.session_state[SAVED] = {"name": draft.name, "version": version, "patch": patch}
        address(view=None, version=str(version), draft=None)
        st.rerun()


def _conflict(draft: Draft) -> None:
    """Somebody was first: what they changed, and how it differs from what was typed here."""
    newer = draft.conflict.newer
    key = f"prompts-conflict-{draft.id}-{newer}"
    error(shelf.said(draft.conflict))
    st.markdown(f"**From version {newer} to your text**")
    try:
        if (changes := desk.changes(draft, newer)) is not None:
            difference(changes, f"{key}-mine", "Your text says the same.")
        theirs = shelf.between(draft.name, draft.based_on, newer)
    except BadInput as problem:
        error(shelf.said(problem))
        return
    with st.expander(f"What version {newer} changed in version {draft.based_on}"):
        difference(theirs, f"{key}-theirs")


def _changes(draft: Draft) -> None:
    """Against the version it began from, or the newest where that is another."""
    version = draft.version
    if draft.based_on != version:
        version = st.segmented_control(
            "Compared with version",
            (draft.version, draft.based_on),
            default=draft.version,
            required=True,
            key=f"prompts-changes-in-{draft.id}-{draft.based_on}",
        )
    try:
        changes = desk.changes(draft, version)
    except BadInput as problem:
        error(shelf.said(problem))
        return
    if changes is None:
        st.caption(f"Version {version} cannot be read, so there is nothing to compare with.")
    else:
        difference(changes, "prompts-changes-shown", f"It says the same as version {version}.")


def _downloads(draft: Draft, proposal: Proposal) -> None:
    if proposal.patch:
        patch_button(draft.name, proposal.patch, "prompts-patch")
    st.download_button(
        "YAML",
        proposal.text or "",
        f"{draft.name.rpartition('/')[2]}.yaml",
        "application/yaml",
        key="prompts-yaml",
        icon=":material/download:",
        help="What you typed, as a file.",
        disabled=proposal.text is None,
        on_click="ignore",
    )


def patch_button(name: str, patch: str, key: str) -> None:
    """The patch of a new version, as a file."""
    st.download_button(
        "Patch",
        patch,
        _patch_name(name),
        "text/x-diff",
        key=key,
        icon=":material/download:",
        help="The new file and labels.yaml as a patch, for git apply.",
        on_click="ignore",
    )


def _patch_name(name: str) -> str:
    return f"{name.replace('/', '-')}.patch"


def _discard(id: str, nothing: bool) -> None:
    with st.popover("Discard", type="tertiary", disabled=nothing, key=f"prompts-discarding-{id}"):
        st.markdown("What you typed will be gone.")
        if st.button("Discard it", key=f"prompts-discard-{id}"):
            desk.drop(id)
            if st.query_params.get("draft") == id:
                address(draft=None, view=None)
            st.rerun()
