"""The answers of a run as people rate them."""

from __future__ import annotations

from lab import store
from lab.engine import Lab
from lab.evals import judges
from lab.evals.judges import Pile
from lab.store import Review
from tests.engine.kit import ME
from tests.evals.judges.test_dockets import JUDGED, SCALED, Court, run

CASES = "cases: [{input: one}, {input: two}, {input: three}, {input: four}]\n"
TWO = f"repeats: 2\n{JUDGED[:-2]}, {SCALED}]\n{CASES}"


def pile(lab: Lab, id: str) -> Pile:
    return judges.pile(lab.store.read, ME, store.run_head(lab.store.read, ME, id))


def say(lab: Lab, call: str, grader: str, verdict: str | None, who: str = "ann") -> None:
    lab.store.post(store.reviewed(Review(call, grader, who, "x", verdict)))
    lab.store.flush()


def test_each_answer_is_there_once_in_an_order_that_the_next_run_shares(lab: Lab) -> None:
    court = Court({"Be kind.": "pass", "": 3})
    first, second = (pile(lab, run(lab, court, TWO)) for _ in range(2))
    assert len(first.calls) == 4 and len(first.alike) == 8
    assert {first.alike[call] for call in first.alike} == set(first.calls)
    assert [*first.cases.values()] == [*second.cases.values()] != ["1", "2", "3", "4"]
    assert first.next(None, "ann") == first.calls[0] and first.beside(first.calls[0], -1) == first.calls[-1]


def test_what_is_left_to_rate(lab: Lab) -> None:
    court = Court({"Be kind.": "pass", "": 3})
    id = run(lab, court, TWO)
    one, two, *_ = pile(lab, id).calls
    say(lab, one, "kind", "pass")
    of = pile(lab, id)
    assert [judge.grader for judge in of.open(one, "ann")] == ["tone"] and of.rated("ann") == 0
    say(lab, one, "tone", "2")
    of = pile(lab, id)
    assert (of.rated("ann"), of.rated("ben"), of.next(None, "ann"), of.next(two, "ann")) == (
        1,
        0,
        two,
        of.calls[2],
    )
    assert of.next(of.calls[-1], "ann") == two  # round the end, past what is rated
    again = pile(lab, run(lab, court, TWO))  # the same answers in another run
    assert again.rated("ann") == 1
    case = of.cases[one]
    head = store.run_head(lab.store.read, ME, again.run)
    assert [*judges.opinions(lab.store.read, ME, head, case).values()] == [
        {"kind": {"ann": "pass"}, "tone": {"ann": "2"}}
    ] * 2
    say(lab, one, "tone", None)
    assert pile(lab, id).rated("ann") == 0
    for call in of.calls:
        for grader in ("kind", "tone"):
            say(lab, call, grader, "pass")
    assert pile(lab, id).next(None, "ann") is None


def test_a_rubric_is_shown_with_the_columns_that_were_kept() -> None:
    assert judges.filled("Kind to {{who}} about {{what}}.", {"who": "Ann"}) == "Kind to Ann about {{what}}."
    assert judges.filled("Broken {{", {"who": "Ann"}) == "Broken {{"
