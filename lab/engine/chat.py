"""A conversation's next turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from lab import capability, prompts, store
from lab.answer import Answer
from lab.config import Settings
from lab.engine.attachments import File, attached
from lab.engine.caching import diagnosed
from lab.engine.carrying import as_turn, carried, checked, closed, remembered, thinks, without_thinking
from lab.engine.identity import anonymous
from lab.engine.lab import Lab
from lab.engine.window import tokens, windowed
from lab.errors import BadInput
from lab.prompts import Examples, Filled, Prompt
from lab.routing import Turn
from lab.store import Conversation, Made, Write
from lab.types import Caller, Event, Message, Origin, Principal, Request, Sent, new_id


@dataclass(frozen=True)
class Asked:
    """What a person asks for. None: as the prompt, the conversation or the settings say, in that order.

    `prompt` is a reference such as `support@2`, with `values` for its variables; `context` is put before the
    question. `system` takes the place of the prompt's own text, as a draft of no version; `fewshot` that of
    its few-shot set (empty: none is shown). A further turn of a conversation is sent as typed, unless it
    names the prompt again. `files` stand before its text. `behind`: the call of the conversation that it
    stands behind, None: the last one of what it shows.
    """

    text: str
    model: str | None = None
    system: str | None = None
    max_tokens: int | None = None
    effort: str | None = None
    conversation: str | None = None
    prompt: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    context: Any = None
    fewshot: str | None = None
    files: Sequence[File] = ()
    behind: str | None = None


def ask(lab: Lab, principal: Principal, asked: Asked) -> Request:
    """The request for a person's turn, checked. Raises BadInput."""
    _check(asked)
    so_far = _so_far(lab, principal, asked) if asked.conversation else None
    said = filled(lab, asked)
    by_prompt = said if asked.prompt else None
    usual = lab.model(_first(None, by_prompt, so_far, lab.settings, "model"))
    model = lab.model(asked.model) if asked.model else usual
    endpoint = lab.endpoint(model.id)
    system = by_prompt.system if by_prompt else asked.system
    if system is None:
        system = so_far.system if so_far else ""
    if (max_tokens := asked.max_tokens) is None:
        max_tokens = _first(None, by_prompt, so_far, lab.settings, "max_tokens")
        max_tokens = min(max_tokens, model.max_output or max_tokens)
    options = dict(by_prompt.options) if by_prompt else carried(so_far.options, model) if so_far else {}
    if asked.effort:
        options["output_config"] = {**options.get("output_config", {}), "effort": asked.effort}
    now = Made(model.id, system, options.get("tools"), whole=True)
    examples = said.messages[:-1] if by_prompt or not so_far else _shown(so_far, now)
    question = attached(said.messages[-1], asked.files)
    question = closed(so_far.messages, question) if so_far else question
    room = None if model.context is None else model.context - max_tokens - tokens([system, examples, options])
    history = _history(so_far, now, examples, question, room) if so_far else ()
    messages = (*examples, *history, question)
    capability.check(model, max_tokens, options, messages, endpoint)
    options = diagnosed(options, system, messages, endpoint, so_far.message_id if so_far else None)
    named = by_prompt or so_far
    policy = said.policy if by_prompt or not named else remembered(lab, named.prompt, named.version)
    found = Request(
        id=new_id(),
        model=model.id,
        messages=messages,
        max_tokens=max_tokens,
        origin=_origin(principal, so_far, named),
        system=system,
        options=options,
        policy=replace(policy, turn=None if model.id != usual.id else _turn(asked, so_far)),
    )
    return checked(lab, found)


def _so_far(lab: Lab, principal: Principal, asked: Asked) -> Conversation:
    return store.conversation(lab.store.read, principal, asked.conversation, asked.behind)


def _turn(asked: Asked, so_far: Conversation | None) -> Turn:
    """The turn for rules to look at, where nobody chose the model."""
    said = so_far.messages if so_far else ()
    return Turn(1 + sum(message["role"] == "user" for message in said), asked.text)


def _origin(principal: Principal, so_far: Conversation | None, named: Filled | Conversation | None) -> Origin:
    """Why it is asked; `named` knows the prompt."""
    return Origin(
        "chat",
        principal.user,
        conversation=so_far.id if so_far else new_id(),
        parent=so_far.head if so_far else None,
        prompt=named.prompt if named else None,
        version=(named.version or None) if named else None,
    )


