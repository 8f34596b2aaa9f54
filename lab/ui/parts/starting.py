"""A check that is to be started: of what, on what, and what it will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lab import evals
from lab.batch import HOURS
from lab.errors import LabError
from lab.evals import Dataset, Offer, Order, Price
from lab.ui import session
from lab.ui.parts.ablating import ablating
from lab.ui.parts.combining import combining
from lab.ui.parts.deciding import deciding
from lab.ui.parts.limits import asks_simulated, limits
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty, error, plain
from lab.ui.parts.pausing import paused
from lab.ui.parts.picks import pick
from lab.ui.parts.references import refs
from lab.ui.parts.seeing import HELP
from lab.ui.parts.selecting import selecting
from lab.ui.parts.shelved import shelved, unusable

MOST = """Probably: by what answers of this prompt took before. At most: as if every answer were as long as
max_tokens allows, and every byte that is sent a token."""
BATCH = """All requests go to the API together, in a Message Batch: half the price. The answers come within 24
hours, mostly within one; what judges are asked goes out in a second batch after them."""
WHAT = {"answers": "How good the answers are", "examples": "What each example does"}


def starting() -> None:
    """The form, what would be asked, and Start."""
    st.button(
        "All checks",
        key="runs-all",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=address,
        kwargs={"new": None, "after": None, "what": None},
    )
    st.title("Start a check")
    found, broken = shelved()
    if not found and not broken:
        empty("There are no datasets", "Write datasets/<name>.yaml: docs/checks.md says what stands in it.")
        return
    what = pick("What", "what", list(WHAT), "answers", "runs-what", WHAT.get, tabs=True)
    try:
        order = ablating(found) if what == "examples" else _order(found)
        if broken:
            unusable(broken)
        if not order:
            st.caption("Choose a dataset to see what it would ask.")
            return
        named = [ref for name in order.datasets for ref in (order.prompts or found[name].prompts)]
        paused(*(ref.partition("@")[0] for ref in named))
        found = offer(str(session.lab().folder), order)
    except LabError as fault:
        error(str(fault))
        return
    offered(found, order.simulated)
    agreed = agreed_to(found.price, "runs-agreed")
    st.button(
        "Start",
        disabled=not agreed,
        key="runs-start",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(order, what),
    )


def agreed_to(price: Price, key: str) -> bool:
    """Whether the price is small, or the person said that it may be that."""
    limit = session.lab().settings.confirm_above
    question = f"Start it, though it will probably cost more than ${limit:g}"
    return not price.above(limit) or st.checkbox(question, key=key)


@st.cache_resource(ttl=10, max_entries=20, show_spinner="Putting the requests together …")
def offer(folder: str, order: Order) -> Offer:
    """What an order will ask in this folder, what that will cost and can see. Raises LabError."""
    return evals.offer(session.lives(), session.who(), order)


def _order(found: Mapping[str, Dataset]) -> Order | None:
    """None while no dataset is chosen. Raises LabError."""
    lab = session.lab()
    wanted = [name for name in st.query_params.get("new", "").split(",") if name in found]
    names = st.multiselect(
        "Datasets",
        list(found),
        wanted,
        format_func=lambda name: f"{name} ({len(found[name].cases):,} cases)",
        placeholder="Choose what to check",
        key="runs-datasets",
    )
    own = ", ".join(dict.fromkeys(ref for name in names for ref in found[name].prompts))
    with st.container(horizontal=True, vertical_alignment="top", key="runs-order"):
        named = st.multiselect(
            "Prompts",
            list(refs(lab)),
            placeholder=own or "the dataset's own",
            key="runs-prompts",
            width=340,
        )
        models = st.multiselect(
            "Models", list(lab.models), placeholder=_models(names, found), key="runs-models", width=340
        )
        at_once, max_cost = limits([found[name] for name in names])
    selection = selecting([found[name] for name in names])
    kept = _kept(str(lab.folder), tuple(names), [found[name] for name in names])
    replay, simulated = (True, kept == "simulated") if kept and _replayed() else (False, asks_simulated())
    batch = not replay and st.toggle("Through a batch", key="runs-batched", help=BATCH)
    chosen = (tuple(names), tuple(named), tuple(models), at_once, simulated, selection)
    order = Order(*chosen, max_cost=max_cost, replay=replay, batch=batch)
    return deciding(combining(order, found), found) if names else None


@st.cache_data(ttl=10, max_entries=20, show_spinner=False)
def _kept(folder: str, names: tuple[str, ...], _found: Sequence[Dataset]) -> str | None:
    """Whose answers the recordings of these datasets hold; None where not all of them have some."""
    try:
        sources = {evals.recorded_from(each, Path(folder)) for each in _found}
    except LabError:  # what is broken is said when it is to be used
        return "api"
    return None if not sources or None in sources else "simulated" if sources == {"simulated"} else "api"


def _replayed() -> bool:
    """Whether answers are taken from recordings: unless told otherwise, where there is no key."""
    return st.toggle(
        "Replay recordings",
        session.lab().home.source == "simulated",
        key="runs-replay",
        help="Nobody is asked, and nothing is billed: the answers are those that `lab check --record` kept.",
    )


def _models(names: list[str], found: Mapping[str, Dataset]) -> str:
    own = dict.fromkeys(model for name in names for model in found[name].models)
    return ", ".join(own) or "the prompt's own"


def offered(found: Offer, simulated: bool) -> None:
    """What it will ask, what that may cost, and what its cases can see."""
    previews = found.previews
    rows: dict[str, list[Any]] = {
        "dataset": [each.dataset for each in previews],
        "variants": [", ".join(each.variants) for each in previews],
        "cases": [each.cases for each in previews],
        "answers a case": [each.repeats for each in previews],
        "at once": [each.at_once for each in previews],
        "calls": [each.calls for each in previews],
    }
    st.dataframe(rows, hide_index=True, key="runs-preview", height="content", alt="What will be asked")
    calls, _ = evals.total(previews)
    if all(each.replayed for each in previews):
        made_up = " These were made by the simulated Claude: they measure no quality." if simulated else ""
        many = "1 call is" if calls == 1 else f"{calls:,} calls are"
        st.markdown(f"**{many} replayed from recordings**; nobody is asked, and nothing billed.{made_up}")
    else:
        st.markdown(plain(str(found.price)), help=MOST)
        if found.price.saving and not found.price.batched:
            st.caption(plain(f"Through a batch {found.price.saving} It is answered within {HOURS} hours."))
    for sentence in found.sights:
        st.caption(plain(sentence), help=HELP)


def _start(order: Order, what: str) -> None:
    try:
        runs = evals.start(session.lives(), session.who(), order)
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
        return
    view = "examples" if what == "examples" else None
    one = runs[0] if len(runs) == 1 else None
    address(new=None, after=None, before=None, what=None, view=view, run=one)
