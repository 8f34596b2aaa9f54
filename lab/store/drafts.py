"""What people typed and have not saved yet, so that no reload and no closed tab loses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.store.sqlite import Connection, as_json, explained, insert, now
from lab.store.writer import Write
from lab.types import Principal


def draft_kept(
    id: str, principal: Principal, prompt: str, version: int, based_on: int, form: Mapping[str, Any]
) -> Write:
    """What stands in the form of a prompt or set, in place of what this draft was.

    It began from `version`, when `based_on` was the newest.
    """
    row = {"id": id, "user": principal.user, "prompt": prompt, "version": version, "based_on": based_on}

    def write(connection: Connection) -> None:
        draft_dropped(id, principal)(connection)
        insert(connection, "drafts", row | {"form": as_json(form), "updated_at": now()})

    return write


def draft_dropped(id: str, principal: Principal) -> Write:
    """Take a draft of the person away; there need not be one."""

    def write(connection: Connection) -> None:
        connection.execute("DELETE FROM drafts WHERE id = ? AND user = ?", (id, principal.user))

    return write


@explained
def drafts(connection: Connection, principal: Principal, prompt: str | None = None) -> list[dict[str, Any]]:
    """The person's own drafts, of one prompt or of all, newest first: rows with `form` unpacked."""
    rows = connection.execute(
        "SELECT * FROM drafts WHERE user = :user AND (:prompt IS NULL OR prompt = :prompt)"
        " ORDER BY updated_at DESC, id",
        {"user": principal.user, "prompt": prompt},
    )
    return [dict(row) | {"form": json.loads(row["form"])} for row in rows]


def draft(connection: Connection, principal: Principal, id: str) -> dict[str, Any] | None:
    """One of them."""
    return next((each for each in drafts(connection, principal) if each["id"] == id), None)
