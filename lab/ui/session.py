"""Who looks at a page, and the lab that all pages share."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import streamlit as st

from lab import engine
from lab.engine import Lab, Live, Lives
from lab.types import Principal, Request, new_id

STOPPING = 5.0
"""Seconds that a stopped call has to be written down before it is made again."""


def lives() -> Lives:
    """The lab of the folder that the app was started in, and its calls. Raises LabError."""
    return engine.lives(Path.cwd())


def lab() -> Lab:
    return lives().lab


def who() -> Principal:
    """Whoever reaches the app, as `Lab.owner` says."""
    return lab().owner


def visitor() -> str:
    """This browser tab, as long as it is connected."""
    return _visitor().name


def arrive() -> None:
    """A tab that was just opened wants what no other tab wants any more: it may be the same one, reloaded."""
    if "arrived" not in st.session_state:
        st.session_state.arrived = True
        for live in lives().running(who()):
            if not live.visitors:
                hold(live)


def hold(live: Live) -> None:
    """Keep a call going as long as this tab is there."""
    lives().hold(visitor(), live)


def start(request: Request) -> Live:
    """Make a call that this tab wants. Raises BadInput while its conversation is still being answered, for
    one that the settings do not let out, and Paused."""
    lives().weigh(request)
    return lives().start(who(), request, visitor())


def anew(live: Live) -> None:
    """Stop a call and make the same one again."""
    lives().stop(live.id)
    end = time.monotonic() + STOPPING
    while not live.ended and time.monotonic() < end:
        live.wait(-1, 0.05)
    start(replace(live.request, id=new_id()))


class _Visitor:
    def __init__(self, lives: Lives) -> None:
        self.name = new_id()
        self.lives = lives


@st.cache_resource(scope="session", on_release=lambda one: one.lives.leave(one.name), show_spinner=False)
def _visitor() -> _Visitor:
    return _Visitor(lives())
