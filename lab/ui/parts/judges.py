"""The tab of the Checks page about judges: whether each may be trusted, held against people."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lab import store
from lab.evals import judges as judging
from lab.ui import session
from lab.ui.parts.figures import drawable
from lab.ui.parts.grid import on_button
from lab.ui.parts.links import address, link
from lab.ui.parts.matrix import matrix
from lab.ui.parts.notices import empty, plain
from lab.ui.parts.picks import pick
from lab.ui.parts.rows import table
from lab.ui.parts.runtable import FRESH

LOOKS = {
    "yes": (st.success, ":material/check_circle:"),
    "not yet": (st.warning, ":material/balance:"),
    "no": (st.error, ":material/cancel:"),
}
ROWS = 12
HELP = {
    "judge and people": "1 is full agreement, 0 what chance brings; in brackets the 95 % interval.",
    "people alone": "Of each two people who rated the same answer: the most that a judge can reach.",
    "corrected": "The judge's pass rate, freed from what it lets pass and what it fails wrongly.",
}

Found = Sequence[tuple[judging.Docket, judging.Calibration]]


def judges() -> None:
    """One judge: the sentence, what it rests on, and the answers that it and people differ on."""
    st.caption("A judge is worth as much as its verdicts are those of people. Rate answers to find out.")
    found = {_named(docket): (docket, figures) for docket, figures in _found(*_known())}
    if not found:
        empty(
            "No judges yet", "A grader `judge` in a dataset makes one. It stands here once a check is made."
        )
        return
    title = pick("Judge", "judge", list(found), next(iter(found)), "judges-which", width=520)
    docket, figures = found[title]
    _verdict(docket, figures)
    if not figures.answers:
        return
    st.caption(plain(" ".join([f"{judging.held(figures)}.", *judging.asides(docket)])))
    left, right = st.columns([5, 6], gap="large")
    with left:
        for what, names, counts in judging.kinds(docket.judge, figures):
            matrix(what, names, counts)
    with right:
        _rows("judges-figures", judging.figures(figures), "How far judge and people agree")
        for sentence in judging.shares(figures):
            st.markdown(plain(sentence))
        if figures.rates:
            st.caption(f"Pass rates of its newest run, {plain(docket.runs[0])}")
            _rows("judges-rates", [judging.rate(each) for each in figures.rates], "Pass rates, corrected")
    _disagreements(docket)


def _known() -> tuple[str, str, int]:
    """What tells that there is something new: a run, how it ended, or a verdict."""
    kept, me = session.lab().store, session.who()
    run = store.last_run(kept.read, me)
    state = store.run_head(kept.read, me, run)["ended_at"] if run else None
    return str(kept.path), f"{run} {state}", store.reviews_made(kept.read)


@st.cache_resource(max_entries=4, show_spinner="Comparing judges with people …")
def _found(path: str, newest: str, reviews: int) -> Found:
    dockets = judging.dockets(session.lab().store.read, session.who())
    return [(docket, judging.calibrated(docket)) for docket in dockets]


def _named(docket: judging.Docket) -> str:
    made_up = " · simulated" if docket.judge.simulated else ""
    return f"{docket.judge.dataset} · {docket.judge.title}{made_up}"


def _verdict(docket: judging.Docket, figures: judging.Calibration) -> None:
    trust = judging.trust(docket.judge, figures)
    draw, icon = LOOKS[trust.standing]
    draw(f"**Trust this judge?** {plain(trust.sentence)}", icon=icon)
    st.text(drawable(docket.judge.rubric))
    link("Rate answers", "runs", ":material/how_to_reg:", run=docket.runs[0], view="rate")


def _rows(key: str, rows: Sequence[dict[str, str]], alt: str) -> None:
    column = st.column_config.TextColumn
    config = {name: column(name, help=help) for name, help in HELP.items() if name in rows[0]}
    st.dataframe(table(rows), key=key, hide_index=True, height="content", alt=alt, column_config=config)


def _disagreements(docket: judging.Docket) -> None:
    differing = judging.disagreements(docket)
    st.subheader("Where they differ", anchor=False)
    if not differing:
        st.caption("On no answer that more people pass than fail, or fail than pass.")
        return
    many = "1 answer" if len(differing) == 1 else f"{len(differing):,} answers"
    st.caption(f"{many}, the worst first: what the judge lets pass. A click on a case opens it.")
    rows = [drawable(judging.differing(docket.judge, each)) for each in differing]
    button = st.column_config.ButtonColumn(
        "case",
        type="tertiary",
        alignment="left",
        key="judges-open",
        on_click=_open,
        args=([(each.run, each.case) for each in differing],),
    )
    st.dataframe(
        table([row | {"case": on_button(row["case"])} for row in rows]),
        key=f"judges-differing-{docket.judge.title}",
        hide_index=True,
        height="content" if len(rows) <= ROWS else 460,
        column_config={"case": button, "the judge": st.column_config.TextColumn("the judge", width="large")},
        alt="Answers on which judge and people differ",
    )


def _open(places: Sequence[tuple[str, str]]) -> None:
    run, case = places[st.session_state["judges-open"].row]
    address(**FRESH | {"run": run, "case": case, "judge": None})
