"""A logged call becomes a case of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab.errors import BadInput
from lab.evals import adding, dataset_names
from lab.ui import session
from lab.ui.parts import shelved
from lab.ui.parts.links import link
from lab.ui.parts.notices import error, plain

EXPECTED = """What its answer is held against, one a line: `label=billing`, or only the text where the graders
leave no doubt which column is meant."""


def addition(call: Mapping[str, Any]) -> None:
    """A button that opens the form; nothing is read before that."""
    id = call["id"]
    opened = st.popover(
        "Add to dataset",
        type="tertiary",
        icon=":material/playlist_add:",
        key=f"adding-{id}",
        on_change="rerun",
    )
    if opened.open:
        with opened:
            form(id)


def form(id: str) -> None:
    """The form itself."""
    if said := st.session_state.get(f"adding-said-{id}"):
        name, words, wrong = said
        if wrong:
            error(shelved.said(words))
        else:
            st.success(plain(words), icon=":material/check:")
            link("Open it", "runs", icon=":material/dataset:", dataset=name)
            return
    names = dataset_names(shelved.folder()) if shelved.folder().is_dir() else []
    if not names:
        st.caption("There are no datasets: write datasets/<name>.yaml, see docs/checks.md.")
        return
    st.selectbox("Dataset", names, key=f"adding-name-{id}")
    st.text_area("Expected", key=f"adding-expect-{id}", help=EXPECTED, height=80)
    st.text_input("Its id", key=f"adding-id-{id}", placeholder="that of the call")
    st.button("Add it", key=f"adding-do-{id}", type="primary", on_click=_add, args=(id,))


def _add(id: str) -> None:
    name = st.session_state[f"adding-name-{id}"]
    expect = [line.strip() for line in (st.session_state[f"adding-expect-{id}"] or "").splitlines()]
    case = (st.session_state[f"adding-id-{id}"] or "").strip() or None
    try:
        done, note = adding.add(
            session.lab(), session.who(), shelved.place(name), id, [each for each in expect if each], case
        )
    except BadInput as problem:
        said = (name, str(problem), True)
    else:
        shelved.renew()
        words = f"It is case '{done.dataset.cases[-1].id}' of {name}, in {shelved.named(done.file)}."
        said = (name, " ".join(filter(None, (words, *done.notes, note))), False)
    st.session_state[f"adding-said-{id}"] = said
