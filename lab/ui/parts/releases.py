"""The versions of a prompt or set, newest first, each with its labels and why there is it."""

from __future__ import annotations

import streamlit as st

from lab import prompts
from lab.prompts import Entry, Past
from lab.ui import shelf
from lab.ui.parts.labels import move_to
from lab.ui.parts.links import address
from lab.ui.parts.notices import error, plain

PAGE = 20


def releases(entry: Entry) -> None:
    """The rows. Raises BadInput."""
    found = prompts.history(shelf.folder(), entry.name)
    pages = -(-len(found) // PAGE)
    page = st.pagination(pages, key=f"prompts-releases-{entry.name}") if pages > 1 else 1
    for n, past in enumerate(found[(page - 1) * PAGE : page * PAGE], (page - 1) * PAGE):
        _row(entry, past, found[n + 1].number if n + 1 < len(found) else None)


def _marks(past: Past) -> None:
    """Whether it is published, and which labels point to it."""
    for label in past.labels:
        st.badge(plain(label), color="green" if label.split()[0] == prompts.PRODUCTION else "blue")
    if not past.published:
        st.badge("unpublished", color="gray", help="Its file may still change; a label publishes it.")


def _row(entry: Entry, past: Past, before: int | None) -> None:
    with st.container(border=True, gap="xsmall", key=f"prompts-release-{past.number}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Version {past.number}**", width="content")
            _marks(past)
        if past.error:
            error(shelf.said(past.error))
        elif past.message or past.description:
            st.markdown(plain(past.message or past.description))
        with st.container(horizontal=True, gap="small"):
            _go("Read", past.number, view=None, version=str(past.number))
            _go("Edit", past.number, view="edit", version=str(past.number), draft=None)
            st.button(
                "Point a label here",
                key=f"prompts-point-{past.number}",
                type="tertiary",
                on_click=move_to,
                args=(entry, past.number),
            )
            if before:
                compared = {"view": "compare", "version": str(past.number), "with": str(before)}
                _go(f"Compare with {before}", past.number, **compared)


def _go(title: str, number: int, **params: str | None) -> None:
    st.button(
        title,
        key=f"prompts-{title.split()[0].lower()}-{number}",
        type="tertiary",
        on_click=address,
        kwargs=params,
    )
