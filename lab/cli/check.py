"""Put datasets to the prompts they are about."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("-p", "--prompt", "refs", multiple=True, metavar="REF", help="Instead of the dataset's own.")
@click.option("-m", "--model", "models", multiple=True, metavar="ID", help="Instead of the dataset's own.")
@click.option("--first", type=click.IntRange(1), metavar="N", help="Only the first so many cases.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only so many cases, drawn by --seed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed draws another sample.")
@click.option("--tag", "tags", multiple=True, help="Only cases with this tag, or with one of several.")
@click.option("--split", "splits", multiple=True, help="Only cases in this split, or in one of several.")
@click.option(
    "--only-failed",
    metavar="RUN",
    help="Only cases that failed or had no verdict in this run; `last` is the dataset's newest.",
)
@click.option(
    "--changed",
    metavar="BASE",
    help="Only datasets whose prompt, few-shot set, graders or cases differ from this commit.",
)
@click.option("--reuse", is_flag=True, help="Take answers to the same requests from the log, without a call.")
@click.option("--concurrency", type=click.IntRange(1, 500), metavar="N", help="How many calls at once.")
@click.option("--max-cost", type=click.FloatRange(0), metavar="DOLLARS",
              help="Spend no more than this; 0: as much as it takes.")  # fmt: skip
@click.option("--sim", is_flag=True, help="Ask the simulated Claude: tries the check, measures no quality.")
@click.option("--record", is_flag=True, help="Keep every answer, to be replayed without a key.")
@click.option("--replay", is_flag=True, help="Ask nobody: take every answer from what was recorded.")
@click.option("--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Write a report: .html, .md, .junit.xml, .json, .csv, .jsonl or .run.jsonl.")  # fmt: skip
@click.option("--against", metavar="RUN", default="last", show_default=True,
              help="What the reports compare it with: a run, `last` or `none`.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def command(
    datasets: tuple[str, ...],
    refs: tuple[str, ...],
    models: tuple[str, ...],
    first: int | None,
    sample: int | None,
    seed: int,
    tags: tuple[str, ...],
    splits: tuple[str, ...],
    only_failed: str | None,
    changed: str | None,
    reuse: bool,
    concurrency: int | None,
    max_cost: float | None,
    sim: bool,
    record: bool,
    replay: bool,
    outputs: tuple[Path, ...],
    against: str,
    as_json: bool,
) -> None:
    """Check whether prompts still do what their datasets say.

    DATASET is a name in the folder datasets, or a path; without one, all of that folder. Exit code 0: passed,
    1: failed, 3: not valid (no key, calls that failed, too many cases without a verdict).

    \b
      lab check support-check
      lab check tickets-check -p tickets@2 --output report.junit.xml
      lab check --output "reports/{dataset}.html"
      lab check support-check --record
    """
    from lab.cli._check import run
    from lab.evals import Order, Selection

    selection = Selection(first, sample, seed, tags, splits, only_failed)
    order = Order(
        datasets, refs, models, concurrency, sim, selection, changed, reuse, max_cost, record, replay
    )
    raise SystemExit(run(order, outputs, against, as_json))
