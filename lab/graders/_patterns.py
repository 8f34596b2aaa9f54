"""Regular expressions, checked when they are read and kept from overlong text when they are used."""

from __future__ import annotations

import re
import warnings

from lab.graders._terms import Place, shown

LONGEST = 100_000
"""Characters that a pattern is searched in: one that backtracks could take hours on more."""


def checked(pattern: object, place: Place) -> str:
    """A pattern that compiles. Raises BadInput."""
    if not isinstance(pattern, str) or not pattern:
        raise place.error("a pattern must be text, and not empty.")
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise place.error(f"the pattern {shown(pattern)} is not a regular expression: {error}.") from None
    return pattern


def search(pattern: str, text: str) -> re.Match[str] | None:
    """The first match. Raises ValueError for text that is too long to search."""
    if len(text) > LONGEST:
        raise ValueError(f"{len(text):,} characters are too many for a pattern; the limit is {LONGEST:,}")
    return re.search(pattern, text)
