"""Which example helps, which harms, and which only costs tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import evals
from lab.engine import Lab
from lab.errors import BadInput
from lab.types import Request
from tests.engine.kit import ME, PLAIN
from tests.evals.sweeping import folder, swept, write


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with folder(tmp_path) as found:
        yield found


def says(request: Request) -> str:
    """Right in every second case only where it was shown the second example, and never in the case 1 where
    it was shown the third last."""
    case, shown = int(request.messages[-1]["content"]), str(request.system)
    if case == 1 and shown.rstrip().rpartition("<input>\n")[2].startswith("i3"):
        return "wrong"
    return "right" if case % 2 or "i2" in shown else "wrong"


def test_each_example_is_left_out_once_and_the_rest_is_put_in_other_orders(lab: Lab) -> None:
    names = evals.ablated(lab, "p", None, 3)
    whole = f"p@1 · {PLAIN} · few-shot s@1"
    assert names[:4] == (whole, *(f"{whole} without {n}" for n in (1, 2, 3)))
    assert len(set(names)) == 7 and all("shuffled" in name for name in names[4:])
    assert len(evals.ablated(lab, "p", None, 50)) == 4 + 5  # three examples have six orders
    with pytest.raises(BadInput, match="q@1 shows no examples, so there are none to leave out"):
        evals.ablated(lab, "q")


def test_the_example_that_matters_is_found(lab: Lab) -> None:
    write(lab.folder, 40)
    run = swept(lab, says, evals.ablated(lab, "p", None, 2))
    of = evals.ablation(lab, ME, run)
    first, second, third = of.examples
    assert (of.set, of.whole.value, [each.input for each in of.examples]) == (
        "s@1",
        39 / 40,
        ["i1", "i2", "i3"],
    )
    assert (second.effect, second.difference.value, second.difference.lost) == ("helps", 0.5, 0)
    assert evals.effect_words(second).startswith("helps: +50.0 points [+3")
    assert (first.effect, third.effect) == ("no difference", "no difference")
    assert first.counted and first.tokens > 0 and first.price == first.tokens * 1000 * 10**6
    assert evals.effect_words(first) == f"no difference seen [−6.3, +6.3]; costs {first.tokens} tokens a call"
    assert evals.order_words(of) == (
        "Order: 2 other orders come to 100.0%, its own to 97.5%; no further apart than by chance."
    )
    plain = evals.ablation_plain(of)
    assert plain["examples"][1]["words"].startswith("helps") and plain["examples"][0]["usd_per_1000"] > 0


def test_an_example_that_harms_and_an_order_that_does(lab: Lab) -> None:
    write(lab.folder, 40)

    def harmed(request: Request) -> str:
        shown = str(request.system)
        return "wrong" if "i1" in shown and shown.index("i1") < shown.find("i2") else "right"

    of = evals.ablation(lab, ME, swept(lab, harmed, evals.ablated(lab, "p", None, 5)))
    assert [each.effect for each in of.examples] == ["harms", "harms", "no difference"]
    assert "differs by more than chance: +100.0 points" in evals.order_words(of)


def test_other_runs_are_none(lab: Lab) -> None:
    write(lab.folder, 2)
    whole = f"p@1 · {PLAIN} · few-shot s@1"
    assert evals.ablation(lab, ME, swept(lab, says, (f"p@1 · {PLAIN}", f"q@1 · {PLAIN}"))) is None
    alone = evals.ablation(lab, ME, swept(lab, says, (whole, f"{whole} without 2")))
    assert [each.number for each in alone.examples] == [2] and alone.orders == ()
    assert evals.order_words(alone) == "Other orders were not asked."
    (lab.folder / "prompts" / "fewshot" / "s" / "v1.yaml").unlink()
    gone = evals.ablation(lab, ME, swept_again(lab))
    assert (gone.examples[0].input, gone.examples[0].effect) == ("", "no difference")


def swept_again(lab: Lab) -> dict:
    from lab import store

    return store.run_head(lab.store.read, ME, store.last_run(lab.store.read, ME))
