"""What a question is asked with: prompt, model, values and limits, as the person set them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import prompts
from lab.engine import Asked, File, Lab
from lab.errors import BadInput
from lab.models import Model
from lab.prompts import Prompt, Variable
from lab.ui import session
from lab.ui.parts.counting import counting
from lab.ui.parts.links import address
from lab.ui.parts.notices import plain, warning
from lab.ui.parts.recalling import forget, recalled
from lab.ui.parts.references import refs

LARGEST = 1_000_000
EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""What the API knows, for a model of which the catalogue does not say what it takes."""


def settings(conversation: str | None, before: Mapping[str, Any] | None) -> None:
    """The controls. `before` is the conversation's last turn, which goes on as it was unless changed here."""
    lab = session.lab()
    with st.container(horizontal=True, vertical_alignment="bottom", key="chat-settings"):
        prompt = _prompt(lab, conversation, before)
        model = _model(lab, conversation, before, prompt)
        with st.popover("More", icon=":material/tune:", key="chat-tuning"):
            _more(lab, conversation, before, prompt, model)
    place = st.empty()  # drawn or not, so that the fields of another prompt do not stay
    if prompt and prompt.variables:
        with place.container(horizontal=True, key="chat-variables"):
            _variables(conversation, prompt)
    named = {name: None if conversation else _value(conversation, name) for name in ("prompt", "model")}
    address(**named)


def chosen(conversation: str | None, text: str, files: Sequence[File] = ()) -> Asked:
    """What the controls say now, with a question and what is attached to it."""
    ref = _value(conversation, "prompt")
    typed = (_value(conversation, "context") or "").strip()
    return Asked(
        text,
        model=_value(conversation, "model"),
        system=_changed(conversation, f"system-{ref}"),
        max_tokens=_value(conversation, "max_tokens"),
        effort=_value(conversation, "effort"),
        conversation=conversation,
        prompt=ref,
        values=values(conversation, ref),
        context="\n\n".join(filter(None, (*recalled(conversation), typed))) or None,
        fewshot=_value(conversation, "fewshot") if ref else None,
        files=files,
    )


def values(conversation: str | None, ref: str | None) -> dict[str, Any]:
    """What was typed for the variables of a prompt."""
    prefix = key(conversation, f"var-{ref}-")
    return {
        name.removeprefix(prefix): value
        for name, value in st.session_state.items()
        if ref and isinstance(name, str) and name.startswith(prefix) and value not in (None, "")
    }


def asked_once(conversation: str | None) -> None:
    """Empty what goes with one question only."""
    st.session_state[key(conversation, "context")] = ""
    forget(conversation)


def key(conversation: str | None, name: str) -> str:
    return f"chat-{conversation or 'new'}-{name}"


def _value(conversation: str | None, name: str) -> Any:
    return st.session_state.get(key(conversation, name))


def _changed(conversation: str | None, name: str) -> str | None:
    """What a person wrote over the text that stood there at first; None where they left it."""
    now, first = _value(conversation, name), _value(conversation, f"{name}-first")
    return None if now == first else now


def _prompt(lab: Lab, conversation: str | None, before: Mapping[str, Any] | None) -> Prompt | None:
    known = refs(lab)
    ref = st.selectbox(
        "Prompt",
        known,
        index=_linked("prompt", list(known), conversation),
        format_func=lambda each: known.get(each, each),
        placeholder=_as_before(before) if conversation else "No prompt",
        key=key(conversation, "prompt"),
        persist_state="session",
        width=260,
    )
    try:
        return prompts.load(lab.folder / "prompts", ref) if ref else None
    except BadInput as error:
        warning(str(error))
        return None


def _linked(name: str, options: list[str], conversation: str | None) -> int | None:
    """Which of the options the address names, for a new conversation."""
    wanted = None if conversation else st.query_params.get(name)
    return options.index(wanted) if wanted in options else None


def _as_before(before: Mapping[str, Any] | None) -> str:
    if not before or not before["prompt"]:
        return "As before"
    return f"As before: {before['prompt']}{'@' + str(before['version']) if before['version'] else ', draft'}"


