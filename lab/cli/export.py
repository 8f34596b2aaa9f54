"""What the lab has, for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from lab.cli import Group
from lab.cli._out import note, say


@click.group(cls=Group)
def command() -> None:
    """Give out datasets for other tools."""


@command.command("promptfoo")
@click.argument("dataset")
@click.option("--csv", "as_csv", is_flag=True, help="Only the tests, as CSV with __expected columns.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Else to stdout.")
def promptfoo(dataset: str, as_csv: bool, output: Path | None) -> None:
    """Give out a dataset with its prompts as a configuration of promptfoo.

    What promptfoo cannot do is said on stderr, and left out.

    \b
      lab export promptfoo tickets-check -o promptfooconfig.yaml
    """
    from lab import documents, evals
    from lab.errors import LabError
    from lab.evals import promptfoo

    folder = Path.cwd()
    (found,) = evals.datasets(folder, [dataset])
    if as_csv:
        text, lines = promptfoo.sheet(found), ()
    else:
        exported = promptfoo.export(folder / "prompts", found)
        text, lines = documents.dump(exported.config), exported.lines
    try:
        output.write_text(text, encoding="utf-8") if output else say(text, end="")
    except OSError as error:
        raise LabError(f"{output} cannot be written: {error.strerror}.") from None
    for line in lines:
        if line.fate != "converted":
            note(f"{line.key} ({line.where}, {line.count} times): {line.note}.")
