"""A tool's call and its answer, which belong together in every request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab import store
from lab.engine.carrying import as_turn, remembered, unanswered, without_thinking
from lab.engine.chat import again, behind
from lab.engine.lab import Lab
from lab.errors import BadInput
from lab.policy import Policy
from lab.types import Message, Principal, Request, new_id

Block = Mapping[str, Any]


def calls_of(content: Sequence[Block]) -> list[Block]:
    """The tools that an answer calls: `id`, `name` and `input` of each."""
    return [block for block in content if block.get("type") == "tool_use"]


def missing(policy: Policy, content: Sequence[Block]) -> list[Block]:
    """The calls that no mock answers."""
    return [each for each in calls_of(content) if policy.mocked(each["name"], each["input"]) is None]


def results(policy: Policy, content: Sequence[Block], given: Mapping[str, str] = {}) -> list[Block]:
    """A result for every call: as `given` by its id, else its mock's, else that nobody answered."""
    found = []
    for each in calls_of(content):
        said = given.get(each["id"], policy.mocked(each["name"], each["input"]))
        block = {"type": "tool_result", "tool_use_id": each["id"], "content": said}
        found.append(unanswered(each["id"]) if said is None else block)
    return found


def onward(request: Request, content: Sequence[Block], results: Sequence[Block]) -> Request:
    """The request that goes on after a call of tools: the model's turn as it came, and the results.

    A tool that was forced is not forced again: the model could never answer.
    """
    choice = request.options.get("tool_choice", {})
    options = dict(request.options)
    if choice.get("type") in ("any", "tool"):
        kept = {name: value for name, value in choice.items() if name == "disable_parallel_tool_use"}
        options["tool_choice"] = {"type": "auto", **kept}
    turns: tuple[Message, ...] = (
        {"role": "assistant", "content": as_turn(content)},
        {"role": "user", "content": list(results)},
    )
    return replace(request, messages=(*request.messages, *turns), options=options)


def followed(
    request: Request, sent: Request, content: Sequence[Block], said: Sequence[Message]
) -> Request | None:
    """The next call of a conversation: the model's turn as it came, and what is said to it then.

    `sent` is what became of the request: with calls of tools and their answers in it, or to another model,
    whose thinking is left out. None where the turn says nothing to go on from.
    """
    turn: Message = {"role": "assistant", "content": as_turn(content)}
    if sent.model != request.model:
        turn = without_thinking(turn)
    if not turn["content"]:
        return None
    before = max(request.messages, sent.messages, key=len)
    return replace(request, id=new_id(), messages=(*before, turn, *said))


def answered(
    lab: Lab, principal: Principal, call: str, given: Mapping[str, str], conversation: str | None = None
) -> Request:
    """The request that goes on after a logged call whose tools a person has answered, by the calls' ids.

    Raises BadInput for an id that was not asked about, and where an answer is missing.
    """
    logged = store.call(lab.store.read, principal, call)
    content = logged["answer"] or []
    asked = {each["id"]: each for each in calls_of(content)}
    if logged["stop_reason"] != "tool_use" or not asked:
        raise BadInput("The last answer waits for no tool. Ask a question instead.")
    if wrong := [id for id in given if id not in asked]:
        raise BadInput(f"No tool was called as '{wrong[0]}'. Waiting are {', '.join(asked)}.")
    request = behind(again(lab, principal, call, conversation), call)
    lacking = [each for each in missing(request.policy, content) if each["id"] not in given]
    if lacking:
        each = lacking[0]
        raise BadInput(f"The call of {each['name']} ({each['id']}) has no answer yet. Answer all of them.")
    return onward(request, content, results(request.policy, content, given))


def pending(lab: Lab, call: Mapping[str, Any]) -> list[Block]:
    """The calls of tools that a logged call waits for a person to answer."""
    if call["stop_reason"] != "tool_use":
        return []
    return missing(remembered(lab, call["prompt"], call["version"]), call["answer"] or [])