def _model(
    lab: Lab, conversation: str | None, before: Mapping[str, Any] | None, prompt: Prompt | None
) -> Model:
    """The one that will be asked."""
    default = (prompt and prompt.model) or (before and before["model"]) or lab.settings.model
    options = list(lab.models)
    named = st.selectbox(
        "Model",
        options,
        index=_linked("model", options, conversation),
        placeholder=str(default),
        key=key(conversation, "model"),
        persist_state="session",
        width=230,
    )
    return lab.model(named or str(default))


def _more(
    lab: Lab,
    conversation: str | None,
    before: Mapping[str, Any] | None,
    prompt: Prompt | None,
    model: Model,
) -> None:
    said = prompt.max_tokens if prompt else before["max_tokens"] if before else lab.settings.max_tokens
    st.number_input(
        "Longest answer, in tokens (max_tokens)",
        1,
        model.max_output or LARGEST,
        None,
        key=key(conversation, "max_tokens"),
        placeholder=f"{said:,}",
        persist_state="session",
    )
    if model.effort is None or model.effort:
        st.selectbox(
            "Effort",
            model.effort or EFFORTS,
            index=None,
            placeholder=f"as usual ({_usual(before, prompt, model)})",
            key=key(conversation, "effort"),
            persist_state="session",
        )
    if prompt:
        _fewshot(lab, conversation, prompt)
    _system(conversation, before, prompt)
    st.text_area(
        "Context for the next question",
        key=key(conversation, "context"),
        placeholder="Facts to answer from. They go into the question as a “Context:” block.",
        persist_state="session",
    )
    counting(chosen(conversation, "?"), key(conversation, "counted"))


def _usual(before: Mapping[str, Any] | None, prompt: Prompt | None, model: Model) -> str:
    carried = ((before or {}).get("options") or {}).get("output_config", {}).get("effort")
    said = prompt.effort if prompt else carried
    return said or model.effort_default or "the model’s own"


def _fewshot(lab: Lab, conversation: str | None, prompt: Prompt) -> None:
    own = prompt.examples.set if prompt.examples else "none"
    sets = [name.partition("/")[2] for name in prompts.sets(lab.folder / "prompts")]
    st.selectbox(
        "Few-shot set",
        ["", *sets],
        index=None,
        format_func=lambda each: each or "none",
        placeholder=f"as the prompt says ({own})",
        key=key(conversation, "fewshot"),
        persist_state="session",
    )


def _system(conversation: str | None, before: Mapping[str, Any] | None, prompt: Prompt | None) -> None:
    """The system text, to be tried otherwise for once: a draft, which no version is named for."""
    name = f"system-{_value(conversation, 'prompt')}"
    text = prompt.system if prompt else (before or {}).get("system") or ""
    if not isinstance(text, str):
        text = "\n\n".join(block.get("text", "") for block in text)
    place, first = key(conversation, name), key(conversation, f"{name}-first")
    held = st.session_state.get(place)
    if held is None or held == st.session_state.get(first) != text:
        st.session_state[place] = text  # nobody wrote over what stood here, and now there is something else
    st.session_state[first] = text
    st.text_area(
        "System text",
        key=place,
        height=200,
        persist_state="session",
        help="Change it to try a draft; the prompt's file stays as it is.",
    )
    if _changed(conversation, name) is not None:
        st.caption(":orange[Draft: it differs from what stood here.]")


def _variables(conversation: str | None, prompt: Prompt) -> None:
    """A field for each variable of the prompt."""
    ref = _value(conversation, "prompt")
    for name, each in prompt.variables.items():
        variable(name, each, key(conversation, f"var-{ref}-{name}"))


def variable(name: str, each: Variable, key: str) -> None:
    """The field for one; a star marks one that has to be filled in."""
    st.text_input(
        name if each.default is not None else f"{name} *",
        key=key,
        placeholder=_shown(each.default if each.default is not None else each.example),
        help=plain(f"{each.description or name} ({each.type})"),
        persist_state="session",
        width=260,
    )


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
