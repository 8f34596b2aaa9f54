"""What rules of routing would have done, in figures and drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab import store
from lab.cost import DOLLAR, dollars
from lab.errors import BadInput
from lab.evals import routes
from lab.routing import Rule
from lab.ui import session
from lab.ui.parts.colours import colour
from lab.ui.parts.figures import HELP, charted, drawable, figure
from lab.ui.parts.notices import empty, hint, plain
from lab.ui.parts.rows import table

SIMULATED = "Simulated answers: they say nothing about quality."
GREY = "#8C8C8C"


def on_log(rules: Sequence[Rule], since: datetime) -> None:
    """What they would have done with the turns of conversations."""
    lab = session.lab()
    turns = list(store.exchanges(lab.store.read, session.who(), since))
    real = [turn for turn in turns if turn["source"] != "simulated"]
    if not turns:
        empty("No conversations in this time", "Ask something in Chat, or look at a longer time.")
        return
    found = routes.logged(lab, rules, real or turns)
    known = found.cost is not None and found.instead is not None
    with st.container(horizontal=True, key="settings-routed"):
        figure("routed", f"{found.share:.0%} of {len(real or turns):,} turns", HELP["routed"])
        figure("saved", _less(found.cost, found.instead) if known else "unknown", HELP["saved"])
        figure("followed by a question", _rates(found, "followed", "turns"), HELP["followed"])
        figure("thumbs up", _rates(found, "liked", "rated"), HELP["liked"])
    parts = {name: (count, _model(rules, name)) for name, count in found.by_rule.items()}
    _chart(_turns(parts, found.stayed.turns), "settings-turns", "Turns by rule", 150)
    if known and found.moved.turns:
        costs = {"these turns, as they were": found.cost, "by the rules": found.instead}
        _chart(_costs(costs), "settings-costs", "Cost of the routed turns", 170)
    st.caption(routes.ESTIMATE)
    if not real:
        st.caption(SIMULATED)


def on_run(rules: Sequence[Rule], id: str) -> None:
    """What they would have done with the cases of a check that asked all their models."""
    lab, who = session.lab(), session.who()
    run = store.run(lab.store.read, who, id)
    cases = store.case_texts(lab.store.read, who, id, store.cases_of(lab.store.read, who, id))
    usual = st.selectbox("Asked where no rule fits", _asked(run), key="settings-usual", width=260)
    try:
        found = routes.checked(rules, run, cases, usual)
    except BadInput as fault:
        hint(str(fault))
        return
    for each in found:
        _one(each)
    if run["source"] == "simulated":
        st.caption(SIMULATED)


def _one(found: routes.Checked) -> None:
    before, after = found.usual, found.routed
    known = before.cost is not None and after.cost is not None
    with st.container(horizontal=True, key=f"settings-checked-{found.variant}"):
        figure("routed", f"{found.moved / found.cases:.0%} of {found.cases:,} cases", HELP["routed"])
        figure("saved", _less(before.cost, after.cost) if known else "unknown", HELP["saved"])
        figure("pass rate", f"{_rate(before.rate)} → {_rate(after.rate)}", HELP["kept"])
    st.caption(plain(f"{found.variant}: {routes.quality(found)}."))
    ways = ((f"all at {found.variant}", before), ("by the rules", after))
    st.dataframe(
        table([drawable(_way(name, kept)) for name, kept in ways]),
        hide_index=True,
        key=f"settings-ways-{found.variant}",
        alt="Both ways in numbers",
    )
    if known:
        costs = {charted(f"{name}, passes {_rate(kept.rate)}"): kept.cost for name, kept in ways}
        _chart(_costs(costs), f"settings-drawn-{found.variant}", "Cost of both ways", 170)


def _way(name: str, kept: routes.Kept) -> dict[str, str]:
    passed = f"{kept.passed:,} of {kept.graded:,}"
    return {"way": name, "passed": passed, "pass rate": _rate(kept.rate), "cost": dollars(kept.cost)}


def _asked(run: Mapping[str, Any]) -> list[str]:
    """The models that a run asked, the default one first."""
    models = dict.fromkeys(variant.split(" · ")[1] for variant in run["settings"]["variants"])
    return sorted(models, key=lambda each: each != session.lab().settings.model)


def _model(rules: Sequence[Rule], name: str) -> str:
    return next(rule.model for rule in rules if rule.name == name)


def _rates(found: routes.Logged, part: str, whole: str) -> str:
    """`20% routed, 25% others`"""
    shares = [(getattr(group, part), getattr(group, whole)) for group in (found.moved, found.stayed)]
    routed, others = (f"{some / many:.0%}" if many else "–" for some, many in shares)
    return f"{routed} routed, {others} others"


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _less(before: int, after: int) -> str:
    """`$0.40 (45%)`, with a minus where it costs more."""
    share = f" ({abs(before - after) / before:.0%})" if before else ""
    return f"{'−' if after > before else ''}{dollars(abs(before - after))}{share}"


def _turns(parts: Mapping[str, tuple[int, str]], stayed: int) -> list[Any]:
    """One bar: the turns that each rule takes, in the colour of its model, and the others."""
    import plotly.graph_objects as go

    pieces = [(f"{name} → {model}", count, colour(model)) for name, (count, model) in parts.items()]
    return [
        go.Bar(
            y=["turns"], x=[count], name=charted(name), orientation="h", marker={"color": fill}, text=[count]
        )
        for name, count, fill in [*pieces, ("no rule fits", stayed, GREY)]
    ]


def _costs(costs: Mapping[str, int]) -> list[Any]:
    import plotly.graph_objects as go

    amounts = [amount / DOLLAR for amount in costs.values()]
    said = [dollars(amount) for amount in costs.values()]
    return [
        go.Bar(y=list(costs), x=amounts, text=said, orientation="h", marker={"color": GREY}, showlegend=False)
    ]


def _chart(bars: list[Any], key: str, alt: str, height: int) -> None:
    import plotly.graph_objects as go

    layout = {
        "barmode": "stack",
        "margin": {"l": 8, "r": 8, "t": 0, "b": 0},
        "legend": {"orientation": "h", "y": -0.1, "yanchor": "top", "traceorder": "normal"},
        "showlegend": True,
        "xaxis": {"visible": False, "fixedrange": True},
        "yaxis": {"autorange": "reversed", "fixedrange": True, "title": None, "automargin": True},
        "bargap": 0.3,
    }
    st.plotly_chart(
        go.Figure(bars, layout), key=key, height=height, config={"displayModeBar": False}, alt=alt
    )
