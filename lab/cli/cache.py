"""What the API's prompt cache did."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from lab.cli._out import say, say_json

BY = ("prompt", "conversation", "model", "day")
KINDS = ("real", "simulated", "replayed")


@click.command()
@click.argument("call", required=False)
@click.option(
    "--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="So many, with today."
)
@click.option("--by", type=click.Choice(BY), default="prompt", show_default=True, help="What to add up.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="What answered; else the first of these that there is."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context, call: str | None, days: int, by: str, kind: str | None, as_json: bool
) -> None:
    """Say what the API's prompt cache saved and what would save more; of a CALL, why it read no more.

    `last` is the newest call. What to do is reckoned from the newest calls of each prompt version, in dollars
    a day at the traffic there is.
    """
    if call is None:
        _overview(days, by, kind, as_json)
    elif any(_given(ctx, name) for name in ("days", "by", "kind")):
        raise click.UsageError("--days, --by and --kind do not go with a call.", ctx)
    else:
        _call(call, as_json)


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _call(id: str, as_json: bool) -> None:
    from lab import cache, store
    from lab.cli import _missed, _opened
    from lab.models import catalogue

    chosen = _opened.settings()
    with _opened.store(chosen) as opened:
        who = _opened.principal(chosen)
        found = store.call(opened.read, who, _opened.call_named(opened, who, id))
        why = cache.explain(opened.read, who, found, catalogue(chosen.models))
    if as_json:
        say_json({"call": found["id"], "said": why} if isinstance(why, str) else _missed.data(why))
    else:
        say(why if isinstance(why, str) else _missed.text(found, why))


def _overview(many: int, by: str, kind: str | None, as_json: bool) -> None:
    from lab import cache, clock, store
    from lab.cli import _cached, _opened
    from lab.models import catalogue

    chosen = _opened.settings()
    now = clock.now()
    last = now.date()
    days = store.days(last - timedelta(days=many - 1), last, now.tzinfo)
    with _opened.store(chosen) as opened:
        who = _opened.principal(chosen)
        rows = cache.overview(opened.read, who, days)
        there = [each for each in KINDS if any(row.kind == each for row in rows)]
        kind = kind or next(iter(there), "real")
        shown = [row for row in rows if row.kind == kind]
        split = cache.split(shown, by if by != "conversation" else "prompt")
        if by == "conversation":
            talks = cache.conversations(opened.read, who, days, kind)
            split = {id: cached for id, (_, cached) in talks.items()}
        advice = cache.advice(opened.read, who, days, kind, Path("prompts"), catalogue(chosen.models))
    if as_json:
        say_json(_cached.data(days, kind, by, cache.added(row.cached for row in shown), split, advice))
    else:
        _cached.tell(many, kind, [each for each in there if each != kind], by, split, advice)
