"""The cases of the HTML report: what was asked, answered and found, and what is other than before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab import figures, prompts
from lab.evals.comparison import CHANGES, DIFFERENT, Pair, Side, said, sides
from lab.evals.outcomes import Cell
from lab.evals.reports._escape import safe
from lab.evals.reports._subject import Subject
from lab.evals.variant import short
from lab.prompts import Piece

KINDS = {
    "all": "All",
    "worse": "Regressions",
    "failed": "Failed",
    "missing": "No verdict",
    "changed": "Changed",
    "flaky": "Flaky",
}
"""What can be picked, and how it is called."""
SIGNS = {"passed": "✓", "failed": "✗", "missing": "?", "answered": "●", "open": "…"}
WORDS = {"missing": "no verdict"}
FIND = "Find in cases and answers"
SHOWN_WORDS = 200
"""Characters of what was asked that the line of a case shows."""
ELEMENTS = {"=": "", "-": "del", "+": "ins"}


@dataclass(frozen=True)
class Shown:
    """A case, what became of it by variant, and what it is held against."""

    id: str
    sides: Mapping[str, Side]
    pairs: Mapping[str, Pair]

    @cached_property
    def kinds(self) -> set[str]:
        found = {side.cell.outcome for side in self.sides.values()} & {"failed", "missing"}
        changes = {pair.change for pair in self.pairs.values()}
        found |= {"changed"} if changes & set(DIFFERENT) else set()
        found |= {"worse"} if changes & set(CHANGES[:2]) else set()
        flaky = any(
            {True, False} <= {result["passed"] for result in side.results} for side in self.sides.values()
        )
        return found | ({"flaky"} if flaky else set())


def shown(subject: Subject) -> list[Shown]:
    """All cases of a run: what got worse first, then what did not pass."""
    by_case: dict[str, dict[str, Pair]] = {}
    for pair in subject.comparison.pairs if subject.comparison else ():
        if pair.after and pair.variants[1]:
            by_case.setdefault(pair.case, {})[pair.variants[1]] = pair
    variants = subject.run["settings"]["variants"]
    found = []
    for id, row in sides(subject.run).items():
        ordered = {variant: row[variant] for variant in [*variants, *row] if variant in row}
        found.append(Shown(id, ordered, by_case.get(id, {})))
    order = ("worse", "failed", "missing", "changed")
    return sorted(found, key=lambda case: next((n for n, kind in enumerate(order) if kind in case.kinds), 9))


def cases(subject: Subject, listed: Sequence[Shown]) -> str:
    """The list, and above it what picks from it."""
    counts = {kind: sum(kind in case.kinds for case in listed) for kind in KINDS} | {"all": len(listed)}
    buttons = "".join(
        f'<button type="button" data-kind="{kind}" aria-pressed="{str(kind == "all").lower()}">'
        f"{word} {counts[kind]:,}</button>"
        for kind, word in KINDS.items()
        if counts[kind]
    )
    variants = subject.run["settings"]["variants"]
    named = dict(zip(variants, short(variants), strict=True))
    return "\n".join(
        [
            f'<div id="tools" hidden>{buttons}<input id="find" type="search" placeholder="{FIND}"'
            f' aria-label="{FIND}"></div>',
            *(_case(subject, case, named) for case in listed),
            '<p id="none" class="soft" hidden>No case is like that.</p>',
        ]
    )


def _case(subject: Subject, case: Shown, named: Mapping[str, str]) -> str:
    asked = subject.asked.get(case.id, "")
    line = " ".join(asked.split())[:SHOWN_WORDS]
    cells = "".join(
        _cell(side.cell, named[variant]) for variant, side in case.sides.items() if variant in named
    )
    answers = "".join(
        _answers(variant, side, case.pairs.get(variant)) for variant, side in case.sides.items()
    )
    return (
        f'<details class="case" data-kinds="{safe(" ".join(sorted(case.kinds)))}"><summary>'
        f'<span class="id">{safe(case.id)}</span><span class="asked">{safe(line)}</span>'
        f'<span class="cells">{cells}</span></summary><div class="body">'
        f'<div class="text">{safe(asked)}</div>{answers}</div></details>'
    )


def _cell(cell: Cell, name: str) -> str:
    count = f" {cell.passed}/{cell.repeats}" if cell.repeats > 1 else ""
    word = WORDS.get(cell.outcome, cell.outcome)
    return f'<span class="{cell.outcome}">{SIGNS[cell.outcome]} {safe(name)} {word}{count}</span>'


def _answers(variant: str, side: Side, pair: Pair | None) -> str:
    change = f' <span class="change">{safe(pair.change)}</span>' if pair and pair.change in DIFFERENT else ""
    compared = bool(pair and pair.before)
    found = [f'<div class="answer"><h3>{safe(variant)} {_cell(side.cell, "")}{change}</h3>']
    if compared and pair.variants[0] != variant:
        found.append(f'<p class="soft">held against {safe(pair.variants[0])}</p>')
    before = pair.before.answers if compared else ()
    for number, result in enumerate(side.results):
        if side.cell.repeats > 1:
            found.append(f'<p class="soft">Answer {result["repeat"]} of {side.cell.repeats}</p>')
        old = before[number] if number < len(before) else None
        found.append(_answer(result, old))
    return "".join([*found, "</div>"])


def _answer(result: Mapping[str, Any], before: str | None) -> str:
    text = said(result["answer"])
    body = safe(text) if before in (None, text) else _difference(prompts.pieces(before, text))
    found = [f'<div class="text">{body}</div>' if body else ""]
    if result["error"]:
        found.append(f'<p class="missing">{safe(result["error"])}</p>')
    grades = sorted(
        result["grades"], key=lambda grade: (grade["passed"] is not False, grade["passed"] is True)
    )
    if grades:
        found.append(f"<ul>{''.join(map(_grade, grades))}</ul>")
    facts = [
        result["state"],
        figures.seconds(result["total_ms"]),
        figures.cost(result),
        result["source"] or "",
    ]
    facts.append(f"call {result['call_id']}")
    found.append(f'<p class="soft">{safe(" · ".join(filter(None, facts)))}</p>')
    return "".join(found)


def _grade(grade: Mapping[str, Any]) -> str:
    outcome = {True: "passed", False: "failed"}.get(grade["passed"], "missing")
    score = f" {grade['score']:.2f}" if isinstance(grade.get("score"), float) else ""
    return (
        f'<li><span class="{outcome}">{SIGNS[outcome]}</span> <b>{safe(grade["name"])}</b>{score} '
        f"{safe(grade['reason'])}</li>"
    )


def _difference(pieces: tuple[Piece, ...]) -> str:
    """Word by word; many lines that are the same are folded away."""
    found = []
    for number, stretch in enumerate(prompts.folded(pieces)):
        drawn = "".join(_pieces(stretch))
        lines = sum(piece.text.count("\n") for piece in stretch)
        fold = f'<details class="fold"><summary>{lines:,} unchanged lines</summary>{drawn}</details>'
        found.append(fold if number % 2 else drawn)
    return "".join(found)


def _pieces(stretch: Iterable[Piece]) -> Iterable[str]:
    for piece in stretch:
        element = ELEMENTS[piece.op]
        yield f"<{element}>{safe(piece.text)}</{element}>" if element else safe(piece.text)
