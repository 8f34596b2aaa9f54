"""Pass rates over time: what stands on one line."""

from __future__ import annotations

from typing import Any

from lab.evals import Point, history


def run(id: str, source: str = "api", **rates: float | None) -> dict[str, Any]:
    """Of variants such as `p@1`, all on one model."""
    scores = [
        {"variant": f"{name.replace('_', '@')} · m", "rate": rate, "passed": 3, "failed": 1}
        for name, rate in rates.items()
    ]
    return {"id": id, "started_at": f"at {id}", "source": source, "summary": {"scores": scores}}


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
    cut = {"id": "c", "started_at": "", "source": "api", "summary": None}
    (line,) = history([cut, run("b", p_1=None), run("a", p_1=0.75)])
    assert line.points == (Point("a", "at a", "1", True, 0.75, 3, 4),)
