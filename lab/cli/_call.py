"""One call from the command line: the answer to stdout as it comes, the rest to stderr."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import click

from lab import figures
from lab.answer import Answer
from lab.cli._opened import lab as opened_lab
from lab.cli._opened import principal, settings
from lab.cli._out import complain, note, printable, say, say_json
from lab.cli._signals import run, undisturbed
from lab.engine import (
    Asked,
    Lab,
    TooMuch,
    answered,
    ask,
    converse,
    go_on,
    latest,
    misfit,
    opened,
    pending,
    shortened,
    today,
)
from lab.errors import LabError, StoreError
from lab.models import retiring
from lab.providers import HOW_TO_SET_A_KEY, Providers
from lab.record import in_dollars
from lab.store import call as logged_call
from lab.store import latest_conversation, plain_text
from lab.types import Event, Note, Principal, Request, Retract, Text

EXIT_CODES = {"ok": 0, "refused": 1, "cancelled": 130}
"""By the call's state; every other state is 3."""

NEXT = {
    "pause_turn": " · lab ask -c, without a question, to go on",
    "model_context_window_exceeded": " · lab ask -c --shorten to ask again with half of the history",
}
"""What can be done next, by the stop reason."""


@dataclass(frozen=True)
class Follow:
    """How a call follows from the one before: in the `newest` conversation; `shorten`: asked again with half
    of the history; `results`: with what the tools answered, by their calls."""

    newest: bool
    shorten: bool
    results: Mapping[str, str]


def stream(asked: Asked, follow: Follow, as_json: bool, most: int | None = None) -> int:
    """Make the call and show it. Gives the exit code; raises LabError where there was no call. `most`: input
    tokens, in place of the settings'."""

    def question(lab: Lab, who: Principal) -> Request:
        conversation = latest_conversation(lab.store.read, who) if follow.newest else asked.conversation
        return _request(lab, who, replace(asked, conversation=conversation), follow)

    return made(question, as_json, most)


def made(question: Callable[[Lab, Principal], Request], as_json: bool, most: int | None = None) -> int:
    """The same for any request that can be had in the open lab."""
    chosen = settings()
    if most is not None:
        chosen = replace(chosen, max_input_tokens=most)
    with opened_lab(chosen) as lab:
        who = principal(chosen)
        request = question(lab, who)
        providers = Providers(chosen)
        providers.warm(lab.home)
        announce(lab, request)
        failure = run(_make(lab, providers, request, quiet=as_json))
        if isinstance(failure, (StoreError, TooMuch)):
            raise failure
        with undisturbed():
            lab.store.flush()
        call = logged_call(lab.store.read, who, request.id)
        waiting = pending(lab, call)
    _report(call, failure, as_json)
    _print(waiting)
    if waiting and not as_json and sys.stdin.isatty() and sys.stderr.isatty():
        results = _typed(waiting)
        return made(lambda lab, who: answered(lab, who, call["id"], results), as_json, most)
    return failure.exit_code if failure else EXIT_CODES.get(call["state"], 3)


def _request(lab: Lab, who: Principal, asked: Asked, follow: Follow) -> Request:
    """What is asked; without a question, what follows from the conversation's last call."""
    if not asked.conversation or asked.text:
        return ask(lab, who, asked)
    call = latest(lab, who, asked.conversation)
    if follow.results:
        return answered(lab, who, call, follow.results)
    return (shortened if follow.shorten else go_on)(lab, who, call)


def announce(lab: Lab, request: Request) -> None:
    """What a person has to know before anything is asked."""
    endpoint = lab.endpoint(request.model)
    if endpoint is lab.home and endpoint.source == "simulated":
        note(f"Simulated Claude: no key was found. {HOW_TO_SET_A_KEY}")
    if warning := retiring(lab.model(request.model), today()):
        note(warning)


async def _make(lab: Lab, providers: Providers, request: Request, quiet: bool) -> LabError | None:
    """Make the call. Gives why it failed; cancelled is no failure. Raises LabError where none was begun."""
    begun, answer = False, Answer()
    held = request.policy.asks_twice and not sys.stdout.isatty()  # a pipe takes nothing back
    try:
        with _Waiting(request.model) as waiting:
            async with opened(lab, providers) as call:
                begun = True
                async with aclosing(converse(lab, call, principal(lab.settings), request)) as events:
                    async for event in events:
                        _show(event, waiting, quiet or held)
                        if held:
                            answer.add(event)
        if held and not quiet:
            say(answer.text, end="")
    except LabError as error:
        if not begun:
            raise
        return error
    except (asyncio.CancelledError, click.Abort):
        if not begun:  # nothing was sent or written; an orderly end would wait for the SDK's import
            os._exit(130)
    return None


def _show(event: Event, waiting: _Waiting, quiet: bool) -> None:
    if type(event) is Note:
        waiting.clear()
        note(event.text)
    elif type(event) is Retract and not quiet:  # on a terminal, where more may have been shown than holds
        note("\nWhat was said so far is taken back.")
    elif type(event) is Text and event.text and not quiet:
        if sys.stdout.isatty():
            waiting.stop()
        say(event.text, end="")


def _report(call: Mapping[str, Any], failure: LabError | None, as_json: bool) -> None:
    """The figures, and what went wrong."""
    text = plain_text(call["answer"] or [])
    try:
        if as_json:
            say_json(in_dollars(call) | {"text": text})
        elif text and not text.endswith("\n"):
            say("")
    except click.Abort:  # nobody reads the answer, but somebody may see the figures
        pass
    if failure:
        complain(str(failure), failure.exit_code)
    if call["state"] == "refused" and (why := figures.declined(call)):
        note(f"Declined{why}." + " What was begun is no answer, and is not sent along." * bool(text))
    if unfit := misfit(call["request"] or {}, call["answer"] or [], call["stop_reason"]):
        note(unfit)
    note(figures.line(call), dim=True)
    if why := figures.cache_miss(call):
        note(why, dim=True)
    then = " · lab ask -c to go on" if text and call["state"] != "refused" else ""
    then = NEXT.get(call["stop_reason"], then)
    note(f"lab logs show {call['id']}{then}", dim=True)


def _print(waiting: Sequence[Mapping[str, Any]]) -> None:
    """The tools that wait for a person, and how to answer them."""
    for each in waiting:
        note(f"{each['name']} {json.dumps(each['input'], ensure_ascii=False)}")
    if waiting:
        note("Answer: lab ask -c " + " ".join(f"--tool-result {each['id']}=TEXT" for each in waiting))


def _typed(waiting: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What a person at a terminal types for each; Ctrl-C leaves it for later."""
    return {each["id"]: click.prompt(f"What {printable(each['name'])} answers", err=True) for each in waiting}


class _Waiting:
    """`Waiting for claude-… 3 s` on a terminal's stderr, from the first second until the answer shows."""

    def __init__(self, model: str) -> None:
        self._model = printable(model)
        self._seconds = 0
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> _Waiting:
        if sys.stderr.isatty():
            self._timer = self._loop.call_later(1, self._tick)
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _tick(self) -> None:
        self._seconds += 1
        line = f"Waiting for {self._model} … {self._seconds} s"
        sys.stderr.write(f"\r{line[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()
        self._timer = self._loop.call_later(1, self._tick)

    def clear(self) -> None:
        """Take the line away; it comes back with the next second."""
        if self._seconds and self._timer:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def stop(self) -> None:
        if self._timer:
            self.clear()
            self._timer.cancel()
            self._timer = None
