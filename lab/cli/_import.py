"""Taking in what was made for other tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lab import evals, models
from lab.cli._opened import settings
from lab.cli._out import note, say, say_json
from lab.cli._table import table
from lab.evals import promptfoo


def configuration(file: Path, name: str | None, run_python: bool, dry_run: bool, as_json: bool) -> None:
    """Convert a configuration of promptfoo, write it, and say what became of each key. Raises BadInput."""
    catalogue, folder = models.catalogue(settings().models), Path.cwd()
    name = name or file.resolve().parent.name
    made = promptfoo.convert(file, name, folder / "datasets", catalogue, run_python)
    written = [] if dry_run else promptfoo.place(folder, made)
    shown = [str(path.relative_to(folder)) for path in written]
    if as_json:
        say_json({"files": shown, "cases": made.cases, "report": [asdict(line) for line in made.lines]})
    else:
        tell(made.lines)
    versions, sets = len(made.versions), " and ".join(made.datasets)
    note(f"{made.cases} tests and {versions} prompts: " + ("nothing was written." if dry_run else sets + "."))
    for path in shown:
        note(f"  {path}", dim=True)
    if not dry_run:
        note(f"Try it: lab check {next(iter(made.datasets))} --sim")


def tell(lines: Sequence[promptfoo.Line]) -> None:
    """What became of each key, as a table."""
    rows = [
        {
            "": {"converted": "✓", "changed": "~", "unsupported": "✗"}[line.fate] + f" {line.fate}",
            "key": line.key,
            "times": str(line.count),
            "where": line.where,
            "note": line.note or "–",
        }
        for line in lines
    ]
    say(table(rows))


def cases(file: Path, wish: evals.Wish) -> None:
    """Make a dataset of a table. Raises BadInput."""
    taken = evals.take(Path.cwd(), file, wish)
    for path in taken.files:
        say(str(path.relative_to(Path.cwd())))
    renamed = [f"'{old}' is {new} now" for old, new in taken.columns.items() if old != new]
    note(
        f"{taken.cases:,} cases; the question is in '{taken.input}'."
        + "".join(f" {each}." for each in renamed)
    )
    if not wish.expected:
        note("There are no graders yet: answers can be looked at, not judged. Write some under graders:.")
    note(f"Try it: lab check {wish.name} --sim")
