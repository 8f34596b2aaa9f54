"""The columns of a comparison as the address holds them."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from lab import engine
from lab.engine import Column
from lab.errors import BadInput
from lab.ui import session
from lab.ui.parts.links import address

SHORT, LARGEST = 800, 2**20
"""Characters above which columns are packed, and the most that is unpacked."""


def columns() -> tuple[Column, ...]:
    """Those of the address; without any, what there is to compare at once. Raises BadInput."""
    text = st.query_params.get("columns")
    return unpacked(text) if text else engine.usual_columns(session.lab())


def put(found: Sequence[Column]) -> None:
    """Keep columns in the address."""
    address(columns=packed(found))


def changed(number: int, **fields: Any) -> None:
    """Put other values into one of the columns."""
    found = list(columns())
    found[number] = replace(found[number], **fields)
    put(found)


def doubled(number: int) -> None:
    """The same column once more, beside it."""
    found = list(columns())
    if len(found) < engine.MOST:
        put([*found[: number + 1], *found[number:]])


def removed(number: int) -> None:
    found = list(columns())
    if len(found) > engine.FEWEST:
        put([*found[:number], *found[number + 1 :]])


def packed(found: Sequence[Column]) -> str:
    """Columns as a piece of an address: JSON; of long ones (there are drafts) deflated, in base64."""
    text = json.dumps([column.given() for column in found], ensure_ascii=False, separators=(",", ":"))
    if len(text) <= SHORT:
        return text
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(text: str) -> tuple[Column, ...]:
    """Raises BadInput for an address that somebody put together wrongly."""
    try:
        if not text.startswith("["):
            data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            text = zlib.decompressobj().decompress(data, LARGEST).decode()
        tables = json.loads(text)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        raise BadInput("The columns in this address cannot be read. Begin anew.") from None
    return engine.columns_of(tables)
