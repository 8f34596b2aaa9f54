"""Put datasets to the prompts they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

BESIDE = """--resume goes on with a run as it was asked for. Beside it may stand --rerun-unknown, \
--concurrency, --max-cost, --price, --yes, --output, --against and --json."""

SELECTION = ("first", "sample", "seed", "tags", "splits", "only_failed")


@click.command()
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("-p", "--prompt", "prompts", multiple=True, metavar="REF", help="Instead of the dataset's own.")
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
@click.option("--resume", metavar="RUN", help="Go on with an interrupted run; `last` is the newest.")
@click.option(
    "--rerun-unknown",
    is_flag=True,
    help="With --resume: make calls of unknown outcome once more, which may bill them twice.",
)
@click.option("--watch", is_flag=True,
              help="Check again whenever a file that it depends on changes; reuses what it can.")  # fmt: skip
@click.option("--concurrency", type=click.IntRange(1, 500), metavar="N", help="How many calls at once.")
@click.option("--max-cost", type=click.FloatRange(0), metavar="DOLLARS",
              help="Spend no more than this; 0: no limit.")  # fmt: skip
@click.option("--price", is_flag=True, help="Say what it will probably cost, and ask nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask first, whatever it costs.")
@click.option("--sim", "simulated", is_flag=True,
              help="Ask the simulated Claude: tries the check, measures no quality.")  # fmt: skip
@click.option("--record", is_flag=True, help="Keep every answer, to be replayed without a key.")
@click.option("--replay", is_flag=True, help="Ask nobody: take every answer from what was recorded.")
@click.option("--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Write a report: .html, .md, .junit.xml, .json, .csv, .jsonl or .run.jsonl.")  # fmt: skip
@click.option("--against", metavar="RUN", default="last", show_default=True,
              help="What the reports compare it with: a run, `last` or `none`.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def command(
    resume: str | None,
    rerun_unknown: bool,
    price: bool,
    yes: bool,
    watch: bool,
    outputs: tuple[Path, ...],
    against: str,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Check whether prompts still do what their datasets say.

    DATASET is a name in the folder datasets, or a path; without one, all of that folder. Exit code 0: passed,
    1: failed, 3: not valid (no key, calls that failed, too many cases without a verdict).

    \b
      lab check support-check
      lab check tickets-check -p tickets@2 --output report.junit.xml
      lab check --output "reports/{dataset}.html"
      lab check support-check --record
      lab check --price
    """
    from lab.cli import _check, _watch
    from lab.cli._price import Asking
    from lab.evals import Order, Selection

    selection = Selection(**{name: wishes.pop(name) for name in SELECTION})
    order, asking = Order(**wishes, selection=selection), Asking(price, yes)
    if resume is None:
        if rerun_unknown:
            raise click.UsageError("--rerun-unknown goes with --resume.")
        if watch and as_json:
            raise click.UsageError("--watch tells a person what changes: leave --json out.")
        if watch:
            raise SystemExit(_watch.watch(order, outputs, against, asking))
        raise SystemExit(_check.run(order, outputs, against, as_json, asking))
    if watch or order.elsewise():
        raise click.UsageError(BESIDE)
    raise SystemExit(_check.resume(resume, rerun_unknown, order, outputs, against, as_json, asking))
