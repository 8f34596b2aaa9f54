"""What every check is started with: how many calls at once, what they may cost, and who answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lab import evals
from lab.evals import Dataset
from lab.providers import HOW_TO_SET_A_KEY
from lab.ui import session
from lab.ui.parts.notices import hint


def limits(datasets: Sequence[Dataset]) -> tuple[int | None, float | None]:
    """How many calls at once, and the most they may cost in dollars; None: as it is set."""
    most = session.lab().settings.max_cost
    at_once = st.number_input(
        "Calls at once",
        1,
        evals.MOST_AT_ONCE,
        None,
        placeholder=", ".join(sorted({str(each.concurrency) for each in datasets})) or "8",
        key="runs-at-once",
        width=140,
    )
    max_cost = st.number_input(
        "At most, in $",
        0.0,
        None,
        None,
        placeholder=f"{most:g}" if most else "no limit",
        help="No call is begun that could go beyond it; 0 is no limit.",
        key="runs-max-cost",
        width=140,
    )
    return at_once, max_cost


def asks_simulated() -> bool:
    """Whether the simulated Claude is to be asked: always where there is nothing else."""
    lab = session.lab()
    without = lab.home.source == "simulated"
    chosen = st.toggle(
        "Ask the simulated Claude",
        without,
        key="runs-simulated",
        disabled=without and not lab.endpoints,
        help="It makes its answers up, on this machine and for nothing.",
    )
    if chosen:
        why = f" {HOW_TO_SET_A_KEY}" if without else ""
        hint(
            "The answers will be made up: the check shows whether prompt, dataset and graders fit together, "
            f"and measures no quality.{why}",
            ":material/smart_toy:",
        )
    return chosen
