"""What is said of single answers, in the same words everywhere. Each is a result as `store.run` gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from lab.evals.scoring import MEAN


def unpassed(results: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that did not pass: failed, or without the verdict that was asked for."""
    return [result for result in results if result["passed"] is False or lacking(result)]


def lacking(result: Mapping[str, Any]) -> bool:
    """Whether there is no verdict though one was asked for: the call failed, or a grader did."""
    return result["passed"] is None and bool(result["grades"] or result["error"])


def obstacles(results: Iterable[Mapping[str, Any]], most: int) -> list[tuple[str, int]]:
    """What most often kept answers from a verdict, each with how many it did."""
    return Counter(why(result) for result in results if lacking(result)).most_common(most)


def why(result: Mapping[str, Any]) -> str:
    """Why an answer did not pass: the reasons of its graders that count, or why there is no verdict."""
    if result["passed"] is False:
        return _reasons(result, False)
    return result["error"] or _reasons(result, None) or "there is no verdict"


def _reasons(result: Mapping[str, Any], passed: bool | None) -> str:
    counted = (grade for grade in result["grades"] if grade.get("weight", 1) or grade["name"] == MEAN)
    return "; ".join(f"{each['name']}: {each['reason']}" for each in counted if each["passed"] is passed)
