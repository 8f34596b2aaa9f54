"""From providers to models, and to what a prompt says about its call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import models
from lab.evals.promptfoo import _files
from lab.evals.promptfoo._report import Report

OURS = ("anthropic:messages:", "anthropic:")
SAMPLING = ("temperature", "top_p", "top_k")
SECRET = ("apiKey", "api_key", "apiKeyEnvar", "headers")
KEPT = ("max_tokens", "effort", "tools", "tool_choice", "stop_sequences")
"""Settings of a call that a prompt of the lab has under the same name."""
NO_SAMPLING = "the API no longer takes it"
NO_SECRET = "a key never stands in these files: set ANTHROPIC_API_KEY"


@dataclass
class Calls:
    """The models to ask, and what their calls have in common, as a prompt's fields."""

    models: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


def calls(value: Any, folder: Any, catalogue: Mapping[str, models.Model], report: Report) -> Calls:
    """The models of all providers that are Claude; of each other the report says that it is left out."""
    found = Calls()
    for where, name, config in _each(value, folder):
        model = model_of(name, catalogue)
        if model is None:
            report.add("provider", "unsupported", where, f"'{name}' is no model that this lab knows")
            continue
        report.add("provider", "converted", where)
        found.models += [] if model in found.models else [model]
        for key, setting in config.items():
            _setting(found, key, setting, f"{where}.config.{key}", report)
    return found


def model_of(name: str, catalogue: Mapping[str, models.Model]) -> str | None:
    """The model that a provider stands for, if it is one of the catalogue."""
    prefix = next((each for each in OURS if name.startswith(each)), None)
    model = name.removeprefix(prefix) if prefix else None
    return model if model in catalogue else None


def _each(value: Any, folder: Any) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Where each provider stands, its name and its settings."""
    entries = value if isinstance(value, list) else [value]
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for index, entry in enumerate(entries):
        where = f"providers[{index}]" if isinstance(value, list) else "providers"
        if isinstance(entry, str) and entry.startswith(_files.SCHEME) and entry.endswith((".yaml", ".json")):
            for file in _files.located(entry, folder):
                found += [
                    (f"{where} ({file.name})", *rest) for _, *rest in _each(_files.data(file), file.parent)
                ]
        elif isinstance(entry, str):
            found.append((where, entry, {}))
        elif isinstance(entry, dict) and "id" in entry:
            found.append((where, str(entry["id"]), entry.get("config") or {}))
        elif isinstance(entry, dict):
            found += [(where, str(name), (each or {}).get("config") or {}) for name, each in entry.items()]
    return found


def _setting(found: Calls, key: str, value: Any, where: str, report: Report) -> None:
    key = {"maxTokens": "max_tokens", "stop": "stop_sequences"}.get(key, key)
    if key in SAMPLING:
        report.add(key, "unsupported", where, NO_SAMPLING)
    elif key in SECRET:
        report.add(key, "unsupported", where, NO_SECRET)
    elif key == "thinking" and isinstance(value, dict) and value.get("type") in ("adaptive", "disabled"):
        _agree(found, "thinking", value["type"], where, report)
    elif key in KEPT:
        _agree(found, key, value, where, report)
    elif key == "extra_body" and isinstance(value, dict):
        _agree(found, "extra", value, where, report)
    else:
        report.add(key, "unsupported", where, "a prompt has no such field")


def _agree(found: Calls, key: str, value: Any, where: str, report: Report) -> None:
    """Providers with the same setting share it; the first one's holds where they differ."""
    if found.fields.setdefault(key, value) == value:
        report.add(key, "converted", where)
    else:
        report.add(key, "unsupported", where, "providers differ in it, and a prompt says it for all models")
