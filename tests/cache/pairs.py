"""Two requests to the simulated Claude, one an edit of the other, and what the lab finds of the second."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import NamedTuple

from lab import cache
from lab.cache import Diagnosis, Finding
from lab.sim.http import Problem
from tests.cache.edits import Plan, plan
from tests.cache.simulated import LATENCY, Body, Sent, Simulated


class Pair(NamedTuple):
    """Two requests, one an edit of the other: what the lab finds of the second, and what the API says of
    it."""

    first: Sent
    second: Sent
    found: Finding
    told: Diagnosis
    edits: tuple[str, ...]


def pair(plan: Plan) -> Pair:
    """Both requests sent, to a server that knows nothing else. Raises Problem where it refuses one."""
    server = Simulated()
    first = server.ask({**plan.before, "diagnostics": {"previous_message_id": None}})
    if plan.begun:
        server.time.now += LATENCY
        first.begin()
    server.time.now = first.call.at + plan.wait
    asking = {"previous_message_id": first.call.message_id}
    second = server.ask({**plan.after, "diagnostics": asking})
    found = cache.find(second.call, [first.call])
    return Pair(first, second, found, cache.diagnosis(found, second.miss, first.call), plan.edits)


def mended(plan: Plan, found: Finding) -> Plan:
    """The same without the reason that was found."""
    before, after = copy.deepcopy(plan.before), copy.deepcopy(plan.after)
    if found.kind in ("pending", "expired"):
        return plan._replace(wait=LATENCY + 0.2, begun=True)
    other = found.other
    small = found.kind == "unwritten" and bool(other and other.points and not other.kept())
    if found.kind == "short" or small:
        for body in (before, after):
            first = _parts(body)[0]
            first.update({name: LONG + first[name] for name in ("text", "description") if name in first})
    elif found.kind in ("late", "unwritten", "lookback"):
        end = found.reach or found.same
        for body in (before, after) if found.kind != "lookback" else (after,):
            marks = [block for block in _parts(body) if "cache_control" in block]
            ttl = (
                (marks[:1] or [{}])[0].get("cache_control")
                or body.get("cache_control")
                or {"type": "ephemeral"}
            )
            for block in marks[: max(0, len(marks) - 2)]:
                del block["cache_control"]
            _parts(body)[end - 1]["cache_control"] = ttl
    elif found.kind == "unasked":
        for body in (before, after):
            body["cache_control"] = {"type": "ephemeral"}
    else:
        for name in MENDED.get(found.kind, ()):
            after.pop(name, None)
            after |= {name: copy.deepcopy(before[name])} if name in before else {}
    return plan._replace(before=before, after=after)


def _parts(body: Body) -> list[Body]:
    turns = [block for message in body["messages"] for block in message["content"]]
    return [*body.get("tools", ()), *body["system"], *turns]


LONG = "harbor books rooms " * 1500
MENDED = {
    "model": ("model", "speed", "thinking", "output_config"),
    "speed": ("speed",),
    "tools": ("tools", "tool_choice"),
    "system": ("system",),
    "examples": ("messages",),
    "messages": ("messages",),
    "settings": ("thinking", "output_config", "tool_choice", "messages"),
}


class Verdict(NamedTuple):
    """A random pair: what was found of it and of its diagnostics, one reason after another until it was a
    hit, and what is `wrong` with that. `refused`: the server took no such request."""

    kinds: tuple[str, ...]
    code: str
    wrong: tuple[str, ...]
    refused: bool = False


NOT_TOLD = ("unlike", "undecided", "new word")
"""Diagnoses that leave it open why the two differ."""


def verdict(seed: int) -> Verdict:
    """Held against the server's own count, its diagnostics, and what happens where a reason is taken away."""
    asked, kinds, codes, wrong = plan(seed), [], [], []
    try:
        while "hit" not in kinds and len(kinds) < 12:
            sent = pair(asked)
            kinds.append(sent.found.kind)
            codes.append(sent.told.code)
            counted = sent.second.sizes[sent.found.hit]
            wrong += [f"{counted} tokens, not {sent.second.call.read}"] * (counted != sent.second.call.read)
            asked = mended(asked, sent.found)
    except Problem:
        return Verdict((*kinds,), "refused", (*wrong,), True)
    wrong += [f"diagnostics {code}" for code in codes if code in NOT_TOLD]
    wrong += [f"{one} was mended and found again" for one, then in pairwise(kinds) if one == then]
    return Verdict((*kinds,), codes[0], (*wrong, *(() if "hit" in kinds else ("never a hit",))))
