"""An answer that grows in its place: what is finished of it is drawn once, so that what the browser is sent
grows with the answer, and not with its square."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from streamlit.delta_generator import DeltaGenerator

from lab import engine
from lab.engine import Live
from lab.ui.parts.fields import filling
from lab.ui.parts.notices import plain
from lab.ui.parts.words import words

TICK, SHARE = 0.03, 0.005
"""Seconds between two drawings of an answer; where many are drawn, for each of them. A drawing takes most of
a millisecond of the one interpreter, which clicks need too."""
PATIENCE = 10.0
"""Seconds without a first token after which the person is told that it is late."""
RATE = 60_000
"""Characters a second that are sent of a part that is not finished: the longer it is, the less often."""
_PARAGRAPH = re.compile(r"\n\n(?=\S)")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.M)


class Growing:
    """One answer in one place; `due` is the moment (`time.monotonic`) before which it is not drawn again, and
    `late` what is said while there is no first word for long."""

    def __init__(self, place: DeltaGenerator, height: int | Literal["content"], late: str = "") -> None:
        self._place, self._height, self._late = place, height, late
        self.due = 0.0
        self._begin()

    def draw(self, live: Live) -> None:
        """Draw what is new, unless that was done a moment ago."""
        if (now := time.monotonic()) < self.due:
            return
        text = live.answer.text
        if not text.startswith(self._frozen):  # what was shown is no part of the answer any more
            self._begin()
        if live.answer.json is not None:
            shown = filling(live.answer.json, engine.schema(live.request.options))
        elif text:
            tail = text[len(self._frozen) :]
            if end := finished(tail):
                self._slot.markdown(words(tail[:end]))
                self._frozen += tail[:end]
                self._slot, tail = self._box.empty(), tail[end:]
            shown = words(tail)
        else:
            shown = f":shimmer[{label(live)}]"
            if self._late and now - live.began > PATIENCE:
                shown += f"  \n{self._late}"
        if shown != self._drawn:
            self._drawn = shown
            self._slot.markdown(shown)
            self.due = now + (max(TICK, SHARE * len(_drawn), len(shown) / RATE) if text else 0.0)

    def _begin(self) -> None:
        scrolls = self._height != "content"
        self._box = self._place.container(height=self._height, autoscroll=scrolls, border=False)
        self._slot, self._frozen, self._drawn = self._box.empty(), "", ""


_drawn: set[Growing] = set()
"""What is drawn just now in this process, on all its pages."""


@contextmanager
def heard(some: Mapping[Growing, Live]) -> Iterator[threading.Event]:
    """A bell that rings when there is more of any of these answers, while they are drawn."""
    bell = threading.Event()
    for growing, live in some.items():
        live.ring(bell)
        _drawn.add(growing)
    try:
        yield bell
    finally:
        for growing, live in some.items():
            live.hush(bell)
            _drawn.discard(growing)


def rest(bell: threading.Event, some: Collection[Growing]) -> None:
    """Wait until there may be something to draw, not long; a first word waits for no other answer."""
    waits = [one.due - time.monotonic() for one in some]
    if min(waits) > 0:
        time.sleep(min(0.1, *waits))
    else:
        bell.wait(min([0.1, *(wait for wait in waits if wait > 0)]))


def label(live: Live) -> str:
    """What is going on before the answer comes."""
    if live.answer.note and not live.answer.started:
        return plain(live.answer.note.text)
    if live.answer.started:
        return "Thinking"
    return f"Waiting for {plain(live.request.model)}"


def finished(text: str) -> int:
    """How much of a text is whole paragraphs, which nothing that follows changes: not within code, nor
    before a line that is indented and may go on with a list."""
    for match in reversed(list(_PARAGRAPH.finditer(text))):
        if len(_FENCE.findall(text, 0, match.start() + 1)) % 2 == 0:
            return match.end()
    return 0
