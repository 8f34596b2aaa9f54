"""Two runs held against each other by the gate."""

from __future__ import annotations

from dataclasses import asdict

import click


@click.command()
@click.argument("before", metavar="RUN_A")
@click.argument("after", metavar="RUN_B")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(before: str, after: str, as_json: bool) -> None:
    """Say whether a run is worse than an earlier one: the gate's verdict and its figures.

    RUN_B is held against RUN_A, variant by variant, by the rule of the dataset's gate; `last` is the newest
    run. Exit code 0: passed or inconclusive, 1: failed, 3: not comparable, 4: leans worse.

    \b
      lab compare t49pc71my076v last
    """
    from lab import evals
    from lab.cli._opened import principal, run_named, settings, store
    from lab.cli._out import note, say, say_json
    from lab.cli._table import table

    chosen = settings()
    with store(chosen) as database:
        who = principal(chosen)
        first, second = (run_named(database, who, each) for each in (before, after))
        found = evals.gating.held(database.read, who, first, second)
    said = [asdict(each) for each in found]
    if as_json:
        say_json(said)
    else:
        for each in found:
            note(f"{each.state}. {each.sentence}")
        if rows := evals.gating.measures(said):
            say(table(rows))
    raise SystemExit(max(each.exit_code for each in found))
