"""Put datasets to the prompts they are about."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("-p", "--prompt", "refs", multiple=True, metavar="REF", help="Instead of the dataset's own.")
@click.option("-m", "--model", "models", multiple=True, metavar="ID", help="Instead of the dataset's own.")
@click.option("--concurrency", type=click.IntRange(1, 500), metavar="N", help="How many calls at once.")
@click.option("--sim", is_flag=True, help="Ask the simulated Claude: tries the check, measures no quality.")
@click.option("--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Write a report: .junit.xml, .json or .md.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def command(
    datasets: tuple[str, ...],
    refs: tuple[str, ...],
    models: tuple[str, ...],
    concurrency: int | None,
    sim: bool,
    outputs: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Check whether prompts still do what their datasets say.

    DATASET is a name in the folder datasets, or a path; without one, all of that folder. Exit code 0: passed,
    1: failed, 3: not valid (no key, calls that failed, too many cases without a verdict).

    \b
      lab check support-check
      lab check tickets-check -p tickets@2 --output report.junit.xml
    """
    from lab.cli._check import run
    from lab.evals import Order

    raise SystemExit(run(Order(datasets, refs, models, concurrency, sim), outputs, as_json))
