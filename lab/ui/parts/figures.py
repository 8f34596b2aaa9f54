"""A call's figures in short words, with what each of them means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from lab import figures
from lab.cost import dollars
from lab.ui.parts.colours import marked
from lab.ui.parts.notices import plain

HELP = {
    "question": "The first words of the last message that was sent, and how many characters are left out. "
    "Click them to open the call, which has all of it.",
    "outcome": "How the call ended, and how many attempts it took where it was more than one.",
    "model": "The model that answered, else the one that was asked.",
    "prompt": "The prompt and its version, where the call was made through one.",
    "cost": "From the reported usage, at the prices of the day. Where a stream never ended it is an "
    "estimate, and this the most it may be. Unknown: nobody published a price.",
    "source": "What answered: the api, the simulated Claude (made-up answers, nobody pays), a replay.",
    "in": "input_tokens: the part of the prompt that was neither read from the cache nor written to it.",
    "write": "cache_creation_input_tokens: written to the cache, at a higher price.",
    "read": "cache_read_input_tokens: read from the cache, at a much lower price.",
    "out": "output_tokens: what the model wrote, its thinking included.",
    "first token": "From the sending of the last attempt to the first word. Our own waits are not in it.",
    "total": "From the sending of the last attempt to the end. Our own waits are not in it.",
    "speed": "Output tokens over the time in which they streamed.",
    "stop_reason": "Why the model stopped, in the API's own word.",
    "origin": "What asked: chat, a check, the API…",
    "tokens": "All tokens: the uncached part of the prompt, what was written to and read from the cache, and "
    "what the model wrote.",
    "costs": "What all these calls cost together. Those that were cut off are an estimate: at least this, at "
    "most that. Calls whose price nobody knows are counted beside it, never as 0.",
    "a day": "The same, by the number of days.",
    "calls": "Questions that were sent to a model, also those that failed. Judging counts as calls too.",
    "tokens together": "The tokens of all prompts, cached ones included, and of all answers.",
    "routed": "The part that the rules would send to another model.",
    "saved": "What these cost, less what the same tokens cost at the other model.",
    "followed": "How often the person asked on: an answer that did not settle it is followed by a question.",
    "liked": "Of the answers that somebody rated, how many got a thumb up.",
    "kept": "The cases that pass, before and with the rules: the quality that is kept.",
    "per 1,000 turns": "What 1,000 calls cost whose cost is known exactly: a call with its attempts and "
    "rounds of tools is one turn.",
    "made it": "How much more (+) or less (−) was spent because of it: the average over all orders in which "
    "the factors could have changed one after another. The rows add up to the difference exactly.",
    "same mix": "Tokens a turn, searches and the part that is read are those of the same mix of models in "
    "both periods, the average of the two, so that they show what changed beside the mix.",
    "this month": "From the first of the month in your time zone until now, whatever time is chosen above.",
    "What it went to": "What is known exactly, by the parts of the bills. Thinking is billed as output and "
    "stands apart here. Calls that were cut off are an estimate, at the most that they may have cost.",
    "What it was for": "Product: what people asked in chat and over the API. Batches stand apart, whatever "
    "they were for. Estimates count with the most.",
    "the cache saved": "What the prompts would have cost without a cache, less what they cost: reading is "
    "cheaper, writing dearer.",
    "routing saved": "What the same tokens would have cost at the model that was meant, less what they cost "
    "where a rule sent them. Another model would have counted and written other tokens.",
    "in vain": "What was paid for calls without a whole answer, and for attempts that failed before one; at "
    "most, where it is an estimate.",
    "cache write": "What was written to the cache.",
    "cache read": "What was read from the cache.",
    "input": "The part of the prompts that was neither read from the cache nor written to it.",
    "output": "What the models wrote, without their thinking.",
    "thinking": "What the models thought. It is billed as output, and stands in it where the API does not "
    "tell it apart.",
    "hit rate, tokens": "Of the tokens up to the last breakpoints, which are all that could be read, those "
    "that were read from the cache. What was written instead was new, or had expired.",
    "hit rate, calls": "Of all calls, those that read anything from the cache.",
    "estimates": "Calls that were cut off: their cost is an estimate.",
    "unknown": "Calls whose price nobody published, or nobody gave in lab.toml. They are in no sum.",
}
"""What each figure means, in plain words: the one table for every page."""

COLOURS = {
    **dict.fromkeys(("failed", "blocked"), "red"),
    **dict.fromkeys(("refused", "stalled", "truncated", "unknown"), "orange"),
    **dict.fromkeys(("started", "streaming"), "blue"),
}
"""By state; what ended well is grey."""
CUT = ("max_tokens", "model_context_window_exceeded", "pause_turn", "refusal")
EACH = "  \n".join(
    f"**{name}**: {HELP[name]}"
    for name in ("first token", "speed", "total", "in", "write", "read", "out", "cost", "source")
)
TROPHY = ":material/trophy:"
BEST = (
    f"{TROPHY} the best of what is compared: the shortest, fastest, cheapest, or the most from the cache.  \n"
)


def figured(call: Mapping[str, Any], best: Collection[str] = ()) -> None:
    """A call's figures in a line; those that are the best of several are marked."""
    shown = {name: plain(words) for name, words in figures.told(call).items()}
    shown |= {name: f"**{TROPHY} {shown[name]}**" for name in best}
    shown["model"] = marked(call["answered_by"] or call["model"])
    st.caption(" · ".join(shown.values()), help=BEST + EACH if best else EACH)


def short(words: str) -> str:
    """The part of an explanation that says what happened."""
    return re.split("[:;]", words)[0]


def outcome(call: Mapping[str, Any], attempts: int = 1) -> tuple[str, str]:
    """How a call ended in a few words, with its attempts where it took several, and a colour for it."""
    colour = "orange" if call["stop_reason"] in CUT else "yellow" if attempts > 1 else "gray"
    words = short(figures.outcome(call)) + (f", {attempts} attempts" if attempts > 1 else "")
    return words, COLOURS.get(call["state"], colour)


def cost(call: Mapping[str, Any]) -> str:
    """What it cost, in the width of a column; of an estimate the most it may be."""
    if call["cost_basis"] == "estimate" and call["cost_upper"] is not None:
        return f"≤ {dollars(call['cost_upper'])} est."
    return figures.cost(call)


def prompt(call: Mapping[str, Any]) -> str | None:
    """`support@2`; `support` where it was no published version."""
    if not call["prompt"]:
        return None
    return f"{call['prompt']}@{call['version']}" if call["version"] else call["prompt"]


def figure(name: str, value: str, about: str) -> None:
    """A figure under its name; what it means stands behind the question mark."""
    with st.container(width="content", gap=None):
        st.caption(name, help=about)
        st.markdown(plain(value))


def charted(text: str) -> str:
    """Text as a chart shows it, which reads a little HTML."""
    return drawable(text).replace("&", "&amp;").replace("<", "&lt;")


def drawable(value: Any) -> Any:
    """The same without halves of surrogate pairs, which a model may write and no browser can show."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {drawable(name): drawable(each) for name, each in value.items()}
    return [drawable(each) for each in value] if isinstance(value, (list, tuple)) else value
