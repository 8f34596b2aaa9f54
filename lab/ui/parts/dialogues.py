"""The conversations of the log."""

from __future__ import annotations

from lab.ui.parts.links import link
from lab.ui.parts.notices import empty


def dialogues() -> None:
    """A list of them, or the one that the address names."""
    empty("Conversations are listed in Chat", "Each turn of theirs is a call, under Calls.")
    link("Open Chat", "chat", icon=":material/chat:")
