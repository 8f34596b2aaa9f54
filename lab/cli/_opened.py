"""The lab of the working folder, opened for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lab.config import Settings, load, load_env_file
from lab.errors import BadInput, LabError, StoreLocked
from lab.store import Store
from lab.types import Principal

if TYPE_CHECKING:
    from lab.engine import Lab


def settings() -> Settings:
    """The settings of the working folder; its `.env` is read first. Raises BadInput."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        raise LabError("The working folder no longer exists. Change to another one.") from None
    load_env_file(folder)
    return load(folder, os.environ)


def principal(settings: Settings) -> Principal:
    """Whoever can run commands on the database's file may see all of it."""
    return Principal(settings.user, "admin")


def no_calls(database: Path) -> str:
    """What is said of a log that is empty."""
    return f'There are no calls in {database} yet. Make one: lab ask "How do I reset my password?"'


@contextmanager
def store(settings: Settings) -> Iterator[Store]:
    """The database, closed in the end with everything written. Raises StoreError."""
    opened = Store(settings.db, full_text=settings.full_text == "on")
    try:
        yield opened
    except StoreLocked:  # it was waited for; closing would wait as long again for what cannot be written
        raise
    except BaseException as error:
        try:
            opened.close()
        except LabError as late:  # the first error says more
            error.add_note(str(late))
        raise
    opened.close()


@contextmanager
def lab(settings: Settings) -> Iterator[Lab]:
    """All that a call needs; its database as `store` has it. Raises LabError."""
    from lab.engine import Lab, prepare

    prepared = prepare(settings)
    with store(settings) as database:
        yield Lab(settings, database, *prepared)


def run_named(database: Store, who: Principal, id: str) -> str:
    """The id of a run that is named so; `last` is the newest. Raises BadInput where there is none yet."""
    from lab.store import runs

    if id != "last":
        return id
    newest = runs(database.read, who, 1)
    if not newest:
        raise BadInput("There are no runs yet. Make one: lab check support-check --sim")
    return newest[0]["id"]


def call_named(database: Store, who: Principal, id: str) -> str:
    """The id of a call that is named so; `last` is the newest. Raises BadInput where there is none yet."""
    from lab.store import calls

    if id != "last":
        return id
    newest = calls(database.read, who, 1)
    if not newest:
        raise BadInput("There are no calls yet. Make one: lab ask hello")
    return newest[0]["id"]
