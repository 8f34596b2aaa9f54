"""A turn asked once more, in other words, of another model, or through another prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lab import capability, store
from lab.engine.carrying import checked, instead, without_thinking
from lab.engine.chat import Asked, again, filled
from lab.engine.lab import Lab
from lab.engine.wording import reworded, shape, told
from lab.errors import BadInput
from lab.types import Message, Principal, Request


@dataclass(frozen=True)
class Varied:
    """What is to be otherwise. None: as it was. `values` are for the variables of the `prompt`."""

    text: str | None = None
    model: str | None = None
    prompt: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def varied(
    lab: Lab, principal: Principal, call: str, how: Varied, conversation: str | None = None
) -> Request:
    """An alternative to a call: its request to the letter, except for what is to be otherwise.

    What was thought before it stays valid where only the question's words change; another model or system
    text gets none of it. Raises BadInput, also where the turn has no words of its own.
    """
    request = again(lab, principal, call, conversation)
    own = request.origin.own or 1
    question, form = request.messages[-own], shape(lab, request.origin.prompt, request.origin.version)
    if question["role"] != "user" or not told(question["content"], form)[1].strip():
        raise BadInput("This turn has no question of its own. Ask the one before it again.")
    if how.text is not None and not how.text.strip():
        raise BadInput("There is no question. Write one.")
    request = replace(request, origin=replace(request.origin, own=1))
    before = request.messages[:-own]
    if how.prompt:
        context, text = told(question["content"], form)
        asked = Asked(how.text or text, prompt=how.prompt, values=how.values, context=context or None)
        return _through(lab, principal, replace(request, messages=(*before, question)), asked, how.model)
    if how.text is not None:
        question = {**question, "content": reworded(question["content"], how.text, form)}
    request = replace(request, messages=(*before, question))
    if how.model and lab.model(how.model).id != request.model:
        return checked(lab, instead(lab, request, how.model))
    return _fits(lab, request)


def _through(lab: Lab, principal: Principal, request: Request, asked: Asked, model: str | None) -> Request:
    """The same through another prompt: its system text, examples, tools and settings, and its words round
    the question. Files stay."""
    *before, question = request.messages
    said = filled(lab, asked)
    chosen = lab.model(model or said.model or request.model)
    asks = _with_files(said.messages[-1], question)
    history = before[_examples(lab, principal, request) :]
    found = replace(
        request,
        model=chosen.id,
        messages=(*said.messages[:-1], *map(without_thinking, history), asks),
        max_tokens=min(said.max_tokens, chosen.max_output or said.max_tokens),
        origin=replace(request.origin, prompt=said.prompt, version=said.version or None),
        system=said.system,
        options=said.options,
        policy=said.policy,
    )
    return _fits(lab, found)


def _with_files(asked: Message, before: Message) -> Message:
    """A question with what was attached to the one in whose place it stands."""
    if isinstance(before["content"], str):
        return asked
    words = asked["content"]
    words = [{"type": "text", "text": words}] if isinstance(words, str) else words
    files = [block for block in before["content"] if block.get("type") != "text"]
    return {**asked, "content": [*files, *words]}


def _examples(lab: Lab, principal: Principal, request: Request) -> int:
    """How many messages stand before the conversation; of a first turn all but its question."""
    conversation, parent = request.origin.conversation, request.origin.parent
    if not (conversation and parent):
        return len(request.messages) - 1
    return len(store.conversation(lab.store.read, principal, conversation, parent).examples)


def _fits(lab: Lab, request: Request) -> Request:
    model, endpoint = lab.model(request.model), lab.endpoint(request.model)
    capability.check(model, request.max_tokens, request.options, request.messages, endpoint)
    return checked(lab, request)
