"""Who asks, in a word that means nothing to anybody else: `metadata.user_id` for the Claude API."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.engine.lab import Lab
from lab.errors import StoreError
from lab.types import Caller, Event, Request

PREFIX = "lab-"
"""What tells the lab's own words from a prompt's."""


def identified(call: Caller, lab: Lab) -> Caller:
    """`call`, with a person's `user_id` in every request to the Claude API, which wants one that tells it
    nothing of them. A request that names its own keeps it; no other endpoint gets one."""

    def named(request: Request) -> AsyncGenerator[Event, None]:
        metadata = request.options.get("metadata") or {}
        if lab.endpoint(request.model).title != "the Claude API" or "user_id" in metadata:
            return call(request)
        mine = {**metadata, "user_id": user_id(lab.settings.db, request.origin.user)}
        return call(replace(request, options={**request.options, "metadata": mine}))

    return named


def user_id(database: Path, user: str) -> str:
    """A person's, always the same in one lab. Without the lab's secret nobody can tell whose it is."""
    return PREFIX + hmac.digest(_secret(database), user.encode("utf-8", "surrogatepass"), "sha256").hex()


def anonymous(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that were sent, without the word of the one who asked: the next one to ask has their own."""
    rest = {name: value for name, value in options.items() if name != "metadata"}
    metadata = dict(options.get("metadata") or {})
    if str(metadata.get("user_id", "")).startswith(PREFIX):
        del metadata["user_id"]
    return rest | ({"metadata": metadata} if metadata else {})


@lru_cache
def _secret(database: Path) -> bytes:
    """The random bytes beside the database, readable by its owner alone; made when first needed. Raises
    StoreError."""
    file = database.with_name(f"{database.name}-secret")
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        if not file.exists():
            with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as new:
                new.write(secrets.token_bytes(32))
            try:
                os.link(part, file)  # whole or not at all; the first of several processes wins
            except FileExistsError:
                pass
            finally:
                part.unlink()
        return file.read_bytes()
    except OSError as error:
        raise StoreError(f"{file}, the secret of the lab, cannot be used: {error.strerror}.") from None
