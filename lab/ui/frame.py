"""What stands round every page: the navigation, what runs now, and whether answers are simulated."""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st

from lab.errors import LabError
from lab.ui import parts, session
from lab.ui.pages import pages

STYLE = """
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primary"]:hover {
    background: #0B6E8A; border-color: #0B6E8A; color: #FFFFFF;
}
button:focus-visible, a:focus-visible, summary:focus-visible, [role="tab"]:focus-visible {
    outline: 2px solid #1A86A5; outline-offset: 2px;
}
.st-key-chat-conversations button, .st-key-compare-comparisons button { padding: 0.25rem 0.5rem; }
.st-key-chat-conversations button, .st-key-compare-comparisons button,
.st-key-chat-conversations button *, .st-key-compare-comparisons button * {
    justify-content: flex-start; text-align: left;
}
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding-top: 4.5rem; } }
"""
"""What the theme cannot say: white on the dark accent is hard to read, the focus of the keyboard is faint,
titles in a list begin at one line, and the margin above is large on a phone."""
WIDE = """
@media (min-width: 641px) {
    [data-testid="stMainBlockContainer"] { padding-left: 3rem; padding-right: 3rem; }
}
"""
"""Narrower margins for pages that have tables."""


def frame(first: str | None = None) -> None:
    """Draw the app; `first` names the page to begin with, else it is the first in the navigation."""
    known = pages()
    start = first or known[0].__name__.rpartition(".")[2]
    links = {}
    for module in known:
        name = module.__name__.rpartition(".")[2]
        page = _guarded(module.page)
        links[name] = st.Page(
            page, title=module.TITLE, icon=module.ICON, url_path=name, default=name == start
        )
    parts.know(links)
    chosen = st.navigation(list(links.values()))
    layouts = {module.TITLE: getattr(module, "LAYOUT", "wide") for module in known}
    st.set_page_config(f"{chosen.title} · Prompt Lab", ":material/science:", layouts[chosen.title])
    st.html(f"<style>{STYLE}{WIDE if layouts[chosen.title] == 'wide' else ''}</style>")
    try:
        session.arrive()
        with st.sidebar:
            parts.simulated(session.lab())
            parts.alert_mark()
            parts.running()
    except LabError as error:
        parts.error(str(error))
        st.stop()
    _guarded(parts.pausing)()
    chosen.run()


def _guarded(page: Callable[[], None]) -> Callable[[], None]:
    """The page, with errors as sentences; everything round it keeps working."""

    def guarded() -> None:
        try:
            page()
        except LabError as error:
            parts.error(str(error))
        except Exception:
            logging.getLogger("lab").exception("A page failed.")
            parts.error("Something unexpected happened here. The terminal that runs the lab shows what.")

    return guarded