def again(lab: Lab, principal: Principal, call: str, conversation: str | None = None) -> Request:
    """The request of a logged call once more, to the letter: an alternative to it in its conversation, or in
    another that it is a turn of. Raises BadInput where nothing was sent."""
    logged = store.call(lab.store.read, principal, call)
    if logged["request"] is None:
        raise BadInput("Nothing of that call was kept, so it cannot be sent again. Ask anew.")
    body = dict(logged["request"])
    model = lab.model(body.pop("model"))
    lab.endpoint(model.id)
    system = body.pop("system", "")
    conversation = conversation or logged["conversation_id"]
    parent, own = store.place(lab.store.read, conversation, call) if conversation else (None, None)
    return Request(
        id=new_id(),
        model=model.id,
        messages=tuple(body.pop("messages")),
        max_tokens=body.pop("max_tokens"),
        origin=Origin(
            "chat",
            principal.user,
            conversation=conversation,
            prompt=logged["prompt"],
            version=logged["version"],
            parent=parent,
            own=own,
        ),
        system=tuple(system) if isinstance(system, list) else system,
        options=anonymous(body),
        policy=remembered(lab, logged["prompt"], logged["version"]),
    )


def behind(request: Request, call: str) -> Request:
    """The request as one that goes on from a call."""
    return replace(request, origin=replace(request.origin, parent=call, own=None))


def filled(lab: Lab, asked: Asked) -> Filled:
    """The person's turn, in the prompt they named or as it stands. Raises BadInput."""
    if asked.prompt is None:
        return prompts.build(Prompt("the question", 0), None, asked.text, asked.values, asked.context)
    folder = lab.folder / "prompts"
    prompt = prompts.load(folder, asked.prompt)
    if asked.system is not None and asked.system != prompt.system:
        prompt = replace(prompt, system=asked.system, version=0)
    if asked.fewshot is not None and asked.fewshot != (prompt.examples.set if prompt.examples else ""):
        shown = replace(prompt.examples or Examples(""), set=asked.fewshot) if asked.fewshot else None
        prompt = replace(prompt, examples=shown, version=0)
    fewshot = prompts.fewshot(folder, prompt.examples.set) if prompt.examples else None
    return prompts.build(prompt, fewshot, asked.text, asked.values, asked.context)


def _first(
    given: Any, by_prompt: Filled | None, so_far: Conversation | None, settings: Settings, name: str
) -> Any:
    """The first of them that says something."""
    said = (getattr(each, name) for each in (by_prompt, so_far, settings) if each)
    return given if given is not None else next(value for value in said if value is not None)


async def converse(
    lab: Lab, call: Caller, principal: Principal, request: Request
) -> AsyncGenerator[Event, None]:
    """Make the call, and keep both turns: the person's as it was sent, the model's as far as it came."""
    conversation = request.origin.conversation
    lab.store.post(store.conversation_opened(conversation, principal))
    own = request.origin.own
    if own is None:
        own = int(request.messages[-1]["role"] == "user")
    answer, kept = Answer(), len(request.messages) - own
    try:
        async with aclosing(call(request)) as events:
            async for event in events:
                answer.add(event)
                if type(event) is Sent:  # for the first time, or with a tool's call and its answer
                    for message in event.request.messages[kept:]:
                        lab.store.post(_said(conversation, message, request.id))
                    kept = max(kept, len(event.request.messages))
                yield event
    finally:
        if turn := [] if answer.state == "refused" else as_turn(answer.content):
            lab.store.post(store.message_received(conversation, turn, request.id))


def _said(conversation: str, message: Message, call: str) -> Write:
    if message["role"] == "user":
        return store.message_sent(conversation, message, call)
    return store.message_received(conversation, message["content"], call)


def _check(asked: Asked) -> None:
    if not asked.text.strip():
        raise BadInput("There is no question. Write one.")
    try:
        f"{asked.text}{asked.system}".encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"The text holds {error.object[error.start]!r}, which is no character.") from None


def _shown(so_far: Conversation, now: Made) -> Sequence[Message]:
    """What stands before the conversation: few-shot examples, or what was sent before the call that it began
    with, which may have thinking in it."""
    if so_far.made and so_far.made[0] == now:
        return so_far.examples
    return tuple(map(without_thinking, so_far.examples))


def _history(
    so_far: Conversation, now: Made, examples: Sequence[Message], question: Message, room: int | None
) -> Sequence[Message]:
    """The turns that go along. Thinking is good only for the model that thought it, with its tools, behind
    the very text that it was thought behind: it is left out from the first turn on that had anything else."""
    kept = windowed(so_far.messages, question, room, so_far.pinned)
    first = 0
    if len(kept) == len(so_far.messages) and tuple(examples) == so_far.examples:
        changed = (n for n, made in enumerate(so_far.made) if made != now and thinks(kept[n]))
        first = next(changed, len(kept))
    return [*kept[:first], *map(without_thinking, kept[first:])]
