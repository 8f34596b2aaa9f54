"""An answer that grows in its place: what is finished of it is drawn once, so that what the browser is sent
grows with the answer, and not with its square."""

from __future__ import annotations

import re
import time

from streamlit.delta_generator import DeltaGenerator

from lab import engine
from lab.engine import Live
from lab.ui.parts.fields import filling
from lab.ui.parts.following import PATIENCE, TICK, label
from lab.ui.parts.words import words

RATE = 60_000
"""Characters a second that are sent of a part that is not finished: the longer it is, the less often."""
_PARAGRAPH = re.compile(r"\n\n(?=\S)")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.M)


class Growing:
    """One answer in one place."""

    def __init__(self, place: DeltaGenerator, height: int | str) -> None:
        self._place, self._height = place, height
        self._due = 0.0
        self._begin()

    def draw(self, live: Live) -> None:
        """Draw what is new, unless that was done a moment ago."""
        if (now := time.monotonic()) < self._due:
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
            late = now - live.began > PATIENCE
            shown = f":shimmer[{label(live)}]" + (
                f"  \nNo first word after {PATIENCE:.0f} s." if late else ""
            )
        if shown != self._drawn:
            self._drawn = shown
            self._slot.markdown(shown)
            self._due = now + (max(TICK, len(shown) / RATE) if text else 0.0)

    def _begin(self) -> None:
        self._box = self._place.container(height=self._height, autoscroll=True, border=False)
        self._slot, self._frozen, self._drawn = self._box.empty(), "", ""


def finished(text: str) -> int:
    """How much of a text is whole paragraphs, which nothing that follows changes: not within code, nor
    before a line that is indented and may go on with a list."""
    for match in reversed(list(_PARAGRAPH.finditer(text))):
        if len(_FENCE.findall(text, 0, match.start() + 1)) % 2 == 0:
            return match.end()
    return 0
