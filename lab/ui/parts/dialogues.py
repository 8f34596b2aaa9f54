"""The conversations of the log: a list that is sifted and paged, or the one that the address names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab import figures, store, talks
from lab.errors import BadInput
from lab.spent import Spent
from lab.store import Dialogues, Sought
from lab.types import digest
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.dialogue import HELP, dialogue
from lab.ui.parts.figures import drawable, outcome
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.period import NAMES as TIMES
from lab.ui.parts.period import WIDTH, period
from lab.ui.parts.rows import table

SIZE = 50
"""Conversations on a page."""
ROWS, HEIGHT = 15, 563
"""More rows are scrolled."""
LETTER, PADDING = 6, 24
"""Pixels of the widest cost."""


def dialogues() -> None:
    """A list of them, or the one that the address names."""
    if id := st.query_params.get("conversation"):
        dialogue(id)
        return
    wrong: list[str] = []
    sought = _sought(wrong)
    for sentence in wrong:
        error(sentence)
    if not wrong and (found := _found(sought)):
        _page(found, sought)


def _sought(wrong: list[str]) -> Sought:
    """What the controls want, which the address holds."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="dialogues-filters"):
        st.session_state["dialogues-q"] = st.query_params.get("q", "")
        st.text_input(
            "Search",
            key="dialogues-q",
            type="search",
            placeholder="Words in a turn, or the title",
            icon=":material/search:",
            help='One turn, or the title, has all words. "these in a row" and begin* are found so.',
            on_change=_picked,
            args=("q",),
            width=280,
        )
        since, until = period("dialogues", _first, wrong)
        if session.who().role == "admin":
            _user()
        st.button("Refresh", key="dialogues-refresh", icon=":material/refresh:", type="tertiary")
    params = st.query_params
    return Sought(params.get("user") or None, since, until, params.get("q") or None)


def _user() -> None:
    asked = st.query_params.get("user", "")
    st.session_state["dialogues-user"] = asked
    known = store.users_asked(session.lab().store.read)
    st.selectbox(
        "User",
        ["", *known, *([asked] if asked and asked not in known else [])],
        format_func=lambda each: each or "Anybody",
        key="dialogues-user",
        on_change=_picked,
        args=("user",),
        width=WIDTH,
    )


def _picked(name: str) -> None:
    address(**{name: st.session_state[f"dialogues-{name}"].strip() or None})
    _first()


def _first() -> None:
    _go()


def _go(behind: str | None = None, front: str | None = None) -> None:
    """The page behind a place, or in front of one, or the first."""
    address(behind=behind, front=front)


def _found(sought: Sought) -> Dialogues | None:
    behind, front = st.query_params.get("behind"), st.query_params.get("front")
    try:
        return store.dialogues(session.lab().store.read, session.who(), sought, SIZE, behind, front)
    except BadInput as problem:
        error(str(problem))
        return None


def _page(page: Dialogues, sought: Sought) -> None:
    if not page.found:
        _nothing(sought)
        return
    _listed(page.found)
    if page.most:
        st.caption(
            "More conversations say this than are looked at: these are the ones in which it was said last. "
            "Add a word, or choose a user or a time."
        )
    with st.container(horizontal=True, key="dialogues-beside"):
        for label, icon, place in (("Newer", "left", page.newer), ("Older", "right", page.older)):
            st.button(
                label,
                key=f"dialogues-{label}",
                icon=f":material/chevron_{icon}:",
                icon_position="left" if icon == "left" else "right",
                disabled=place is None,
                on_click=_go,
                kwargs={"front" if icon == "left" else "behind": place},
            )


def _nothing(sought: Sought) -> None:
    if "behind" in st.query_params:
        empty("No more conversations", "This is the end of the list.")
        st.button("To its beginning", key="dialogues-newest", on_click=_go)
    elif sought.anything:
        empty("No conversations yet", "Ask something in Chat, or use `lab ask`: each is listed here.")
        link("Open Chat", "chat", icon=":material/chat:")
    else:
        empty("No conversation matches", "None has all of this. Take a filter away, or all of them.")
        st.button("Clear filters", key="dialogues-clear", icon=":material/filter_alt_off:", on_click=_clear)


def _clear() -> None:
    address(**dict.fromkeys(("q", "user", *TIMES)))
    _go()


def _listed(found: Sequence[dict[str, Any]]) -> None:
    """The table. Its name holds the ids: what is picked is picked from these, never from others."""
    ids = tuple(each["id"] for each in found)
    key = f"dialogues-table-{digest(' '.join(ids)).hex()}"
    now = datetime.now(spans.zone())
    st.dataframe(
        table([_row(each, now) for each in found]),
        key=key,
        alt="Conversations, the one that was gone on with last first",
        hide_index=True,
        height=HEIGHT if len(found) > ROWS else "content",
        placeholder="–",
        column_config=_columns(found, ids),
        on_select=lambda: _open(ids, st.session_state[key].selection.rows),
        selection_mode="single-row",
    )


def _columns(found: Sequence[dict[str, Any]], ids: Sequence[str]) -> dict[str, Any]:
    column = st.column_config
    pills = dict(outcome(each) for each in found if each["state"])
    texts = {"last activity": 95, "thumbs": 100, "user": 95}
    counts = {"turns": 62, "follow-ups": 85}
    return {
        "conversation": column.ButtonColumn(
            "conversation",
            help="Its title: the first words of it, or what somebody called it. Click it to open it.",
            type="tertiary",
            alignment="left",
            width=290,
            key="dialogues-open",
            on_click=lambda: _open(ids, [st.session_state["dialogues-open"].row]),
        ),
        "last answer": column.MultiselectColumn(
            "last answer",
            help=HELP["last answer"],
            options=drawable([*pills]),
            color=[*pills.values()],
            width=140,
        ),
        "cost": column.TextColumn("cost", help=HELP["cost"], alignment="right", width=_wide(found)),
        **{name: column.TextColumn(name, help=HELP.get(name), width=texts[name]) for name in texts},
        **{name: column.NumberColumn(name, help=HELP[name], width=counts[name]) for name in counts},
    }


def _cost(spent: Mapping[str, Spent]) -> str:
    """What each kind cost, in the width of a column; of estimates the most it may be."""
    told = []
    for kind, one in sorted(spent.items()):
        amount = figures.spending(one.most, one.most, one.unpriced)
        amount = f"≤ {amount} est." if one.estimates else amount
        told.append(amount if kind == "real" else f"{amount} {kind}")
    return " · ".join(told) or "–"


def _wide(found: Sequence[dict[str, Any]]) -> int:
    return max(len(_cost(each["spent"])) for each in found) * LETTER + PADDING


def _row(each: dict[str, Any], now: datetime) -> dict[str, Any]:
    title = each["title"].replace(":material/", ":\u200bmaterial/")  # kept as it was typed
    return drawable(
        {
            "last activity": spans.local(each["updated_at"], now),
            "conversation": title,
            "user": each["user"],
            "turns": each["turns"],
            "follow-ups": each["followed"],
            "last answer": [outcome(each)[0]] if each["state"] else [],
            "cost": _cost(each["spent"]),
            "thumbs": talks.thumbs(each["thumbs_up"], each["thumbs_down"]),
        }
    )


def _open(ids: Sequence[str], rows: Sequence[int]) -> None:
    for row in rows:
        if 0 <= row < len(ids):
            address(conversation=ids[row])
