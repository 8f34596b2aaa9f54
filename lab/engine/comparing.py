"""One question put to several columns at once, turn after turn: a call for each, which leave each other
alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab import capability, prompts, store
from lab.engine.attachments import File, files_of
from lab.engine.chat import Asked, again, ask
from lab.engine.column import LETTERS, Column, columns_of
from lab.engine.lab import Lab
from lab.engine.live import Lives
from lab.engine.ongoing import Live
from lab.engine.warming import ahead, warmed
from lab.errors import BadInput, LabError, Paused
from lab.store import Cell, Conversation
from lab.types import Principal, Request, new_id


@dataclass(frozen=True)
class Said:
    """What all columns are asked: a text, with values for the variables that their prompts have, and what is
    known; `files` stand before it."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    context: Any = None
    files: Sequence[File] = ()

    def kept(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "values": dict(self.values),
            "context": self.context,
            "files": len(self.files),
        }


def compare(
    lives: Lives, principal: Principal, columns: Sequence[Column], said: Said, visitor: str | None = None
) -> str:
    """Ask all columns; gives the comparison's name. Raises BadInput where none of them can be asked: then
    there is none."""
    columns = columns_of([column.given() for column in columns])
    named = [(new_id(), column) for column in columns]
    made = _made(lives, principal, named, said)
    id, database = new_id(), lives.lab.store
    rows = [(conversation, column.given()) for conversation, column in named]
    database.post(store.comparison_opened(id, principal, said.text, rows))
    _begin(lives, principal, id, 0, said, made, visitor)
    return id


def go_on_comparing(
    lives: Lives, principal: Principal, id: str, said: Said, visitor: str | None = None
) -> None:
    """Ask the next turn, in each column's own conversation. Raises BadInput while one of them still answers,
    and where none can be asked."""
    found = store.comparison(lives.lab.store.read, principal, id)
    named = columns_with(found)
    if running(lives, principal, found):
        raise BadInput("A column still answers. Wait for it, or stop it.")
    made = _made(lives, principal, named, said)
    _begin(lives, principal, id, len(found["turns"]), said, made, visitor)


def retry_column(
    lives: Lives, principal: Principal, id: str, number: int, visitor: str | None = None
) -> None:
    """Ask a column (counted from 0) the newest turn once more, in the place of what came of it. Raises
    BadInput where that cannot be."""
    found = store.comparison(lives.lab.store.read, principal, id)
    conversation, column = columns_with(found)[number]
    turn = found["turns"][-1]
    if number in running(lives, principal, found):
        raise BadInput("This column still answers.")
    request = _again(lives.lab, principal, turn["cells"][number].call)
    if request is None:
        if turn["asked"]["files"]:
            raise BadInput("The files of this question were not kept. Ask anew, with the files.")
        request = _request(lives.lab, principal, conversation, column, _said(turn["asked"]))
    lives.weigh(request)
    database = lives.lab.store
    database.post(store.comparison_retried(id, len(found["turns"]) - 1, number, Cell(request.id)))
    database.flush()
    lives.start(principal, request, visitor)


def first_asked(lab: Lab, principal: Principal, id: str) -> Said:
    """What a comparison's columns were asked first; the files as the log has them. Raises BadInput."""
    turn = store.comparison(lab.store.read, principal, id)["turns"][0]
    calls = store.compared_calls(lab.store.read, principal, id)
    sent = next((calls[cell.call] for cell in turn["cells"] if cell.call in calls), None)
    files = files_of(sent["question"] or ()) if sent and turn["asked"]["files"] else ()
    return replace(_said(turn["asked"]), files=files)


def columns_with(found: Mapping[str, Any]) -> list[tuple[str, Column]]:
    """The columns of a comparison as `store.comparison` gives it, each with its conversation."""
    return [
        (
            each["conversation"],
            Column(**{name: value for name, value in each.items() if name != "conversation"}),
        )
        for each in found["columns"]
    ]


