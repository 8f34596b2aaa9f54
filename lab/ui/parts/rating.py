"""The answers of a run, rated by a person without seeing what the judge said; then the two are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import evals, store
from lab.evals import judges
from lab.ui import session
from lab.ui.parts.case import asked, text
from lab.ui.parts.figures import drawable
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, plain, progress
from lab.ui.parts.rater import rater

KEYS = "123456789"
ABOUT = "Nobody's verdict is shown before yours. Everybody rates in the same order, which is drawn by lot."
Run = Mapping[str, Any]


def rating(run: Run) -> None:
    """One answer at a time: the question, the answer, and what the judge is asked about it."""
    st.caption(f"Whether the judge may be trusted is told by what people say of the same answers. {ABOUT}")
    if not (who := rater()):
        return
    pile = judges.pile(session.lab().store.read, session.who(), run)
    if not pile.calls:
        empty("No answers yet", "They can be rated as soon as one is there.")
        return
    call = pile.alike.get(st.query_params.get("answer")) or pile.next(None, who) or pile.calls[0]
    rated = pile.rated(who)
    progress(f"{rated:,} of {len(pile.calls):,} answers rated by you", rated / len(pile.calls))
    if rated == len(pile.calls):
        st.success("You have rated all answers of this check.", icon=":material/check:")
        link("Whether to trust the judge", "runs", ":material/balance:", view="judges")
    _answer(run, pile, call, who)
    _turning(pile, call, who)


def _answer(run: Run, pile: judges.Pile, call: str, who: str) -> None:
    kept, me = session.lab().store.read, session.who()
    case = pile.cases[call]
    result = next(r for r in store.results_of(kept, me, run["id"], case) if r["call_id"] == call)
    known = evals.texts(kept, me, run["id"], [case])[case]
    open_ = pile.open(call, who)
    with st.container(border=True, key="rate-answer"):
        asked(known, ())
        st.caption("The answer")
        text(store.plain_text(result["answer"]) or "It holds no text.")
    for number, judge in enumerate(pile.judges):
        with st.container(border=True, key=f"rate-judge-{number}"):
            st.markdown(f"**{plain(judge.grader)}**")
            columns = known.get("columns") or {}
            st.text(drawable(judges.filled(judge.rubric, columns)))
            if judge.against:
                st.caption("The other text, which the answer is held against")
                text(judges.filled(judge.against, columns))
            said = pile.said[call].get(judge.grader, {})
            _ballot(number, pile, call, who, said.get(who), shortcuts=open_[:1] == [judge])
            if who in said:
                _revealed(judge, result, said, who)
    if not open_:
        st.caption(plain(f"case {result['case_id']} · {result['variant']} · answer {result['repeat']}"))


def _ballot(place: int, pile: judges.Pile, call: str, who: str, mine: str | None, shortcuts: bool) -> None:
    """A button each verdict of the scale, the worst first; a click on the chosen one takes it back."""
    judge = pile.judges[place]
    words = judge.levels == ("fail", "pass")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"rate-ballot-{place}"):
        for number, level in enumerate(judge.levels):
            key = (level[0].upper() if words else KEYS[number : number + 1]) if shortcuts else ""
            st.button(
                plain(level.capitalize() if words else level),
                key=f"rate-say-{place}-{number}",
                type="primary" if level == mine else "secondary",
                icon=":material/check:" if level == mine else None,
                shortcut=key or None,
                on_click=_say,
                args=(pile, judge, call, who, None if level == mine else level),
            )


def _revealed(judge: judges.Judge, result: Mapping[str, Any], said: Mapping[str, str], who: str) -> None:
    """What the judge said, and others, once this person has."""
    grade = next((each for each in result["grades"] if each["name"] == judge.grader), None)
    if grade is None or grade["passed"] is None:
        st.text(drawable(f"The judge has no verdict. {grade['reason'] if grade else ''}"))
    else:
        st.markdown(f"{_agreed(judge, grade, said[who])} – the judge:")
        st.text(drawable(grade["reason"]))
    for name, verdict in said.items():
        if name != who:
            st.caption(plain(f"{name}: {verdict}"))


def _agreed(judge: judges.Judge, grade: Mapping[str, Any], mine: str) -> str:
    """How the judge's grade and one's own verdict go together."""
    if judge.said(mine) != grade["passed"]:
        return ":orange[≠] It differs"
    level = judge.level(grade)
    if mine in judge.levels and level is not None and judge.levels[level] != mine:
        return f":green[≈] Both {'pass' if grade['passed'] else 'fail'} it"
    return ":green[:material/check:] It agrees"


def _turning(pile: judges.Pile, call: str, who: str) -> None:
    ways = (
        ("Back", "rate-back", ":material/arrow_back:", "B", pile.beside(call, -1)),
        ("Next", "rate-next", ":material/arrow_forward:", "N", pile.next(call, who) or pile.beside(call, 1)),
    )
    with st.container(horizontal=True, key="rate-turning"):
        for label, key, icon, shortcut, to in ways:
            st.button(label, key=key, icon=icon, shortcut=shortcut, on_click=address, kwargs={"answer": to})


def _say(pile: judges.Pile, judge: judges.Judge, call: str, who: str, verdict: str | None) -> None:
    """Keep it, and stay at this answer, so that the judge's verdict is seen."""
    database = session.lab().store
    database.post(store.reviewed(store.Review(call, judge.grader, who, pile.dataset, verdict)))
    database.flush()
    address(answer=call)
