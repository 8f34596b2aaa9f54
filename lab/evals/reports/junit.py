"""JUnit XML, which every CI shows: a suite for each variant, a test case for each answer.

It follows both schemas that CI systems go by: Ant's (JUnit.xsd of windyroad/JUnit-Schema), which is the
stricter, and the one of Jenkins' xunit plugin (junit-10.xsd).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from lab.evals.answers import lacking, why
from lab.evals.reports._subject import Subject
from lab.store import plain_text

SUFFIX = ".junit.xml"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def text(subject: Subject) -> str:
    """A failed answer is a `failure`, one without a verdict an `error`."""
    run = subject.run
    summary = run["summary"] or {}
    scores = {score["variant"]: score for score in summary.get("scores", ())}
    decisions = {decision["new"]: decision for decision in summary.get("decisions", ())}
    root = ElementTree.Element("testsuites")
    for number, variant in enumerate(run["settings"]["variants"]):
        results = [result for result in run["results"] if result["variant"] == variant]
        score = scores.get(variant, {"verdict": run["state"], "sentence": summary.get("sentence", "")})
        suite = ElementTree.SubElement(root, "testsuite", _about(run, number, variant, results))
        properties = ElementTree.SubElement(suite, "properties")
        about = {"run": run["id"], "verdict": score["verdict"], "source": run["source"]}
        for name, value in {**about, **_gate(decisions.get(variant))}.items():
            ElementTree.SubElement(properties, "property", name=_clean(name), value=_clean(value))
        for result in results:
            suite.append(_case(run, result))
        ElementTree.SubElement(suite, "system-out").text = _clean(score["sentence"])
        ElementTree.SubElement(suite, "system-err")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _gate(decision: Mapping[str, Any] | None) -> dict[str, str]:
    """What the gate found: what it was held against, the margin, and each measure's difference, interval and
    chance. Shares of 1."""
    if decision is None:
        return {}
    found = {"baseline": decision["old"], "margin": f"{decision['margin']:g}", "rule": decision["rule"]}
    for each in decision["measures"]:
        found[f"{each['name']} difference"] = f"{each['value']:.4f}"
        found[f"{each['name']} interval"] = f"{each['low']:.4f} to {each['high']:.4f}"
        found[f"{each['name']} p"] = f"{each['adjusted']:.4g}"
    return found


def _about(
    run: Mapping[str, Any], number: int, variant: str, results: list[Mapping[str, Any]]
) -> dict[str, str]:
    seconds = sum(result["total_ms"] or 0 for result in results) / 1000
    return {
        "id": str(number),
        "package": _clean(run["dataset"]),
        "name": _clean(variant),
        "timestamp": run["started_at"][:19],
        "hostname": "localhost",
        "tests": str(len(results)),
        "failures": str(sum(result["passed"] is False for result in results)),
        "errors": str(sum(lacking(result) for result in results)),
        "time": f"{seconds:.3f}",
    }


def _case(run: Mapping[str, Any], result: Mapping[str, Any]) -> ElementTree.Element:
    repeat = f" (answer {result['repeat']})" if max(run["settings"]["repeats"], result["repeat"]) > 1 else ""
    case = ElementTree.Element("testcase", name=_clean(f"{result['case_id']}{repeat}"))
    case.set("classname", _clean(f"{run['dataset']}.{result['variant']}"))
    case.set("time", f"{(result['total_ms'] or 0) / 1000:.3f}")
    if result["passed"] is False or lacking(result):
        kind = "failure" if result["passed"] is False else "error"
        fault = ElementTree.SubElement(case, kind, type=_type(result), message=_clean(why(result)))
        fault.text = _clean(plain_text(result["answer"]))
    return case


def _type(result: Mapping[str, Any]) -> str:
    """The grader that failed first, or how the call ended."""
    fault = next((grade["name"] for grade in result["grades"] if grade["passed"] is not True), None)
    return _clean(fault or result["state"])


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
