"""Judges held against people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab.cli._out import note, say, say_json
from lab.cli._table import clipped, table

if TYPE_CHECKING:
    from lab.evals import judges

SHOWN = 10
"""Answers on which judge and people differ, as many as are shown."""
REASON = 70
"""Columns for why the judge said so."""


@click.command()
@click.argument("dataset", required=False)
@click.option("--all", "everything", is_flag=True, help=f"All answers that they differ on, not just {SHOWN}.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(dataset: str | None, everything: bool, as_json: bool) -> None:
    """Say whether judges may be trusted: how far they agree with people, and people with each other.

    A row for each judge, by grader, model and what it is told; with a DATASET all figures of its judges, and
    the answers on which they and people differ. People rate answers in the app (Rate, on the page of a
    check), or in a table: `lab import verdicts FILE`.

    \b
      lab judges
      lab judges support-check
    """
    from lab.cli._opened import principal, settings, store
    from lab.evals import judges

    if everything and dataset is None:
        raise click.UsageError("--all goes with a DATASET.")
    chosen = settings()
    with store(chosen) as database:
        found = judges.dockets(database.read, principal(chosen), dataset)
    if as_json:
        say_json([judges.record(docket) for docket in found])
    elif not found:
        note("No run has a judge yet: a grader `judge` makes one (docs/judges.md).")
    elif dataset is None:
        say(table([_row(docket) for docket in found]))
    else:
        say("\n\n".join(_whole(docket, everything) for docket in found))


def _row(docket: judges.Docket) -> dict[str, str]:
    from lab.evals import judges

    found = judges.calibrated(docket)
    return {
        "dataset": docket.judge.dataset,
        "judge": docket.judge.title + _made_up(docket),
        "rated": f"{found.answers:,}",
        "κ": judges.figures(found)[0]["judge and people"],
        "people": judges.figures(found)[0]["people alone"],
        "trust it?": judges.trust(docket.judge, found).sentence,
    }


def _whole(docket: judges.Docket, everything: bool) -> str:
    from lab.evals import judges

    judge, found = docket.judge, judges.calibrated(docket)
    trust, newest = judges.trust(judge, found), docket.runs[0]
    said = [f"{judge.title}{_made_up(docket)}", f"Trust this judge? {trust.sentence}"]
    if trust.more:
        said.append(f"Rate in the app: lab ui, runs?run={newest}&view=rate; or lab import verdicts FILE.")
    if not found.answers:
        return "\n".join(said)
    said += ["", judges.held(found) + ".", *judges.shares(found), *judges.asides(docket)]
    said += ["", table(judges.figures(found))]
    for what, names, counts in judges.kinds(judge, found):
        said += ["", f"People (rows) and the judge (columns), {what}:", _matrix(names, counts)]
    if found.rates:
        said += ["", f"Pass rates of run {newest}:", table([judges.rate(each) for each in found.rates])]
    return "\n".join(said + _differing(docket, everything))


def _differing(docket: judges.Docket, everything: bool) -> list[str]:
    from lab.evals import judges

    differing = judges.disagreements(docket)
    if not differing:
        return []
    shown = differing if everything else differing[:SHOWN]
    rows = [judges.differing(docket.judge, answer) for answer in shown]
    rows = [row | {"the judge": clipped(row["the judge"], REASON)} for row in rows]
    more = [f"and {len(differing) - len(shown):,} more: --all"] if len(differing) > len(shown) else []
    return ["", "They differ on these, the worst first:", table(rows), *more]


def _matrix(names: tuple[str, ...], counts: tuple[tuple[int, ...], ...]) -> str:
    rows = zip(names, counts, strict=True)
    return table(
        [
            {"": name} | {each: f"{count:,}" for each, count in zip(names, row, strict=True)}
            for name, row in rows
        ]
    )


def _made_up(docket: judges.Docket) -> str:
    return " · SIMULATED" if docket.judge.simulated else ""
