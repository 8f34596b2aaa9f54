"""Large boxes: what is typed reaches the lab while it is typed, and YAML is set like code."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

JS = """
const PAUSE = 400

const hand_over = box => {
  box.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))
  if (document.activeElement === box) box.dispatchEvent(new FocusEvent("focusin", { bubbles: true }))
}

export default function ({ data, parentElement }) {
  if (parentElement.within === data.within) return parentElement.stop
  parentElement.stop?.()
  parentElement.within = data.within
  let timer = null, box = null
  const now = () => { clearTimeout(timer); if (box?.isConnected) hand_over(box); box = null }
  const typed = event => {
    if (event.target.tagName !== "TEXTAREA" || !event.target.closest(".st-key-" + data.within)) return
    clearTimeout(timer)
    box = event.target
    if (!event.isComposing) timer = setTimeout(now, PAUSE)
  }
  document.addEventListener("input", typed)
  document.addEventListener("visibilitychange", now)
  window.addEventListener("pagehide", now)
  parentElement.stop = () => {
    now()
    parentElement.within = null
    document.removeEventListener("input", typed)
    document.removeEventListener("visibilitychange", now)
    window.removeEventListener("pagehide", now)
  }
  return parentElement.stop
}
"""
"""A box of Streamlit's hands over what was typed when it is left: after each pause it is told that it was."""


CSS = """
[class*="st-key-prompts-edit-"]:is([class*="-yaml"], [class*="-variables"], [class*="-others"]) textarea {
  font-family: "Source Code Pro", monospace;
  font-size: 0.8125rem;
}
"""


def handed_over(within: str, key: str) -> None:
    """Make the large boxes in the container with the key `within` hand over what is typed."""
    _component()(key=key, data={"within": within})


@cache
def _component() -> Any:
    return st.components.v2.component("lab_keystrokes", css=CSS, js=JS, isolate_styles=False)
