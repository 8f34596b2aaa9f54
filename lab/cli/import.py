"""What others made, taken in."""

from __future__ import annotations

from pathlib import Path

import click

from lab.cli import Group
from lab.cli._out import note, say


@click.group(cls=Group)
def command() -> None:
    """Take in what was made elsewhere."""


@command.command("run")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def run(files: tuple[Path, ...]) -> None:
    """Take in runs of checks that another lab made, from files that `--output x.run.jsonl` wrote.

    A run keeps its id: taken in twice it is there once. With a broken file among them, nothing is taken in.

    \b
      lab import run support-check.run.jsonl
    """
    from lab import evals
    from lab.cli._opened import principal, settings, store

    chosen = settings()
    with store(chosen) as database:
        parcels = [evals.read_run(file, database.read) for file in files]
        for parcel in parcels:
            new = evals.add_run(database, principal(chosen), parcel)
            note(f"{parcel.file}: " + ("taken in." if new else "it is there already."))
            say(parcel.run["id"])


@command.command("promptfoo")
@click.argument("file", default="promptfooconfig.yaml", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Of the prompt and the dataset; else that of the file's folder.")
@click.option("--run-python", is_flag=True, help="Let its Python functions write prompts and tests.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each key, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def configuration(file: Path, name: str | None, run_python: bool, dry_run: bool, as_json: bool) -> None:
    """Take in a configuration of promptfoo: its prompts, tests and assertions.

    Each key is converted, changed or not supported, and the report says which. Python functions are only run
    with --run-python; Python assertions become a file of graders beside the dataset.

    \b
      lab import promptfoo evals/promptfooconfig.yaml --name translate
    """
    from lab.cli._import import configuration

    configuration(file, name, run_python, dry_run, as_json)


@command.command("cases")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-p", "--prompt", required=True, metavar="REF", help="The prompt that they are put to.")
@click.option("--name", metavar="NAME", help="Of the dataset; else that of the file.")
@click.option("--input", "input", metavar="COLUMN", help="The column with the question.")
@click.option("--expected", metavar="COLUMN", help="The column that answers are held against.")
@click.option("--grader", type=click.Choice(["equals", "contains", "icontains", "number", "regex", "judge"]),
              default="equals", show_default=True, help="How they are.")  # fmt: skip
def cases(
    file: Path, prompt: str, name: str | None, input: str | None, expected: str | None, grader: str
) -> None:
    """Make a dataset of a table, CSV, TSV or JSON lines, whatever its columns are called.

    \b
      lab import cases tickets.csv -p tickets --input "Customer message" --expected Category
    """
    from lab.cli._import import cases
    from lab.evals import Wish

    cases(file, Wish(name or file.stem, prompt, input, expected, grader))


@command.command("verdicts")
@click.argument("file", type=click.Path(path_type=Path))
def verdicts(file: Path) -> None:
    """Take in what people say of the answers of runs: a table, a row each verdict.

    Its columns: run, case, rater, verdict (pass, fail, or what the judge's scale has); and where a run has
    several of them: repeat, variant, grader. A note if you like. Rows without a verdict are passed over, and
    with a broken row nothing is taken in. What a person says anew counts in place of what they said.

    \b
      lab import verdicts people.csv
    """
    from lab import store as kept
    from lab.cli._opened import principal, settings, store
    from lab.evals import judges

    chosen = settings()
    with store(chosen) as database:
        found = judges.read(database.read, principal(chosen), file)
        database.post(kept.reviewed(*found.said))
        database.flush()
    many = "1 verdict" if len(found.said) == 1 else f"{len(found.said):,} verdicts"
    known = f" {found.known:,} were there already." if found.known else ""
    empty = f" {found.empty:,} rows have none." if found.empty else ""
    note(f"{file}: {many} taken in.{known}{empty}")
    for dataset in sorted({each.dataset for each in found.said}):
        say(f"lab judges {dataset}")