def running(lives: Lives, principal: Principal, found: Mapping[str, Any]) -> dict[int, Live]:
    """The calls of a comparison that are being made, by their column."""
    numbers = {each["conversation"]: number for number, each in enumerate(found["columns"])}
    going = lives.running(principal)
    return {numbers[live.conversation]: live for live in going if live.conversation in numbers}


def _made(
    lives: Lives, principal: Principal, named: Sequence[tuple[str, Column]], said: Said
) -> list[Request | str]:
    """A request for each column, or why there is none."""
    made: list[Request | str] = []
    for conversation, column in named:
        try:
            request = _request(lives.lab, principal, conversation, column, said)
            lives.weigh(request)
            made.append(request)
        except (BadInput, Paused) as error:
            made.append(str(error))
    if all(isinstance(each, str) for each in made):
        one = len(set(made)) == 1
        why = [made[0]] if one else [f"{letter}: {each}" for letter, each in zip(LETTERS, made, strict=False)]
        raise BadInput(" ".join(why))
    return made


def _begin(
    lives: Lives,
    principal: Principal,
    id: str,
    turn: int,
    said: Said,
    made: Sequence[Request | str],
    visitor: str | None,
) -> None:
    requests = [each for each in made if isinstance(each, Request)]
    # Only a first turn: later ones read what that wrote, as far as they begin alike.
    first = 0 if turn else ahead(lives.lab, requests)
    through = warmed(lives.caller(), lives.lab) if first else None
    cells = [Cell(call=each.id) if isinstance(each, Request) else Cell(error=each) for each in made]
    lives.lab.store.post(store.comparison_asked(id, turn, said.kept(), first, cells))
    lives.lab.store.flush()
    for request in requests:
        lives.start(principal, request, visitor, through)


def _request(lab: Lab, principal: Principal, conversation: str, column: Column, said: Said) -> Request:
    """A column's call. Rules of routing leave it alone: the model is what is compared."""
    begun = _so_far(lab, principal, conversation)
    if begun and begun.messages:
        asked = Asked(said.text, conversation=conversation, context=said.context, files=said.files)
        request = ask(lab, principal, asked)
    else:
        request = _with(lab, ask(lab, principal, _first(lab, column, said)), column.options)
    origin = replace(request.origin, source="compare", conversation=conversation)
    return replace(request, origin=origin, policy=replace(request.policy, turn=None))


def _first(lab: Lab, column: Column, said: Said) -> Asked:
    values = said.values
    if column.prompt:
        known = prompts.load(lab.folder / "prompts", column.prompt).variables
        values = {name: value for name, value in values.items() if name in known}
    return Asked(
        said.text,
        model=column.model,
        system=column.system,
        max_tokens=column.max_tokens,
        effort=column.effort,
        prompt=column.prompt,
        values=values if column.prompt else {},
        context=said.context,
        fewshot=column.fewshot if column.prompt else None,
        files=said.files,
    )


def _with(lab: Lab, request: Request, options: Mapping[str, Any]) -> Request:
    """The request with further fields in its body. Raises BadInput for what its model does not take."""
    if not options:
        return request
    if own := {"model", "messages", "max_tokens", "system", "stream"}.intersection(options):
        raise BadInput(f"{', '.join(sorted(own))} cannot stand among the further fields.")
    found = dict(request.options)
    for name, value in options.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = {**found[name], **value} if both else value
    model = lab.model(request.model)
    capability.check(model, request.max_tokens, found, request.messages, lab.endpoint(model.id))
    return replace(request, options=found)


def _so_far(lab: Lab, principal: Principal, conversation: str) -> Conversation | None:
    try:
        return store.conversation(lab.store.read, principal, conversation)
    except BadInput:  # nothing was sent in it yet
        return None


def _again(lab: Lab, principal: Principal, call: str | None) -> Request | None:
    """A call to the letter once more; None where nothing of it was sent."""
    if call is None:
        return None
    try:
        request = again(lab, principal, call)
    except LabError:
        return None
    return replace(request, origin=replace(request.origin, source="compare"))


def _said(kept: Mapping[str, Any]) -> Said:
    return Said(kept["text"], kept["values"], kept["context"])
