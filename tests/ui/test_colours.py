"""One colour and one sign for each model: told apart, and seen, by everybody."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from lab.models import catalogue
from lab.ui.frame import STYLE
from lab.ui.parts.colours import DASHES, PALETTE, PATTERNS, colour, looks, marked, sign, symbol

ROOT = Path(__file__).parents[2]
SEEN = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes, 2009, severity 1: linear RGB as the colour-blind see it."""
TO_LMS = (
    (0.4122215, 0.5363325, 0.0514460),
    (0.2119035, 0.6806995, 0.1073970),
    (0.0883025, 0.2817188, 0.6299787),
)
TO_LAB = (
    (0.2104543, 0.7936178, -0.0040720),
    (1.9779985, -2.4285922, 0.4505937),
    (0.0259040, 0.7827718, -0.8086758),
)
"""Oklab (Ottosson, 2020)."""


def linear(code: str) -> list[float]:
    parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def times(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(code: str, eye: str) -> list[float]:
    light = [min(max(part, 0), 1) for part in times(SEEN[eye], linear(code))]
    return times(TO_LAB, [part ** (1 / 3) for part in times(TO_LMS, light)])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    light = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other)
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.fixture(scope="module")
def theme() -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


@pytest.mark.parametrize("eye", SEEN)
def test_the_colours_are_told_apart_by_every_eye(eye: str) -> None:
    """As far apart as Okabe and Ito's own green and purple are at least."""
    apart = {
        pair: sum((a - b) ** 2 for a, b in zip(*(lab(each, eye) for each in pair), strict=True)) ** 0.5
        for pair in itertools.combinations(PALETTE, 2)
    }
    assert min(apart.values()) > 0.075, min(apart, key=apart.get)


def test_colours_and_texts_stand_out_on_every_page(theme: dict[str, dict[str, str]]) -> None:
    accents = re.search(r"background: (#\w+)", STYLE)[1], re.search(r"solid (#\w+)", STYLE)[1]
    assert contrast(accents[0], "#FFFFFF") >= 4.5
    for scheme in ("light", "dark"):
        here = theme[scheme]
        for page in (here, here | here["sidebar"]):
            for back in (page["backgroundColor"], page["secondaryBackgroundColor"]):
                assert contrast(here["textColor"], back) >= 7
                assert contrast(here["linkColor"], back) >= 4.5
                assert contrast(here["primaryColor"], back) >= 4.5
        assert all(contrast(each, here["backgroundColor"]) >= 3 for each in (*PALETTE, *accents))
    assert theme["chartCategoricalColors"] == [*PALETTE]


def test_every_model_has_its_own_look_and_keeps_it() -> None:
    shipped = list(catalogue())
    assert len({(colour(each), symbol(each)) for each in shipped}) == len(shipped)
    assert len({colour(each) for each in shipped[: len(PALETTE)]}) == len(PALETTE)
    assert (colour("claude-sonnet-4-5"), sign("claude-sonnet-4-5")) == (
        "#009E73",
        "●",
    )  # the oldest, for good
    assert colour("claude-haiku-4-5-20251001") == colour("claude-haiku-4-5")
    assert colour("my own model") == colour("my own model") in PALETTE


def test_variants_of_one_model_share_its_colour_and_differ_otherwise() -> None:
    one, other, third = looks(["support@1 · claude-opus-5", "support@2 · claude-opus-5", "claude-sonnet-5-5"])
    assert one.colour == other.colour == colour("claude-opus-5") != third.colour
    assert (one.pattern, other.pattern, third.pattern) == (*PATTERNS[:2], "")
    assert (one.dash, other.dash) == DASHES[:2]


def test_a_strange_name_is_drawn_as_it_stands() -> None:
    assert marked("a]{x}**b**").endswith(r" a\]\{x\}\*\*b\*\*")
