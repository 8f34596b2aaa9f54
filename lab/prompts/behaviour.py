"""What a prompt says about the lab's own part in a call: `on_refusal`, `on_overload`, its tools' mocks."""

from __future__ import annotations

from collections.abc import Mapping

from lab.documents import Document
from lab.policy import Policy
from lab.prompts import field, tools
from lab.prompts.field import Where
from lab.prompts.prompt import Prompt

WAYS = ("show", "rephrase", "person")


def on_refusal(document: Document, where: Where) -> str | Mapping[str, str]:
    """One word of WAYS, or `{fallback: MODEL}`. Raises BadInput."""
    value = field.at(document, where)
    if isinstance(value, dict):
        return fallback(document, where)
    if value == "fallback":
        raise document.error("on_refusal: fallback needs a model. Write fallback: MODEL below it.", *where)
    return field.word(document, where, WAYS)


def fallback(document: Document, where: Where) -> Mapping[str, str]:
    """`{fallback: MODEL}`. Raises BadInput."""
    if "fallback" not in field.table(document, where, ("fallback",)):
        raise document.error(f"{field.named(where)} needs fallback: the model to ask instead.", *where)
    return {"fallback": field.text(document, (*where, "fallback"))}


def policy(prompt: Prompt) -> Policy:
    """The same as the engine takes it."""
    way, overload = prompt.on_refusal or "show", prompt.on_overload
    table = isinstance(way, Mapping)
    return Policy(
        on_refusal="fallback" if table else way,
        refusal_model=way["fallback"] if table else None,
        overload_model=overload["fallback"] if overload else None,
        mocks=tools.mocks(prompt.tools),
    )
