"""Rating the answers of a check, blind, and the tab about judges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab import evals, store
from lab.engine import Lives
from lab.evals import Order
from lab.store import Review
from lab.types import Principal
from tests.ui.test_runs import address, clicked, ended, text, the_table

ANA = Principal("ana", "admin")
Opened = Callable[..., AppTest]
HEAD = "prompt: p\nmodels: [claude-haiku-4-5]\n"
JUDGES = """graders:
- {name: refund, judge: "Mentions a refund for {{who}}."}
- {name: tone, judge: {rubric: A friendly refund., scale: 3, threshold: 2}}
- {name: better, judge: {rubric: Which is better?, against: "Dear {{who}}"}}
"""


def checked(lives: Lives, folder: Path, cases: int, head: str = JUDGES) -> str:
    (folder / "prompts" / "p").mkdir(exist_ok=True)
    (folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n')
    rows = "".join(f"- {{input: A friendly refund {n}, who: Ms {n}}}\n" for n in range(cases))
    (folder / "datasets" / "x.yaml").write_text(f"{HEAD}{head}cases:\n{rows}")
    (run,) = evals.start(lives, ANA, Order(("x",), simulated=True))
    ended(lives, run)
    return run


def button(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def test_nothing_is_shown_before_a_persons_own_verdict(opened: Opened, lives: Lives, folder: Path) -> None:
    assert "No judges yet" in text(opened("runs", view="judges"))
    run = checked(lives, folder, 2)
    app = opened("runs", view="judges", judge="one that is not there")
    assert "Not yet: nobody has rated its answers." in text(app)
    app = opened("runs", run=run, view="rate")
    assert "Who rates?" in text(app)
    app.text_input(key="rater-name").input("   ")
    app = app.button(key="FormSubmitter:rater-form-Begin").click().run()
    assert "A rater's name has 1 to 60 characters" in text(app)
    app.text_input(key="rater-name").input(" ann ")
    app = app.button(key="FormSubmitter:rater-form-Begin").click().run()
    assert "You rate as **ann**." in text(app) and "simulated judgement" not in text(app)
    assert "Mentions a refund for Ms" in text(app) and "Dear Ms" in text(app)
    shortcuts = {each.key: each.proto.shortcut for each in app.button if each.key.startswith("rate-")}
    assert (shortcuts["rate-say-0-0"], shortcuts["rate-say-1-0"]) == ("f", "")

    app = button(app, "rate-say-0-1")
    assert text(app).count("simulated judgement") == 1 and "It agrees" in text(app)
    assert {each.key: each.proto.shortcut for each in app.button}["rate-say-1-2"] == "3"
    first = address(app)["answer"]
    app = button(button(app, "rate-say-1-0"), "rate-say-2-2")  # which the judge was asked both ways round
    assert text(app).count("simulated judgement") == 3 and "It differs" in text(app)
    assert "1 of 2 answers rated by you" in str(app.get("progress")[0].proto)
    (kept,) = {each["call_id"] for each in store.reviews(lives.lab.store.read, ANA, "x")}
    assert kept == first
    app = button(app, "rate-say-1-0")  # taken back
    assert text(app).count("simulated judgement") == 2 and "0 of 2" in str(app.get("progress")[0].proto)
    app = button(app, "rate-say-1-1")  # the judge says 3
    assert "Both pass it" in text(app)
    app = button(app, "rate-next")
    assert address(app)["answer"] != first and "simulated judgement" not in text(app)
    app = button(app, "rate-back")
    assert address(app)["answer"] == first
    app = button(app, "rater-other")
    assert "Who rates?" in text(app)


def test_a_check_without_a_judge_has_nothing_to_rate(opened: Opened, lives: Lives, folder: Path) -> None:
    run = checked(lives, folder, 1, "")
    app = opened("runs", run=run, view="rate")
    assert "Who rates?" not in text(app) and not app.exception


def test_the_tab_says_whether_to_trust_and_where_they_differ(
    opened: Opened, lives: Lives, folder: Path
) -> None:
    run = checked(lives, folder, 44, JUDGES.splitlines(keepends=True)[0] + JUDGES.splitlines()[2] + "\n")
    kept = lives.lab.store
    said = []
    for number, each in enumerate(store.answered(kept.read, ANA, run)):
        for who in ("ann", "ben"):
            said.append(Review(each["call_id"], "tone", who, "x", "1" if number % 4 == 0 else "3"))
    kept.post(store.reviewed(*said))
    kept.flush()
    app = opened("runs", view="judges")
    assert "No: it passes 100% of what people fail" in text(app)
    assert "Its verdicts are simulated: this says nothing of a real judge." in text(app)
    assert "44 answers to 44 cases, 88 verdicts of ann (44), ben (44)." in text(app)
    assert len(app.get("plotly_chart")) == 2
    table = the_table(app, "people")
    assert len(table.value) == 11 and table.value["people"][0] == "ann: 1, ben: 1"
    app = clicked(app, table, "case", 0)
    assert address(app)["run"] == run and "case" in address(app) and "view" not in address(app)
    assert "People: ann: 1, ben: 1" in text(app)
    (rate,) = [each for each in app.button if each.key.startswith("runs-rate-")]
    app = rate.click().run()
    assert address(app)["view"] == "rate" and "Who rates?" in text(app)
