"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from lab.types import State

SELECTION = ("first", "sample", "seed", "tags", "splits", "only_failed")
"""What the options of `selecting` are called."""

Command = Callable[..., Any]


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def with_them(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return with_them


narrowing = _all(
    click.option(
        "--state", type=click.Choice(get_args(State)), metavar="STATE", help="Only those, e.g. unknown."
    ),
    click.option("--refused", "marked", flag_value="may be a refusal", help="Only what may be a refusal."),
    click.option("--flagged", "marked", flag_value="for a person", help="Only what a person is to look at."),
)
"""Which calls of the log, as `lab.store.Wanted` has them."""

selecting = _all(
    click.option("--first", type=click.IntRange(1), metavar="N", help="Only the first so many cases."),
    click.option(
        "--sample", type=click.IntRange(1), metavar="N", help="Only so many cases, drawn by --seed."
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Another seed draws another sample."),
    click.option("--tag", "tags", multiple=True, help="Only cases with this tag, or with one of several."),
    click.option("--split", "splits", multiple=True, help="Only cases in this split, or in one of several."),
    click.option(
        "--only-failed",
        metavar="RUN",
        help="Only cases that failed or had no verdict in this run; `last` is the dataset's newest.",
    ),
)
"""Which cases are asked."""

reusing = click.option(
    "--reuse", is_flag=True, help="Take answers to the same requests from the log, without a call."
)

spending = _all(
    click.option("--concurrency", type=click.IntRange(1, 500), metavar="N", help="How many calls at once."),
    click.option(
        "--max-cost",
        type=click.FloatRange(0),
        metavar="DOLLARS",
        help="Spend no more than this; 0: no limit.",
    ),
    click.option("--price", is_flag=True, help="Say what it will probably cost, and ask nothing."),
    click.option("--yes", "-y", is_flag=True, help="Do not ask first, whatever it costs."),
    click.option(
        "--sim",
        "simulated",
        is_flag=True,
        help="Ask the simulated Claude: tries the check, measures no quality.",
    ),
)
"""How fast it goes, and what it may cost."""

telling = _all(
    click.option(
        "--output",
        "outputs",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write a report: .html, .md, .junit.xml, .json, .csv, .jsonl or .run.jsonl.",
    ),
    click.option(
        "--against",
        metavar="RUN",
        default="last",
        show_default=True,
        help="What the reports compare it with: a run, `last` or `none`.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the run as JSON."),
)
"""What is said of it."""
