"""A page of many, with its number in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from lab.ui.parts.links import address

T = TypeVar("T")


def turned(all: Sequence[T], size: int) -> tuple[Sequence[T], int, int]:
    """The part of them that the address asks for, its number, and how many there are."""
    pages = max(-(-len(all) // size), 1)
    asked = st.query_params.get("page", "")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    return all[(number - 1) * size : number * size], number, pages


def leaves(number: int, pages: int, key: str) -> None:
    """The numbers of the pages, where there are several."""
    if pages > 1:
        key = f"{key}-{number}-{pages}"  # another one each time, so that it shows what the address says
        st.pagination(pages, default=number, key=key, on_change=_turn, args=(key,))


def _turn(key: str) -> None:
    number = st.session_state[key]
    address(page=None if number == 1 else str(number))
