"""The pages: one file each, with its TITLE, ICON, PLACE in the navigation, and `page()`, which draws it.

The places are: 1 Chat, 2 Compare, 3 Prompts, 4 Checks, 5 Review, 6 Logs, 7 Costs, 8 Settings. There are no
more: whatever else there is becomes a tab of one of them. A page that is to be less wide than the window has
a LAYOUT.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType


@cache
def pages() -> list[ModuleType]:
    """All of them, in the order of the navigation."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted((import_module(f"lab.ui.pages.{file.stem}") for file in files), key=lambda one: one.PLACE)
