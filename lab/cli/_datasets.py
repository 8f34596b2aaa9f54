"""Cases from the log and from a model, on the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from lab.cli._opened import lab as opened_lab
from lab.cli._opened import principal, settings
from lab.cli._out import note, printable, say, say_json
from lab.cli._signals import run, undisturbed
from lab.cli._table import clipped, table
from lab.cost import dollars
from lab.engine import Lab, opened
from lab.errors import BadInput
from lab.evals import adding, generating, proposals
from lab.providers import Providers
from lab.store import calls
from lab.types import Principal

WIDTH = 90


def add_call(path: Path, call: str, expect: Sequence[str], id: str | None) -> None:
    """Make a call a case, and say where it stands."""
    chosen = settings()
    with opened_lab(chosen) as lab:
        who = principal(chosen)
        if call == "last":
            newest = calls(lab.store.read, who, 1)
            if not newest:
                raise BadInput("There are no calls yet. Make one: lab ask")
            call = newest[0]["id"]
        done, left_open = adding.add(lab, who, path, call, expect, id)
    for word in (*done.notes, left_open):
        if word:
            note(word)
    case = done.dataset.cases[-1]
    note(f"Call {call} is case '{case.id}' of {path.stem}, in {done.file}.")


def generate_cases(path: Path, count: int, about: str | None, model: str | None, yes: bool) -> int:
    """Say the price, ask for the cases, and say what became of them. Gives the exit code."""
    wish, chosen = generating.Wish(path, count, about or "", model), settings()
    with opened_lab(chosen) as lab:
        who = principal(chosen)
        number, most, simulated = generating.price(lab, who, wish)
        price = "at an unknown price" if most is None else f"at most {dollars(most)}"
        made_up = " of the simulated Claude: nobody pays" if simulated else ""
        note(f"{number} {'call' if number == 1 else 'calls'}, {price}{made_up}.")
        if not (yes or simulated):
            if not sys.stdin.isatty():
                raise BadInput(
                    "This asks first, since it costs something. Add --yes where nobody can answer."
                )
            click.confirm("Send it?", abort=True, err=True)
        written = run(_generated(lab, who, wish))
        with undisturbed():
            lab.store.flush()
    if written is None:
        return 130
    _tell(path, written)
    return 0


async def _generated(lab: Lab, who: Principal, wish: generating.Wish) -> generating.Written | None:
    providers = Providers(lab.settings)
    try:
        async with opened(lab, providers) as call:
            return await generating.generate(lab, call, who, wish)
    except asyncio.CancelledError:
        return None


def _tell(path: Path, written: generating.Written) -> None:
    simulated = "SIMULATED: " * written.simulated
    for sentence in dict.fromkeys(written.dropped):
        note(f"Left out: {clipped(printable(sentence), 200)}")
    kept, dropped = len(written.kept), len(written.dropped)
    note(f"{simulated}{kept:,} proposed, {dropped:,} left out. Read them: lab datasets review {path.stem}")


def show_proposals(path: Path, as_json: bool) -> None:
    """The proposals of a dataset, one a line."""
    found = proposals.waiting(path)
    if as_json:
        say_json(found)
    elif not found:
        note(f"No case is proposed for {path.stem}. Have some written: lab datasets generate {path.stem}")
    else:
        hidden = ("id", proposals.MADE)
        rows = [
            {
                "id": row["id"],
                "written by": str(row.get(proposals.MADE, "")),
                "case": clipped(
                    json.dumps({k: v for k, v in row.items() if k not in hidden}, ensure_ascii=False), WIDTH
                ),
            }
            for row in found
        ]
        say(table(rows))
        note(f"Whole: lab datasets review {path.stem} --json. Then lab datasets accept or reject.")


def chosen(path: Path, ids: Sequence[str], every: bool) -> Sequence[str]:
    """The proposals that are meant. Raises BadInput where none are, or both kinds of naming them."""
    if every == bool(ids):
        raise BadInput("Name proposals, as `lab datasets review` lists them, or say --all.")
    found = [row["id"] for row in proposals.waiting(path)] if every else list(dict.fromkeys(ids))
    if not found:
        raise BadInput(f"No case is proposed for {path.stem}.")
    return found
