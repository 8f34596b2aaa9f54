"""Calls that follow from one that ended early."""

from __future__ import annotations

from dataclasses import replace

from lab import store
from lab.engine.carrying import without_thinking
from lab.engine.chat import again, behind
from lab.engine.lab import Lab
from lab.engine.window import halved
from lab.errors import BadInput
from lab.types import Principal, Request


def go_on(lab: Lab, principal: Principal, call: str, conversation: str | None = None) -> Request:
    """A paused call's conversation with the model's turn as it came, for the API to go on with.

    Raises BadInput where the call was not paused.
    """
    logged = store.call(lab.store.read, principal, call)
    if logged["stop_reason"] != "pause_turn" or not logged["answer"]:
        raise BadInput(
            "There is no question, and the last answer was not paused, to be gone on with. Write a question."
        )
    request, answer = behind(again(lab, principal, call, conversation), call), logged["answer"]
    *before, last = request.messages
    if last["role"] == "assistant":  # it was paused before: both are one turn
        return replace(request, messages=(*before, {**last, "content": [*last["content"], *answer]}))
    return replace(request, messages=(*request.messages, {"role": "assistant", "content": answer}))


def shortened(lab: Lab, principal: Principal, call: str, conversation: str | None = None) -> Request:
    """A call's question once more, without the older half of the history that was sent with it.

    Few-shot examples and what is pinned stay. Raises BadInput where there is no history to leave out.
    """
    request = again(lab, principal, call, conversation)
    so_far = store.conversation(lab.store.read, principal, request.origin.conversation or "", call)
    examples = len(so_far.examples)
    asked = [so_far.messages[place] for place in so_far.pinned if so_far.messages[place]["role"] == "user"]
    pinned = [place for place, each in enumerate(request.messages[examples:-1]) if each in asked]
    kept = halved(request.messages[examples:], pinned)
    if len(kept) == len(request.messages) - examples:
        raise BadInput("There is no history to leave out. Ask a shorter question, or lower max_tokens.")
    messages = [*request.messages[:examples], *map(without_thinking, kept[:-1]), kept[-1]]
    return replace(request, messages=tuple(messages))


def latest(lab: Lab, principal: Principal, conversation: str) -> str:
    """The id of a conversation's last call. Raises BadInput where there is none."""
    found = store.turns(lab.store.read, principal, conversation, 1)
    if not found:
        raise BadInput(f"There is no conversation '{conversation}'.")
    return found[-1]["id"]
