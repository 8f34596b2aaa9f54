"""What a team promises of its answers: what lab.toml may say, and what it is told where it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab import config
from lab.errors import BadInput
from lab.objectives import GUIDES, Objective, objectives, words


def one(**table: Any) -> Objective:
    (found,) = objectives({"o": table})
    return found


WRONG = {
    "measure": {"measure": "latency", "target": 1},
    "needs a measure": {"target": 1},
    "needs a target": {"measure": "errors"},
    "no field 'taget'. Did you mean 'target'?": {"measure": "errors", "taget": 1},
    "'1' is not a number": {"measure": "errors", "target": "1"},
    "takes a target in percent alone": {"measure": "errors", "target": 1, "share": 99},
    "120 is no percentage": {"measure": "thumbs_up", "target": 120},
    "no room for a single miss": {"measure": "first_token", "target": 1, "share": 100},
    "room for a single miss": {"measure": "errors", "target": 0},
    "a list of words": {"measure": "errors", "target": 1, "prompts": "support"},
}


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_objective_says_what_is_wrong(said: str) -> None:
    with pytest.raises(BadInput) as caught:
        objectives({"o": WRONG[said]})
    assert said in str(caught.value) and "[objectives.o]" in str(caught.value)


def test_lab_toml_is_checked_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text('max_tokens = 9\n\n[objectives.x]\nmeasure = "speeed"\ntarget = 1\n')
    with pytest.raises(BadInput, match="lab.toml, line 3.*speeed"):
        config.load(tmp_path, {})
    (tmp_path / "lab.toml").write_text('[objectives.x]\nmeasure = "speed"\ntarget = 30\nshare = 90\n')
    assert objectives(config.load(tmp_path, {}).objectives) == (Objective("x", "speed", 30.0, 90.0),)


ALLOWED = [
    (one(measure="first_token", target=0.5), 0.05, "95 % of the answers: first token within 0.5 s"),
    (one(measure="speed", target=30, share=90), 0.1, "90 % of the answers: at least 30 tokens/s"),
    (one(measure="errors", target=0.5), 0.005, "at most 0.5 % of the calls end in an error"),
    (one(measure="thumbs_up", target=80), 0.2, "at least 80 % of the thumbs are up"),
    (
        one(measure="total", target=10, prompts=["a", "b"], models=["m"]),
        0.05,
        "95 % of the answers (a or b, m): whole answer within 10 s",
    ),
]


@pytest.mark.parametrize(("objective", "allowed", "said"), ALLOWED)
def test_what_may_fail_and_how_it_is_said(objective: Objective, allowed: float, said: str) -> None:
    assert objective.allowed == pytest.approx(allowed)
    assert words(objective) == said


def test_what_guides_advise_leaves_room() -> None:
    assert all(0 < guide.allowed < 0.06 for guide in GUIDES)
