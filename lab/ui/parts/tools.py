"""Tools that the model called, what they answered, and the form in which a person answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lab import engine, store
from lab.types import Message
from lab.ui import session
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import plain
from lab.ui.parts.words import words

Block = Mapping[str, Any]


def exchange(steps: Sequence[Message]) -> None:
    """Calls of tools that were answered on the way to an answer, each folded, with the words before them."""
    answers = {
        block["tool_use_id"]: block for step in steps for block in step["content"] if _is_result(block)
    }
    for step in steps:
        if step["role"] == "assistant":
            if said := store.plain_text(step["content"]).strip():
                st.markdown(words(said))
            for block in step["content"]:
                if block.get("type") == "tool_use":
                    _call(block, answers.get(block["id"]))


def given(content: Any) -> bool:
    """Draw the answers that a turn of the person's holds, folded; gives whether there were any."""
    found = [] if isinstance(content, str) else [block for block in content if _is_result(block)]
    for block in found:
        with st.expander("Answer of a tool", type="compact"):
            st.text(drawable(_text(block)))
    return bool(found)


def waiting(call: Mapping[str, Any], last: bool, act: Callable[[str, str], None]) -> None:
    """Calls that an answer ended with; those of the last turn that no mock answers can be answered here."""
    blocks = [block for block in call["answer"] or [] if block.get("type") == "tool_use"]
    for block in blocks:
        _call(block, None)
    if not (last and blocks and call["stop_reason"] == "tool_use"):
        return
    wanted = engine.pending(session.lab(), call)
    with st.form(key=f"chat-tools-{call['id']}"):
        for block in wanted:
            label = plain(f"What {block['name']} answers")
            st.text_input(label, key=_key(call["id"], block["id"]))
        st.form_submit_button(
            "Send" if wanted else "Go on with the mocks’ answers",
            key=f"chat-tools-send-{call['id']}",
            icon=":material/send:",
            on_click=act,
            args=("tools", call["id"]),
        )


def tool_answers(call: str) -> dict[str, str]:
    """What a person typed for the tools that a call waits for, by the tools' calls."""
    prefix = _key(call, "")
    typed = {name: value for name, value in st.session_state.items() if str(name).startswith(prefix)}
    return {str(name).removeprefix(prefix): value for name, value in typed.items() if value.strip()}


def _key(call: str, tool: str) -> str:
    return f"chat-tool-{call}-{tool}"


def _call(block: Block, result: Block | None) -> None:
    with st.expander(plain(str(block["name"])), icon=":material/build:", type="compact"):
        st.code(json.dumps(drawable(block["input"]), indent=2, ensure_ascii=False), "json", wrap_lines=True)
        if result:
            st.text(drawable(_text(result)))


def _is_result(block: Block) -> bool:
    return block.get("type") == "tool_result"


def _text(result: Block) -> str:
    return store.plain_text(result.get("content") or "")
