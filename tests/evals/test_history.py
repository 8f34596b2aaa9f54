"""Pass rates over time: what stands on one line."""

from __future__ import annotations

from typing import Any

from lab.evals import Point, history, verdicts


def run(id: str, source: str = "api", **rates: float | None) -> dict[str, Any]:
    """Of variants such as `p@1`, all on one model."""
    scores = [
        {"variant": f"{name.replace('_', '@')} · m", "rate": rate, "passed": 3, "failed": 1}
        for name, rate in rates.items()
    ]
    return {
        "id": id,
        "started_at": f"at {id}",
        "source": source,
        "settings": {},
        "summary": {"scores": scores},
    }


def lines(*runs: dict[str, Any]) -> dict[tuple[str, bool], list[tuple[str, float, bool]]]:
    found = history(reversed(runs))
    return {(line.name, line.simulated): [(p.run, p.rate, p.new) for p in line.points] for line in found}


def test_a_prompt_stays_on_its_line_from_version_to_version() -> None:
    found = lines(run("a", p_1=0.5), run("b", p_1=0.6), run("c", p_2=0.7), run("d", q_1=0.8))
    assert found == {
        ("p · m", False): [("a", 0.5, True), ("b", 0.6, False), ("c", 0.7, True)],
        ("q · m", False): [("d", 0.8, True)],
    }


def test_what_is_made_up_is_never_on_a_line_with_what_is_real() -> None:
    found = lines(run("a", p_1=0.5), run("b", "simulated", p_1=0.6), run("c", p_1=0.7))
    assert found == {
        ("p · m", False): [("a", 0.5, True), ("c", 0.7, False)],
        ("p · m", True): [("b", 0.6, True)],
    }


def test_versions_side_by_side_have_a_line_each() -> None:
    found = lines(run("a", p_1=0.5, p_2=0.6), run("b", p_2=0.7))
    assert [*found] == [("p@1 · m", False), ("p@2 · m", False), ("p · m", False)]


def test_what_has_no_verdict_has_no_point() -> None:
    cut = {"id": "c", "started_at": "", "source": "api", "settings": {}, "summary": None}
    (line,) = history([cut, run("b", p_1=None), run("a", p_1=0.75)])
    assert line.points == (Point("a", "at a", "1", True, 0.75, 3, 4),)


def test_of_several_measures_that_which_may_have_dropped_most_stands_for_a_verdict() -> None:
    measures = [
        {"name": "passed", "value": 0.0, "low": -0.02, "high": 0.02},
        {"name": "tone", "value": 0.1, "low": -0.06, "high": 0.2},
    ]
    held = {"new": "p@2 · m", "old": "p@1 · m", "state": "inconclusive", "margin": 0.05, "measures": measures}
    broken = {**held, "state": "invalid", "measures": []}
    newer, older = run("b", p_2=0.5), run("a", p_2=0.5)
    newer["summary"]["decisions"], older["summary"]["decisions"] = [held], [broken, held]
    found = verdicts([newer, older, run("c", p_1=0.5)])
    assert [(each.run, each.measure, each.low, each.state) for each in found] == [
        ("a", "tone", -0.06, "inconclusive"),
        ("b", "tone", -0.06, "inconclusive"),
    ]
