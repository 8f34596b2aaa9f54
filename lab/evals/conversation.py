"""A case as the conversation that it is: what is said to the model before each answer it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lab.evals.cases import Case
from lab.evals.turns import Turn
from lab.prompts import Filled
from lab.types import Message


def opening(case: Case) -> str:
    """The words that are put into the prompt: the first the person says. All that follow are sent as they
    stand, as in a chat."""
    return case.turns[0].text if case.turns else case.input


def begun(filled: Filled, case: Case) -> Filled:
    """The prompt filled with a case's opening, and with what is said until the first answer is due."""
    if not case.turns and not case.files:
        return filled
    *before, first = filled.messages
    head, *rest = _legs(case)[0]
    along = [] if isinstance(head.content, str) else [each for each in head.content if each["type"] != "text"]
    opened = _message(replace(head, content=(*along, _text(first["content"])) if along else first["content"]))
    return replace(filled, messages=(*before, opened, *map(_message, rest)))


def further(case: Case) -> Sequence[Sequence[Message]]:
    """What is said after each answer but the last one; nothing of most cases."""
    return [[*map(_message, leg)] for leg in _legs(case)[1:]] if case.turns else ()


def answers(case: Case) -> int:
    """How many answers a case asks for: one, and another wherever two turns of the person's follow each
    other."""
    return len(_legs(case)) if case.turns else 1


def words(case: Case) -> str:
    """All that a case says in text."""
    return "\n".join([*(turn.text for turn in case.turns), case.input])


def _legs(case: Case) -> list[list[Turn]]:
    legs: list[list[Turn]] = [[]]
    for turn in (*case.turns, Turn("user", case.input, case.files)):
        if turn.role == "user" and legs[-1] and legs[-1][-1].role == "user":
            legs.append([])
        legs[-1].append(turn)
    return legs


def _message(turn: Turn) -> Message:
    """The turn in the API's shape, its files before its words. Raises BadInput for a file that changed."""
    if not turn.files:
        content = turn.content if isinstance(turn.content, str) else [*turn.content]
        return {"role": turn.role, "content": content}
    said = [_text(turn.content)] if isinstance(turn.content, str) else [*turn.content]
    return {"role": turn.role, "content": [*(file.block() for file in turn.files), *said]}


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}
