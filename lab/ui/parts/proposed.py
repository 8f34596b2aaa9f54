"""Cases that a model wrote for a dataset: to read, mend, accept or reject; and having some written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from lab.cost import dollars
from lab.errors import BadInput, LabError
from lab.evals import generating, proposals, working
from lab.types import digest
from lab.ui import session
from lab.ui.parts import shelved
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import empty, error, plain, progress
from lab.ui.parts.rows import table
from lab.ui.parts.watching import watched

TAKE = "take"
"""The column with the boxes."""
MOST = 100
SAID = "datasets-proposed-said"
"""In the session: what the last click came to, and whether it was wrong."""


def proposed(name: str, path: Path) -> None:
    """Those that wait. Nothing here is asked by a check before somebody accepts it."""
    _said()
    found = proposals.waiting(path)
    if found:
        _table(path, found)
    else:
        empty("No case is proposed", "Have a model write some, and read them before they count.")
    st.subheader("Have cases written")
    _writing(name, path)


def _table(path: Path, found: Sequence[Mapping[str, Any]]) -> None:
    st.caption("Mend them in the table; tick those that you decide upon. `generated` says who wrote a case.")
    names = list(dict.fromkeys(["id", *(name for row in found for name in row)]))
    rows = [{TAKE: False, **row} for row in drawable(working.shown_rows(found))]
    key = f"datasets-proposed-{digest(repr(rows)).hex()[:16]}"
    column = st.column_config
    st.data_editor(
        table(rows),
        key=key,
        hide_index=True,
        disabled=["id", proposals.MADE],
        column_config={
            TAKE: column.CheckboxColumn("✓", width=40, pinned=True),
            **{each: column.TextColumn(each) for each in names},
        },
    )
    with st.container(horizontal=True, key="datasets-deciding"):
        for label, icon, act in ACTS:
            st.button(
                label,
                key=f"datasets-{act.__name__}",
                icon=icon,
                type="primary" if act is accepted else "secondary",
                on_click=_decide,
                args=(act, path, found, key),
            )


def accepted(path: Path, ids: Sequence[str]) -> str:
    done = proposals.accept(path, ids)
    shelved.renew()
    name = shelved.named(done.file)
    return " ".join((f"Accepted {len(ids):,}: {len(done.dataset.cases):,} cases in {name}.", *done.notes))


def rejected(path: Path, ids: Sequence[str]) -> str:
    proposals.reject(path, ids)
    shelved.renew()
    return f"Rejected {len(ids):,}."


def kept(path: Path, ids: Sequence[str]) -> str:
    return "What you mended is kept."


ACTS = (
    ("Accept", ":material/check:", accepted),
    ("Reject", ":material/close:", rejected),
    ("Keep what I mended", ":material/save:", kept),
)


def _decide(
    act: Callable[[Path, Sequence[str]], str], path: Path, found: Sequence[Mapping[str, Any]], key: str
) -> None:
    """Keep what was mended, then do it with those that are ticked."""
    edited = st.session_state[key].get("edited_rows", {})
    ids = [found[int(row)]["id"] for row, cells in edited.items() if cells.get(TAKE)]
    try:
        for row, cells in edited.items():
            texts = {name: text for name, text in cells.items() if name != TAKE}
            if texts:
                proposals.change(path, found[int(row)]["id"], _typed(found[int(row)], texts))
        if act is not kept and not ids:
            raise BadInput("Tick the cases that are meant, in the first column.")
        st.session_state[SAID] = (act(path, ids), False)
    except BadInput as problem:
        st.session_state[SAID] = (str(problem), True)


def _typed(row: Mapping[str, Any], texts: Mapping[str, str | None]) -> dict[str, Any]:
    """What was typed as what it is: JSON where the old value was none of text."""
    return {name: working.read(row.get(name), text, name) for name, text in texts.items()}


def _said() -> None:
    if said := st.session_state.pop(SAID, None):
        words, wrong = said
        if wrong:
            error(shelved.said(words))
        else:
            st.success(plain(words), icon=":material/check:")


def _writing(name: str, path: Path) -> None:
    """What is to be written, its price, and the button; while it is being written, that it is."""
    job: Future[generating.Written] | None = st.session_state.get(_job(name))
    if job:
        watched(_waited, 1.0)(name)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="datasets-wish"):
        count = st.number_input("How many", 1, MOST, 10, key="datasets-count", width=120)
        about = st.text_input("About what", key="datasets-about", placeholder="anything", width=360)
    wish = generating.Wish(path, int(count), about.strip())
    try:
        calls, most, simulated = generating.price(session.lab(), session.who(), wish)
    except LabError as problem:
        error(shelved.said(problem))
        return
    price = "at an unknown price" if most is None else f"at most {dollars(most)}"
    where = " of the simulated Claude, which makes them up; nobody pays" if simulated else ""
    st.caption(plain(f"{calls} {'call' if calls == 1 else 'calls'}, {price}{where}."))
    st.button("Write them", key="datasets-write", icon=":material/edit:", on_click=_write, args=(name, wish))


def _write(name: str, wish: generating.Wish) -> None:
    lives, who = session.lives(), session.who()
    work = partial(generating.generate, lives.lab, lives.caller(), who, wish)
    st.session_state[_job(name)] = lives.work(f"cases for {name}", work)


def _waited(name: str) -> None:
    job: Future[generating.Written] = st.session_state[_job(name)]
    if not job.done():
        progress("Cases are being written …")
        return
    del st.session_state[_job(name)]
    try:
        written = job.result()
        made_up = "SIMULATED: " if written.simulated else ""
        left_out = [shelved.said(each) for each in dict.fromkeys(written.dropped)]
        words = [f"{made_up}{len(written.kept):,} proposed, {len(left_out):,} left out.", *left_out]
        st.session_state[SAID] = (" ".join(words), not written.kept)
    except Exception as problem:  # whatever ended the work, this page has to say it
        st.session_state[SAID] = (str(problem) or "It was stopped.", True)
    shelved.renew()
    st.rerun()


def _job(name: str) -> str:
    return f"datasets-writing-{name}"
