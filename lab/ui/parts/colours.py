"""One colour and one sign for each model, the same in every chart, table and line.

The colours are told apart with every kind of colour blindness, and stand out from the light page and the
dark one (3:1 and more: WCAG 2.2, 1.4.11). More models than colours share one: the sign beside it differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lab import evals
from lab.models import catalogue
from lab.ui.parts.notices import plain

PALETTE = ("#009E73", "#CC79A7", "#A578F0", "#696969", "#B43C1E", "#D55E00", "#A500FF", "#0072B2")
"""Four of Okabe and Ito's that stand out from white and from black alike, and four between them."""
SIGNS = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "star": "★",
    "triangle-down": "▼",
    "hexagon": "⬢",
    "pentagon": "⬟",
}
"""plotly's symbols, and the letters that look like them."""
PATTERNS = ("", "/", "x", ".", "-", "+", "|", "\\")
"""Of bars."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Of lines."""


@dataclass(frozen=True, slots=True)
class Look:
    """How something of a model is drawn; `pattern` and `dash` tell apart what is of the same model."""

    colour: str
    symbol: str
    pattern: str = ""
    dash: str = "solid"


def colour(model: str) -> str:
    """A model's colour, as `#0072B2`."""
    return PALETTE[_place(model) % len(PALETTE)]


def symbol(model: str) -> str:
    """A model's sign, by plotly's name. Models of one colour have different signs."""
    place = _place(model)
    return [*SIGNS][(place + place // len(PALETTE)) % len(SIGNS)]


def marked(model: str, shown: str | None = None) -> str:
    """Markdown of a model's name, or what is `shown` instead of it (safe Markdown), behind its sign."""
    return f':color[{sign(model)}]{{foreground="{colour(model)}"}} {shown or plain(model)}'


def signed(model: str) -> str:
    """A model's name behind its sign, as tables show it: `◆ claude-haiku-5-5`."""
    return f"{sign(model)} {model}"


def sign(model: str) -> str:
    """A model's sign as a letter: `◆`."""
    return SIGNS[symbol(model)]


def looks(names: Sequence[str]) -> list[Look]:
    """How to draw each of these variants, `support@2 · claude-sonnet-5-5`, or models: by its model."""
    models = [evals.variant_parts(name).model or name for name in names]
    found = []
    for number, model in enumerate(models):
        again = models[:number].count(model)
        pattern, dash = PATTERNS[again % len(PATTERNS)], DASHES[again % len(DASHES)]
        found.append(Look(colour(model), symbol(model), pattern, dash))
    return found


def _place(model: str) -> int:
    """Its number: that of a model which is shipped counts from the oldest, so that a new one changes none,
    and the newest eight have eight colours."""
    known = _places().get(model)
    return (
        zlib.crc32(model.encode("utf-8", "replace")) % (len(PALETTE) * len(SIGNS)) if known is None else known
    )


@cache
def _places() -> dict[str, int]:
    shipped = reversed(catalogue().values())
    return {name: place for place, model in enumerate(shipped) for name in (model.id, *model.aliases)}
