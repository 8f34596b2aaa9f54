"""Rules of routing, listed and tried."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lab import models, routing
from lab.cli._opened import lab, principal, settings
from lab.cli._out import note, say, say_json
from lab.cli._table import table
from lab.cost import dollars
from lab.errors import BadInput
from lab.evals import routes
from lab.routing import Rule
from lab.store import case_texts, cases_of, exchanges, run, runs

HOW = 'Write one into lab.toml: [routes.short], below it model = "claude-haiku-5-5" and longest = 200.'


def listing(as_json: bool) -> None:
    """The rules that are in force."""
    found = read(None, needed=False)
    if as_json:
        say_json([asdict(rule) for rule in found])
    elif not found:
        note(f"There are no rules: every turn goes to the model that it was meant for. {HOW}")
    else:
        say(table([{"rule": rule.name, "model": rule.model, "when": _when(rule)} for rule in found]))


def read(file: Path | None, needed: bool = True) -> tuple[Rule, ...]:
    """The rules of a file, or those in force. Raises BadInput, also where there have to be some."""
    chosen = settings()
    tables = chosen.routes if file is None else _tables(file)
    found = routing.rules(tables, models.catalogue(chosen.models))
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
    known = found.cost is not None and found.instead is not None
    say(f"{found.share:.0%} of {turns:,} turns would go to another model.")
    paid, there = dollars(found.cost), dollars(found.instead)
    saved = _saved(found.cost - found.instead) if known else "what that saves is not known"
    say(f"They cost {paid}; the same tokens cost {there} there: {saved}.")
    for name, group in (("of these", found.moved), ("of the others", found.stayed)):
        followed, liked = _share(group.followed, group.turns), _share(group.liked, group.rated)
        say(f"Another question followed {followed} {name}; thumbs up {liked}.")
    note("An estimate: other models count tokens otherwise, and what they would have answered is not known.")


def on_run(rules: Sequence[Rule], id: str, model: str | None, as_json: bool) -> None:
    """What they would have done with the cases of a run."""
    chosen = settings()
    with lab(chosen) as opened:
        who = principal(chosen)
        if id == "last":
            newest = runs(opened.store.read, who, 1)
            if not newest:
                raise BadInput("There are no runs yet. Make one: lab check support-check --sim")
            id = newest[0]["id"]
        kept = run(opened.store.read, who, id)
        cases = case_texts(opened.store.read, who, id, cases_of(opened.store.read, who, id))
        usual = opened.model(model or opened.settings.model).id
        found = routes.checked(rules, kept, cases, usual)
    if as_json:
        say_json([asdict(each) for each in found])
        return
    say(table([row for each in found for row in _rows(each)]))
    for each in found:
        say(f"{each.moved} of {each.cases} cases go to another model: {_quality(each)}.")
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


def _quality(found: routes.Checked) -> str:
    if not found.lost and not found.won:
        return "no verdict changes"
    lost = f"{len(found.lost)} pass no longer ({', '.join(found.lost[:5])})" if found.lost else "none is lost"
    return lost + (f", {len(found.won)} pass only then" if found.won else "")


def _when(rule: Rule) -> str:
    said = [
        f"instead of {' or '.join(rule.instead_of)}" if rule.instead_of else "",
        f"prompt {' or '.join(rule.prompts)}" if rule.prompts else "",
        f"from {rule.shortest} characters" if rule.shortest is not None else "",
        f"up to {rule.longest} characters" if rule.longest is not None else "",
        "turns {} to {}".format(*rule.turns) if rule.turns else "",
        f"with {', '.join(rule.words)}" if rule.words else "",
        f"without {', '.join(rule.without)}" if rule.without else "",
        f"else {rule.fallback}" if rule.fallback else "",
    ]
    return " · ".join(each for each in said if each)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%} ({part} of {whole})" if whole else "of none"


def _saved(amount: int) -> str:
    return f"{dollars(amount)} less" if amount >= 0 else f"{dollars(-amount)} more"


def _tables(file: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")).get("routes", {})
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} is not TOML: {error}.") from None
    if not isinstance(tables, dict):
        raise BadInput(f"{file}: routes are tables: [routes.NAME].")
    return tables
