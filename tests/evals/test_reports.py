"""Reports: what a CI reads of them, and that no answer can write anything else into them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lab.errors import BadInput, LabError
from lab.evals import reports
from lab.evals.reports import Subject

HOSTILE = (
    "\x00\x1b[31m\ufffe\ud800 ]]> <script>alert(1)</script> ![x](https://e.example/x.png) "
    "[a](http://b.example) @team a@b.example www.e.example #12 | `code` **bold** &commat;team "
    "$x$\n\n# Title\n| a | b |"
)


def result(
    case: str, passed: bool | None, error: str | None = None, reason: str = "because", **fields: Any
) -> dict[str, Any]:
    grades = [] if error else [{"name": "g", "passed": passed, "reason": reason}]
    return {
        "case_id": case, "variant": "p@1 · m", "repeat": 1, "call_id": "c", "state": "ok", "passed": passed,
        "grades": grades, "answer": [{"type": "text", "text": "Up."}], "error": error, "source": "api",
        "cost": 5, "total_ms": 1500.0, **fields,
    }  # fmt: skip


def run(*results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    score = {
        "variant": "p@1 · m",
        "passed": 1,
        "failed": 1,
        "missing": 1,
        "rate": 0.5,
        "seconds": 1.5,
        **cost(10),
    }
    settings = {"variants": ["p@1 · m"], "simulated": False, "repeats": 1, "needs": 1}
    summary = {"sentence": "It fails.", "scores": [score]}
    return {
        "id": "r1", "dataset": "data", "state": "failed", "user": "ann", "settings": settings,
        "started_at": "2026-11-29T06:00:00.123Z", "source": "api",
        "summary": summary, "tally": None, "spent": {}, "results": list(results), **fields,
    }  # fmt: skip


def cost(floor: int, upper: int | None = None) -> dict[str, Any]:
    """What was reported; or what lies between two amounts."""
    if upper is None:
        return {"cost": floor, "cost_floor": floor, "cost_upper": floor, "cost_basis": "usage"}
    return {"cost": None, "cost_floor": floor, "cost_upper": upper, "cost_basis": "estimate"}


MIXED = (
    result("a", True),
    result("b", False),
    result("c", None, "The call failed."),
    result("d", None, reason="KeyError: 'x'"),
    result("e", None, grades=[]),
)


def junit(found: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(reports.text(Subject(found), ".junit.xml"))


def test_junit_counts() -> None:
    root = junit(run(*MIXED))
    (suite,) = root
    assert suite.attrib == {
        "id": "0", "package": "data", "name": "p@1 · m", "timestamp": "2026-11-29T06:00:00",
        "hostname": "localhost", "tests": "5", "failures": "1", "errors": "2", "time": "7.500",
    }  # fmt: skip
    cases = suite.findall("testcase")
    assert [each.get("name") for each in cases] == list("abcde")
    assert [[child.tag for child in each] for each in cases] == [[], ["failure"], ["error"], ["error"], []]
    assert (cases[1][0].get("message"), cases[1][0].text) == ("g: because", "Up.")
    assert cases[2][0].get("message") == "The call failed."
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties == {"run": "r1", "verdict": "failed", "source": "api"}


def test_junit_tells_variants_and_repeats_apart() -> None:
    settings = {"variants": ["p@1 · m", "q"], "simulated": True, "repeats": 2, "needs": 2}
    both = (result("a", True), result("a", True, repeat=2), result("a", False, variant="q"))
    first, second = junit(run(*both, settings=settings))
    assert [each.get("name") for each in first.iter("testcase")] == ["a (answer 1)", "a (answer 2)"]
    assert (second.get("tests"), second.get("failures")) == ("1", "1")
    assert {each.get("classname") for each in second.iter("testcase")} == {"data.q"}


def test_junit_holds_any_text() -> None:
    bad = result(HOSTILE, False, reason=HOSTILE, answer=[{"type": "text", "text": HOSTILE}])
    root = junit(run(bad, dataset=HOSTILE))
    assert len(root) == 1 and len(root[0].findall("testcase")) == 1
    (failure,) = root.iter("failure")
    assert failure.text.startswith("\ufffd\ufffd[31m\ufffd\ufffd ]]> <script>")
    assert [child.tag for child in root.iter()].count("script") == 0


def rendered(text: str) -> str:
    """What is left to be read as markup: without what is escaped."""
    return re.sub(r"\\.", "", text)


def test_markdown_is_one_row_a_case_whatever_they_say() -> None:
    bad = result(f"id {HOSTILE}", False, reason=HOSTILE, variant=f"v {HOSTILE}")
    found = run(bad, result("c", None, HOSTILE), dataset=f"name {HOSTILE}")
    found["summary"]["sentence"] = f"Sentence {HOSTILE}"
    text = reports.page(Subject(found))
    live = rendered(text)
    for markup in ("![", "](", "<", "@team", "a@b", "://", "www.e", "#12", "&commat;", "**", "$x"):
        assert markup not in live
    rows = [line for line in live.split("\n") if line.startswith("|")]
    assert [line.count("|") - 1 for line in rows] == [7, 7, 7, 3, 3, 3, 3]
    assert [line for line in live.split("\n") if line.startswith("#")] == [live.split("\n")[0]]
    assert live.count("`") == 2  # round the run


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("support@2 · claude-haiku-5-5", "support@2 · claude-haiku-5-5"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("a_b*c", r"a\_b\*c"),
        ("x\n\ty", "x y"),
        ("a" * 400, "a" * 299 + "…"),
        ("|" * 400, r"\|" * 299 + "…"),
    ],
)
def test_plain_words_stay_as_they_are(text: str, shown: str) -> None:
    found = reports.page(Subject(run(result(text, False))))
    assert f"| {shown} | p@1 · m | g: because |" in found


def test_markdown_shows_the_verdict_and_what_did_not_pass() -> None:
    text = reports.page(Subject(run(*MIXED)))
    assert text.startswith("## data: FAILED\n\nIt fails.\n")
    assert "| p@1 · m | 1 | 1 | 1 | 50.0% | $0.00" in text
    assert "| a |" not in text and "| e |" not in text
    assert "| d | p@1 · m | g: KeyError: 'x' |" in text and "| c | p@1 · m | The call failed. |" in text


@pytest.mark.parametrize(("failed", "more"), [(50, None), (53, "and 3 more.")])
def test_markdown_stays_short(failed: int, more: str | None) -> None:
    text = reports.page(Subject(run(*(result(f"case {n}", False) for n in range(failed)))))
    assert text.count("\n| case ") == 51  # and the head
    assert (more or "more.") in text if more else "more." not in text


@pytest.mark.parametrize("suffix", [".md", ".junit.xml"])
def test_a_simulated_run_says_so(suffix: str) -> None:
    text = reports.text(Subject(run(result("a", True), source="simulated")), suffix)
    assert "simulated" in text
    assert ("SIMULATED" in text) is (suffix == ".md")


def test_a_run_that_did_not_end_has_reports_too() -> None:
    for summary in (None, {"sentence": "No.", "done": 1}):
        found = run(result("a", True), state="interrupted", summary=summary, spent={"p@1 · m": cost(5, 9)})
        for suffix in reports.formats():
            assert reports.text(Subject(found, parcel=lambda: "{}"), suffix)
        shown = "| p@1 · m | 1 | 0 | 0 | 100.0% | $0.000000000005 to $0.000000000009 (estimate) | 1.5 s |"
        assert shown in reports.page(Subject(found))


def test_json_is_the_run_itself(tmp_path: Path) -> None:
    found = run(*MIXED, result("ü|\x00", False))
    reports.write([tmp_path / "deep" / "r.json"], Subject(found))
    assert json.loads((tmp_path / "deep" / "r.json").read_text(encoding="utf-8")) == found


def test_the_formats_are_listed() -> None:
    assert list(reports.formats()) == [".json", ".junit.xml", ".md", ".run.jsonl"]
    for suffix, module in reports.formats().items():
        assert reports.format_of(Path(f"a.b{suffix}")) is module
    for name in ("r.xml", "r.html", "r", "json"):
        with pytest.raises(BadInput, match=r"no report of that kind.*\.json, \.junit\.xml, \.md"):
            reports.format_of(Path(name))


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "r.md").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"r\.md cannot be written: Is a directory\."):
        reports.write([tmp_path / "r.md"], Subject(run()))
    with pytest.raises(LabError, match="cannot be written: Not a directory"):
        reports.write([tmp_path / "file" / "deep" / "r.md"], Subject(run()))
