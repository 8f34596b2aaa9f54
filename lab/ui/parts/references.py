"""The ways to name a prompt or a few-shot set, to choose from."""

from __future__ import annotations

from lab import prompts
from lab.engine import Lab


def refs(lab: Lab) -> dict[str, str]:
    """Every way to name a prompt that can be used: `support`, `support@staging`, `support@2`."""
    found: dict[str, str] = {}
    for entry in prompts.listing(lab.folder / "prompts"):
        if entry.error or entry.name.startswith("fewshot/"):
            continue
        found[entry.name] = entry.name
        for label, target in entry.labels.items():
            if label != prompts.PRODUCTION:
                found[f"{entry.name}@{label}"] = f"{entry.name}@{label} → {target}"
        for version in reversed(entry.versions):
            draft = "" if version.published else " (unpublished)"
            found[f"{entry.name}@{version.number}"] = f"{entry.name}@{version.number}{draft}"
    return found


def sets(lab: Lab) -> list[str]:
    """Every version of every few-shot set, the newest first."""
    return [
        f"{entry.name.removeprefix(f'{prompts.SETS}/')}@{version.number}"
        for entry in prompts.listing(lab.folder / "prompts")
        if entry.name.startswith(f"{prompts.SETS}/") and not entry.error
        for version in reversed(entry.versions)
    ]
