"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from lab.types import State

SELECTION = ("first", "sample", "seed", "tags", "splits", "only_failed")
"""What the options of `selecting` are called."""

MARKED = {"refused": "may be a refusal", "flagged": "for a person"}
"""What options call some of `lab.store.MARKS`."""
SORTS = ("newest", "oldest", "cost", "total", "first_token", "tokens", "rank")
"""`lab.store.ORDERS`, and the one of calls that are found by words."""

Command = Callable[..., Any]


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def with_them(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return with_them


narrowing = _all(
    click.option(
        "--search", metavar="WORDS", help='All of these in question and answer: as begin*, "in a row".'
    ),
    click.option("--since", metavar="WHEN", help="24h, 7d or 2w ago, a day, or a time as 2026-11-20T14:00."),
    click.option("--until", metavar="WHEN", help="The same; a day counts in."),
    click.option("--user", metavar="NAME", help="Who made the call."),
    click.option("--model", metavar="MODEL", help="The model that was asked."),
    click.option("--prompt", metavar="PROMPT", help="support, support@2, or what support@staging is now."),
    click.option(
        "--state", type=click.Choice(get_args(State)), metavar="STATE", help="How it ended, e.g. unknown."
    ),
    click.option("--stop-reason", metavar="REASON", help="Why the model stopped, e.g. max_tokens."),
    click.option("--endpoint", metavar="NAME", help="Where it was sent."),
    click.option("--source", metavar="SOURCE", help="What answered: api, simulated, replay or batch."),
    click.option("--origin", metavar="ORIGIN", help="What asked: chat, compare, check, judge, load or api."),
    click.option("--kind", metavar="KIND", help="real, simulated (recorded too) or replayed."),
    click.option("--use", metavar="USE", help="What for: product, checks, judges, batches or others."),
    click.option("--cache", metavar="HOW", help="The prompt cache: read, missed, or never (asked for)."),
    click.option("--rating", metavar="RATING", help="What anybody rated the answer: up, down or none."),
    click.option("--cost-from", metavar="DOLLARS", help="At least so much; of an estimate, the upper end."),
    click.option("--cost-to", metavar="DOLLARS", help="At most so much."),
    click.option("--first-token-over", metavar="SECONDS", help="Longer to the first token."),
    click.option("--total-over", metavar="SECONDS", help="Longer in all."),
    click.option("--conversation", metavar="ID", help="Of this conversation."),
    click.option("--run", metavar="ID", help="Of this run of a check; last is the newest."),
    click.option("--refused", "marked", flag_value=MARKED["refused"], help="Only what may be a refusal."),
    click.option("--flagged", "marked", flag_value=MARKED["flagged"], help="Only what is for a person."),
)
"""Which calls of the log: `lab.cli._sifted` says what they want."""

sorting = click.option(
    "--sort",
    "order",
    type=click.Choice(SORTS),
    default="newest",
    show_default=True,
    help="What is first: the newest, the most, or with --search what says it most (rank).",
)

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
