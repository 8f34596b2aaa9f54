"""What a call read of the prompt cache, and why not more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import cache, figures, prompts
from lab.cache import Difference, Explained
from lab.cost import dollars
from lab.prompts import Change, Piece
from lab.ui import session
from lab.ui.parts.difference import difference
from lab.ui.parts.figures import HELP, drawable, figure
from lab.ui.parts.links import link
from lab.ui.parts.notices import plain

SIGNS = {
    True: ":green[:material/check_circle:]",
    False: ":red[:material/cancel:]",
    None: ":gray[:material/help:]",
}
"""Whether a rule holds; None: it cannot be told."""
QUIET = ("hit", "first", "unasked", "unreported")
"""What is no loss, or nobody's fault."""


def why_missed(call: Mapping[str, Any]) -> None:
    """The section of an opened call."""
    lab = session.lab()
    found = cache.explain(lab.store.read, session.who(), call, lab.models)
    if isinstance(found, str):
        st.caption(plain(found))
        return
    finding = found.finding
    icon = "check_circle" if finding.kind == "hit" else "info" if finding.kind in QUIET else "warning"
    colour = "green" if finding.kind == "hit" else "gray" if finding.kind in QUIET else "orange"
    st.markdown(f":{colour}[:material/{icon}:] {plain(drawable(found.said))}")
    if finding.shown:
        difference([_change(finding.shown)], "logs-cache-difference", prose=True)
    _figures(found)
    st.markdown("**The rules of the cache**", help=RULES)
    rules = [f"{SIGNS[each.holds]} **{plain(each.rule)}** · {plain(each.said)}" for each in found.checks]
    st.markdown("  \n".join(drawable(rules)))
    if finding.other:
        link("The request it is held against", "logs", icon=":material/history:", call=finding.other.id)
    _told(found, call)


RULES = (
    "Each is held against the earlier request that came nearest to serving this call. More than one may be "
    "broken; the reason above is the first of them that stands in the way."
)


def _change(there: Difference) -> Change:
    """What stands round the first character that differs; both texts go on where they are cut."""
    head = ("…" if there.at > len(there.before) else "") + there.before
    pieces = [*prompts.pieces(*(drawable(head + text) for text in (there.then, there.now)))]
    while pieces[-1].op != "=" and any(piece.op == "=" for piece in pieces[1:]):
        pieces.pop()  # where the longer of the two is cut
    where = f"{drawable(there.place)}, from character {there.at + 1:,} on"
    return Change(where, (*pieces, Piece("=", "…")))


def _figures(found: Explained) -> None:
    finding = found.finding
    call = finding.call
    with st.container(horizontal=True, key="logs-cache-figures"):
        for name, count in (("read", call.read), ("write", call.written)):
            figure(name, "–" if count is None else f"{count:,}", HELP[name])
        if finding.missed:
            figure("could have been read", f"about {finding.missed:,}", MISSED)
            figure("for less, by", f"{dollars(found.lost)} (estimate)", LOST)


MISSED = "The tokens that were written, or paid in full, though an earlier request began with them too."
LOST = "What these tokens cost, less what reading them would have, at the prices of that day."


def _told(found: Explained, call: Mapping[str, Any]) -> None:
    st.markdown("**What the API says**", help=TOLD)
    sign = ":material/check:" if found.told.agrees else ":material/compare_arrows:"
    said = figures.cache_miss(call) or ""
    st.markdown(f"{sign} `{found.told.said}` {plain(f'{said} {found.told.why}'.strip())}")


TOLD = "Its cache diagnostics: the text of this request, compared with that of the answer before."
