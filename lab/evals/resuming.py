"""An interrupted run, gone on with: what it has is kept, what is missing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lab import cost, figures, store
from lab.engine import Lab, Lives
from lab.errors import BadInput, LabError
from lab.evals import changes
from lab.evals.against import against
from lab.evals.batch import Way
from lab.evals.budget import budgeted
from lab.evals.dataset import load
from lab.evals.order import Order, equipped, fulfil, taped
from lab.evals.plan import Plan
from lab.evals.progress import trials
from lab.evals.rest import Rest, rest_of
from lab.evals.selection import LAST, renewed
from lab.evals.variant import named
from lab.providers import HOW_TO_SET_A_KEY
from lab.types import Principal, new_id

DEFAULT = Order()


def interrupted(lab: Lab, principal: Principal, id: str, rerun_unknown: bool = False) -> dict[str, Any]:
    """The run to go on with, as `store.run_head` gives it; `last` is the newest.

    Raises BadInput for one that still runs in a living process, or has its verdict: but for one with calls of
    unknown outcome, where these are to be made again.
    """
    lab.store.flush()
    lab.store.settle()
    connection = lab.store.read
    if id == LAST and (newest := store.last_run(connection, principal)):
        id = newest
    run = store.run_head(connection, principal, id)
    if run["state"] == "running":
        raise BadInput(f"Run {id} still runs. Stop it, or wait for its end.")
    if other := run["settings"].get("regraded"):
        raise BadInput(
            f"Run {id} graded the answers of another again. Do that anew: lab runs regrade {other}"
        )
    if run["state"] not in ("interrupted", "stopped"):
        unknown = sum(each["state"] == "unknown" for each in store.results(connection, principal, id))
        if not (unknown and rerun_unknown):
            advice = (
                f"{_unknown(unknown)}: --rerun-unknown makes {'it' if unknown == 1 else 'them'} once more."
            )
            rest = advice if unknown else "There is nothing to go on with."
            raise BadInput(f"Run {id} has come to its end: {run['state']}. {rest}")
    if run["settings"].get("replayed"):
        raise BadInput(f"Run {id} was replayed from recordings. Begin anew: nothing is asked, or billed.")
    return run


def asked_again(run: Mapping[str, Any], order: Order = DEFAULT) -> Order:
    """How an interrupted run was asked for, with another order's number of calls at once and budget."""
    settings = run["settings"]
    return Order(
        datasets=(settings["file"],),
        baseline=settings.get("held_against") or order.baseline,
        concurrency=order.concurrency or settings["concurrency"],
        simulated=settings["simulated"],
        reuse=settings.get("reuse", False),
        record=settings.get("record", False),
        max_cost=order.max_cost,
        batch=settings.get("batch", False),
        until_decided="until" in settings,
    )


def resumed(
    lab: Lab, principal: Principal, run: Mapping[str, Any], order: Order, rerun_unknown: bool = False
) -> tuple[Plan, str]:
    """The plan of the rest of an interrupted run, and what going on means, in sentences. Calls of unknown
    outcome are made again only if that is said.

    Raises BadInput where its dataset, prompts or few-shot sets say something else than they did, LabError
    where there is no key to ask the rest with, and both as `plans` does.
    """
    settings = run["settings"]
    dataset = load(lab.folder / settings["file"])
    found = [named(lab, lab.folder / "prompts", name) for name in settings["variants"]]
    if differing := changes.differing(settings, changes.content(dataset, found)):
        raise BadInput(
            f"Run {run['id']} cannot go on. Changed since it began: {', '.join(differing)}. Put that back as "
            "it was, or begin anew, with --reuse for what is still the same."
        )
    dataset = renewed(dataset, settings.get("selection"))
    rest = rest_of(lab, principal, run)
    plan = Plan(run["id"], dataset, tuple(found), principal, reuse=order.reuse, earlier=rest.earlier)
    if "until" in settings and order.max_cost == 0:
        raise BadInput(f"Run {run['id']} goes on until it is decided: it needs a cap, such as --max-cost 5.")
    held, until = against(lab, principal, dataset, order.baseline), settings.get("until")
    plan = replace(plan, weighed=plan.loads(lab), against=held, until=until and until["seed"])
    if any(lab.endpoint(model).source == "replay" for model in plan.models(lab)):
        raise LabError(f"Run {run['id']} asked a model, and no key was found to go on. {HOW_TO_SET_A_KEY}")
    taped(lab, plan, order)
    words = _said(rest, rerun_unknown)
    if rerun_unknown:
        plan = replace(plan, earlier=rest.without_unknown())
    [plan] = budgeted(lab, [plan], order.max_cost)
    return (replace(plan, budget=(plan.run, None)) if order.max_cost == 0 else plan), words


def start(lives: Lives, principal: Principal, id: str) -> str:
    """Go on with an interrupted run on the engine's own thread, as a piece of work that has its name. Raises
    BadInput and LabError as `interrupted` and `resumed` do."""
    run = interrupted(lives.lab, principal, id)
    order = asked_again(run)
    lab = equipped(lives.lab, order)
    plan, _ = resumed(lab, principal, run, order)
    way = Way(lives.providers) if order.batch else None
    lives.work(plan.run, partial(fulfil, lab, lives.caller(lab), plan, order, lambda result: None, way=way))
    lives.work(new_id(), partial(lab.store.commit, lambda connection: None)).result()  # after its row
    return plan.run


def _said(rest: Rest, rerun_unknown: bool) -> str:
    run, unknown = rest.earlier.run, rest.unknown
    words = [f"Run {run['id']} goes on: {len(rest.earlier.results):,} of {trials(run):,} answers are there."]
    if rest.out:
        words.append(f"{rest.out:,} {'is' if rest.out == 1 else 'are'} out in a batch, and collected first.")
    if rest.finished:
        many = "1 more is" if rest.finished == 1 else f"{rest.finished:,} more are"
        words.append(f"{many} in the log and only graded.")
    if unknown:
        charged = store.together(unknown.values())
        words.append(f"{_unknown(len(unknown))}, charged with {figures.cost(charged)}.")
        most = charged["cost_upper"]  # what was reserved for them, and will be again
        price = "at an unknown price" if most is None else f"for at most {cost.dollars(most)}"
        words.append(
            f"They are made once more, {price}."
            if rerun_unknown
            else f"They are not made again: --rerun-unknown does that, {price}."
        )
    return " ".join(words)


def _unknown(count: int) -> str:
    return f"{'1 call is' if count == 1 else f'{count:,} calls are'} of unknown outcome"
