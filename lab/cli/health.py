"""How fast and how well answers are served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lab.engine import vitals
    from lab.store import Connection, Day
    from lab.types import Principal

BY = {"model": ("model",), "version": ("prompt", "version", "model"), "day": ("day",)}
KINDS = ("real", "simulated", "replayed")


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="So many, with today."
)
@click.option("--by", type=click.Choice([*BY]), default="model", show_default=True, help="A row each.")
@click.option("--prompt", metavar="NAME", help="Only calls through this prompt.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="What answered; else the first of these that there is."
)
@click.option("--all", "everything", is_flag=True, help="Checks, judges, comparisons and load tests as well.")
@click.option("--exact", is_flag=True, help="Percentiles from every call: slower where there are many.")
@click.option("--week", is_flag=True, help="Report on the objectives over the last seven whole days.")
@click.option("--markdown", is_flag=True, help="With --week: as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    days: int,
    by: str,
    prompt: str | None,
    kind: str | None,
    everything: bool,
    exact: bool,
    week: bool,
    markdown: bool,
    as_json: bool,
) -> None:
    """Say how fast and how well people's questions are answered: first token, speed, total, errors, refusals.

    Of product traffic alone (chat and the API), unless --all is given. Real calls, simulated ones and replays
    are never added up. Below stands where max_tokens is too low or too high for what answers use.
    """
    from lab import clock, store
    from lab.cli import _opened, _week

    _week.check(week, markdown, as_json)
    chosen = _opened.settings()
    who, today = _opened.principal(chosen), clock.now()
    last = today.date() - timedelta(days=week)
    span = store.days(last - timedelta(days=(6 if week else days - 1)), last, today.tzinfo)
    where: dict[str, Any] = {} if everything else {"origin": store.rollups.PRODUCT}
    where |= {"prompt": (prompt,)} if prompt else {}
    with _opened.store(chosen) as opened:
        there = _there(opened.read, who, span, where)
        where["kind"] = (kind or next((each for each in KINDS if each in there), "real"),)
        if week:
            _week.report(opened.read, who, chosen, where, today, exact, markdown, as_json)
        else:
            _table(opened.read, who, span, where, by, exact, as_json)
    if not as_json:
        _remark(where, there)


def _there(read: Connection, who: Principal, span: Sequence[Day], where: Mapping[str, Any]) -> set[str]:
    from lab import store

    rows = store.rollups.rolled(read, who, span, ("calls",), ("kind",), where)
    return {row["kind"] for row in rows}


def _table(
    read: Connection,
    who: Principal,
    span: Sequence[Day],
    where: Mapping[str, Any],
    by: str,
    exact: bool,
    as_json: bool,
) -> None:
    from lab import models
    from lab.cli._out import note, say, say_json
    from lab.cli._table import table
    from lab.engine import allowance, served, vitals, weekly

    found = vitals.vitals(read, who, span, BY[by], where, exact)
    whole = vitals.together(found.values())
    advice = allowance.allowances(read, who, span, where, models.catalogue())
    if as_json:
        about = {"from": str(span[0][0]), "to": str(span[-1][0]), "kind": where["kind"][0], "exact": exact}
        rows = [
            dict(zip(BY[by], key, strict=True)) | served.numbers(each) for key, each in _sorted(found, by)
        ]
        said = {"rows": rows, "together": served.numbers(whole)}
        say_json(about | said | {"max_tokens": [allowance.as_json(each) for each in advice]})
        return
    if not found:
        note(f"No {where['kind'][0]} calls in this time. `lab health --days 365` looks further back.")
        return
    lines = [{by: served.name(by, key)} | served.row(each) for key, each in _sorted(found, by)]
    say(table([*lines, {by: "together"} | served.row(whole)]))
    if advice:
        say("\n" + table([allowance.row(each) for each in advice]))
    note(weekly.source(exact))


def _sorted(
    found: Mapping[tuple[Any, ...], vitals.Vitals], by: str
) -> list[tuple[tuple[Any, ...], vitals.Vitals]]:
    """Days in their order, everything else by how often it was called."""
    if by == "day":
        return sorted(found.items())
    return sorted(found.items(), key=lambda one: (-one[1].sums["calls"], str(one[0])))


def _remark(where: Mapping[str, Any], there: set[str]) -> None:
    from lab.cli._out import note

    (kind,) = where["kind"]
    if kind == "simulated":
        note("SIMULATED: made-up answers. Their times say nothing of Claude.")
    if others := [each for each in KINDS if each in there - {kind}]:
        note(f"There are also {' and '.join(others)} calls: --kind {others[0]}")
    if "origin" in where:
        note("Product traffic only, chat and the API; --all takes everything.", dim=True)
