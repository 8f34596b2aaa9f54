"""The tags of cases."""

from __future__ import annotations

from typing import Any

from lab.errors import BadInput
from lab.evals.columns import text
from lab.graders import scalar

MUST_PASS = "must_pass"


def split_tags(value: Any, where: str) -> list[str]:
    """Tags from a list, or from a text with commas between them.

    Raises BadInput, also for a tag that is nearly `must_pass`, since it would guard nothing.
    """
    texts = [scalar(each) for each in value] if isinstance(value, list) else text(value).split(",")
    if isinstance(value, dict) or None in texts:
        raise BadInput(f"{where}: tags are a list of texts, or one text with commas between them.")
    tags = [each.strip() for each in texts if each and each.strip()]
    for tag in tags:
        if tag != MUST_PASS and "".join(filter(str.isalpha, tag.lower())) == "mustpass":
            raise BadInput(f"{where}: the tag {tag!r} guards nothing. Did you mean '{MUST_PASS}'?")
    return tags
