"""Reports: what a CI reads of them, and that no answer can write anything else into them."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lab import spreadsheet, store
from lab.errors import BadInput, LabError
from lab.evals import compare, reports, tables
from lab.evals.gate import Arm, Asked, Rule, decide
from lab.evals.reports import Subject
from lab.types import Principal
from tests.store.rows import asked, opened, post_all, whole_call

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
        **cost(5), "total_ms": 1500.0, **fields,
    }  # fmt: skip


def run(*results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    score = {
        "variant": "p@1 · m",
        "passed": 1,
        "failed": 1,
        "missing": 1,
        "rate": 0.5,
        "seconds": 1.5,
        "verdict": "failed",
        "sentence": "It fails.",
        **cost(10),
    }
    settings = {"variants": ["p@1 · m"], "simulated": False, "repeats": 1, "needs": 1, "cases": 3}
    summary = {"sentence": "It fails.", "scores": [score]}
    return {
        "id": "r1", "dataset": "data", "state": "failed", "user": "ann", "settings": settings,
        "started_at": "2026-11-29T06:00:00.123Z", "resumed_at": None, "source": "api",
        "summary": summary, "tally": None, "spent": {}, "batches": [], "results": list(results), **fields,
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


def test_junit_holds_what_the_gate_found() -> None:
    cases = [{str(n): Asked({"passed": (float(n >= lost),)}) for n in range(60)} for lost in (0, 20)]
    arms = [Arm(name, of) for name, of in zip(("old", "p@1 · m"), cases, strict=True)]
    found = run(*MIXED)
    found["summary"]["decisions"] = [asdict(decide(Rule(), *arms))]
    root = junit(found)
    assert unlike_schema(root) == []
    properties = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert (properties["baseline"], properties["margin"]) == ("old", "0.03")
    assert properties["passed difference"] == "-0.3333" and float(properties["passed p"]) < 1e-5


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


SUITE = {
    "name": "token", "timestamp": "time", "hostname": "token", "tests": "int", "failures": "int",
    "errors": "int", "time": "decimal", "package": "any", "id": "int",
}  # fmt: skip
FAULT = {"message": "any", "type": "any"}
SCHEMA = {
    "testsuites": ({}, "testsuite*"),
    "testsuite": (SUITE, "properties testcase* system-out system-err"),
    "properties": ({}, "property*"),
    "property": ({"name": "token", "value": "any"}, ""),
    "testcase": ({"name": "any", "classname": "any", "time": "decimal"}, "(failure|error)?"),
    "failure": (FAULT, ""),
    "error": (FAULT, ""),
    "system-out": ({}, ""),
    "system-err": ({}, ""),
}
"""What Ant's JUnit.xsd (windyroad/JUnit-Schema) asks for, as far as a report uses it: of each element the
attributes, all of them required, and its children. What follows it follows Jenkins' junit-10.xsd as well,
which knows the same names and requires fewer, but for the form of `time`."""
KINDS = {
    "token": r"[\s\S]*\S[\s\S]*", "any": r"[\s\S]*", "int": r"[0-9]{1,9}",
    "decimal": r"([0-9]{0,3},)*[0-9]+\.[0-9]{3}", "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
}  # fmt: skip


def unlike_schema(element: ElementTree.Element) -> list[str]:
    """Where an element and those in it are not as the schema has them."""
    attributes, children = SCHEMA[element.tag]
    found = [f"{element.tag}: {name}" for name in attributes.keys() ^ element.attrib.keys()]
    for name in attributes.keys() & element.attrib.keys():
        if not re.fullmatch(KINDS[attributes[name]], element.get(name)):
            found.append(f"{element.tag} {name}: {element.get(name)!r}")
    pattern = re.sub(r"([\w-]+)", r"(?:\1;)", children).replace(" ", "")
    if not re.fullmatch(pattern, "".join(f"{child.tag};" for child in element)):
        found.append(f"{element.tag}: {[child.tag for child in element]}")
    return found + [each for child in element for each in unlike_schema(child)]


def test_junit_follows_the_schemas_of_ci_systems() -> None:
    bad = result(HOSTILE, False, reason=HOSTILE, answer=[{"type": "text", "text": HOSTILE}])
    for found in (run(*MIXED), run(), run(bad, dataset=HOSTILE), run(*MIXED, summary=None, tally=None)):
        root = junit(found)
        assert unlike_schema(root) == []
        del root[0].attrib["hostname"]
        root[0].remove(root[0].find("system-err"))
        assert len(unlike_schema(root)) == 2


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


@pytest.mark.parametrize(
    ("suffix", "words"), [(".md", "SIMULATED"), (".html", "SIMULATED"), (".junit.xml", 'value="simulated"')]
)
def test_a_simulated_run_says_so(suffix: str, words: str) -> None:
    assert words in reports.text(Subject(run(result("a", True), source="simulated")), suffix)
    assert words not in reports.text(Subject(run(result("a", True))), suffix)


FACTS = [
    ({"source": "simulated"}, "The answers are those of the simulated Claude"),
    ({"settings": {"replayed": True}}, "replayed from recordings: nobody was asked"),
    ({"settings": {"imported": {"user": "ben", "file": "x", "at": "now"}}}, "made by ben in another lab"),
    ({"judging": {"calls": 2, "seconds": 3.0}}, "judging: $0.000007 · 2 calls · 3.0 s"),
]


@pytest.mark.parametrize(("fields", "words"), FACTS)
def test_how_the_answers_came_about(fields: dict[str, Any], words: str) -> None:
    found = run(result("a", True), result("b", True))
    found["settings"] |= fields.get("settings", {})
    found |= {name: value for name, value in fields.items() if name != "settings"}
    if "judging" in fields:
        found["judging"] |= cost(7_000_000)
    (fact,) = Subject(found).facts()
    assert words in fact
    assert words in reports.page(Subject(found)).replace("\\", "")
    assert words in html.unescape(reports.text(Subject(found), ".html"))
    assert Subject(run(result("a", True))).facts() == []


def test_which_answers_they_are() -> None:
    selection = {"words": "2 of 3 cases: the first 2", "of": 3, "cases": ["a", "b"]}
    found = run(result("a", True), resumed_at="2026-11-29T07:00:00Z")
    found["settings"]["selection"], found["summary"]["reused"] = selection, 1
    for text in (reports.page(Subject(found)), reports.text(Subject(found), ".html")):
        assert "2 of 3 cases: the first 2 · 1 answer reused · resumed" in text


def test_the_order_is_the_datasets(tmp_path: Path) -> None:
    who, settings = Principal("ann"), {"variants": ["v", "w"], "repeats": 1, "needs": 1}
    with opened(tmp_path / "lab.db") as db:
        writes = [store.run_opened("r1", db.process, who, "d", settings)]
        writes.append(store.cases_kept("r1", [{"id": id, "tags": [], "input": f"{id}?"} for id in "ab"]))
        for number, (case, variant) in enumerate([("b", "w"), ("a", "w"), ("b", "v"), ("a", "v")]):
            writes += whole_call(db, asked(f"c{number}"))
            key = {"case_id": case, "variant": variant, "repeat": 1}
            kept = {"state": "ok", "passed": None, "grades": []}
            writes.append(store.result_kept("r1", key, f"c{number}", kept))
        post_all(db, *writes, store.run_ended("r1", "answered", {"sentence": "Done."}))
        db.flush()
        text = reports.text(reports.subject(db.read, who, "r1"), ".csv")
    rows = [(row["case"], row["variant"], row["input"]) for row in csv.DictReader(io.StringIO(text))]
    assert rows == [("a", "v", "a?"), ("a", "w", "a?"), ("b", "v", "b?"), ("b", "w", "b?")]


def test_a_run_that_did_not_end_has_reports_too() -> None:
    tally = {"done": 1, "passed": 1, "failed": 0, "missing": 0, "began": None}
    for summary in (None, {"sentence": "No.", "done": 1}):
        about = {"summary": summary, "tally": tally, "spent": {"p@1 · m": cost(5, 9)}}
        found = run(result("a", True), state="interrupted", **about)
        for suffix in reports.formats():
            assert reports.text(Subject(found, parcel=lambda: "{}"), suffix)
        shown = "| p@1 · m | 1 | 0 | 0 | 100.0% | $0.000000000005 to $0.000000000009 (estimate) | 1.5 s |"
        assert shown in reports.page(Subject(found))


def test_json_is_the_run_itself(tmp_path: Path) -> None:
    found = run(*MIXED, result("ü|\x00", False))
    reports.write([tmp_path / "deep" / "r.json"], Subject(found))
    assert json.loads((tmp_path / "deep" / "r.json").read_text(encoding="utf-8")) == found


def two(**fields: Any) -> Subject:
    """A run and the one before it: one case fails now, one has another answer, one is there no more."""
    before = run(result("a", True), result("b", True), result("z", True), **fields) | {"id": "r0"}
    other = [{"type": "text", "text": "Down."}]
    after = run(result("a", False, answer=other), result("b", True, answer=other), **fields)
    return Subject(after, compare(before, after), {"a": "Which way?", "b": HOSTILE})


def test_markdown_says_what_changed_under_a_line_that_names_it() -> None:
    text = reports.text(two(dataset="my data --> <b>"), ".md")
    assert text.startswith("<!-- lab check my-data-b- -->\n## my data")
    assert "Against run r0: 1 newly failing, 1 other answer, 1 only before." in text
    assert "| newly failing | a | p@1 · m |" in text


def test_json_says_what_changed() -> None:
    found = json.loads(reports.text(two(), ".json"))["comparison"]
    assert (found["run"], found["counts"]["newly failing"], found["counts"]["same answer"]) == ("r0", 1, 0)
    first = {"case": "a", "before": "p@1 · m", "after": "p@1 · m", "change": "newly failing"}
    assert (found["pairs"][0], len(found["pairs"])) == (first, 3)


FORMULAS = (
    "=1+1", " =1+1", "\t=1", "\r=1", "\n=1", "+1+1", "-1+1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1",
    "\uff201", "'=1+1", "''=1+1", "' =1", "-",
)  # fmt: skip
HARMLESS = ("Up.", "-12.5", "+3e4", "1=1", "'tis", "''", " a", "a@b.example", "", "x\n=1", 'a,b;"c"\r\nd')


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS])
def test_no_cell_is_a_formula_and_every_one_comes_back(text: str) -> None:
    case = f"{text} x" if text else "x"
    found = run(result(case, True, reason=text, answer=[{"type": "text", "text": text}]))
    written = reports.text(Subject(found, None, {case: text}), ".csv")
    (row,) = tables.rows(written, "r.csv", ",")
    assert spreadsheet.bare(row.columns["answer"]) == spreadsheet.bare(row.columns["input"]) == text
    assert row.columns["answer"].startswith("'") is (text in FORMULAS or text.startswith("'"))
    assert spreadsheet.bare(row.columns["case"]) == case


def test_rows_of_answers() -> None:
    unsure = result("c", None, "Cut.", answer=[], **cost(5, 7_000_000))
    found = run(result("a", True, score=0.5, **cost(1_234_000_000)), unsure, result("d", True, cost=None))
    lines = reports.text(Subject(found, None, {"a": "Hi"}), ".jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["case"] for row in rows] == ["a", "c", "d"]
    assert rows[0] == {
        "case": "a", "variant": "p@1 · m", "repeat": 1, "input": "Hi", "answer": "Up.", "passed": True,
        "score": 0.5, "reasons": "g: because", "state": "ok", "error": None, "source": "api",
        "cost_usd": 0.001234, "cost_usd_from": 0.001234, "cost_usd_to": 0.001234, "seconds": 1.5,
        "run": "r1", "call": "c",
    }  # fmt: skip
    assert (rows[1]["cost_usd"], rows[1]["cost_usd_to"], rows[2]["cost_usd"]) == (None, 0.000007, None)
    first, second, third = csv.DictReader(io.StringIO(reports.text(Subject(found, None), ".csv")))
    assert (first["passed"], first["cost_usd"], first["input"]) == ("true", "0.001234", "")
    assert (second["passed"], second["cost_usd"], second["cost_usd_from"]) == ("", "", "0.000000000005")
    assert list(first) == list(rows[0])


def test_half_characters_do_not_keep_a_report_from_being_written(tmp_path: Path) -> None:
    found = Subject(run(result("a", False, answer=[{"type": "text", "text": HOSTILE}])), None, {"a": HOSTILE})
    files = [tmp_path / f"r{suffix}" for suffix in reports.formats()]
    reports.write(files, found)
    assert all(file.exists() for file in files)
    kept = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert kept["results"][0]["answer"][0]["text"] == HOSTILE


def test_the_formats_are_listed() -> None:
    assert list(reports.formats()) == [
        ".csv", ".html", ".json", ".jsonl", ".junit.xml", ".md", ".run.jsonl",
    ]  # fmt: skip
    for suffix, module in reports.formats().items():
        assert reports.format_of(Path(f"a.b{suffix}")) is module
    for name in ("r.xml", "r.pdf", "r", "json"):
        with pytest.raises(BadInput, match=r"no report of that kind.*\.csv, \.html, \.json, \.jsonl"):
            reports.format_of(Path(name))


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "r.md").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"r\.md cannot be written: Is a directory\."):
        reports.write([tmp_path / "r.md"], Subject(run()))
    with pytest.raises(LabError, match="cannot be written: Not a directory"):
        reports.write([tmp_path / "file" / "deep" / "r.md"], Subject(run()))
