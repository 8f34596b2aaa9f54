"""A comparison: its turns, each with what every column made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab import engine, figures, store
from lab.engine import LETTERS, Column, Live
from lab.ui import session
from lab.ui.parts.abreast import abreast
from lab.ui.parts.ballot import ballot
from lab.ui.parts.cell import HEIGHT, actions, answered_cell, failed_cell, heading
from lab.ui.parts.columns import abreast_places
from lab.ui.parts.contrast import by_field, contrast
from lab.ui.parts.growing import PATIENCE, Growing
from lab.ui.parts.links import address
from lab.ui.parts.picks import pick
from lab.ui.parts.turn import question

NEVER = "This call was never sent. The lab ended, or could not write, before it began."

Calls = Mapping[str, Mapping[str, Any]]
Answers = Sequence[Mapping[str, Any] | None]
Votes = Mapping[tuple[str, str], str]
SHORT = 600
"""Characters up to which an answer needs no scrolling."""

Height = int | Literal["content"]
Retry = Callable[[int], None]


@dataclass(frozen=True)
class Looks:
    """How a comparison is looked at: against which column, whether differences are shown, and how high an
    answer is."""

    against: int
    differ: bool
    height: Height


def _looks(columns: Sequence[Column], going: Mapping[int, Live]) -> Looks:
    letters = list(LETTERS[: len(columns)])
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-looks"):
        against = pick(
            "Held against",
            "against",
            letters,
            "A",
            "compare-against",
            lambda letter: f"{letter} {columns[letters.index(letter)].title}",
            width=260,
        )
        differ = _toggle("Differences", "differ", "The words in which an answer differs from that one.")
        whole = _toggle("Whole answers", "whole", "As long as they are, without scrolling.")
        _stop_all(going)
    return Looks(letters.index(against), differ, "content" if whole else HEIGHT)


def comparison(found: Mapping[str, Any], retry: Retry) -> None:
    """All turns. Where columns still answer it is drawn until they have ended, and then anew."""
    columns = [column for _, column in engine.columns_with(found)]
    going = engine.running(session.lives(), session.who(), found)
    kept, who = session.lab().store.read, session.who()
    calls = store.compared_calls(kept, who, found["id"])
    votes = store.votes(kept, who, list(calls))
    looks = _looks(columns, going)
    *earlier, newest = found["turns"]
    for number, turn in enumerate(earlier):
        _turn(turn, columns, calls, votes, looks, {}, f"compare-fields-{number}", None)
    key = f"compare-fields-{len(earlier)}"
    places = _turn(newest, columns, calls, votes, looks, going, key, retry)
    if going:
        growing = {n: (live, places[n][1]) for n, live in going.items()}
        slots = [slot for slot, _ in places]
        abreast(growing, partial(_ended, found, columns, slots, looks, retry))
        st.rerun()


def _turn(
    turn: Mapping[str, Any],
    columns: Sequence[Column],
    calls: Calls,
    votes: Votes,
    looks: Looks,
    going: Mapping[int, Live],
    key: str,
    retry: Retry | None,
) -> list[tuple[DeltaGenerator, Growing | None]]:
    """A turn, of which `going` still grow; `retry` where it is the newest. Gives the place of each column."""
    question(_asked(turn["asked"]))
    if turn["ahead"]:
        many = f"{turn['ahead']} {'were' if turn['ahead'] > 1 else 'was'}"
        st.caption(f":material/bolt: {many} sent ahead: the others read its cache.")
    answers = [None if n in going else calls.get(cell.call) for n, cell in enumerate(turn["cells"])]
    best, height = figures.best(answers), _height(looks, answers, bool(going))
    places: list[tuple[DeltaGenerator, Growing | None]] = []
    for n, place in enumerate(abreast_places(len(columns))):
        slot, growing = place.empty(), None
        if n in going:
            growing = _growing(slot, n, columns[n], going[n])
        else:
            draw = _other(looks, answers, n)
            with slot.container(border=True, gap="xsmall"):
                _cell(turn, n, columns[n], calls, best[n], height, draw, retry)
                _vote(looks, answers, n, votes, bool(retry))
        places.append((slot, growing))
    by_field(answers, key)
    return places


def _height(looks: Looks, answers: Answers, growing: bool) -> Height:
    """Short answers take no more than they need, once nothing grows beside them."""
    longest = max((len(store.plain_text(each["answer"] or "")) for each in answers if each), default=0)
    return looks.height if growing or longest > SHORT else "content"


def _growing(slot: DeltaGenerator, number: int, column: Column, live: Live) -> Growing:
    with slot.container(border=True, gap="xsmall"):
        heading(number, column)
        growing = Growing(st.empty(), HEIGHT, f"No first word after {PATIENCE:.0f} s.")
        st.button(
            "Stop",
            key=f"compare-stop-{live.id}",
            icon=":material/stop_circle:",
            on_click=session.lives().stop,
            args=(live.id,),
        )
    return growing


def _ended(
    found: Mapping[str, Any],
    columns: Sequence[Column],
    places: Sequence[DeltaGenerator],
    looks: Looks,
    retry: Retry,
    number: int,
) -> None:
    """A column has its answer, while others still grow."""
    calls = store.compared_calls(session.lab().store.read, session.who(), found["id"])
    with places[number].container(border=True, gap="xsmall"):
        _cell(found["turns"][-1], number, columns[number], calls, (), looks.height, None, retry)


def _cell(
    turn: Mapping[str, Any],
    number: int,
    column: Column,
    calls: Calls,
    best: Any,
    height: Height,
    draw: Callable[[], None] | None,
    retry: Retry | None,
) -> None:
    heading(number, column)
    cell = turn["cells"][number]
    call = calls.get(cell.call)
    if call:
        answered_cell(call, best, height, draw)
    else:
        failed_cell(cell.error or NEVER, height)
    actions(number, call, retry)


def _other(looks: Looks, answers: Answers, number: int) -> Callable[[], None] | None:
    """What draws an answer as it differs from the one that it is held against."""
    mine, other = answers[number], answers[looks.against]
    if not looks.differ or number == looks.against or mine is None or other is None:
        return None
    names = (
        f"{LETTERS[looks.against]} → {LETTERS[number]}",
        f"compare-difference-{mine['id']}-{other['id']}",
    )
    return partial(contrast, other, mine, *names)


def _vote(looks: Looks, answers: Answers, number: int, votes: Votes, newest: bool) -> None:
    """A vote on this column's answer; the first of the newest turn that has one can be cast by a key."""
    other = answers[looks.against]
    there = [n for n, each in enumerate(answers) if each and each["answer"] and n != looks.against]
    if number in there and other and other["answer"]:
        pair = answers[number]["id"], other["id"]
        ballot(*pair, LETTERS[looks.against], votes.get(pair), newest and number == there[0])


def _stop_all(going: Mapping[int, Live]) -> None:
    if len(going) > 1:
        st.button(
            "Stop all",
            key="compare-stop-all",
            icon=":material/stop_circle:",
            shortcut="Alt+S",
            on_click=_stopped,
            args=([live.id for live in going.values()],),
        )


def _stopped(calls: Sequence[str]) -> None:
    for call in calls:
        session.lives().stop(call)


def _asked(asked: Mapping[str, Any]) -> str:
    """The question as the columns were asked it, with what else it came with."""
    files = f"\n\n({asked['files']} files went along.)" if asked["files"] else ""
    values = "".join(f"\n{name}: {value}" for name, value in asked["values"].items())
    return asked["text"] + (f"\n{values}" if values else "") + files


def _toggle(label: str, param: str, help: str) -> bool:
    key = f"compare-{param}"
    st.session_state[key] = st.query_params.get(param) == "1"
    return st.toggle(label, key=key, help=help, on_change=_toggled, args=(param, key))


def _toggled(param: str, key: str) -> None:
    address(**{param: "1" if st.session_state[key] else None})
