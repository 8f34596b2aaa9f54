"""The cases of a check that flip: whose doing it is, their answers beside each other, and what more repeats
would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals, store
from lab.errors import LabError
from lab.evals import flakes
from lab.ui import session
from lab.ui.parts.case import text
from lab.ui.parts.contrast import contrast
from lab.ui.parts.figures import drawable
from lab.ui.parts.grid import on_button
from lab.ui.parts.links import address
from lab.ui.parts.notices import error, plain
from lab.ui.parts.picks import pick
from lab.ui.parts.rows import table

MOST = 20
"""Times that answers are graded again, at most."""
ROWS, HEIGHT = 12, 460

Run = Mapping[str, Any]


def flaky(run: Run) -> None:
    """One variant: the sentence, the cases, the one that is opened, and the repeats."""
    found = {each.variant: each for each in _reports(run)}
    if len(found) > 1:
        variant = pick("Variant", "of", list(found), next(iter(found)), "flaky-variant", width=420)
    else:
        (variant,) = found
    of = found[variant]
    draw, icon = (st.warning, ":material/shuffle:") if of.flaky else (st.info, ":material/info:")
    draw(plain(flakes.sentence(of)), icon=icon)
    if of.flaky:
        _table(of)
        opened = next((each for each in of.flaky if each.case == st.query_params.get("case")), None)
        if opened:
            _answers(opened)
        with st.container(gap=None):
            for sentence in flakes.advice(of):
                st.caption(plain(sentence))
    if of.judged and run["state"] != "running":
        _again(of, found.values())
    if of.steps:
        st.subheader("What more repeats would show", anchor=False)
        rows = [flakes.step(of, each) for each in of.steps]
        st.dataframe(
            table(rows), key="flaky-steps", hide_index=True, width=420, alt="Repeats and what they show"
        )
        for sentence in flakes.basis(of):
            st.caption(plain(sentence))


def _reports(run: Run) -> Sequence[flakes.Report]:
    """Reckoned anew when a run came to an end."""
    kept, me = session.lab().store, session.who()
    if run["state"] == "running":
        return flakes.reports(session.lab(), me, run["id"])
    newest = store.runs(kept.read, me, 1, dataset=run["dataset"])
    known = [f"{each['id']} {each['ended_at']}" for each in (run, *newest)]
    return _kept_reports(str(kept.path), " ".join(known), run["id"])


@st.cache_resource(max_entries=8, show_spinner="Holding the answers against each other …")
def _kept_reports(path: str, newest: str, id: str) -> Sequence[flakes.Report]:
    return flakes.reports(session.lab(), session.who(), id)


def _table(of: flakes.Report) -> None:
    """A click on a case opens its answers below."""
    cases = [flake.case for flake in of.flaky]
    rows = [flakes.row(flake) | {"case": on_button(flake.case)} for flake in of.flaky]
    st.caption("A click on a case shows its answers beside each other.")
    button = st.column_config.ButtonColumn(
        "case", type="tertiary", alignment="left", key="flaky-open", on_click=_open, args=(cases,)
    )
    st.dataframe(
        table(drawable(rows)),
        key=f"flaky-cases-{of.variant}",
        hide_index=True,
        height="content" if len(rows) <= ROWS else HEIGHT,
        column_config={"case": button},
        alt="Cases that flip, those that flip most first",
    )


def _open(cases: Sequence[str]) -> None:
    address(case=cases[st.session_state["flaky-open"].row])


def _answers(flake: flakes.Flake) -> None:
    """The answer that fails most beside the one that passes most, and what the two differ in; of the others
    how often they came."""
    kept, me = session.lab().store.read, session.who()
    with st.container(border=True, key="flaky-answers"):
        st.markdown(f"**{plain(flake.case)}**")
        shown = (flake.answers[0], flake.answers[-1]) if len(flake.answers) > 1 else flake.answers
        calls = [store.call(kept, me, each.calls[0]) for each in shown]
        columns = st.columns(len(shown), gap="medium")
        for place, (column, answer, call) in enumerate(zip(columns, shown, calls, strict=True)):
            with column:
                st.caption(plain(flakes.told(answer)))
                if place:
                    contrast(calls[0], call, "answer", "flaky-difference")
                else:
                    text(store.plain_text(call["answer"] or []))
                for reason in answer.reasons:
                    st.text(drawable(reason))
        for answer in flake.answers[1:-1]:
            st.caption(plain(f"Another answer: {flakes.told(answer)}"))


def _again(of: flakes.Report, reports: Sequence[flakes.Report]) -> None:
    """Let judges grade the answers of these cases again, once it is said what that may cost."""
    if not st.toggle("Let the judge grade the same answers again", key="flaky-again"):
        return
    with st.container(border=True, key="flaky-regrading"):
        times = st.number_input("Times", 1, MOST, 3, key="flaky-times", width=140)
        only = frozenset().union(*(each.flipping for each in reports)) or None
        try:
            st.markdown(plain(_words(of.run, int(times), only)))
        except LabError as fault:
            error(str(fault))
            return
        again = (of.run, int(times), only)
        st.button("Grade them", key="flaky-sure", type="primary", on_click=_start, args=again)


@st.cache_data(ttl=10, max_entries=20, show_spinner="Reading the answers …")
def _words(id: str, times: int, only: frozenset[str] | None) -> str:
    return evals.regraded(session.lab(), session.who(), id, only=only, times=times).words


def _start(id: str, times: int, only: frozenset[str] | None) -> None:
    st.session_state["flaky-again"] = False
    try:
        evals.start_regrading(session.lives(), session.who(), id, only=only, times=times)
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
        return
    st.toast(
        "The judge is asked. Each time is a run of its own in the list of checks.", icon=":material/rule:"
    )
