"""Rows as Streamlit sends them to the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow


def table(rows: Sequence[Mapping[str, Any]]) -> pyarrow.Table:
    """A column each key. A detour by way of pandas takes several milliseconds a click, and turns whole
    numbers with gaps into fractions."""
    import pyarrow

    return pyarrow.Table.from_pylist(list(rows))
