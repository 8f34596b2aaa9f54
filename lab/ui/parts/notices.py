"""What a page says of itself: something is wrong, there is nothing yet, answers are made up."""

from __future__ import annotations

import streamlit as st

from lab.engine import Lab
from lab.providers import HOW_TO_SET_A_KEY


def error(sentence: str) -> None:
    """What was wrong, where, and what to do."""
    st.error(plain(sentence), icon=":material/error:")


def warning(sentence: str, icon: str = ":material/warning:") -> None:
    """What is in the way, uncertain, or to be looked at."""
    st.warning(plain(sentence), icon=icon)


def hint(sentence: str, icon: str = ":material/info:") -> None:
    """What is good to know, and no fault."""
    st.info(plain(sentence), icon=icon)


def progress(words: str, share: float | None = None) -> None:
    """How far something has come, as a bar from 0 to 1; where nobody can tell, that it goes on."""
    if share is None:
        st.markdown(f":shimmer[{plain(words)}]")
    else:
        st.progress(share, plain(words))


def empty(title: str, advice: str) -> None:
    """A page without anything on it: what to do so that there is."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"**{plain(title)}**", text_alignment="center")
        st.caption(advice, text_alignment="center")


def simulated(lab: Lab) -> None:
    """That nothing here comes from Claude, where that is so."""
    if lab.home.source == "simulated":
        st.badge("Simulated Claude", icon=":material/smart_toy:", color="orange", help=_WHY)


_WHY = f"No key was found, so answers are made up on this machine. {HOW_TO_SET_A_KEY}"


def plain(text: str) -> str:
    """Text from outside as it stands: nothing in it is read as Markdown."""
    escaped = "".join(f"\\{letter}" if letter in _MARKS else letter for letter in text)
    return escaped.replace("\\:material", "\\:\u200bmaterial")  # icons are put in whatever the escape


_MARKS = frozenset("\\`*_{}[]()<>#+-.!|~$:")
