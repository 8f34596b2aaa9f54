"""The answers of a run, a row each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from lab.cost import DOLLAR
from lab.evals.comparison import said
from lab.evals.reports._subject import Subject


def rows(subject: Subject) -> Iterator[dict[str, Any]]:
    """In the order they came: what was asked, what was answered, and what became of it. Costs are in dollars;
    None is what is not known."""
    for result in subject.run["results"]:
        yield {
            "case": result["case_id"],
            "variant": result["variant"],
            "repeat": result["repeat"],
            "input": subject.asked.get(result["case_id"]),
            "answer": said(result["answer"]),
            "passed": result["passed"],
            "score": result.get("score"),
            "reasons": "; ".join(f"{grade['name']}: {grade['reason']}" for grade in result["grades"]),
            "state": result["state"],
            "error": result["error"],
            "source": result["source"],
            "cost_usd": _dollars(result, "cost"),
            "cost_usd_from": _dollars(result, "cost_floor"),
            "cost_usd_to": _dollars(result, "cost_upper"),
            "seconds": None if result["total_ms"] is None else result["total_ms"] / 1000,
            "run": subject.run["id"],
            "call": result["call_id"],
        }


def _dollars(result: Mapping[str, Any], name: str) -> float | None:
    amount = result.get(name)
    return None if amount is None else float(Decimal(amount) / DOLLAR)
