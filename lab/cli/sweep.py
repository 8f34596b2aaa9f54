"""Which model, effort, version and few-shot set is as good for less."""

from __future__ import annotations

from typing import Any

import click

from lab.cli._options import reusing, selecting, spending, telling


@click.command()
@click.argument("dataset", required=False)
@click.option("-p", "--prompt", "prompts", multiple=True, metavar="REF", help="Instead of the dataset's own.")
@click.option("-m", "--model", "models", multiple=True, metavar="ID", help="Instead of the dataset's own.")
@click.option("--effort", "efforts", multiple=True, metavar="LEVEL", help="Instead of the prompt's own.")
@click.option("--fewshot", "examples", multiple=True, metavar="SET",
              help="Instead of the prompt's own, such as tone@2; `none` shows none.")  # fmt: skip
@click.option("--baseline", metavar="VARIANT",
              help="What all are held against, by a part of its name; else the first.")  # fmt: skip
@click.option("--margin", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.03,
              show_default=True, help="How much worse still counts as not worse.")  # fmt: skip
@click.option("--run", "id", metavar="RUN", help="Ask nothing: say it of a run that is kept, or `last`.")
@selecting
@reusing
@spending
@telling
def command(
    dataset: str | None,
    baseline: str | None,
    margin: float,
    id: str | None,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Put a dataset to every combination of model, effort, version and few-shot set, and find the cheapest.

    It is a check of many variants, and says which of them cost least for their quality, and which is the
    cheapest that is not worse than the first. Exit code 0: it says so, 3: a variant cannot be judged.

    \b
      lab sweep support-check -m claude-opus-5-5 -m claude-haiku-5-5 --effort low --effort high
      lab sweep tickets-check -p tickets@2 --fewshot tickets@1 --fewshot none --margin 0.02
      lab sweep --run last --baseline "effort high"
    """
    from lab import evals
    from lab.cli import _sweep

    asked = _sweep.Telling(baseline, margin, as_json=as_json)
    if id is not None:
        if dataset is not None:
            raise click.UsageError("--run tells of a run that is kept: leave the dataset out.")
        raise SystemExit(_sweep.again(id, asked))
    if dataset is None:
        raise click.UsageError("Name a dataset, or a run that is kept: --run last.")
    ways = [wishes.pop(name) for name in ("prompts", "models", "examples", "efforts")]
    raise SystemExit(_sweep.ask(dataset, lambda lab, found: evals.combined(lab, found, *ways), asked, wishes))
