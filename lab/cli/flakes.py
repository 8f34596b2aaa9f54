"""Cases that flip."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lab.cli._out import say, say_json
from lab.cli._table import table

if TYPE_CHECKING:
    from lab.evals import flakes

SHOWN = 20
"""Cases that flip, as many as are shown."""
MOST = 20


@click.command()
@click.argument("run", metavar="[RUN|DATASET]", default="last")
@click.option("--case", metavar="ID", help="Its answers beside each other, word by word.")
@click.option(
    "--regrade", "times", type=click.IntRange(1, MOST), metavar="K",
    help="First let judges grade the answers of these cases again, so many times; of all, where none flips.",
)  # fmt: skip
@click.option("--yes", "-y", is_flag=True, help="With --regrade: do not ask first, whatever it costs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: str, case: str | None, times: int | None, yes: bool, as_json: bool) -> None:
    """Say which cases flip between repeats, or between runs of the same version, and whose doing it is.

    Other answers with other grades are the model's; another grade for the same answer is the judge's. Below
    stands what more repeats would show, and what they cost. Of a DATASET it is the newest run.

    \b
      lab flakes support-check
      lab flakes last --regrade 3
    """
    from lab import evals
    from lab.cli import _check, _flakes

    if yes and not times:
        raise click.UsageError("--yes goes with --regrade.")
    with _check.laboratory() as (lab, who):
        id = evals.flakes.named(lab, who, run)
        if times and _flakes.regrade(lab, who, id, times, yes):
            raise SystemExit(130)
        found = evals.flakes.reports(lab, who, id)
        if case is not None:
            say("\n\n".join(_flakes.beside(lab.store.read, who, found, case)))
        elif as_json:
            say_json([asdict(each) | {"sentence": evals.flakes.sentence(each)} for each in found])
        else:
            say("\n\n".join(map(_whole, found)))


def _whole(of: flakes.Report) -> str:
    from lab.evals import flakes

    said = [f"{of.variant}{' · SIMULATED' * of.simulated}", flakes.sentence(of)]
    if of.flaky:
        said += ["", table([flakes.row(flake) for flake in of.flaky[:SHOWN]])]
    if len(of.flaky) > SHOWN:
        said.append(f"and {len(of.flaky) - SHOWN:,} more: --json")
    if of.flaky:
        said += ["", *flakes.advice(of), f"Answers beside each other: lab flakes {of.run} --case ID"]
    if of.flaky and of.judged and not of.regraded:
        said.append(f"Grading them again: lab flakes {of.run} --regrade 3")
    if of.steps:
        said += ["", table([flakes.step(of, each) for each in of.steps]), *flakes.basis(of)]
    return "\n".join(said)
