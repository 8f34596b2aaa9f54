"""Rules of routing, listed and tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab import models, routing
from lab.cli._opened import lab, principal, run_named, settings
from lab.cli._out import note, say, say_json
from lab.cli._table import table
from lab.cost import dollars
from lab.errors import BadInput
from lab.evals import routes
from lab.routing import Rule
from lab.store import case_texts, cases_of, exchanges, run

HOW = 'Write one into lab.toml: [routes.short], below it model = "claude-haiku-5-5" and longest = 200.'


def listing(as_json: bool) -> None:
    """The rules that are in force."""
    found = read(None, needed=False)
    if as_json:
        say_json([asdict(rule) for rule in found])
    elif not found:
        note(f"There are no rules: every turn goes to the model that it was meant for. {HOW}")
    else:
        say(table([{"rule": rule.name, "model": rule.model, "when": routing.when(rule)} for rule in found]))


def read(file: Path | None, needed: bool = True) -> tuple[Rule, ...]:
    """The rules of a file, or those in force. Raises BadInput, also where there have to be some."""
    chosen = settings()
    known = models.catalogue(chosen.models)
    found = (
        routing.rules(chosen.routes, known) if file is None else routing.read(_text(file), str(file), known)
    )
    if needed and not found:
        raise BadInput(f"There are no rules in {file or 'lab.toml'}. {HOW}")
    return found


def on_log(rules: Sequence[Rule], days: int | None, as_json: bool) -> None:
    """What they would have done with the turns of logged conversations."""
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    chosen = settings()
    with lab(chosen) as opened:
        turns = list(exchanges(opened.store.read, principal(chosen), since))
        real = [each for each in turns if each["source"] != "simulated"]
        found = routes.logged(opened, rules, real or turns)
    if as_json:
        say_json(asdict(found) | {"simulated": not real})
        return
    if not turns:
        raise BadInput("There are no conversations in the log yet. Ask something: lab ask, or lab ui.")
    _tell(found)
    if not real:
        note("SIMULATED: these conversations are with the simulated Claude.")


def _tell(found: routes.Logged) -> None:
    turns = found.moved.turns + found.stayed.turns
    rows = [{"rule": name, "turns": f"{count:,}"} for name, count in found.by_rule.items()]
    say(table([*rows, {"rule": "(none fits)", "turns": f"{found.stayed.turns:,}"}]))
    say(f"{found.share:.0%} of {turns:,} turns would go to another model.")
    say("\n".join([routes.saving(found), *routes.followed(found)]))
    note(routes.ESTIMATE)


def on_run(rules: Sequence[Rule], id: str, model: str | None, as_json: bool) -> None:
    """What they would have done with the cases of a run."""
    chosen = settings()
    with lab(chosen) as opened:
        who = principal(chosen)
        id = run_named(opened.store, who, id)
        kept = run(opened.store.read, who, id)
        cases = case_texts(opened.store.read, who, id, cases_of(opened.store.read, who, id))
        usual = opened.model(model or opened.settings.model).id
        found = routes.checked(rules, kept, cases, usual)
    if as_json:
        say_json([asdict(each) for each in found])
        return
    say(table([row for each in found for row in _rows(each)]))
    for each in found:
        say(f"{each.moved} of {each.cases} cases go to another model: {routes.quality(each)}.")
    if kept["source"] == "simulated":
        note("SIMULATED: these answers say nothing about quality.")


def _rows(found: routes.Checked) -> list[dict[str, str]]:
    ways = ((f"all at {found.variant}", found.usual), ("by the rules", found.routed))
    return [
        {
            "way": name,
            "passed": f"{kept.passed:,} of {kept.graded:,}",
            "pass rate": "–" if kept.rate is None else f"{kept.rate:.1%}",
            "cost": dollars(kept.cost),
        }
        for name, kept in ways
    ]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text.") from None
