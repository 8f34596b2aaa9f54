"""The table of a run, and what moved in it: counted once for a run that has ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from lab import evals, store
from lab.errors import BadInput
from lab.evals import Ablation, Cells, Move, Sheet, Tradeoff
from lab.ui import session

Run = Mapping[str, Any]


def head(id: str) -> dict[str, Any]:
    """A run without its results. Raises BadInput where there is none to see."""
    return store.run_head(session.lab().store.read, session.who(), id)


def sheet(run: Run) -> Sheet:
    """The run's cases and what came of them."""
    return (_sheet if run["state"] == "running" else _kept_sheet)(*_named(run), run)


def moves(before: Run, after: Run) -> Sequence[Move]:
    """How each case moved from one run to the other, the worst first."""
    read = _moves if after["state"] == "running" else _kept_moves
    return read(*_named(before), *_named(after), before, after)


def changed(before: Run, after: Run) -> Collection[str]:
    """The cases of which an outcome is another one than it was."""
    read = _changed if after["state"] == "running" else _kept_changed
    return read(*_named(before), *_named(after), before, after)


def cells(run: Run) -> Cells:
    """What came of the cases of a run."""
    return sheet(run).cells


def saying(run: Run, text: str) -> frozenset[str] | None:
    """The cases that say a text, or whose answers do; None for no text."""
    if not text.strip():
        return None
    return (_saying if run["state"] == "running" else _kept_saying)(*_named(run), text, run)


def tradeoff(run: Run, base: str, margin: float) -> Tradeoff:
    """The run's variants, held against one of them."""
    read = _tradeoff if run["state"] == "running" else _kept_tradeoff
    return read(*_named(run), base, margin, run)


def ablation(run: Run) -> Ablation | None:
    """What the examples of a run's few-shot set do, where it left some out."""
    return (_ablation if run["state"] == "running" else _kept_ablation)(*_named(run), run)


def baseline(run: Run) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The run that this one is held against, by the address or else the newest of its kind, and all that can
    be chosen."""
    offered = _rivals(*_named(run), run)
    asked = st.query_params.get("with")
    if asked == "none":
        return None, offered
    known = {each["id"]: each for each in offered}
    if asked and asked not in known:
        try:
            known[asked] = head(asked)
        except BadInput:
            asked = None
    asked = asked or next((id for id, each in known.items() if each["source"] == run["source"]), None)
    return known.get(asked), list(known.values())


def held(before: Run, after: Run) -> list[dict[str, Any]]:
    """What the gate says of a run against an earlier one, as a summary keeps it; nothing where they have no
    variants in common."""
    read = _held if after["state"] == "running" else _kept_held
    return read(*_named(before), *_named(after))


def _named(run: Run) -> tuple[str, str, str]:
    """What stands for a run and all that may change in it once it has ended: it may be graded anew."""
    return str(session.lab().store.path), run["id"], f"{run['ended_at']} {run['summary']}"


def _sheet(path: str, id: str, state: str, _run: Run) -> Sheet:
    return evals.sheet(session.lab().store.read, session.who(), _run)


def _moves(
    path: str,
    id: str,
    state: str,
    path_after: str,
    id_after: str,
    state_after: str,
    _before: Run,
    _after: Run,
) -> Sequence[Move]:
    return evals.moves(_before, cells(_before), sheet(_after))


def _changed(
    path: str,
    id: str,
    state: str,
    path_after: str,
    id_after: str,
    state_after: str,
    _before: Run,
    _after: Run,
) -> Collection[str]:
    return evals.moved_cases(_before, cells(_before), sheet(_after))


def _saying(path: str, id: str, state: str, text: str, _run: Run) -> frozenset[str]:
    found = evals.saying(session.lab().store.read, session.who(), id, sheet(_run), text)
    return frozenset(found or ())


def _tradeoff(path: str, id: str, state: str, base: str, margin: float, _run: Run) -> Tradeoff:
    return evals.tradeoff(session.lab().store.read, session.who(), _run, base, margin)


def _ablation(path: str, id: str, state: str, _run: Run) -> Ablation | None:
    return evals.ablation(session.lab(), session.who(), _run)


def _held(
    path: str, id: str, state: str, path_after: str, id_after: str, state_after: str
) -> list[dict[str, Any]]:
    try:
        return [
            asdict(each) for each in evals.gating.held(session.lab().store.read, session.who(), id, id_after)
        ]
    except BadInput:
        return []


@st.cache_resource(ttl=10, max_entries=8, show_spinner=False)
def _rivals(path: str, id: str, state: str, _run: Run) -> list[dict[str, Any]]:
    return evals.rivals(session.lab().store.read, session.who(), _run)


_kept_sheet = st.cache_resource(max_entries=8, show_spinner=False)(_sheet)
_kept_changed = st.cache_resource(max_entries=8, show_spinner=False)(_changed)
_kept_held = st.cache_resource(max_entries=8, show_spinner="The gate weighs them…")(_held)
_kept_moves = st.cache_resource(max_entries=4, show_spinner=False)(_moves)
_kept_tradeoff = st.cache_resource(max_entries=8, show_spinner=False)(_tradeoff)
_kept_ablation = st.cache_resource(max_entries=8, show_spinner=False)(_ablation)
_kept_saying = st.cache_resource(max_entries=32, show_spinner=False)(_saying)
"""Of runs that have ended, which stay as they are."""
