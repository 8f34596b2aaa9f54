"""The team's datasets, read at most every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from lab import evals
from lab.errors import BadInput
from lab.evals import Dataset, listing
from lab.ui import session
from lab.ui.parts.notices import plain


def folder() -> Path:
    """Where the datasets lie."""
    return session.lab().folder / "datasets"


def said(about: object) -> str:
    """A sentence with the files in it as they are named in a review: `datasets/tickets.jsonl`."""
    home = session.lab().folder
    return str(about).replace(f"{home.resolve()}/", "").replace(f"{home}/", "")


def named(file: Path) -> str:
    """A file as it is named in a review."""
    return said(file.resolve())


def entries() -> list[listing.Entry]:
    """All of them at a glance, the broken ones too."""
    return _entries(str(folder()))


def shelved() -> tuple[dict[str, Dataset], dict[str, str]]:
    """The datasets by name, and of those that are broken the sentence that says why."""
    return _shelf(str(folder()))


def place(name: str) -> Path:
    """The file of one of them. Raises BadInput for a name that an address made up."""
    if name not in evals.dataset_names(folder()):
        raise BadInput(f"There is no dataset '{name}'.")
    return folder() / f"{name}.yaml"


def unusable(broken: Mapping[str, str]) -> None:
    """Which datasets cannot be used, and why not."""
    many = "1 dataset cannot" if len(broken) == 1 else f"{len(broken)} datasets cannot"
    with st.expander(f"{many} be used", icon=":material/error:", key="datasets-broken"):
        for name, sentence in broken.items():
            st.markdown(f"**{plain(name)}** {plain(sentence)}")


def renew() -> None:
    """Something was written there: the next look reads it."""
    _shelf.clear()
    _entries.clear()


@st.cache_resource(ttl=10, max_entries=4, show_spinner="Reading the datasets …")
def _shelf(folder: str) -> tuple[dict[str, Dataset], dict[str, str]]:
    return evals.shelf(Path(folder))


@st.cache_resource(ttl=10, max_entries=4, show_spinner="Reading the datasets …")
def _entries(folder: str) -> list[listing.Entry]:
    return listing.entries(Path(folder), session.lab().store.read, session.who())
