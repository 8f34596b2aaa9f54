"""Calls of the log, given out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.cli._line import Line
from lab.cli._options import narrowing
from lab.cli._out import note, pour
from lab.errors import BadInput

if TYPE_CHECKING:
    from lab.store import Export

PRIVATE = 0o600
"""Permissions of a new file: what is in the log concerns nobody else."""


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(("csv", "jsonl")),
    help="Else by the ending of FILE, or jsonl.",
)
@narrowing
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Else to stdout.")
def export(form: str | None, output: Path | None, **given: Any) -> None:
    """Give out all calls that match, newest first.

    JSONL loses nothing; CSV is a row for each call, for spreadsheets. The file is there when it is whole.

    \b
      lab logs export -o calls.csv
      lab logs export --state failed | jq -r .error
    """
    from lab.cli._opened import no_calls, principal, settings, store
    from lab.cli._sifted import wanted
    from lab.engine import FORMS
    from lab.files import writing
    from lab.store import Export

    form = _form(form, output)
    chosen = settings()
    if not chosen.db.exists():
        raise BadInput(no_calls(chosen.db))
    with store(chosen) as database, Line() as line:
        calls = Export(database.path, principal(chosen), wanted(chosen, database, given))
        pieces = _told(FORMS[form](calls), calls, line)
        if output is None:
            pour(pieces)
        else:
            with writing(output, replace=True, mode=PRIVATE) as file:
                file.writelines(pieces)
    note(f"{calls.given:,} {'call' if calls.given == 1 else 'calls'}{f' in {output}' if output else ''}.")
    if calls.moments > 1:
        note("It took a while: calls that changed meanwhile are as they were when it came to them.")


def _form(form: str | None, output: Path | None) -> str:
    """Raises BadInput where the format cannot be told."""
    if form or output is None:
        return form or "jsonl"
    ending = output.suffix.lower().removeprefix(".")
    if ending not in ("csv", "jsonl"):
        raise BadInput(f"{output} ends neither in .csv nor in .jsonl. Add --format csv or --format jsonl.")
    return ending


def _told(pieces: Iterator[bytes], calls: Export, line: Line) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        line.say(lambda: f"{calls.given:,} of {calls.matched:,} calls")
