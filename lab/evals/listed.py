"""Cases in YAML: their list with some of them changed, and everything round them as it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lab import documents

LINE = re.compile(r"[^\n]*\n|[^\n]+")
REMARK = re.compile(r"([ \t]*)(?:#|\r?$)")


def edited(
    text: str,
    key: str | None,
    changed: Mapping[int, Mapping[str, Any]],
    added: Sequence[Mapping[str, Any]],
    deleted: Collection[int],
    rows: Sequence[Mapping[str, Any]],
) -> str:
    """The text of a document that `documents.parse` takes, whose list under `key` (None: which is all of it)
    holds `rows`. A list in brackets is written anew, a case a line; of any other only the cases that change
    are."""
    node = _node(text, key)
    start, end = node.start_mark.index, node.end_mark.index
    broken = "\r\n" if "\r\n" in text else "\n"
    if node.flow_style:
        kept = [changed.get(n, row) for n, row in enumerate(rows) if n not in deleted]
        written = _written([*kept, *added], "  " if key else "")
        before = text[:start].rstrip(" ")
        return before + ("\n" + written.rstrip("\n") if key else written).replace("\n", broken) + text[end:]
    dashes = [text.rfind("-", 0, item.start_mark.index) for item in node.value]
    pad = " " * node.start_mark.column
    spans = [
        (dash - len(pad), _last(text, dash, until - len(pad) if until != end else end, len(pad)))
        for dash, until in zip(dashes, [*dashes[1:], end], strict=True)
    ]
    parts, at = [], 0
    for number, (begins, ends) in enumerate(spans):
        parts.append(text[at:begins])
        if number in changed:
            parts.append(_written([changed[number]], pad).replace("\n", broken))
        elif number not in deleted:
            parts.append(text[begins:ends])
        at = ends
    if added:
        open_end = "" if not parts[-1] or parts[-1].endswith("\n") else broken
        parts.append(open_end + _written(added, pad).replace("\n", broken))
    return "".join(parts) + text[at:]


def _node(text: str, key: str | None) -> Any:
    """The list, with where it begins and ends."""
    import yaml

    root = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return root if key is None else next(value for name, value in root.value if name.value == key)


def _written(rows: Sequence[Mapping[str, Any]], pad: str) -> str:
    lines = documents.dump([dict(row) for row in rows]).split("\n")
    return "\n".join(f"{pad}{line}" if line else "" for line in lines)


def _last(text: str, start: int, end: int, indent: int) -> int:
    """Where a case ends that begins at `start` and has all to `end`: before the empty lines and remarks that
    belong to what comes next."""
    lines = LINE.findall(text, start, end)
    while len(lines) > 1 and (remark := REMARK.match(lines[-1])) and len(remark[1]) <= indent:
        end -= len(lines.pop())
    return end
