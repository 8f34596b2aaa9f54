"""What was sent to a model and what came back, block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lab.ui.parts.notices import plain
from lab.ui.parts.turn import answer, thinking

LONG = 4000
"""Characters of a text above which it scrolls."""
HEIGHT = 400

Blocks = str | Sequence[Mapping[str, Any]]


def sent(request: Mapping[str, Any] | None) -> None:
    """The system text, the messages before the last one folded away, and the last."""
    if request is None:
        st.caption("Nothing was sent.")
        return
    if system := request.get("system"):
        _folded(f"System, {_length(system):,} characters", "system", lambda: _blocks(system))
    if tools := request.get("tools"):
        _folded(f"Tools: {len(tools)}", "tools", lambda: st.json(tools, expanded=1))
    *before, last = request["messages"]
    if before:
        label = f"{len(before)} earlier message{'s' * (len(before) > 1)}"
        _folded(label, "earlier", lambda: _turns(before))
    st.markdown(f"**{plain(str(last['role']))}**")
    _blocks(last["content"])


def answer_blocks(blocks: Sequence[Mapping[str, Any]] | None, partial: str | None) -> None:
    """What came back; `partial` is what is kept of a call that has not ended."""
    if not blocks and not partial:
        st.caption("Nothing arrived.")
    elif not blocks:
        _answer(partial or "")
    for block in blocks or []:
        if block.get("type") == "text":
            _answer(str(block.get("text", "")))
        else:
            _block(block)


def _answer(text: str) -> None:
    try:
        answer(text)
    except RecursionError:  # a hundred thousand brackets
        _block({"type": "text", "text": text})


def _folded(label: str, name: str, draw: Callable[[], object]) -> None:
    """What may be long is sent to the browser once it is asked for."""
    with st.expander(label, key=f"logs-{name}-folded", on_change="rerun") as folded:
        if folded.open:
            draw()


def _turns(messages: Sequence[Mapping[str, Any]]) -> None:
    for message in messages:
        st.caption(plain(str(message["role"])))
        _blocks(message["content"])


def _blocks(content: Blocks) -> None:
    for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        _block(block)


def _block(block: Mapping[str, Any]) -> None:
    kind = block.get("type")
    if kind == "text":
        text = str(block.get("text", ""))
        st.code(text, None, wrap_lines=True, height=HEIGHT if len(text) > LONG else "content")
    elif kind == "thinking":
        if thought := str(block.get("thinking") or ""):
            thinking(thought)
        else:
            st.caption("Thought, without showing it.")
    elif kind == "redacted_thinking":
        st.caption("Thinking that the API encrypted.")
    elif kind in ("image", "document"):
        st.caption(plain(_attachment(block)))
    else:
        st.caption(plain(" ".join(str(word) for word in (kind, block.get("name")) if word)))
        st.json({name: value for name, value in block.items() if name not in ("type", "name")}, expanded=2)
    if isinstance(mark := block.get("cache_control"), Mapping):
        st.caption(plain(f"The cache is to reach to here ({mark.get('ttl', '5m')})."))


def _attachment(block: Mapping[str, Any]) -> str:
    """`image, image/png, 1,204 characters of base64`"""
    source = block.get("source") if isinstance(block.get("source"), Mapping) else {}
    about = [block.get("type"), source.get("media_type"), source.get("url") or source.get("file_id")]
    size = f"{len(source['data']):,} characters" if isinstance(source.get("data"), str) else None
    return ", ".join(str(word) for word in (*about, size) if word)


def _length(content: Blocks) -> int:
    return (
        len(content)
        if isinstance(content, str)
        else sum(len(str(block.get("text", ""))) for block in content)
    )
