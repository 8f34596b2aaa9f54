"""Put datasets to the prompts they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lab.cli._options import SELECTION, reusing, selecting, spending, telling

BESIDE = """--resume goes on with a run as it was asked for. Beside it may stand --rerun-unknown, \
--no-wait, --concurrency, --max-cost, --price, --yes, --output, --against and --json."""


@click.command()
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("-p", "--prompt", "prompts", multiple=True, metavar="REF", help="Instead of the dataset's own.")
@click.option("-m", "--model", "models", multiple=True, metavar="ID", help="Instead of the dataset's own.")
@selecting
@click.option(
    "--changed",
    metavar="BASE",
    help="Only datasets whose prompt, few-shot set, graders or cases differ from this commit.",
)
@reusing
@click.option("--resume", metavar="RUN", help="Go on with an interrupted run; `last` is the newest.")
@click.option(
    "--rerun-unknown",
    is_flag=True,
    help="With --resume: make calls of unknown outcome once more, which may bill them twice.",
)
@click.option("--watch", is_flag=True,
              help="Check again whenever a file that it depends on changes; reuses what it can.")  # fmt: skip
@spending
@click.option("--batch", is_flag=True, help="Through Message Batches: half the price, within 24 hours.")
@click.option(
    "--no-wait",
    "waits",
    flag_value=False,
    default=True,
    help="With --batch, or of one: leave it out; --resume collects it.",
)
@click.option("--record", is_flag=True, help="Keep every answer, to be replayed without a key.")
@click.option("--replay", is_flag=True, help="Ask nobody: take every answer from what was recorded.")
@click.option(
    "--baseline",
    metavar="REF",
    help="Hold it against a run, `last`, a prompt that is asked along (support@3), or `none`; else against "
    "the baseline kept beside the dataset.",
)
@click.option(
    "--until-decided",
    is_flag=True,
    help="Stop once it is decided, and repeat cases where that may decide; --max-cost is the cap.",
)
@click.option("--save-baseline", is_flag=True, help="Keep it beside the dataset, for later versions.")
@telling
def command(
    resume: str | None,
    rerun_unknown: bool,
    price: bool,
    yes: bool,
    watch: bool,
    save_baseline: bool,
    waits: bool,
    outputs: tuple[Path, ...],
    against: str,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Check whether prompts still do what their datasets say.

    DATASET is a name in the folder datasets, or a path; without one, all of that folder. Exit code 0: passed,
    1: failed, 3: not valid (no key, calls that failed, too many cases without a verdict), 4: may be worse.

    \b
      lab check support-check
      lab check tickets-check -p tickets@2 --output report.junit.xml
      lab check support-check -p support@3 --save-baseline
      lab check support-check -p support@4 --baseline support@3
      lab check summaries --batch --no-wait
      lab check support-check -p support@4 --until-decided --max-cost 5
    """
    from lab.cli import _check, _watch
    from lab.cli._price import Asking
    from lab.evals import Order, Selection

    selection = Selection(**{name: wishes.pop(name) for name in SELECTION})
    order, asking = Order(**wishes, selection=selection), Asking(price, yes)
    if resume is None:
        _refuse(rerun_unknown, as_json, watch, save_baseline, order.batch, waits)
        if watch:
            raise SystemExit(_watch.watch(order, outputs, against, asking))
        raise SystemExit(_check.run(order, outputs, against, as_json, asking, save_baseline, waits))
    if watch or save_baseline or order.elsewise():
        raise click.UsageError(BESIDE)
    raise SystemExit(_check.resume(resume, rerun_unknown, order, outputs, against, as_json, asking, waits))


def _refuse(
    rerun_unknown: bool, as_json: bool, watch: bool, save_baseline: bool, batch: bool, waits: bool
) -> None:
    if rerun_unknown:
        raise click.UsageError("--rerun-unknown goes with --resume.")
    if watch and as_json:
        raise click.UsageError("--watch tells a person what changes: leave --json out.")
    if not (waits or batch):
        raise click.UsageError("--no-wait goes with --batch, or with --resume of a run that is in one.")
    if watch and batch:
        raise click.UsageError("--watch asks again at once: leave --batch out.")
    if save_baseline and not waits:
        raise click.UsageError("A baseline is kept of a run with its verdict: leave --no-wait out.")
