"""Which calls the options of `narrowing` want."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lab.config import Settings

if TYPE_CHECKING:
    from lab.store import Store, Wanted


def wanted(settings: Settings, database: Store, given: Mapping[str, str | None]) -> Wanted:
    """Raises BadInput for what is no such value."""
    from lab.store import Wanted

    asked = {name: value for name, value in given.items() if value is not None}
    if not asked:
        return Wanted()
    from lab import clock
    from lab.cli._opened import principal, run_named
    from lab.engine import moment, sift

    now = clock.now()
    span = {name: asked.pop(name) for name in ("since", "until") if name in asked}
    limits = {name: moment(text, now, end=name == "until") for name, text in span.items()}
    if "run" in asked:
        asked["run"] = run_named(database, principal(settings), asked["run"])
    folder = Path.cwd() / "prompts"
    found = {"words": asked.pop("search", None)}
    for name, text in asked.items():
        found |= sift(folder, name, text).values
    return Wanted(**found, **limits)
