"""What a label requires of a version before it points to it, and how the version stands in that."""

from __future__ import annotations

import streamlit as st

from lab import prompts
from lab.errors import BadInput
from lab.evals import promotion
from lab.prompts import Entry, Target
from lab.ui import session, shelf
from lab.ui.parts.links import link
from lab.ui.parts.notices import error, plain, warning


def required(entry: Entry, label: str, target: Target | None) -> tuple[bool, str]:
    """Show it, and ask for a reason where a check has no PASS. Gives whether the label may move, and why all
    the same."""
    if target is None:
        return True, ""
    try:
        found = promotion.standings(session.lab(), session.who(), entry.name, label, target)
    except BadInput as problem:
        error(shelf.said(problem))
        return False, ""
    for each in found:
        if each.proof is None:
            warning(f"{label} requires a PASS of {each.check}. {shelf.said(each.lack)}")
            link("Open the check", "runs", ":material/fact_check:", dataset=each.check)
        else:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                said = (
                    f"version {each.version} passed."
                    if not each.kept
                    else f"Version {each.version} {each.proof}."
                )
                st.markdown(f":material/verified: {plain(f'{each.check}: {said}')}", width="content")
                if each.proof.run:
                    link("Look at the run", "runs", run=each.proof.run)
    if all(each.proof for each in found):
        return True, ""
    reason = st.text_input(
        "Move it all the same, because",
        max_chars=promotion.REASON,
        key=f"prompts-override-{entry.name}-{label}",
        placeholder="A hot fix for wrong prices; checked by hand",
        help="Your reason and name are put on record in labels.yaml.",
    ).strip()
    return bool(reason), reason


def on_record(entry: Entry, label: str) -> None:
    """What a label requires, and whose word stands for it where no check does."""
    about = prompts.about(shelf.folder(), entry.name)
    if checks := about.requires.get(label):
        st.caption(f"Requires a PASS of {plain(' and '.join(checks))}.")
    for version, proofs in about.promoted.get(label, {}).items():
        for check, proof in proofs.items():
            if proof.override:
                st.caption(f":material/gpp_maybe: Version {version}, {plain(f'{check}: {proof}')}")
