"""`/v1/models` as the API shapes it, from the lab's catalogue; and pages of any list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from lab.models import Model, catalogue
from lab.sim.http import require

_ALWAYS = (
    "batch", "citations", "code_execution", "context_management", "image_input", "pdf_input",
    "structured_outputs",
)  # fmt: skip
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_THINKING = ("adaptive", "between_tools", "disabled", "enabled")


def model(name: str) -> Model:
    """The model of that id or alias; 404 for another."""
    found = [one for one in catalogue().values() if name in (one.id, *one.aliases)]
    require(found, f"model: {name}", 404)
    return found[0]


def page(query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """One page of the models, newest first. `query` is the parsed query string."""
    wanted = query.get("lifecycle[]") or ["active", "deprecated"]
    newest = sorted(catalogue().values(), key=lambda model: model.released or date.min, reverse=True)
    return paged([one for one in map(info, newest) if one["lifecycle"] in wanted], query)


def paged(found: Sequence[Mapping[str, Any]], query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The page of a list that a query asks for."""
    limit = query.get("limit", ["20"])[0]
    require(limit.isdecimal() and 1 <= int(limit) <= 1000, "limit: must be a number from 1 to 1000.")
    ids = [one["id"] for one in found]
    after, before = (query.get(name, [None])[0] for name in ("after_id", "before_id"))
    require({after, before} <= {None, *ids}, "There is nothing of that id in this list to page from.")
    found = found[ids.index(after) + 1 if after else 0 : ids.index(before) if before else None]
    data = found[-int(limit) :] if before else found[: int(limit)]
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "has_more": len(found) > len(data), "first_id": first, "last_id": last}


def info(model: Model) -> dict[str, Any]:
    """One model with its capabilities; what the catalogue does not know counts as supported."""
    today, yes = date.today(), {"supported": True}
    retired, deprecated = (day is not None and day <= today for day in (model.retires, model.deprecated))
    created = model.released or date(1970, 1, 1)
    days = {"created_at": created, "deprecated_at": model.deprecated, "retires_at": model.retires}
    shown = {
        "id": model.id, "type": "model", "display_name": model.name or model.id, "line": model.line,
        "lifecycle": "retired" if retired else "deprecated" if deprecated else "active",
        **{name: f"{day}T00:00:00Z" for name, day in days.items() if day},
        "max_input_tokens": model.context, "max_tokens": model.max_output,
        "capabilities": {
            **dict.fromkeys(_ALWAYS, yes), "server_tools": {**yes, "web_search": yes, "code_execution": yes},
            "effort": {"supported": model.effort != (), **_supported(_EFFORTS, model.effort)},
            "thinking": {"supported": model.thinking != (), "types": _supported(_THINKING, model.thinking)},
        },
    }  # fmt: skip
    return {key: value for key, value in shown.items() if value is not None}


def _supported(names: Sequence[str], having: Sequence[str] | None) -> dict[str, Any]:
    return {name: {"supported": having is None or name in having} for name in names}
