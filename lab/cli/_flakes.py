"""Answers that are graded again to see whether a judge flips, and answers beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from lab import evals, prompts, store
from lab.cli._check import Wanted, made
from lab.cli._out import note
from lab.cli._price import Asking
from lab.cli._table import clipped
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import flakes
from lab.store import Connection
from lab.types import Principal

REASON = 100
"""Columns for why an answer passed or failed."""
MARKS = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
"""How words differ, as git marks them."""


def regrade(lab: Lab, who: Principal, id: str, times: int, yes: bool) -> bool:
    """Have the answers of the cases that flip graded again, or all where none does, after saying what that
    may cost. Gives whether it was broken off. Raises LabError."""
    found = flakes.reports(lab, who, id)
    only = frozenset().union(*(each.flipping for each in found)) or None
    of = evals.regraded(lab, who, found[0].run, only=only, times=times)
    note(of.words)
    wanted = Wanted([()] * times, "none", False, Asking(yes=yes), told=lambda *_: None)
    return made(of.lab, who, of.plans, of.order, wanted) == 130


def beside(connection: Connection, who: Principal, found: Sequence[flakes.Report], case: str) -> list[str]:
    """The answers to a case that flips, each with its fate, and how the two that differ most in that differ
    in words. Raises BadInput where it does not flip."""
    flaky = [(of, flake) for of in found for flake in of.flaky if flake.case == case]
    if not flaky:
        names = ", ".join(flake.case for of in found for flake in of.flaky) or "none does"
        raise BadInput(f"'{case}' does not flip. These do: {names}.")
    return ["\n\n".join([of.variant, *_answers(connection, who, flake)]) for of, flake in flaky]


def _answers(connection: Connection, who: Principal, flake: flakes.Flake) -> list[str]:
    said, texts = [], []
    for answer in flake.answers:
        call = store.call(connection, who, answer.calls[0])
        texts.append(store.plain_text(call["answer"] or []))
        reasons = [f"  {clipped(reason, REASON)}" for reason in answer.reasons]
        said.append("\n".join([f"{flakes.told(answer)} (call {answer.calls[0]}):", texts[-1], *reasons]))
    if len(texts) > 1:
        pieces = prompts.pieces(texts[0], texts[-1])
        words = "".join(MARKS[piece.op].format(piece.text) for piece in pieces)
        said.append(f"From the first to the last, word by word:\n{words}")
    return said
