"""Conversations that go on from any turn of another, or from any call of the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab import media, store
from lab.engine.carrying import as_turn
from lab.engine.identity import anonymous, user_id
from lab.engine.lab import Lab
from lab.engine.window import exchanges
from lab.engine.wording import told
from lab.errors import BadInput
from lab.types import Principal, new_id

LONGEST = 72
"""Characters of a title before the words that say what the conversation is."""


def fork(lab: Lab, principal: Principal, conversation: str, call: str) -> str:
    """A new conversation that begins with the turns up to this one; gives its id. The old one stays as it is.

    Raises BadInput where there is no such turn, or it is still being answered.
    """
    title = store.title(lab.store.read, principal, conversation)
    if title is None or call not in store.tree(lab.store.read, conversation).behind:
        raise BadInput(f"There is no turn '{call}' in a conversation '{conversation}'.")
    name, id = f"{title[:LONGEST]} (fork)", new_id()
    lab.store.post(store.conversation_forked(id, principal, name, conversation, call))
    lab.store.flush()
    return id


def replayed(lab: Lab, principal: Principal, call: str) -> str:
    """A new conversation that begins with a logged call, exactly as it was sent; gives its id.

    A call of a conversation brings the turns before it along, any other stands alone: what was sent before
    its question stands before the conversation. Raises BadInput where nothing of it was kept.
    """
    logged = store.call(lab.store.read, principal, call)
    if logged["request"] is None:
        raise BadInput("Nothing of that call was kept, so it cannot be sent again.")
    conversation = logged["conversation_id"]
    if conversation and call in store.tree(lab.store.read, conversation).behind:
        return fork(lab, principal, conversation, call)
    own = exchanges(logged["request"]["messages"])[-1]
    answer = [] if logged["state"] == "refused" else as_turn(logged["answer"] or [])
    said = [*own, {"role": "assistant", "content": answer}] if answer else own
    title = " ".join(told(own[0]["content"])[1].split())[:LONGEST] or "Untitled"
    id = new_id()
    lab.store.post(store.conversation_replayed(id, principal, f"{title} (replay)", call, said))
    lab.store.flush()
    return id


def departures(lab: Lab, call: Mapping[str, Any]) -> list[str]:
    """What of a logged call cannot be sent again as it was, each as a sentence. `call` is what `store.call`
    gives."""
    body, found = call["request"] or {}, []
    options = {name: body[name] for name in ("metadata",) if name in body}
    if anonymous(options) != options and options["metadata"]["user_id"] != _mine(lab):
        found.append("It names who asked: now that is you.")
    try:
        endpoint = lab.endpoint(body.get("model", ""))
    except BadInput as error:
        return [*found, str(error)]
    if endpoint.name != call["endpoint"] or endpoint.source != _asked(call):
        found.append(f"It was answered by {_named(call)}; now {endpoint.title} is asked.")
    if any(block.get("source", {}).get("type") in ("file", "url") for block in media.found(body)):
        found.append("It names files that lie elsewhere: they may have changed, or be gone.")
    if "container" in body:
        found.append("It names a container of the API, which may be gone.")
    return found


def _mine(lab: Lab) -> str:
    return user_id(lab.settings.db, lab.settings.user)


def _asked(call: Mapping[str, Any]) -> str:
    return "api" if call["source"] in ("replay", "batch") else call["source"]


def _named(call: Mapping[str, Any]) -> str:
    return "the simulated Claude" if call["source"] == "simulated" else f"the endpoint '{call['endpoint']}'"
