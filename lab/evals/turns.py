"""What was said before a case's question, and the files that go along with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab.errors import BadInput
from lab.evals.attachments import Attachment

SHAPES = "a turn is a text of the person's, {user: …}, {assistant: …} or {role: …, content: …}"

Files = Callable[[Any, str], tuple[Attachment, ...]]
"""From what stands under `files` in a turn, and where that is, to the files. Raises BadInput."""


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation. Content blocks are sent as they stand."""

    role: Literal["user", "assistant"]
    content: str | tuple[Mapping[str, Any], ...]
    files: tuple[Attachment, ...] = ()

    @property
    def text(self) -> str:
        """Its words alone."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(block["text"] for block in self.content if block["type"] == "text")


def unfolded(value: Any) -> list[Any]:
    """The turns or paths in a cell: a list as it stands or, in a table, as JSON; else that one thing."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
        return found if isinstance(found, list) else [value]
    return [] if value is None or value == "" else [value]


def turns(items: Sequence[Any], where: str, files: Files) -> tuple[Turn, ...]:
    """The turns that stand there, in their order. Raises BadInput naming the one that is none."""
    found: list[Turn] = []
    for number, item in enumerate(items, 1):
        turn = _turn(item, f"{where}: turn {number}", files)
        if turn.role == "assistant" and (not found or found[-1].role == "assistant"):
            what = "follows another of the model's" if found else "begins the conversation"
            raise BadInput(f"{where}: turn {number} is the model's and {what}. A person's comes before it.")
        found.append(turn)
    return tuple(found)


def content(turn: Turn) -> list[Any]:
    """What decides what a turn says, as JSON can hold it: files by their content."""
    return [turn.role, turn.content, [file.hash for file in turn.files]]


def _turn(item: Any, about: str, files: Files) -> Turn:
    if isinstance(item, str):
        return Turn("user", _said(item, about))
    if not isinstance(item, Mapping):
        raise BadInput(f"{about} is {item!r:.60}; {SHAPES}.")
    rest = {name: value for name, value in item.items() if name != "files"}
    roles = [name for name in rest if name in ("user", "assistant")]
    if rest.keys() == {"role", "content"} and rest["role"] in ("user", "assistant"):
        role, said = rest["role"], rest["content"]
    elif len(rest) == 1 and roles:
        role, said = roles[0], rest[roles[0]]
    else:
        raise BadInput(f"{about} has {', '.join(map(repr, item)) or 'nothing'} in it; {SHAPES}.")
    along = files(item["files"], about) if item.get("files") else ()
    if along and role == "assistant":
        raise BadInput(f"{about} is the model's, which sends no files.")
    return Turn(role, _said(said, about), along)


def _said(value: Any, about: str) -> str | tuple[Mapping[str, Any], ...]:
    """A text, or content blocks. Raises BadInput."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, list) and value and all(map(_is_block, value)):
        return tuple(value)
    what = "is empty" if value in ("", None, []) or isinstance(value, str) else "cannot be said"
    raise BadInput(f'{about} {what}. It holds text, or content blocks such as {{"type": "text", "text": …}}.')


def _is_block(value: Any) -> bool:
    if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
        return False
    return value["type"] != "text" or (isinstance(value.get("text"), str) and bool(value["text"].strip()))
