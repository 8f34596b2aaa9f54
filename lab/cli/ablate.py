"""Which examples of a few-shot set help, harm, or only cost tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lab.cli._options import reusing, selecting, spending, telling

if TYPE_CHECKING:
    from lab.engine import Lab
    from lab.evals import Dataset


@click.command()
@click.argument("prompt", required=False)
@click.argument("dataset", required=False)
@click.option("-m", "--model", metavar="ID", help="Instead of the prompt's own.")
@click.option("--fewshot", metavar="SET", help="Instead of the prompt's own, such as tone@2.")
@click.option("--shuffles", type=click.IntRange(0, 50), default=5, show_default=True,
              help="In how many other orders the examples are shown.")  # fmt: skip
@click.option("--run", "id", metavar="RUN", help="Ask nothing: say it of a run that is kept, or `last`.")
@selecting
@reusing
@spending
@telling
def command(
    prompt: str | None,
    dataset: str | None,
    model: str | None,
    fewshot: str | None,
    shuffles: int,
    id: str | None,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Leave out each example of a prompt's few-shot set, and show them in other orders.

    Says of each example whether it helps, harms, or makes no difference and only costs tokens, and what their
    order does. Exit code 0: it says so, 3: a variant cannot be judged.

    \b
      lab ablate tickets@2 tickets-check --price
      lab ablate tickets@2 tickets-check -m claude-haiku-5-5 --shuffles 3
    """
    from lab import evals
    from lab.cli import _sweep
    from lab.evals import Combined

    asked = _sweep.Telling(ablation=True, as_json=as_json)
    if id is not None:
        if prompt is not None:
            raise click.UsageError("--run tells of a run that is kept: leave prompt and dataset out.")
        raise SystemExit(_sweep.again(id, asked))
    if prompt is None or dataset is None:
        raise click.UsageError("Name a prompt and a dataset, or a run that is kept: --run last.")

    def combine(lab: Lab, found: Dataset) -> Combined:
        return Combined(evals.ablated(lab, prompt, model, shuffles, fewshot), ())

    raise SystemExit(_sweep.ask(dataset, combine, asked, wishes))
