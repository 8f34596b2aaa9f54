"""The person's comparisons, in the sidebar, and the head of the one that is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import engine, store
from lab.ui import session
from lab.ui.parts import together
from lab.ui.parts.links import address
from lab.ui.parts.notices import plain
from lab.ui.parts.savecheck import save_check

PAGE = 15
"""Comparisons that are listed at first, and that each further click adds."""
LONGEST = 34
"""Characters of a title in the list."""
ELSEWHERE = dict.fromkeys(
    ("id", "columns", "input", "like", "against", "differ", "whole", "over", "run", "case", "page")
)
"""The address of a page without anything on it."""


def comparisons(current: str | None) -> None:
    """The list, newest first, with the one that is open marked."""
    st.button(
        "New comparison",
        key="compare-new",
        icon=":material/add:",
        width="stretch",
        on_click=address,
        kwargs=ELSEWHERE,
        disabled=not st.query_params,
    )
    wanted = st.session_state.get("compare-listed", PAGE)
    found = store.comparisons(session.lab().store.read, session.who(), wanted + 1)
    with st.container(gap=None, key="compare-comparisons"):
        for each in found[:wanted]:
            title = each["title"]
            st.button(
                plain(title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"),
                key=f"compare-open-{each['id']}",
                type="secondary" if each["id"] == current else "tertiary",
                on_click=address,
                kwargs=ELSEWHERE | {"id": each["id"]},
                wrap=False,
                width="stretch",
                help=plain(title) if len(title) > LONGEST else None,
            )
    if len(found) > wanted:
        st.button("Show more", key="compare-more-listed", type="tertiary", on_click=_more, args=(wanted,))


def comparison_head(found: Mapping[str, Any]) -> None:
    """The title of the open comparison, and what can be done with all of it."""
    columns = [column for _, column in engine.columns_with(found)]
    with st.container(horizontal=True, vertical_alignment="center", key="compare-head"):
        st.subheader(plain(found["title"]), anchor=False, width="stretch")
        st.button(
            "Change the columns",
            key="compare-again",
            icon=":material/tune:",
            help="A new comparison that begins with these columns, and with the question, values, context, "
            "and files that they were asked.",
            on_click=address,
            kwargs=ELSEWHERE
            | {
                "columns": together.packed(columns),
                "input": found["turns"][0]["asked"]["text"],
                "like": found["id"],
            },
        )
        save_check(columns, found["turns"])
        with st.popover("Edit", icon=":material/more_horiz:", type="tertiary", key="compare-edit"):
            st.caption("The calls of a deleted comparison stay in the log: they were made and paid for.")
            st.button(
                "Delete this comparison",
                key="compare-delete",
                icon=":material/delete:",
                on_click=_delete,
                args=(found["id"],),
            )


def _more(shown: int) -> None:
    st.session_state["compare-listed"] = shown + PAGE


def _delete(id: str) -> None:
    lives, who, database = session.lives(), session.who(), session.lab().store
    if going := engine.running(lives, who, store.comparison(database.read, who, id)):
        for live in going.values():
            lives.stop(live.id)
        st.session_state["compare-problem"] = "Columns still answered. They were stopped; delete again."
        return
    database.post(store.comparison_deleted(id))
    database.flush()
    address(**ELSEWHERE)
    st.toast("The comparison was deleted.", icon=":material/delete:")
